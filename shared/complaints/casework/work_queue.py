"""The work queue: open complaints by deadline, in pages and counts that cost few reads."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal

from shared.complaints.casework.service import Filter
from shared.complaints.model import repository
from shared.complaints.model.case import Case
from shared.complaints.model.context import ComplaintContext
from shared.complaints.model.lifecycle import READERS, State
from shared.platform.clock import end_of_day, today
from shared.platform.errors import Forbidden, NotFound, SealBroken
from shared.platform.store import Query, QueryShape
from shared.platform.store.port import Operator
from shared.staff.accounts import Staff

if TYPE_CHECKING:
    from shared.deployment import Deployment

Due = Literal["late", "today"]
READS_PER_PAGE: Final = 40
_LOOKED_AT_FOR_NAMES: Final = 12
_LOOKED_AT: Final = 8
_SHAPES: Final[Mapping[str, QueryShape]] = {
    "handler": repository.BY_HANDLER,
    "kind": repository.BY_KIND,
    "rw": repository.BY_RW,
    "state": repository.BY_STATE,
}
"""By which filter a page is asked of the store, the one that leaves fewest first."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many complaints are open, new, due today, and late."""

    open: int
    new: int
    due_today: int
    late: int


@dataclass(frozen=True, slots=True)
class DueWork:
    """One officer's due work.

    How many open complaints are in their hands, and how many appeals and reopened ones wait that
    they may take.
    """

    handled: int
    appealed: int
    reopened: int


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a filter's complaints; `after`: where the next page begins, None at the end.

    `damaged`: how many were left out, since somebody has changed them past the application.
    """

    cases: tuple[Case, ...]
    after: str | None
    damaged: int = 0


class WorkQueue:
    """The complaints of one kelurahan as a queue."""

    def __init__(self, context: ComplaintContext) -> None:
        self._store = context.store
        self._kelurahan = context.kelurahan
        self._clock = context.clock
        self._book = context.book

    @classmethod
    def of(cls, deployment: Deployment) -> WorkQueue:
        """Return the queue of a deployment's kelurahan."""
        return cls(ComplaintContext.of(deployment))

    def counts(self, staff: Staff) -> Counts:
        """Return the queue's counts, made by the store; Forbidden for a role that may not see it.

        Those that name the very person who asks aren't told by a count either; of very many that
        name somebody, the first 12 are looked at.
        """
        self._require(staff)
        collection = self._book.documents.collection
        now, tonight = self._clock(), self._tonight()
        open_, new, today, late = self._store.counts(
            (
                repository.IS_OPEN.on(collection, equal=(True,)),
                repository.IN_STATE.on(collection, equal=(State.NEW.value,)),
                *(
                    repository.BY_DEADLINE.on(collection, equal=(True,), ranged=self._range(due))
                    for due in ("today", "late")
                ),
            )
        )
        for case in self._hidden_from(staff):
            open_ -= 1
            new -= case.state is State.NEW
            if case.due_at is not None:
                late -= case.due_at < now
                today -= now <= case.due_at <= tonight
        return Counts(open=open_, new=new, due_today=today, late=late)

    def _hidden_from(self, staff: Staff) -> list[Case]:
        """Return the open complaints that name them."""
        documents = self._book.documents
        query = repository.ABOUT_STAFF.on(
            documents.collection, equal=(True, True), limit=_LOOKED_AT_FOR_NAMES
        )
        hidden = []
        for snapshot in self._store.query(query):
            with suppress(SealBroken):  # the housekeeping raises the alarm
                hidden.append(documents.case(snapshot))
        return [case for case in hidden if staff.id in case.named]

    def duties(self, staff: Staff) -> DueWork:
        """Return the due work of this officer; raises Forbidden for a role that may not see it.

        Looks at 8 complaints of a state at most; of those behind them, whoever may not take one
        isn't left out.
        """
        self._require(staff)
        collection = self._book.documents.collection
        handled, appealed, reopened = self._store.counts(
            (
                repository.HANDLED.on(collection, equal=(staff.id, True)),
                repository.IN_STATE.on(collection, equal=(State.APPEALED.value,)),
                repository.IN_STATE.on(collection, equal=(State.REOPENED.value,)),
            )
        )
        return DueWork(
            handled=handled,
            appealed=appealed - self._kept_from(staff, State.APPEALED) if appealed else 0,
            reopened=reopened - self._kept_from(staff, State.REOPENED) if reopened else 0,
        )

    def _kept_from(self, staff: Staff, state: State) -> int:
        """Return how many complaints in a state they may not take, of the first 8."""
        documents = self._book.documents
        found = self._store.query(
            repository.IN_STATE.on(documents.collection, equal=(state.value,), limit=_LOOKED_AT)
        )
        kept_out = 0
        for snapshot in found:
            try:
                case = documents.case(snapshot)
            except SealBroken:  # the housekeeping raises the alarm
                kept_out += 1
            else:
                kept_out += staff.id in (*case.named, *case.barred)
        return kept_out

    def page(
        self, staff: Staff, wanted: Filter, *, due: Due | None = None, after: str | None = None
    ) -> Page:
        """Return a page of complaints: open ones by their deadline, ended ones the latest first.

        Reads 40 documents at most, so with several filters a page may hold few, or none, and still
        have a next one. Those that name the person who asks are left out. `due`: only what is late,
        or due today.
        """
        self._require(staff)
        found = self._store.query(self._query(wanted, due, after))
        now = self._clock()
        whole: list[Case] = []
        for snapshot in found:
            with suppress(SealBroken):  # the housekeeping raises the alarm
                whole.append(self._book.documents.case(snapshot))
        cases = tuple(
            case for case in whole if staff.id not in case.named and wanted.fits(case, now)
        )
        is_last = len(found) < READS_PER_PAGE
        return Page(cases, None if is_last else found[-1].id, len(found) - len(whole))

    def _query(self, wanted: Filter, due: Due | None, after: str | None) -> Query:
        documents = self._book.documents
        cursor = None
        if after is not None:
            cursor = self._store.get(documents.path(after))
            if not cursor.exists:
                raise NotFound()
        if wanted.is_open is False:
            return repository.ENDED_LATEST.on(
                documents.collection, equal=(False,), limit=READS_PER_PAGE, after=cursor
            )
        name = next((name for name in _SHAPES if getattr(wanted, name) is not None), None)
        shape = repository.BY_DEADLINE if name is None else _SHAPES[name]
        equal = (True,) if name is None else (True, getattr(wanted, name))
        return shape.on(
            documents.collection,
            equal=equal,
            ranged=self._range(due),
            limit=READS_PER_PAGE,
            after=cursor,
        )

    def _range(self, due: Due | None) -> tuple[tuple[Operator, datetime], ...]:
        if due == "late":
            return (("<", self._clock()),)
        if due == "today":
            return ((">=", self._clock()), ("<=", self._tonight()))
        return ()

    def _tonight(self) -> datetime:
        zone = self._kelurahan.timezone
        return end_of_day(today(self._clock, zone), zone)

    def _require(self, staff: Staff) -> None:
        if staff.kelurahan != self._kelurahan.key or staff.role not in READERS:
            raise Forbidden()
