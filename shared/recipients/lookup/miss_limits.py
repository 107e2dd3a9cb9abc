"""Limits on misses at the lookup: per NIK and day, per address, and overall.

Ten misses close a NIK for the day, listed or not, with a proof of work or without. Different NIKs
that were asked for in vain are paid from two budgets. A quarter of all that a day allows is in the
common one, from which an address takes up to its ceiling; so a few addresses can empty it. The rest
is in another, from which each address takes five at most, a family and a slip: to close the lookup
for everybody takes hundreds of addresses, and all together learn no more than the day allows.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from typing import Final, TypeVar

from shared.kelurahan.configuration import Kelurahan
from shared.platform.clock import Clock
from shared.platform.crypto.keys import Keyset
from shared.platform.errors import TooManyRequests
from shared.platform.limits.failure_limits import Ceilings, Failures
from shared.platform.store.port import Snapshot, Store

_REMEMBERED_FOR: Final = timedelta(seconds=60)
_REMEMBERED: Final = 10_000
_OWN_MISSES: Final = 5
_COMMON_SHARE: Final = 4
_UNREAD: Final = Snapshot("failures/unread", None)


_Kept = TypeVar("_Kept")


class _Budgets:
    """The budgets of one way to ask: the common one, and the one kept for each address.

    What is paid from the address's own budget is written down in the common one as well, whose
    documents so hold all misses of a NIK.
    """

    def __init__(
        self,
        failures: Callable[[str, Ceilings], Failures],
        purpose: str,
        per_nik: int,
        per_address: int,
        overall: int,
    ) -> None:
        own = min(_OWN_MISSES, per_address // 2)
        common = -(-overall // _COMMON_SHARE)
        self._per_nik = per_nik
        self._common = failures(purpose, Ceilings(per_nik, per_address - own, common))
        self._own = failures(f"{purpose}-own", Ceilings(per_nik, own, overall - common))

    def path(self, nik: str) -> str:
        """Return the path of the NIK's misses of today."""
        return self._common.path(nik)

    def refuse_early(self, origin: str) -> None:
        """Raise TooManyRequests where both budgets are used up, as far as known without a read."""
        if self._is_common_empty(origin):
            self._own.refuse_if_exhausted(_UNREAD, origin)

    def refuse_closed(self, nik: str, origin: str) -> None:
        """Raise TooManyRequests as for a NIK with ten misses, so that all get the same answer."""
        closed = Snapshot(self.path(nik), {"count": self._per_nik})
        self._common.refuse_if_exhausted(closed, origin)

    @contextmanager
    def attempt(self, misses: Snapshot, nik: str, origin: str) -> Iterator[Callable[[], None]]:
        """Limit one question; call what it yields for a miss. `misses`: the document at `path`."""
        with ExitStack() as attempts:
            try:
                paid = attempts.enter_context(self._common.attempt(misses, nik, origin))
            except TooManyRequests:
                if not self._is_common_empty(origin):
                    raise  # it is the NIK that has had its misses
            else:
                yield paid.fail
                return
            of_nik = Snapshot(self._own.path(nik), misses.data)
            own = attempts.enter_context(self._own.attempt(of_nik, nik, origin))

            def miss() -> None:
                own.fail()
                self._common.record(nik, origin)

            yield miss

    def _is_common_empty(self, origin: str) -> bool:
        try:
            self._common.refuse_if_exhausted(_UNREAD, origin)
        except TooManyRequests:
            return True
        return False


class MissLimits:
    """Counts misses in the lookup database. One object per process; threads may share it."""

    def __init__(
        self, store: Store, keys: Keyset, kelurahan: Kelurahan, clock: Clock, instances: int
    ) -> None:
        limits = kelurahan.limits
        self._clock = clock
        self._per_nik = limits.misses_per_nik

        def failures(purpose: str, ceilings: Ceilings) -> Failures:
            return Failures(
                store,
                keys,
                kelurahan.key,
                purpose,
                clock,
                ceilings,
                instances=instances,
                timezone=kelurahan.timezone,
            )

        self._all = _Budgets(
            failures,
            "lookup",
            limits.misses_per_nik,
            limits.misses_per_address,
            limits.misses_overall,
        )
        self._unproven = _Budgets(
            failures,
            "lookup-without-proof",
            limits.misses_per_nik,
            limits.misses_without_proof_per_address,
            limits.misses_without_proof,
        )
        self._closed: OrderedDict[str, datetime] = OrderedDict()
        self._refused: OrderedDict[str, tuple[datetime, int]] = OrderedDict()

    def path(self, nik: str) -> str:
        """Return the path of today's misses of a NIK.

        Read it together with the person's document.
        """
        return self._all.path(nik)

    def refuse_early(self, nik: str, origin: str, *, is_proven: bool) -> None:
        """Raise TooManyRequests where that is known without a read: a flood costs no reads.

        An address that is refused stays refused for a minute without another check.

        An address that is refused is refused for a minute without a further thought.
        """
        asker = f"{origin} {is_proven}"
        refused = self._refused.get(asker)
        if refused is not None and self._clock() < refused[0]:
            raise TooManyRequests(retry_after_seconds=refused[1])
        try:
            self._all.refuse_early(origin)
            if not is_proven:
                self._unproven.refuse_early(origin)
        except TooManyRequests as error:
            seconds = error.retry_after_seconds
            until = self._clock() + min(_REMEMBERED_FOR, timedelta(seconds=seconds))
            _put(self._refused, asker, (until, seconds))
            raise
        closed_at = self._closed.get(self.path(nik))
        if closed_at is not None and self._clock() - closed_at < _REMEMBERED_FOR:
            self._all.refuse_closed(nik, origin)

    @contextmanager
    def attempt(
        self, misses: Snapshot, nik: str, origin: str, *, is_proven: bool
    ) -> Iterator[Callable[[], None]]:
        """Limit one question, before anything is compared; call what it yields for a miss.

        TooManyRequests depends on the misses counted before alone.
        """
        with ExitStack() as attempts:
            try:
                counted = [attempts.enter_context(self._all.attempt(misses, nik, origin))]
            except TooManyRequests:
                self._remember(misses)
                raise
            if not is_proven:
                # the NIK's own ceiling is kept by the other, so this document needn't be read
                unread = Snapshot(self._unproven.path(nik), None)
                counted.append(attempts.enter_context(self._unproven.attempt(unread, nik, origin)))

            def miss() -> None:
                for count in counted:
                    count()

            yield miss

    def _remember(self, misses: Snapshot) -> None:
        """Remember for a minute that a NIK is closed, so that it isn't read again."""
        count = (misses.data or {}).get("count")
        if isinstance(count, int) and count >= self._per_nik:
            _put(self._closed, misses.path, self._clock())


def _put(memory: OrderedDict[str, _Kept], key: str, kept: _Kept) -> None:
    memory[key] = kept
    memory.move_to_end(key)
    while len(memory) > _REMEMBERED:
        memory.popitem(last=False)
