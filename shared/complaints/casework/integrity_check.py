"""Integrity check of complaints: damaged ones are found, or left out of lists.

Somebody who can write to the database, but lacks its keys, may have changed, added or deleted them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from shared.complaints.model.case import Case
from shared.complaints.model.context import ComplaintContext
from shared.complaints.model.repository import CaseRepository
from shared.platform.errors import NotFound, SealBroken
from shared.platform.store import QueryShape, Snapshot, Store, Value, declare

# in no order: whoever takes the field of an order away would keep the document out of sight
_ALL: Final = declare("complaints")
_ALL_EVENTS: Final = declare("events")
_PAGE: Final = 300


class DamageTolerantRepository(CaseRepository):
    """Complaints whose lists leave out damaged ones. `damaged`: ids of those left out so far."""

    damaged: set[str]

    def _all(self, shape: QueryShape, equal: tuple[Value, ...]) -> Iterator[tuple[Snapshot, Case]]:
        for snapshot in self._pages(shape, equal, ()):
            try:
                case = self.documents.case(snapshot)
            except SealBroken:
                self.damaged.add(snapshot.id)
            else:
                yield snapshot, case


@dataclass(frozen=True)
class DamageTolerantContext(ComplaintContext):
    """A context whose lists leave out damaged complaints."""

    damaged: set[str] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        book = DamageTolerantRepository(self.store, self.keys, self.kelurahan.key)
        book.damaged = self.damaged
        object.__setattr__(self, "book", book)


@dataclass(frozen=True, slots=True)
class IntegrityReport:
    """How many complaints, events and photos were read, and the ids of damaged complaints."""

    complaints: int
    events: int
    damaged: tuple[str, ...]
    photos: int = 0


def find_damaged(context: ComplaintContext) -> IntegrityReport:
    """Read all complaints with their words, events and photos.

    A complaint is damaged where it, an event or a photo of it was changed, where an event or a
    photo is missing, or an event too many. What can't be seen: a complaint that is gone with all
    its events, and an older state that was put back as a whole. Unavailable where the photos can't
    be reached.
    """
    book, store = context.book, context.store
    complaints = events = photos = 0
    damaged: list[str] = []
    for snapshot in _every(store, book.documents.collection):
        complaints += 1
        try:
            events += _read(book, store, snapshot)
            photos += _photos(context, book.documents.case(snapshot))
        except (SealBroken, NotFound):
            damaged.append(snapshot.id)
    return IntegrityReport(complaints, events, tuple(sorted(damaged)), photos)


def _every(store: Store, collection: str) -> Iterator[Snapshot]:
    after: Snapshot | None = None
    while page := store.query(_ALL.on(collection, limit=_PAGE, after=after)):
        yield from page
        after = page[-1]


def _read(book: CaseRepository, store: Store, snapshot: Snapshot) -> int:
    """Return how many events the complaint has.

    Raises SealBroken where it was altered, NotFound for an id that is none of ours.
    """
    documents = book.documents
    case = documents.case(snapshot)
    documents.words(snapshot)
    found = store.query(_ALL_EVENTS.on(documents.events(case.id)))
    numbers = {documents.event(each).number for each in found}
    # meanwhile something may have happened to it
    now = case if len(numbers) <= case.events else documents.case(book.snapshot(case.id))
    if not _up_to(case.events) <= numbers <= _up_to(now.events):
        raise SealBroken(code="EVENT_MISSING")
    return len(numbers)


def _photos(context: ComplaintContext, case: Case) -> int:
    """Return how many photos there are.

    Raises SealBroken for a changed one, NotFound if one is gone.
    """
    book = context.book
    for number in range(1, case.photos + 1):
        try:
            context.album.photo(case.photo_folder, number)
        except NotFound:
            # meanwhile they may have been deleted in time
            if book.documents.case(book.snapshot(case.id)).photos:
                raise
            return 0
    return case.photos


def _up_to(number: int) -> set[int]:
    return {*range(1, number + 1)}
