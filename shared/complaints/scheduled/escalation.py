"""Escalation of late complaints, level by level, visible to the resident.

Silence never closes a complaint. Level 1 reminds the operator, 2 brings it to the verifier, 3 to
the contact above the kelurahan.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from shared.complaints.model.case import Case
from shared.complaints.model.context import ComplaintContext
from shared.complaints.model.lifecycle import Step
from shared.complaints.model.repository import BY_DEADLINE
from shared.complaints.model.transitions import Change, Given
from shared.complaints.scheduled.unattended_sweep import Sweep, system_step
from shared.platform.store import Snapshot

if TYPE_CHECKING:
    from shared.deployment import Deployment

HIGHEST_LEVEL: Final = 3
_SAID: Final = {
    1: "Pengaduan ini melewati tenggatnya. Petugas sudah diingatkan.",
    2: "Pengaduan ini masih terlambat. Sekarang dinaikkan ke verifikator.",
    3: "Pengaduan ini masih terlambat. Sekarang dinaikkan ke {contact}.",
}


class Escalation:
    """The late complaints of one kelurahan."""

    def __init__(self, context: ComplaintContext) -> None:
        self._context = context

    @classmethod
    def of(cls, deployment: Deployment) -> Escalation:
        """Return the escalation of a deployment's kelurahan."""
        return cls(ComplaintContext.of(deployment))

    def run(self, sweep: Sweep | None = None, *, dry_run: bool = False) -> dict[str, int]:
        """Raise late complaints to today's level; each level passed is an event of its own.

        Counts: `late` complaints, levels `escalated` now, and `highest` at the last level.
        """
        sweep, now = sweep or Sweep(), self._context.clock()
        late = escalated = highest = 0
        for case in sweep.cases(self._context.book, BY_DEADLINE, now):
            if case.due_at is None or not case.is_late(now):
                continue
            late += 1
            reached = self._reached(case.due_at, now)
            highest += max(case.level, reached) == HIGHEST_LEVEL
            for level in range(case.level + 1, reached + 1):
                if dry_run:
                    escalated += 1
                elif not sweep.attempt(case.id, partial(self._raise_to, level, case, now)):
                    break  # a step was quicker, or it is damaged
                else:
                    escalated += 1
        return {"late": late, "escalated": escalated, "highest": highest}

    def _reached(self, due_at: datetime, now: datetime) -> int:
        levels = range(1, HIGHEST_LEVEL + 1)
        return sum(self._context.deadlines.escalate_at(due_at, level) <= now for level in levels)

    def _raise_to(self, level: int, seen: Case, now: datetime) -> bool:
        done = False

        def work(_: Snapshot, case: Case) -> Change | None:
            nonlocal done
            # a step, or another run, may have been quicker
            done = case.due_at == seen.due_at and case.level == level - 1
            if not done:
                return None
            contact = self._context.kelurahan.complaints.escalation_contact
            return system_step(
                self._context,
                case,
                Step.ESCALATE,
                now,
                _SAID[level].format(contact=contact),
                Given(level=level),
            )

        self._context.book.change(seen.id, work)
        return done
