"""Migration of complaints, receipts and deletion records from the registry to `intake`.

A complaint gets a new id there, under the keys of `intake`: its words, events and photos are sealed
anew, its documents signed anew. The mark of its secret stays, and is recognised by the tag keys
that `intake` inherited, so that number and secret go on working; so does a submission that is sent
again with its key.

A complaint is copied as a whole, its own document last and in the same commit as its last events,
and is deleted from the registry only then. A run that is killed in between finds it in both, and
deletes it; what was done to it in `intake` meanwhile stays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal, cast

from shared.complaints.intake.receipts import Receipts
from shared.complaints.model.case import Case
from shared.complaints.model.documents import MOVED_FROM, Documents
from shared.complaints.photos.storage import PhotoStorage
from shared.platform.crypto.keys import Keyset
from shared.platform.crypto.signed_documents import signed, verified
from shared.platform.errors import AlreadyExists, Contended, NotFound, SealBroken
from shared.platform.store import QueryShape, Snapshot, Store, Transaction, Value, Write, declare

if TYPE_CHECKING:
    from shared.deployment import Deployment

_Placed = Callable[[Snapshot, dict[str, Value]], tuple[str, dict[str, Value]]]
_PAGE: Final = 100
_AT_ONCE: Final = 200
_COMPLAINTS: Final = declare("complaints")
_EVENTS: Final = declare("events")
_RECEIPTS: Final = declare("receipts")
_DELETIONS: Final = declare("deletions")


class ComplaintsToIntake:
    """The move of one kelurahan's complaints. `counts` by kind; `damaged`: ids of those left."""

    def __init__(self, deployment: Deployment, *, dry_run: bool) -> None:
        self._deployment = deployment
        self._dry_run = dry_run
        self._key = deployment.kelurahan.key
        self._registry: Store = deployment.registry
        self._old = Documents(deployment.registry_keys, self._key)
        self._now: datetime = deployment.clock()
        self.counts: Counter[str] = Counter()
        self.damaged: set[str] = set()

    @classmethod
    def of(cls, deployment: Deployment, *, dry_run: bool = False) -> ComplaintsToIntake:
        """That of a deployment's kelurahan; a dry run only counts, and needs no key of `intake`."""
        return cls(deployment, dry_run=dry_run)

    def run(self) -> None:
        """Move all that there is. Raises Contended where something else works on a complaint."""
        root = f"kelurahan/{self._key}"
        for snapshot in self._all(_COMPLAINTS, f"{root}/complaints"):
            try:
                self._complaint(snapshot)
            except (SealBroken, NotFound):
                self.damaged.add(snapshot.id)
        for snapshot in self._all(_RECEIPTS, f"{root}/receipts"):
            self._document(snapshot, "receipts", self._receipt)
        for snapshot in self._all(_DELETIONS, f"{root}/deletions"):
            self._document(snapshot, "deletions", lambda each, data: (each.path, data))

    def _complaint(self, snapshot: Snapshot) -> None:
        case = self._old.case(snapshot)
        events = [*self._all(_EVENTS, self._old.events(case.id))]
        if self._dry_run:
            self._check(case, events)
        elif not self._is_there(case):
            self._check(case, events)
            self._copy(snapshot, case, events)
        self.counts.update(complaints=1, events=len(events), photos=case.photos)
        if not self._dry_run:
            self._forget(snapshot, events)
            album = PhotoStorage(self._deployment.files, self._deployment.registry_keys, self._key)
            album.delete(case.photo_folder)

    def _is_there(self, case: Case) -> bool:
        """Whether an earlier run has copied the complaint."""
        new = Documents(self._deployment.intake_keys, self._key)
        return self._deployment.intake.get(new.path(new.ids(case.ticket)[0])).exists

    def _check(self, case: Case, events: Sequence[Snapshot]) -> None:
        """SealBroken where an event was changed, or is gone, or is one too many."""
        numbers = [self._old.event(each).number for each in events]
        if sorted(numbers) != [*range(1, case.events + 1)]:
            raise SealBroken(code="EVENT_MISSING")

    def _copy(self, snapshot: Snapshot, case: Case, events: Sequence[Snapshot]) -> None:
        new = Documents(self._deployment.intake_keys, self._key)
        new_id = new.ids(case.ticket)[0]
        changed: dict[str, Value] = {
            "photo_folder": self._photos(case, new_id),
            MOVED_FROM: snapshot.id,
        }
        writes = [self._moved(each, f"{new.events(new_id)}/{each.id}", {}) for each in events]
        writes.append(self._moved(snapshot, new.path(new_id), changed, "create"))
        self._keep(writes)

    def _photos(self, case: Case, new_id: str) -> str:
        """Seal the photos anew in a folder named after the new id; its name, "" without photos."""
        if not case.photo_folder:
            return ""
        folder = f"{new_id}-{case.photo_folder.rpartition('-')[2]}"
        files = self._deployment.files
        old = PhotoStorage(files, self._deployment.registry_keys, self._key)
        new = PhotoStorage(files, self._deployment.intake_keys, self._key)
        for number in range(1, case.photos + 1):
            new.keep(folder, number, old.photo(case.photo_folder, number))
        return folder

    def _moved(
        self,
        snapshot: Snapshot,
        path: str,
        changed: dict[str, Value],
        kind: Literal["set", "create"] = "set",
    ) -> Write:
        """The write of a document at its new place, with its words sealed for it."""
        keys: Keyset = self._deployment.intake_keys
        data = {**verified(self._deployment.registry_keys, snapshot), **changed}
        sealed = data.get("sealed")
        if isinstance(sealed, bytes):
            words = self._deployment.registry_keys.unseal(sealed, f"{snapshot.path}#words")
            data["sealed"] = keys.seal(words, f"{path}#words")
        return Write(kind, path, signed(keys, path, data))

    def _keep(self, writes: Sequence[Write]) -> None:
        store = self._deployment.intake
        for first in range(0, len(writes), _AT_ONCE):
            try:
                store.commit(writes[first : first + _AT_ONCE])
            except AlreadyExists:  # another run was quicker
                return

    def _forget(self, snapshot: Snapshot, events: Sequence[Snapshot]) -> None:
        """Delete a complaint from the registry, its own document last; Contended if it changed."""
        for first in range(0, len(events), _AT_ONCE):
            some = events[first : first + _AT_ONCE]
            self._registry.commit([Write("delete", each.path) for each in some])

        def work(transaction: Transaction) -> None:
            there = transaction.get(snapshot.path)
            if there.exists and there.data != snapshot.data:
                raise Contended
            transaction.write(Write("delete", snapshot.path))

        self._registry.run(work)

    def _document(self, snapshot: Snapshot, kind: str, placed: _Placed) -> None:
        """Move one document; `placed` tells its place and its fields there."""
        try:
            data = verified(self._deployment.registry_keys, snapshot)
        except SealBroken:
            self.counts[f"{kind} damaged"] += 1
            return
        self.counts[kind] += 1
        if self._dry_run:
            return
        path, fields = placed(snapshot, data)
        document = signed(self._deployment.intake_keys, path, fields)
        self._deployment.intake.set(path, document)
        self._registry.delete(snapshot.path)

    def _receipt(self, _: Snapshot, data: dict[str, Value]) -> tuple[str, dict[str, Value]]:
        intake = self._deployment.intake
        receipts = Receipts(intake, self._deployment.intake_keys, self._deployment.kelurahan)
        number = cast(str, data["ticket"])
        new = Documents(self._deployment.intake_keys, self._key)
        return receipts.moved_to(number), {**data, "case": new.ids(number)[0]}

    def _all(self, shape: QueryShape, collection: str) -> Iterator[Snapshot]:
        """All documents of a collection, also while those that were read are deleted."""
        after: Snapshot | None = None
        while page := self._registry.query(shape.on(collection, limit=_PAGE, after=after)):
            yield from page
            after = page[-1]
