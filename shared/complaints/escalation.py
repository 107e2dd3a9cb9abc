"""Silence never closes a complaint: what is late goes up, level by level, and the resident sees it.

Level 1 reminds the operator, 2 brings it to the verifier, 3 to the contact above the kelurahan.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from shared.complaints.case import Case, Event
from shared.complaints.casebook import BY_DEADLINE, CaseBook, Change
from shared.complaints.deadlines import Deadlines
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

SYSTEM: Final = "system"
HIGHEST_LEVEL: Final = 3
_SAID: Final = {
    1: "Pengaduan ini melewati tenggatnya. Petugas sudah diingatkan.",
    2: "Pengaduan ini masih terlambat. Sekarang dinaikkan ke verifikator.",
    3: "Pengaduan ini masih terlambat. Sekarang dinaikkan ke {contact}.",
}


class Escalation:
    """The late complaints of one kelurahan."""

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
    def of(cls, deployment: Deployment) -> Escalation:
        """Those of a deployment's kelurahan."""
        from shared.complaints import kinds

        kelurahan = deployment.kelurahan
        keys, clock = deployment.registry_keys, deployment.clock
        return cls(deployment.registry, keys, kelurahan, kinds.load(kelurahan), clock)

    def run(self, tour: Tour | None = None, *, dry_run: bool = False) -> dict[str, int]:
        """Raise what is late to the level of today; each level passed is an event of its own.

        Counts: `late` complaints, levels `escalated` now, and `highest` at the last level.
        """
        tour, now = tour or Tour(), self._clock()
        late = escalated = highest = 0
        for case in tour.cases(self._book, BY_DEADLINE, now):
            if case.due_at is None or not case.is_late(now):
                continue
            late += 1
            reached = self._reached(case.due_at, now)
            highest += max(case.level, reached) == HIGHEST_LEVEL
            for level in range(case.level + 1, reached + 1):
                if dry_run:
                    escalated += 1
                elif not tour.attempt(case.id, partial(self._raise_to, level, case, now)):
                    break  # a step was quicker, or it is damaged
                else:
                    escalated += 1
        return {"late": late, "escalated": escalated, "highest": highest}

    def _reached(self, due_at: datetime, now: datetime) -> int:
        levels = range(1, HIGHEST_LEVEL + 1)
        return sum(self._deadlines.escalate_at(due_at, level) <= now for level in levels)

    def _raise_to(self, level: int, seen: Case, now: datetime) -> bool:
        done = False

        def work(_: Snapshot, case: Case) -> Change | None:
            nonlocal done
            # a step, or another run, may have been quicker
            done = case.due_at == seen.due_at and case.level == level - 1
            if not done:
                return None
            terms = Terms(self._kinds[case.kind], self._deadlines, self._kelurahan.complaints)
            raised = stepped(case, Step.ESCALATE, "system", now, terms, Given(level=level))
            contact = self._kelurahan.complaints.escalation_contact
            event = Event(
                raised.events,
                now,
                Step.ESCALATE,
                SYSTEM,
                SYSTEM,
                raised.state,
                level=level,
                public=_SAID[level].format(contact=contact),
            )
            return Change(raised, event, {})

        self._book.change(seen.id, work)
        return done
