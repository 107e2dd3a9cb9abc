"""Check back: two weeks after the end, the resident is asked whether it is really solved."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from shared.complaints.model.case import Case
from shared.complaints.model.context import ComplaintContext
from shared.complaints.model.lifecycle import Step
from shared.complaints.model.repository import CHECK_BACK
from shared.complaints.model.transitions import Change
from shared.complaints.scheduled.unattended_sweep import Sweep, system_step
from shared.platform.store import Snapshot

if TYPE_CHECKING:
    from shared.deployment import Deployment

_QUESTION: Final = (
    "Apakah masalah Anda sudah selesai? Beri nilai, atau buka kembali pengaduan ini bila belum."
)


class CheckBack:
    """The check-back questions of one kelurahan."""

    def __init__(self, context: ComplaintContext) -> None:
        self._context = context

    @classmethod
    def of(cls, deployment: Deployment) -> CheckBack:
        """Return the check back of a deployment's kelurahan."""
        return cls(ComplaintContext.of(deployment))

    def run(self, sweep: Sweep | None = None, *, dry_run: bool = False) -> dict[str, int]:
        """Ask where it is due. Counts: `asked_back`.

        Nobody is asked whose complaint is about to be erased: there is nothing left to open again.
        """
        sweep, now = sweep or Sweep(), self._context.clock()
        asked = 0
        for case in sweep.cases(self._context.book, CHECK_BACK, now):
            if not _is_due(case, now):
                continue
            asked += dry_run or bool(sweep.attempt(case.id, partial(self._ask, case.id, now)))
        return {"asked_back": asked}

    def _ask(self, case_id: str, now: datetime) -> bool:
        done = False

        def work(_: Snapshot, case: Case) -> Change | None:
            nonlocal done
            done = _is_due(case, now)  # another run, or the resident, may have been quicker
            if not done:
                return None
            return system_step(self._context, case, Step.CHECK_BACK, now, _QUESTION)

        self._context.book.change(case_id, work)
        return done


def _is_due(case: Case, now: datetime) -> bool:
    is_time = case.check_back_at is not None and case.check_back_at <= now
    return is_time and not (case.erase_at is not None and case.erase_at <= now)
