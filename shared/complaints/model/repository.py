"""Repository of complaints: find, read, and change one step at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from shared.complaints.model.case import Case, Event
from shared.complaints.model.documents import Documents
from shared.complaints.model.transitions import Change
from shared.platform.crypto.keys import Keyset
from shared.platform.errors import SealBroken, WrongState
from shared.platform.store import (
    QueryShape,
    Snapshot,
    Store,
    Transaction,
    Value,
    Write,
    declare,
)
from shared.platform.store.port import Operator

BY_DEADLINE: Final = declare(
    "complaints", equal=("open",), ranged="due_at", order=(("due_at", "asc"),)
)
BY_KIND: Final = declare(
    "complaints", equal=("open", "kind"), ranged="due_at", order=(("due_at", "asc"),)
)
BY_STATE: Final = declare(
    "complaints", equal=("open", "state"), ranged="due_at", order=(("due_at", "asc"),)
)
BY_RW: Final = declare(
    "complaints", equal=("open", "rw"), ranged="due_at", order=(("due_at", "asc"),)
)
BY_HANDLER: Final = declare(
    "complaints", equal=("open", "handler"), ranged="due_at", order=(("due_at", "asc"),)
)
ENDED_LATEST: Final = declare("complaints", equal=("open",), order=(("closed_at", "desc"),))
IS_OPEN: Final = declare("complaints", equal=("open",))
HANDLED: Final = declare("complaints", equal=("handler", "open"))
ABOUT_STAFF: Final = declare("complaints", equal=("about_staff", "open"))
IN_STATE: Final = declare("complaints", equal=("state",))
NEWEST_FIRST: Final = declare("complaints", order=(("received_at", "desc"),))
CHECK_BACK: Final = declare("complaints", ranged="check_back_at", order=(("check_back_at", "asc"),))
ERASE: Final = declare("complaints", ranged="erase_at", order=(("erase_at", "asc"),))
ERASE_PHOTOS: Final = declare(
    "complaints", ranged="photos_erase_at", order=(("photos_erase_at", "asc"),)
)
_EVENTS = declare("events", order=(("number", "asc"),))
_PAGE = 300
_ERASED_AT_ONCE = 300
_ERASED = "Isi pengaduan ini sudah dihapus menurut masa simpannya. Buat pengaduan baru."


class CaseRepository:
    """The complaints, at kelurahan/<key>/complaints/<id>, each with its events."""

    def __init__(self, store: Store, keys: Keyset, kelurahan_key: str) -> None:
        self._store = store
        self.documents = Documents(keys, kelurahan_key)

    def snapshot(self, case_id: str) -> Snapshot:
        """Return a complaint's document, whether it exists or not."""
        return self._store.get(self.documents.path(case_id))

    def snapshots(self, case_ids: Iterable[str]) -> list[Snapshot]:
        """Return the documents of several complaints, whether they exist or not."""
        return self._store.get_many([self.documents.path(each) for each in case_ids])

    def get(self, case_id: str) -> Case:
        """Return one complaint; raises NotFound."""
        return self.documents.case(self.snapshot(case_id))

    def find(self, ticket: str) -> list[Snapshot]:
        """Return the documents a ticket's complaint may have, whether they exist or not."""
        documents = self.documents
        return self._store.get_many([documents.path(each) for each in documents.ids(ticket)])

    def was_given(self, ticket: str) -> bool:
        """Whether a number was given under the previous key, which creating can't detect."""
        documents = self.documents
        before = [documents.path(each) for each in documents.ids(ticket)[1:]]
        return bool(before) and any(each.exists for each in self._store.get_many(before))

    def timeline(self, case: Case) -> tuple[Event, ...]:
        """Return the events of a complaint, in order.

        Raises SealBroken where an event was tampered with, or is gone.
        """
        found = self._store.query(_EVENTS.on(self.documents.events(case.id)))
        events = tuple(map(self.documents.event, found))
        if [each.number for each in events[: case.events]] != [*range(1, case.events + 1)]:
            raise SealBroken(code="EVENT_MISSING")
        return events

    def change(self, case_id: str, work: Callable[[Snapshot, Case], Change | None]) -> Case:
        """Read a complaint, let `work` change it, and keep it with its event, in one transaction.

        `work` may be called again where another writer was quicker; None leaves all as it is.
        Raises WrongState for one whose words are gone: no new ones may come to it.
        """
        path = self.documents.path(case_id)

        def carry_out(transaction: Transaction) -> Case:
            there = transaction.get(path)
            case = self.documents.case(there)
            change = work(there, case)
            if change is None:
                return case
            if case.erased:
                raise WrongState(_ERASED)
            transaction.write(
                self.documents.changed(there, change.case, **change.more),
                self.documents.happened(case_id, change.event),
            )
            return change.case

        return self._store.run(carry_out)

    def amend(self, case_id: str, work: Callable[[Snapshot, Case], Write | None]) -> bool:
        """Change a complaint without an event, in one transaction; return whether it did."""
        path = self.documents.path(case_id)

        def carry_out(transaction: Transaction) -> bool:
            there = transaction.get(path)
            write = work(there, self.documents.case(there))
            if write is not None:
                transaction.write(write)
            return write is not None

        return self._store.run(carry_out)

    def erase(self, case_id: str, may: Callable[[Case], bool]) -> bool:
        """Erase every word of a complaint and its events, where `may` says so.

        All at once, but for one with very many events: they lose their words some at a time, and
        the complaint its own with the last of them. Also events that were tampered with: they stay
        known as such.
        """
        folder = self.documents.events(case_id)
        # whatever lies there, numbered as it should be or not
        paths = {each.path for each in self._store.query(_EVENTS.on(folder))}
        seen = self.get(case_id).events
        every = sorted(paths.union(self._numbered(case_id, 1, seen)))
        while len(every) > _ERASED_AT_ONCE:
            some, every = every[:_ERASED_AT_ONCE], every[_ERASED_AT_ONCE:]
            if not self._erase_events(case_id, some, may):
                return False
        return self._erase_events(case_id, every, may, seen=seen)

    def _erase_events(
        self,
        case_id: str,
        paths: Sequence[str],
        may: Callable[[Case], bool],
        *,
        seen: int | None = None,
    ) -> bool:
        """Erase these events; with `seen`, also later ones, and the complaint."""
        path = self.documents.path(case_id)

        def carry_out(transaction: Transaction) -> bool:
            there = transaction.get(path)
            case = self.documents.case(there)
            if not may(case):
                return False
            since = () if seen is None else self._numbered(case_id, seen + 1, case.events)
            events = transaction.get_many(sorted({*paths, *since}))
            writes = [self.documents.event_erased(each) for each in events if each.exists]
            if seen is not None:
                writes.append(self.documents.erased(there, case))
            transaction.write(*writes)
            return True

        return self._store.run(carry_out)

    def _numbered(self, case_id: str, first: int, last: int) -> list[str]:
        folder = self.documents.events(case_id)
        return [f"{folder}/{number:04d}" for number in range(first, last + 1)]

    def newest(self) -> Iterator[tuple[Snapshot, Case]]:
        """Yield all complaints, the newest first, read page by page as they are asked for."""
        return self._all(NEWEST_FIRST, ())

    def by_deadline(self) -> Iterator[tuple[Snapshot, Case]]:
        """Yield the open ones, in the order of their deadlines, read as they are asked for."""
        return self._all(BY_DEADLINE, (True,))

    def due(self, shape: QueryShape, moment: datetime) -> Iterator[Snapshot]:
        """Yield documents whose `shape` time has come, the earliest first, read page by page.

        `shape` is one of this module's ranged ones. What becomes of a document meanwhile moves none
        of the others out of the way.
        """
        equal = (True,) if shape.equal else ()
        return self._pages(shape, equal, (("<=", moment),))

    def several(self, case_ids: Iterable[str]) -> list[Snapshot]:
        """Return the documents of complaints, whether they exist or not, in one round trip."""
        return self._store.get_many([self.documents.path(each) for each in case_ids])

    def _all(self, shape: QueryShape, equal: tuple[Value, ...]) -> Iterator[tuple[Snapshot, Case]]:
        for snapshot in self._pages(shape, equal, ()):
            yield snapshot, self.documents.case(snapshot)

    def _pages(
        self,
        shape: QueryShape,
        equal: tuple[Value, ...],
        ranged: tuple[tuple[Operator, Value], ...],
    ) -> Iterator[Snapshot]:
        after: Snapshot | None = None
        while True:
            page = self._store.query(
                shape.on(
                    self.documents.collection,
                    equal=equal,
                    ranged=ranged,
                    limit=_PAGE,
                    after=after,
                )
            )
            yield from page
            if len(page) < _PAGE:
                return
            after = page[-1]
