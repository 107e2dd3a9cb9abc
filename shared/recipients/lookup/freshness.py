"""Freshness of the published list: its day, its age and the time of its publication.

The state of the publication is one document of the lookup database. It changes once a week, so a
process keeps what it read for a minute: a day of visitors costs no more reads than the minutes of
the day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from shared.platform.clock import Clock, today
from shared.platform.store.port import Snapshot, Store
from shared.recipients.lookup import public_state

KEPT_FOR: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Freshness:
    """The day of the data, its age in whole days, and when it was published (UTC)."""

    as_of: date
    age_days: int
    published_at: datetime


class FreshnessReader:
    """Reads the state of the publication, cached for a minute. One object per process."""

    def __init__(self, store: Store, kelurahan_key: str, timezone: str, clock: Clock) -> None:
        self._store = store
        self._path = public_state.path(kelurahan_key)
        self._timezone = timezone
        self._clock = clock
        self._kept: tuple[datetime, Snapshot] | None = None

    def read(self) -> Freshness | None:
        """Return how fresh the published list is; None before the first publication."""
        now = self._clock()
        kept = self._kept
        if kept is None or not timedelta(0) <= now - kept[0] < KEPT_FOR:
            kept = self._kept = (now, self._store.get(self._path))
        return self._freshness(kept[1])

    def _freshness(self, snapshot: Snapshot) -> Freshness | None:
        published = public_state.from_snapshot(snapshot)
        if not published.as_of or published.published_at is None:
            return None
        as_of = date.fromisoformat(published.as_of)
        age = today(self._clock, self._timezone) - as_of
        return Freshness(as_of, max(0, age.days), published.published_at)
