"""How often may be asked in vain, and by whom, before nobody is answered any more today.

Ten misses close a NIK for the day, listed or not, with a proof of work or without. An address and
all addresses together have ceilings of different NIKs, which are tighter without a proof.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from typing import Final

from shared.platform.clock import Clock
from shared.platform.errors import TooManyRequests
from shared.platform.kelurahan import Kelurahan
from shared.platform.keys import Keyset
from shared.platform.limits import Ceilings, Failures
from shared.platform.store.port import Snapshot, Store

_REMEMBERED_FOR: Final = timedelta(seconds=60)
_REMEMBERED: Final = 10_000


class Misses:
    """Counts misses in the lookup database. One for a process; threads may share it."""

    def __init__(
        self, store: Store, keys: Keyset, kelurahan: Kelurahan, clock: Clock, instances: int
    ) -> None:
        limits = kelurahan.limits
        self._clock = clock
        self._per_nik = limits.misses_per_nik

        def failures(purpose: str, per_address: int, overall: int) -> Failures:
            return Failures(
                store,
                keys,
                kelurahan.key,
                purpose,
                clock,
                Ceilings(limits.misses_per_nik, per_address, overall),
                instances=instances,
                timezone=kelurahan.timezone,
            )

        self._all = failures("lookup", limits.misses_per_address, limits.misses_overall)
        self._unproven = failures(
            "lookup-without-proof",
            limits.misses_without_proof_per_address,
            limits.misses_without_proof,
        )
        self._closed: OrderedDict[str, datetime] = OrderedDict()

    def path(self, nik: str) -> str:
        """The NIK's misses of today: to be read together with the person's document."""
        return self._all.path(nik)

    def refuse_early(self, nik: str, origin: str, *, is_proven: bool) -> None:
        """TooManyRequests where that is known without reading anything: a flood costs no reads."""
        unread = Snapshot(self.path(nik), None)
        self._all.refuse_if_exhausted(unread, origin)
        if not is_proven:
            self._unproven.refuse_if_exhausted(unread, origin)
        closed_at = self._closed.get(unread.path)
        if closed_at is not None and self._clock() - closed_at < _REMEMBERED_FOR:
            # raised by the counter, so that it is the refusal that everybody gets
            self._all.refuse_if_exhausted(Snapshot(unread.path, {"count": self._per_nik}), origin)

    @contextmanager
    def attempt(
        self, misses: Snapshot, nik: str, origin: str, *, is_proven: bool
    ) -> Iterator[Callable[[], None]]:
        """One question, from before anything is compared; call what it yields for a miss.

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
                for each in counted:
                    each.fail()

            yield miss

    def _remember(self, misses: Snapshot) -> None:
        """Keep in mind for a minute that a NIK is closed: asked again, it isn't looked up."""
        count = (misses.data or {}).get("count")
        if isinstance(count, int) and count >= self._per_nik:
            self._closed[misses.path] = self._clock()
            self._closed.move_to_end(misses.path)
            while len(self._closed) > _REMEMBERED:
                self._closed.popitem(last=False)
