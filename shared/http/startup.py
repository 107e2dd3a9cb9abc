"""What happens once, when a process begins to serve a function."""

from __future__ import annotations

from functools import cache

from shared.http.service import Service
from shared.platform import logs, settings


@cache
def start_logging() -> None:
    """Send this process's log lines to standard output, as JSON."""
    logs.configure()


def refuse_unsafe_settings(service: Service) -> None:
    """SettingsInvalid, with every fault, before a request is taken rather than at the first one."""
    settings.load(needs=service.needs)
