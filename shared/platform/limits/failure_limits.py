"""Daily failure limits: per subject, per origin (address), and overall.

A failure is one document per subject and day, written blindly, so that a success costs nothing and
no document is written by everybody. It counts the subject's failures, and has a field for each
origin that they came from. The wider ceilings count the day's failing subjects: what this process
has added, or is about to, is known at once; what others added is counted in the store at most once
a minute, and only after a failure, before a refusal, and once before the day's first answer, so
that a process that has just started doesn't begin from nothing. An origin that is new to a process
is counted with its first failure there: each start gives it one more try at most. An IPv6 address
counts for the networks around it too (client_networks.py).
"""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from shared.platform import logs
from shared.platform.clock import JAKARTA, Clock, end_of_day, seconds_left_today, today
from shared.platform.crypto.keys import Keyset
from shared.platform.document_format import DocumentFormat
from shared.platform.errors import Contended, TooManyRequests, Unavailable
from shared.platform.limits.client_networks import networks
from shared.platform.store.port import Increment, Query, Snapshot, Store
from shared.platform.store.query_shapes import declare

FORMATS: Final = (
    DocumentFormat("registry", "failures", schema=2),
    DocumentFormat("lookup", "failures", schema=2),
)
_OF_DAY = declare("failures", equal=("purpose", "day"))
_COUNT_EVERY = timedelta(seconds=60)
_ORIGINS_KEPT = 10_000
_SOON_SECONDS = 5  # when only tries that are under way stand in the way
_ALARM = "daily ceiling of failures reached"


@dataclass(frozen=True, slots=True)
class Ceilings:
    """The daily ceilings: failures of one subject; failing subjects of one origin, and of all.

    A wider network of an origin may have as many times `per_origin` as it has room.
    Without `overall_refuses` the last one only raises an alarm: where everybody is refused by it,
    anybody can bring that about.
    """

    per_subject: int
    per_origin: int
    overall: int
    overall_refuses: bool = True


@dataclass(slots=True)
class _Tally:
    """The failing subjects of a day, overall or of one origin, as far as this process knows."""

    ceiling: int
    subjects: set[str] = field(default_factory=set)
    trying: Counter[str] = field(default_factory=Counter)  # subjects of tries under way
    counted: int = 0
    counted_at: datetime | None = None
    begun: int = 0  # failures of new subjects that this process set out to write
    written: int = 0  # and those that are in the store
    base: int = 0  # how many of them the count is sure to hold

    def known(self, instances: int) -> int:
        # other instances may have added as many as this one since the count
        return self.counted + (self.begun - self.base) * instances

    def possible(self, instances: int) -> int:
        """Return the number there would be if all tries under way failed."""
        fresh = sum(subject not in self.subjects for subject in self.trying)
        return self.known(instances) + fresh * instances

    def is_over(self, instances: int) -> bool:
        return self.known(instances) >= self.ceiling

    def may_get_over(self, instances: int) -> bool:
        return self.possible(instances) >= self.ceiling

    def leave(self, subject: str) -> None:
        self.trying[subject] -= 1
        if not self.trying[subject]:
            del self.trying[subject]


@dataclass(slots=True)
class _Day:
    name: str
    overall: _Tally
    origins: OrderedDict[str, _Tally] = field(default_factory=OrderedDict)
    is_counted: bool = False
    alarmed: bool = False

    def of_origin(self, marks: Mapping[str, int]) -> list[_Tally]:
        """Return the tallies of an origin's networks, new ones for what is unknown."""
        return [self._of_network(mark, ceiling) for mark, ceiling in marks.items()]

    def known_of(self, marks: Iterable[str]) -> list[_Tally]:
        return [self.origins[mark] for mark in marks if mark in self.origins]

    def _of_network(self, mark: str, ceiling: int) -> _Tally:
        tally = self.origins.setdefault(mark, _Tally(ceiling))
        self.origins.move_to_end(mark)
        if len(self.origins) > _ORIGINS_KEPT:
            idle = next((each for each, one in self.origins.items() if not one.trying), mark)
            del self.origins[idle]
        return tally


class Attempt:
    """One limited attempt; `fail` records that it failed, before anybody is told."""

    def __init__(self, failures: Failures, subject: str, origin: str | None) -> None:
        self._failures, self._subject, self._origin = failures, subject, origin

    def fail(self) -> None:
        """Record the failure: one write."""
        self._failures.record(self._subject, self._origin)


class Failures:
    """The failures of one purpose in one kelurahan. One object per process, safe for threads.

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
        self._first_count = threading.Lock()
        self._day = _Day("", _Tally(ceilings.overall))

    def path(self, subject: str) -> str:
        """Return the path of today's failures of a subject.

        Read it together with your own documents.
        """
        return f"{self._collection}/{self._id(self._today(), subject)}"

    def refuse_if_exhausted(self, failures: Snapshot, origin: str | None) -> None:
        """Raise TooManyRequests where the subject, its origin or everybody has failed enough.

        Depends on what failed before alone, so call it before anything secret is compared.
        """
        marks = self._marks(self._today(), origin)
        self._make_sure(marks)
        with self._lock:
            day = self._current()
            most = self._ceilings.per_subject
            self._refuse(day.overall, day.known_of(marks), _failed(failures), most)

    @contextmanager
    def attempt(
        self, failures: Snapshot, subject: str, origin: str | None, *, more: int = 0
    ) -> Iterator[Attempt]:
        """Limit a block that may call `fail`; refuses first, as `refuse_if_exhausted` does.

        Tries that are still under way here count as failed, so that a burst of parallel tries gets
        no further than one after another. `more`: by how many this kind of try may exceed the
        ceiling of the subject.
        """
        marks = self._marks(self._today(), origin)
        self._make_sure(marks)
        with self._lock:
            day = self._current()
            of_origin = day.of_origin(marks)
            most, waiting = self._ceilings.per_subject + more, day.overall.trying[failures.id]
            self._refuse(day.overall, of_origin, _failed(failures), most, waiting=waiting)
            tallies = [day.overall, *of_origin]
            for tally in tallies:
                tally.trying[failures.id] += 1
        try:
            yield Attempt(self, subject, origin)
        finally:
            with self._lock:
                for tally in tallies:
                    tally.leave(failures.id)

    def record(self, subject: str, origin: str | None) -> None:
        """Count one failure: exactly one write, the same for every subject.

        Where the last count is older than a minute, the day's failing subjects are counted anew.
        """
        name = self._today()
        identifier, marks = self._id(name, subject), self._marks(name, origin)
        new_to = self._begin(identifier, marks)
        try:
            self._store.merge(
                f"{self._collection}/{identifier}",
                {
                    "schema": FORMATS[0].schema,
                    "purpose": self._purpose,
                    "day": name,
                    "count": Increment(),
                    **{_field_of(mark): True for mark in marks},
                    "updated_at": self._clock(),
                    "expires_at": end_of_day(today(self._clock, self._timezone), self._timezone),
                },
            )
        except BaseException:
            self._end(identifier, new_to, written=False)
            raise
        self._end(identifier, new_to, written=True)
        self._recount(name, marks)
        self._raise_alarm()

    def forget(self, subject: str) -> None:
        """Reset today's failures of a subject, because somebody in charge said so."""
        self._store.delete(self.path(subject))

    def _today(self) -> str:
        return today(self._clock, self._timezone).isoformat()

    def _id(self, day: str, subject: str) -> str:
        return self._keyset.identifier("failures", self._kelurahan_key, self._purpose, day, subject)

    def _marks(self, day: str, origin: str | None) -> dict[str, int]:
        """Return a mark for each network of an origin, with its ceiling."""
        about = ("origin", self._kelurahan_key, self._purpose, day)
        return {
            self._keyset.identifier(*about, network): room * self._ceilings.per_origin
            for network, room in (networks(origin) if origin else ())
        }

    def _current(self) -> _Day:
        name = self._today()
        if self._day.name != name:
            self._day = _Day(name, _Tally(self._ceilings.overall))
        return self._day

    def _refuse(
        self,
        overall: _Tally,
        of_origin: Sequence[_Tally],
        failed: int,
        most: int,
        *,
        waiting: int = 0,
    ) -> None:
        """Raise TooManyRequests until tomorrow, or briefly where the count isn't certain yet."""
        refusing = [*of_origin, overall] if self._ceilings.overall_refuses else of_origin
        if failed >= most or any(tally.is_over(self._instances) for tally in refusing):
            left = seconds_left_today(self._clock, self._timezone)
            raise TooManyRequests(retry_after_seconds=left)
        if failed + waiting >= most or any(
            tally.may_get_over(self._instances) for tally in refusing
        ):
            raise TooManyRequests(retry_after_seconds=_SOON_SECONDS)

    def _make_sure(self, marks: Mapping[str, int]) -> None:
        """Count in the store before the first answer, and before a refusal based on estimates."""
        with self._lock:
            day = self._current()
            tallies = day.known_of(marks)
            if self._ceilings.overall_refuses:
                tallies.append(day.overall)
            is_over = any(tally.is_over(self._instances) for tally in tallies)
        if not day.is_counted:
            with self._first_count:  # whoever comes meanwhile waits for it
                if not day.is_counted:
                    with self._lock:
                        day.of_origin(marks)
                    self._recount(day.name, marks)
                    self._raise_alarm()
                    day.is_counted = True
        elif is_over:
            self._recount(day.name, marks)

    def _recount(self, name: str, marks: Mapping[str, int]) -> None:
        with self._lock:
            day = self._current()
            if day.name != name:
                return
            known = [(mark, day.origins[mark]) for mark in marks if mark in day.origins]
        asked = (self._purpose, name)
        for mark, tally in known:
            also = {_field_of(mark): True}
            self._count(tally, _OF_DAY.on(self._collection, equal=asked, also=also))
        self._count(day.overall, _OF_DAY.on(self._collection, equal=asked))

    def _begin(self, identifier: str, marks: Mapping[str, int]) -> list[_Tally]:
        """Note a failure that is about to be written.

        Return the tallies that lacked its subject.
        """
        with self._lock:
            day = self._current()
            tallies = [day.overall, *day.of_origin(marks)]
            if not self._ceilings.overall_refuses and day.alarmed:
                tallies = tallies[1:]  # nobody needs to know by how much
            new_to = [tally for tally in tallies if identifier not in tally.subjects]
            for tally in new_to:
                tally.subjects.add(identifier)
                tally.begun += 1
            return new_to

    def _end(self, identifier: str, new_to: list[_Tally], *, written: bool) -> None:
        with self._lock:
            for tally in new_to:
                if written:
                    tally.written += 1
                else:
                    tally.subjects.discard(identifier)
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
            if day.alarmed or not day.overall.is_over(self._instances):
                return
            day.alarmed = True
        logs.event(_ALARM, severity="ALERT", purpose=self._purpose, limit=self._ceilings.overall)


def _field_of(mark: str) -> str:
    """Return the field of a failure document that says that an origin has failed there."""
    return f"from_{mark}"


def _failed(failures: Snapshot) -> int:
    count = (failures.data or {}).get("count", 0)
    assert isinstance(count, int)
    return count
