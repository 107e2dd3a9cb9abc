"""The unattended sweep over complaints: a damaged one stops none of the others.

It ends when its time is over: what isn't reached in time is left for the next sweep.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final, TypeVar

from shared.complaints.model.case import Case
from shared.complaints.model.context import ComplaintContext
from shared.complaints.model.lifecycle import Step
from shared.complaints.model.repository import CaseRepository
from shared.complaints.model.transitions import Change, Given, taken
from shared.platform.errors import AlreadyExists, NotFound, SealBroken, WrongState
from shared.platform.store import QueryShape

T = TypeVar("T")
SYSTEM: Final = "system"
_DAMAGED = (SealBroken, AlreadyExists, NotFound, WrongState)
"""What only happens where somebody changed, added or deleted documents past the application."""


class Sweep:
    """One pass over the complaints. `may_go_on` is asked before each of them.

    Afterwards `damaged` has the ids of those that were left as they are, and `is_cut_short` says
    whether the time was over before the end. `counts` tells what was done, also of a sweep that
    something stopped on its way.
    """

    def __init__(self, may_go_on: Callable[[], bool] = lambda: True) -> None:
        self._may_go_on = may_go_on
        self.damaged: set[str] = set()
        self.counts: Counter[str] = Counter()
        self.is_cut_short = False

    def goes_on(self) -> bool:
        """Return whether there is time for one more."""
        self.is_cut_short = self.is_cut_short or not self._may_go_on()
        return not self.is_cut_short

    def cases(self, book: CaseRepository, shape: QueryShape, moment: datetime) -> Iterator[Case]:
        """Yield the undamaged complaints whose `shape` time has come, while there is time."""
        for snapshot in book.due(shape, moment):
            if not self.goes_on():
                return
            case = self.attempt(snapshot.id, lambda: book.documents.case(snapshot))  # noqa: B023
            if case is not None:
                yield case

    def attempt(self, case_id: str, work: Callable[[], T]) -> T | None:
        """Return what `work` makes of one complaint; None, remembered, where it is damaged."""
        try:
            return work()
        except _DAMAGED:
            self.damaged.add(case_id)
            return None


def system_step(
    context: ComplaintContext,
    case: Case,
    step: Step,
    now: datetime,
    said: str,
    given: Given = Given(),  # noqa: B008 - frozen
) -> Change:
    """Return a step that the system takes, with what the resident reads of it."""
    terms = context.terms(case)
    return taken(case, step, SYSTEM, now, terms, given, actor=SYSTEM, role=SYSTEM, public=said)
