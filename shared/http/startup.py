"""Start of a process that serves a function: logging, its settings, its store's libraries."""

from __future__ import annotations

from functools import cache

from shared.http.service import Service
from shared.platform import logs, settings
from shared.platform.settings import Settings


@cache
def start_logging() -> None:
    """Send this process's log lines to standard output, as JSON."""
    logs.configure()


def checked_settings(service: Service) -> Settings:
    """Return the settings; raise SettingsInvalid, with every fault, before any request is taken."""
    return settings.load(needs=service.needs)


def load_store_adapter(given: Settings) -> None:
    """Import Google's libraries where they will be needed, so that the first request need not."""
    if not given.is_embedded:
        import shared.platform.store.firestore.store  # noqa: F401
