"""What the platform's tests share: a clock that is set by hand, fast passwords, keys."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from shared.platform.keys import Keyset
from shared.platform.passwords import Passwords

KELURAHAN = "3273091002"


class HandClock:
    """A clock that stands until it is moved."""

    def __init__(self, now: datetime = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **units: float) -> None:
        self.now += timedelta(**units)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def keyset() -> Keyset:
    return Keyset(b"k" * 32)


@pytest.fixture
def passwords() -> Passwords:
    return Passwords(passes=1, memory_kib=64)


@pytest.fixture
def kept_logging() -> Iterator[None]:
    """Puts the process's logging back as it was."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    known = {
        name: (list(logger.handlers), logger.level)
        for name, logger in root.manager.loggerDict.items()
        if isinstance(logger, logging.Logger)
    }
    yield
    root.handlers[:], root.level = handlers, level
    for name, logger in root.manager.loggerDict.items():
        if isinstance(logger, logging.Logger):
            logger.handlers[:], level = known.get(name, ([], logging.NOTSET))
            logger.setLevel(level)
