"""Pressure: whether so many events have happened within the last hour, kept in memory."""

from __future__ import annotations

import threading
from collections import deque
from datetime import datetime, timedelta
from typing import Final

from shared.platform.clock import Clock

_HOUR: Final = timedelta(hours=1)


class Pressure:
    """The pressure of one kind of event: high from `per_hour` within an hour; safe for threads."""

    def __init__(self, per_hour: int, clock: Clock) -> None:
        if per_hour < 1:
            raise ValueError("at least one")
        self._clock = clock
        self._lock = threading.Lock()
        self._latest: deque[datetime] = deque(maxlen=per_hour)

    def add(self) -> bool:
        """Count one event; return whether it is the one that made the pressure high."""
        with self._lock:
            was_high = self._is_high()
            self._latest.append(self._clock())
            return self._is_high() and not was_high

    def is_high(self) -> bool:
        """Whether the last hour has reached the number of events."""
        with self._lock:
            return self._is_high()

    def _is_high(self) -> bool:
        latest = self._latest
        return len(latest) == latest.maxlen and self._clock() - latest[0] < _HOUR
