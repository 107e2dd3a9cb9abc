"""Two weeks after the end the resident is asked: is it really solved?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from shared.complaints.case import Case, Event
from shared.complaints.casebook import CHECK_BACK, CaseBook, Change
from shared.complaints.deadlines import Deadlines
from shared.complaints.escalation import SYSTEM
from shared.complaints.kinds import Kind
from shared.complaints.life import Step
from shared.complaints.steps import Given, Terms, stepped
from shared.complaints.tour import Tour
from shared.platform.clock import Clock
from shared.platform.kelurahan import Kelurahan
from shared.platform.keys import Keyset
from shared.platform.store import Snapshot, Store

if TYPE_CHECKING:
    from shared.platform.deployment import Deployment

_QUESTION: Final = (
    "Apakah masalah Anda sudah selesai? Beri nilai, atau buka kembali pengaduan ini bila belum."
)


class CheckBack:
    """The questions of one kelurahan."""

    def __init__(
        self,
        store: Store,
        keys: Keyset,
        kelurahan: Kelurahan,
        kinds: Mapping[str, Kind],
        clock: Clock,
    ) -> None:
        self._kelurahan = kelurahan
        self._kinds = kinds
        self._deadlines = Deadlines.of(kelurahan)
        self._clock = clock
        self._book = CaseBook(store, keys, kelurahan.key)

    @classmethod
    def of(cls, deployment: Deployment) -> CheckBack:
        """Those of a deployment's kelurahan."""
        from shared.complaints import kinds

        kelurahan = deployment.kelurahan
        keys, clock = deployment.registry_keys, deployment.clock
        return cls(deployment.registry, keys, kelurahan, kinds.load(kelurahan), clock)

    def run(self, tour: Tour | None = None, *, dry_run: bool = False) -> dict[str, int]:
        """Ask where it is time. Counts: `asked_back`.

        Nobody is asked whose complaint is about to be erased: there is nothing left to open again.
        """
        tour, now = tour or Tour(), self._clock()
        asked = 0
        for case in tour.cases(self._book, CHECK_BACK, now):
            if not _is_due(case, now):
                continue
            asked += dry_run or bool(tour.attempt(case.id, partial(self._ask, case.id, now)))
        return {"asked_back": asked}

    def _ask(self, case_id: str, now: datetime) -> bool:
        done = False

        def work(_: Snapshot, case: Case) -> Change | None:
            nonlocal done
            done = _is_due(case, now)  # another run, or the resident, may have been quicker
            if not done:
                return None
            terms = Terms(self._kinds[case.kind], self._deadlines, self._kelurahan.complaints)
            changed = stepped(case, Step.CHECK_BACK, "system", now, terms, Given())
            event = Event(
                changed.events,
                now,
                Step.CHECK_BACK,
                SYSTEM,
                SYSTEM,
                changed.state,
                public=_QUESTION,
            )
            return Change(changed, event, {})

        self._book.change(case_id, work)
        return done


def _is_due(case: Case, now: datetime) -> bool:
    is_time = case.check_back_at is not None and case.check_back_at <= now
    return is_time and not (case.erase_at is not None and case.erase_at <= now)
