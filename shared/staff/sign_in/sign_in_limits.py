"""Limits on failed passwords: growing delays at the sign-in, a daily ceiling in an open session.

At the sign-in anybody can fail, in anybody's name. So nobody is locked out there: some tries are
free, then each takes longer than the one before, up to some minutes, and failures are forgotten
with time. A device on which the account has signed in before is counted for itself.

A try is counted before its password is compared, in a transaction, and given back if the password
was right: of many at the same time no more get through than of those one after another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from shared.platform.clock import JAKARTA, Clock, today
from shared.platform.crypto.keys import Keyset
from shared.platform.errors import Contended, TooManyRequests
from shared.platform.limits.client_networks import networks
from shared.platform.limits.failure_limits import Attempt, Ceilings, Failures
from shared.platform.store.port import Snapshot, Store, Transaction, Value, Write
from shared.platform.store.query_shapes import declare
from shared.staff.account_repository import folded
from shared.staff.sign_in.failed_sign_ins import FORMAT

# Only somebody with an open session can fail there.
DESK_CEILINGS: Final = Ceilings(per_subject=10, per_origin=50, overall=200, overall_refuses=False)

_OF_ACCOUNT = declare("sign_ins", equal=("subject",))
_SIGN_IN, _CONFIRM = "sign-in", "confirm"
_LOCKED = "Terlalu banyak percobaan. Minta admin membuka penahanan, atau coba lagi besok."
_SOON = "Terlalu banyak percobaan bersamaan. Coba lagi sebentar lagi."
_SOON_SECONDS: Final = 60
_WAIT = "Terlalu banyak percobaan. Tunggu {}, lalu coba lagi, atau minta admin membuka penahanan."
_KEPT: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Delays:
    """The delays of a counter: none for `free` failures, then doubling up to the longest.

    One failure is forgotten after each `forgotten_after` seconds without another.
    """

    free: int
    first_seconds: int
    longest_seconds: int
    forgotten_after: int

    def wait(self, failures: int) -> int:
        """Return the seconds between the last of so many failures and the next try."""
        if failures < self.free:
            return 0
        doublings = min(failures - self.free, 20)
        return min(self.first_seconds << doublings, self.longest_seconds)

    def remaining(self, failures: int, seconds: float) -> int:
        """Return how many of the failures still count, so many seconds after the last."""
        return max(0, failures - int(max(0.0, seconds) // self.forgotten_after))

    def step(self, failures: int) -> int:
        """Return 0 without a delay, 2 at the longest one, 1 between."""
        wait = self.wait(failures)
        return 0 if not wait else 2 if wait == self.longest_seconds else 1


ACCOUNT_DELAYS: Final = Delays(5, 5, 15 * 60, 15 * 60)
"""At most 96 tries a day at one account, and 13 more on the first (decision 15)."""
ORIGIN_DELAYS: Final = Delays(50, 1, 5, 10)
"""Of one address: they spare the processor, and keep nobody waiting for long."""


@dataclass(slots=True)
class _Counter:
    """A counter in the store: failures, when the last was, from when on the next try may be."""

    path: str
    delays: Delays
    subject: str | None
    failures: int = 0
    failed_at: datetime | None = None
    next_at: datetime | None = None
    told: str = ""

    def read(self, found: Snapshot) -> _Counter:
        """Return the counter as it is stored."""
        data: dict[str, Any] = FORMAT.current(found.data) if found.data is not None else {}
        names = ("failures", "failed_at", "next_at", "told")
        return replace(self, **{name: data[name] for name in names if name in data})

    def seconds_left(self, now: datetime) -> float:
        return (self.next_at - now).total_seconds() if self.next_at else 0.0

    def after_failure(self, now: datetime, day: str) -> _Counter:
        """Return the counter with one failure more."""
        since = (now - self.failed_at).total_seconds() if self.failed_at else 0.0
        failures = self.delays.remaining(self.failures, since) + 1
        step = self.delays.step(failures)
        told = self.told if self.told >= f"{day}:{step}" or not step else f"{day}:{step}"
        wait = timedelta(seconds=self.delays.wait(failures))
        return replace(self, failures=failures, failed_at=now, next_at=now + wait, told=told)

    def write(self, now: datetime) -> Write:
        """Return the write that keeps the counter."""
        if not self.failures:
            return Write("delete", self.path)
        fields: dict[str, Value] = {
            "schema": FORMAT.schema,
            "failures": self.failures,
            "failed_at": self.failed_at,
            "next_at": self.next_at,
            "told": self.told,
            "updated_at": now,
            "expires_at": now + _KEPT,
        }
        if self.subject is not None:
            fields["subject"] = self.subject
        return Write("set", self.path, fields)


Report = Callable[[str | None, int, int], None]
"""Tells that an account's id (None for no account) has failed so often, and waits so long now."""


@dataclass(slots=True)
class SignInAttempt:
    """One try at the sign-in, counted as failed until its block ends well."""

    _reached: list[_Counter]
    _report: Report

    def fail(self, staff_id: str | None) -> None:
        """Report the failure, where it is the first today that leads to such a delay."""
        for counter in self._reached:
            who = None if counter.subject is None else staff_id
            self._report(who, counter.failures, counter.delays.wait(counter.failures))


@dataclass(frozen=True, slots=True)
class AttemptCounter:
    """Today's failures of one account in open sessions. `path`: where they are counted."""

    path: str
    _failures: Failures = field(repr=False)
    _subject: str

    @contextmanager
    def attempt(self, failed: Snapshot, origin: str | None) -> Iterator[Attempt]:
        """Allow one more try, given the document at `path`; raises TooManyRequests after too many.

        It says what helps an officer: a resident would be told otherwise.
        """
        try:
            with self._failures.attempt(failed, self._subject, origin) as attempt:
                yield attempt
        except TooManyRequests as error:
            seconds = error.retry_after_seconds
            detail = _SOON if seconds < _SOON_SECONDS else _LOCKED
            raise TooManyRequests(detail, retry_after_seconds=seconds) from None

    def forget(self) -> None:
        """Reset the failures, as after a new password."""
        self._failures.forget(self._subject)


class SignInLimits:
    """The failure limits of a store's accounts. `report`: who is told of delays at the sign-in."""

    def __init__(
        self,
        store: Store,
        keyset: Keyset,
        clock: Clock,
        *,
        instances: int = 1,
        timezone: str = JAKARTA,
        report: Report = lambda *_: None,
    ) -> None:
        self._store = store
        self._keyset = keyset
        self._clock = clock
        self._instances = instances
        self._timezone = timezone
        self._report = report
        self._desks: dict[str, Failures] = {}

    @contextmanager
    def attempt(
        self, kelurahan_key: str, email: str, origin: str | None, device_id: str | None
    ) -> Iterator[SignInAttempt]:
        """Allow one try at an address's sign-in; raises TooManyRequests where it has to wait.

        `device_id`: that of a device on which this account has signed in before. Its tries are its
        own: neither those of strangers nor those of its network count.
        """
        counters = self._counters(kelurahan_key, folded(email), origin, device_id)
        try:
            before, after = self._store.run(lambda transaction: self._take(transaction, counters))
        except Contended:
            raise TooManyRequests(_SOON, retry_after_seconds=5) from None
        pairs = zip(before, after, strict=True)
        attempt = SignInAttempt([new for old, new in pairs if new.told != old.told], self._report)
        yield attempt
        told = {each.path: each.told for each in before}
        self._store.run(lambda transaction: self._give_back(transaction, counters, told))

    def forget(self, kelurahan_key: str, email: str, staff_id: str) -> None:
        """Forget all failures of an account, as after a new password or by an admin's decision."""
        subject = self._subject(kelurahan_key, folded(email))
        found = self._store.query(
            _OF_ACCOUNT.on(f"kelurahan/{kelurahan_key}/sign_ins", equal=(subject,))
        )
        self._store.commit([Write("delete", each.path) for each in found])
        self.at_the_desk(kelurahan_key, staff_id).forget()

    def at_the_desk(self, kelurahan_key: str, staff_id: str) -> AttemptCounter:
        """Return the counter of an open session, which strangers at the sign-in can't raise."""
        failures = self._desks.setdefault(
            kelurahan_key,
            Failures(
                self._store,
                self._keyset,
                kelurahan_key,
                _CONFIRM,
                self._clock,
                DESK_CEILINGS,
                instances=self._instances,
                timezone=self._timezone,
            ),
        )
        subject = self._keyset.identifier(_CONFIRM, kelurahan_key, staff_id)
        return AttemptCounter(failures.path(subject), failures, subject)

    def _take(
        self, transaction: Transaction, counters: list[_Counter]
    ) -> tuple[list[_Counter], list[_Counter]]:
        """Count one failure everywhere; return the counters before and after it."""
        found = transaction.get_many([each.path for each in counters])
        before = [each.read(one) for each, one in zip(counters, found, strict=True)]
        now, day = self._clock(), today(self._clock, self._timezone).isoformat()
        seconds = max(each.seconds_left(now) for each in before)
        if seconds > 0:
            whole = int(seconds) + 1
            raise TooManyRequests(_WAIT.format(_in_words(whole)), retry_after_seconds=whole)
        after = [each.after_failure(now, day) for each in before]
        transaction.write(*(each.write(now) for each in after))
        return before, after

    def _give_back(
        self, transaction: Transaction, counters: list[_Counter], told: dict[str, str]
    ) -> None:
        """Take one failure off again, which was none: the next try need not wait for it."""
        found = transaction.get_many([each.path for each in counters])
        now = self._clock()
        for each, one in zip(counters, found, strict=True):
            known = each.read(one)
            if known.failures:
                fewer = known.failures - 1
                write = replace(known, failures=fewer, next_at=now, told=told[each.path]).write(now)
                transaction.write(write)

    def _counters(
        self, kelurahan_key: str, address: str, origin: str | None, device_id: str | None
    ) -> list[_Counter]:
        """Return the counters of a try: the known device's, or the account's and the origin's."""
        folder, name = f"kelurahan/{kelurahan_key}/sign_ins", self._keyset.identifier
        subject = self._subject(kelurahan_key, address)
        if device_id is not None:
            own = name("sign-in-device", kelurahan_key, address, device_id)
            return [_Counter(f"{folder}/{own}", ACCOUNT_DELAYS, subject)]
        counters = [_Counter(f"{folder}/{subject}", ACCOUNT_DELAYS, subject)]
        if origin:
            day = today(self._clock, self._timezone).isoformat()
            widest, _ = networks(origin)[-1]
            mark = name("sign-in-origin", kelurahan_key, day, widest)
            counters.append(_Counter(f"{folder}/{mark}", ORIGIN_DELAYS, None))
        return counters

    def _subject(self, kelurahan_key: str, address: str) -> str:
        return self._keyset.identifier(_SIGN_IN, kelurahan_key, address)


def _in_words(seconds: int) -> str:
    if seconds < 60:
        return f"{seconds} detik"
    return f"{-(-seconds // 60)} menit"
