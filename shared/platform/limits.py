"""How often something may fail in a day: per subject, per origin, and overall.

A failure is one document per subject and day, written blindly, so that a success costs nothing and
no document is written by everybody. The wider ceilings count the day's failing subjects: what this
process has added is known at once, what others added is counted in the store at most once a
minute, and only after a failure or before a refusal.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

from shared.platform import logs
from shared.platform.clock import JAKARTA, Clock, end_of_day, seconds_left_today, today
from shared.platform.errors import Contended, TooManyRequests, Unavailable
from shared.platform.keys import Keyset
from shared.platform.store.port import Increment, Query, Snapshot, Store
from shared.platform.store.shapes import declare

_OF_DAY = declare("failures", equal=("purpose", "day"))
_OF_ORIGIN = declare("failures", equal=("purpose", "day", "origin"))
_COUNT_EVERY = timedelta(seconds=60)
_ORIGINS_KEPT = 10_000
_ALARM = "daily ceiling of failures reached"


@dataclass(frozen=True, slots=True)
class Ceilings:
    """What is allowed in a day: failures of one subject; failing subjects of one origin, of all."""

    per_subject: int
    per_origin: int
    overall: int


@dataclass(slots=True)
class _Tally:
    """The failing subjects of a day, as far as they are known here."""

    counted: int = 0
    counted_at: datetime | None = None
    begun: int = 0  # failures of new subjects that this process set out to write
    written: int = 0  # and those that are in the store
    base: int = 0  # how many of them the count is sure to hold

    def known(self, instances: int) -> int:
        # other instances may have added as many as this one since the count
        return self.counted + (self.begun - self.base) * instances


@dataclass(slots=True)
class _Day:
    name: str
    overall: _Tally = field(default_factory=_Tally)
    origins: OrderedDict[str, _Tally] = field(default_factory=OrderedDict)
    subjects: set[str] = field(default_factory=set)
    under_way: dict[str, int] = field(default_factory=dict)
    alarmed: bool = False

    def of_origin(self, origin: str) -> _Tally:
        tally = self.origins.setdefault(origin, _Tally())
        self.origins.move_to_end(origin)
        if len(self.origins) > _ORIGINS_KEPT:
            self.origins.popitem(last=False)
        return tally


class Attempt:
    """One try at something that is limited; `fail` says that it failed, before anybody is told."""

    def __init__(self, failures: Failures, subject: str, origin: str | None) -> None:
        self._failures, self._subject, self._origin = failures, subject, origin

    def fail(self) -> None:
        """Record the failure: one write."""
        self._failures.record(self._subject, self._origin)


class Failures:
    """The failures of one purpose in one kelurahan. One object for a process; threads may share it.

    `instances`: how many processes like this one may run at a time. `origin` is an address of the
    Internet ("" or None where unknown); only a keyed mark of it, new each day, is ever kept.
    """

    def __init__(
        self,
        store: Store,
        keyset: Keyset,
        kelurahan_key: str,
        purpose: str,
        clock: Clock,
        ceilings: Ceilings,
        *,
        instances: int = 1,
        timezone: str = JAKARTA,
    ) -> None:
        self._store = store
        self._keyset = keyset
        self._kelurahan_key = kelurahan_key
        self._collection = f"kelurahan/{kelurahan_key}/failures"
        self._purpose = purpose
        self._clock = clock
        self._ceilings = ceilings
        self._instances = instances
        self._timezone = timezone
        self._lock = threading.Lock()
        self._day = _Day("")

    def path(self, subject: str) -> str:
        """Today's failure document of a subject: read it together with your own documents."""
        return f"{self._collection}/{self._id(self._today(), subject)}"

    def refuse_if_exhausted(self, failures: Snapshot, origin: str | None) -> None:
        """TooManyRequests where the document's subject, its origin or everybody has failed enough.

        Depends on what failed before alone, so call it before anything secret is compared.
        """
        mark = self._mark(self._today(), origin)
        self._make_sure(mark)
        with self._lock:
            self._refuse(self._current(), _failed(failures), mark)

    @contextmanager
    def attempt(self, failures: Snapshot, subject: str, origin: str | None) -> Iterator[Attempt]:
        """The same as `refuse_if_exhausted`, for the length of a block that may call `fail`.

        Tries at the same subject that are still under way here count as failed, so that a burst
        of parallel tries gets no further than one after another.
        """
        mark = self._mark(self._today(), origin)
        self._make_sure(mark)
        with self._lock:
            day = self._current()
            waiting = day.under_way.get(failures.path, 0)
            self._refuse(day, _failed(failures) + waiting, mark)
            day.under_way[failures.path] = waiting + 1
        try:
            yield Attempt(self, subject, origin)
        finally:
            with self._lock:
                left = day.under_way[failures.path] - 1
                if left:
                    day.under_way[failures.path] = left
                else:
                    del day.under_way[failures.path]

    def record(self, subject: str, origin: str | None) -> None:
        """Count one failure: exactly one write, the same for every subject.

        Where the last count is older than a minute, the day's failing subjects are counted anew.
        """
        name = self._today()
        identifier, mark = self._id(name, subject), self._mark(name, origin)
        tallies, is_new = self._begin(identifier, mark)
        try:
            self._store.merge(
                f"{self._collection}/{identifier}",
                {
                    "schema": 1,
                    "purpose": self._purpose,
                    "day": name,
                    "origin": mark,
                    "count": Increment(),
                    "updated_at": self._clock(),
                    "expires_at": end_of_day(today(self._clock, self._timezone), self._timezone),
                },
            )
        except BaseException:
            self._end(identifier, tallies, is_new, written=False)
            raise
        self._end(identifier, tallies, is_new, written=True)
        self._recount(name, tallies[0], tallies[1], mark)
        self._raise_alarm()

    def forget(self, subject: str) -> None:
        """Let a subject begin anew today, because somebody in charge said so."""
        self._store.delete(self.path(subject))

    def _today(self) -> str:
        return today(self._clock, self._timezone).isoformat()

    def _id(self, day: str, subject: str) -> str:
        return self._keyset.identifier("failures", self._kelurahan_key, self._purpose, day, subject)

    def _mark(self, day: str, origin: str | None) -> str:
        if not origin:
            return ""
        return self._keyset.identifier(
            "origin", self._kelurahan_key, self._purpose, day, _network(origin)
        )

    def _current(self) -> _Day:
        name = self._today()
        if self._day.name != name:
            self._day = _Day(name)
        return self._day

    def _is_over(self, day: _Day, mark: str) -> bool:
        tally = day.origins.get(mark) if mark else None
        return day.overall.known(self._instances) >= self._ceilings.overall or (
            tally is not None and tally.known(self._instances) >= self._ceilings.per_origin
        )

    def _refuse(self, day: _Day, failed: int, mark: str) -> None:
        if failed >= self._ceilings.per_subject or self._is_over(day, mark):
            raise TooManyRequests(
                retry_after_seconds=seconds_left_today(self._clock, self._timezone)
            )

    def _make_sure(self, mark: str) -> None:
        """Before somebody is refused by what was only supposed of others, count again."""
        with self._lock:
            day = self._current()
            if not self._is_over(day, mark):
                return
            tallies = day.overall, day.origins.get(mark) if mark else None
        self._recount(day.name, tallies[0], tallies[1], mark)

    def _recount(self, day: str, overall: _Tally, of_origin: _Tally | None, mark: str) -> None:
        self._count(overall, _OF_DAY.on(self._collection, equal=(self._purpose, day)))
        if mark and of_origin is not None:
            query = _OF_ORIGIN.on(self._collection, equal=(self._purpose, day, mark))
            self._count(of_origin, query)

    def _begin(self, identifier: str, mark: str) -> tuple[tuple[_Tally, _Tally], bool]:
        with self._lock:
            day = self._current()
            tallies = day.overall, day.of_origin(mark)
            is_new = identifier not in day.subjects
            if is_new:
                day.subjects.add(identifier)
                for tally in tallies:
                    tally.begun += 1
            return tallies, is_new

    def _end(
        self, identifier: str, tallies: tuple[_Tally, _Tally], is_new: bool, *, written: bool
    ) -> None:
        with self._lock:
            if is_new and written:
                for tally in tallies:
                    tally.written += 1
            elif is_new:
                self._day.subjects.discard(identifier)
                for tally in tallies:
                    tally.begun -= 1

    def _count(self, tally: _Tally, query: Query) -> None:
        with self._lock:
            now = self._clock()
            if tally.counted_at is not None and now - tally.counted_at < _COUNT_EVERY:
                return
            tally.counted_at, written = now, tally.written
        # where the store can't count now, what this process knows has to do for a minute
        with suppress(Unavailable, Contended):
            counted = self._store.count(query)
            with self._lock:
                tally.counted, tally.base = counted, written

    def _raise_alarm(self) -> None:
        with self._lock:
            day = self._current()
            reached = day.overall.known(self._instances) >= self._ceilings.overall
            if not reached or day.alarmed:
                return
            day.alarmed = True
        logs.event(_ALARM, severity="ALERT", purpose=self._purpose, limit=self._ceilings.overall)


def _failed(failures: Snapshot) -> int:
    count = (failures.data or {}).get("count", 0)
    assert isinstance(count, int)
    return count


def _network(origin: str) -> str:
    """The address, or, for IPv6, the /64 that one subscriber has for himself."""
    try:
        address = ip_address(origin.partition("%")[0])
    except ValueError:
        return origin
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(IPv6Address(int(address) >> 64 << 64))
    return str(address)
