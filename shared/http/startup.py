"""Start of a process that serves a function: logging, and the check of its settings."""

from __future__ import annotations

from functools import cache

from shared.http.service import Service
from shared.platform import logs, settings


@cache
def start_logging() -> None:
    """Send this process's log lines to standard output, as JSON."""
    logs.configure()


def refuse_unsafe_settings(service: Service) -> None:
    """Raise SettingsInvalid, with every fault, before the first request is taken."""
    settings.load(needs=service.needs)
