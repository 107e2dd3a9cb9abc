"""Migration of complaints, receipts and deletion records from the registry to `intake`.

A complaint gets a new id there, under the keys of `intake`: its words, events and photos are sealed
anew, its documents signed anew. The mark of its secret stays, and is recognised by the tag keys
that `intake` inherited, so that number and secret go on working; so does a submission that is sent
again with its key.

A complaint is copied as a whole, its own document last and in the same commit as its last events,
and is deleted from the registry only then. A run that is killed in between finds it in both: a copy
that is as far as the original stays, one that the original has gone on without is made anew, and
where both have gone on, both are left. Photos move to a folder of another name, which the version
before doesn't look after.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Literal, cast

from shared.complaints.intake.receipts import Receipts
from shared.complaints.model.case import Case
from shared.complaints.model.documents import MOVED_FROM, MOVED_VERSION, Documents
from shared.complaints.photos.storage import PhotoStorage
from shared.platform.crypto.keys import Keyset
from shared.platform.crypto.signed_documents import signed, verified
from shared.platform.errors import Conflict, Contended, NotFound, SealBroken
from shared.platform.store import QueryShape, Snapshot, Store, Transaction, Value, Write, declare

if TYPE_CHECKING:
    from shared.deployment import Deployment

_Placed = Callable[[Snapshot, dict[str, Value]], tuple[str, dict[str, Value]]]
_OLD_PHOTOS: Final = "complaints"
_UNRELATED: Final = (
    "Kunci basis data intake tidak dibuat dari kunci registry, sehingga kode rahasia lama tidak "
    "akan dikenal. Ikuti bagian Migrating stored data di infra/README.md."
)
_PHOTOS_MISSING: Final = (
    "Ada foto pengaduan yang tidak ditemukan. Periksa NUTERA_FILES. Bila fotonya memang sudah "
    "tidak ada, jalankan dengan --without-missing-photos."
)
_PAGE: Final = 100
_AT_ONCE: Final = 200
_COMPLAINTS: Final = declare("complaints")
_EVENTS: Final = declare("events")
_RECEIPTS: Final = declare("receipts")
_DELETIONS: Final = declare("deletions")


class ComplaintsToIntake:
    """The move of one kelurahan's complaints.

    Afterwards `counts` has what was moved by kind, `damaged` the ids of complaints that were moved
    as they are, since they aren't as this system wrote them, and `conflicting` those that were left
    in the registry, since both databases have gone on with them.
    """

    def __init__(
        self, deployment: Deployment, *, dry_run: bool, without_missing_photos: bool = False
    ) -> None:
        self._deployment = deployment
        self._dry_run = dry_run
        self._without_missing = without_missing_photos
        self._key = deployment.kelurahan.key
        self._registry: Store = deployment.registry
        self._old = Documents(deployment.registry_keys, self._key)
        self._old_photos = PhotoStorage(
            deployment.files, deployment.registry_keys, self._key, folder=_OLD_PHOTOS
        )
        self.counts: Counter[str] = Counter()
        self.damaged: set[str] = set()
        self.conflicting: set[str] = set()

    def run(self) -> None:
        """Move all that there is; a dry run only counts, and needs no key of `intake`.

        Raises Conflict where photos are missing (PHOTOS_MISSING) or the keys of `intake` don't
        know the registry's marks (KEYS_UNRELATED), before anything is moved; Contended where
        something else works on a complaint.
        """
        root = f"kelurahan/{self._key}"
        complaints = f"{root}/complaints"
        self._check_keys(complaints)
        self._check_photos(complaints)
        for snapshot in self._all(_COMPLAINTS, complaints):
            try:
                self._complaint(snapshot)
            except SealBroken:
                self._damaged(snapshot)
        for snapshot in self._all(_RECEIPTS, f"{root}/receipts"):
            self._document(snapshot, "receipts", self._receipt)
        for snapshot in self._all(_DELETIONS, f"{root}/deletions"):
            self._document(snapshot, "deletions", lambda each, data: (each.path, data))
        if not self._dry_run and not self.conflicting:
            for folder in self._old_photos.folders():  # left behind by a run that was killed
                self._old_photos.delete(folder)

    def _check_keys(self, complaints: str) -> None:
        if self._dry_run or not self._registry.query(_COMPLAINTS.on(complaints, limit=1)):
            return
        known = {tags.key_id for tags in self._deployment.intake_keys.inherited}
        if not known.issuperset(self._deployment.registry_keys.key_ids):
            raise Conflict(_UNRELATED, code="KEYS_UNRELATED")

    def _check_photos(self, complaints: str) -> None:
        """Count photos that aren't there: mostly NUTERA_FILES points to another place."""
        missing = 0
        for snapshot in self._all(_COMPLAINTS, complaints):
            with suppress(SealBroken):
                missing += len(self._missing(self._old.case(snapshot)))
        if missing:
            self.counts["photos missing"] = missing
            if not self._dry_run and not self._without_missing:
                raise Conflict(_PHOTOS_MISSING, code="PHOTOS_MISSING")

    def _missing(self, case: Case) -> set[int]:
        """Return the numbers of a complaint's photos that aren't there."""
        missing = set()
        for number in range(1, case.photos + 1):
            try:
                self._old_photos.photo(case.photo_folder, number)
            except NotFound:
                missing.add(number)
        return missing

    def _complaint(self, snapshot: Snapshot) -> None:
        case = self._old.case(snapshot)
        events = [*self._all(_EVENTS, self._old.events(case.id))]
        if self._dry_run:
            self._check(case, events)
        else:
            state = self._state_of_copy(case)
            if state == "conflicting":
                self.conflicting.add(case.id)
                return
            if state == "none":
                self._check(case, events)
                self._copy(snapshot, case, events)
        self.counts.update(complaints=1, events=len(events), photos=case.photos)
        if not self._dry_run:
            self._forget(snapshot, events)
            self._old_photos.delete(case.photo_folder)

    def _state_of_copy(self, case: Case) -> Literal["none", "whole", "conflicting"]:
        """Tell whether `intake` has the complaint, and whether either side has gone on since.

        A copy that an earlier version of the code has gone on without, and nobody here, is none.
        """
        new = Documents(self._deployment.intake_keys, self._key)
        there = self._deployment.intake.get(new.path(new.ids(case.ticket)[0]))
        if not there.exists:
            return "none"
        moved, now = new.moved_version(there), new.case(there).version
        if moved is None:
            return "conflicting"  # made anew, under the same number
        if case.version == moved:
            return "whole"
        return "none" if now == moved else "conflicting"

    def _is_copied(self, snapshot: Snapshot) -> bool:
        with suppress(SealBroken):
            return not self._dry_run and self._state_of_copy(self._old.case(snapshot)) != "none"
        return False

    def _check(self, case: Case, events: Sequence[Snapshot]) -> None:
        """Raise SealBroken where an event was changed, or is gone, or is one too many."""
        numbers = [self._old.event(each).number for each in events]
        if sorted(numbers) != [*range(1, case.events + 1)]:
            raise SealBroken(code="EVENT_MISSING")

    def _copy(self, snapshot: Snapshot, case: Case, events: Sequence[Snapshot]) -> None:
        new = Documents(self._deployment.intake_keys, self._key)
        new_id = new.ids(case.ticket)[0]
        folder, photos = self._photos(case, new_id)
        changed: dict[str, Value] = {
            "photo_folder": folder,
            "photos": photos,
            MOVED_FROM: snapshot.id,
            MOVED_VERSION: case.version,
        }
        writes = [self._moved(each, f"{new.events(new_id)}/{each.id}", {}) for each in events]
        writes.append(self._moved(snapshot, new.path(new_id), changed))
        self._keep(writes)

    def _photos(self, case: Case, new_id: str) -> tuple[str, int]:
        """Seal the photos anew in a folder named after the new id; its name, and how many."""
        there = sorted({*range(1, case.photos + 1)} - self._missing(case))
        if not there:
            return "", 0
        folder = f"{new_id}-{case.photo_folder.rpartition('-')[2]}"
        new = PhotoStorage(self._deployment.files, self._deployment.intake_keys, self._key)
        for number, old_number in enumerate(there, 1):
            new.keep(folder, number, self._old_photos.photo(case.photo_folder, old_number))
        return folder, len(there)

    def _damaged(self, snapshot: Snapshot) -> None:
        """Move a complaint that was tampered with as it lies there: it stays known as such."""
        if not self._registry.get(snapshot.path).exists or self._is_copied(snapshot):
            return  # another run has moved it meanwhile
        self.damaged.add(snapshot.id)
        if self._dry_run:
            return
        events = [*self._all(_EVENTS, f"{snapshot.path}/events")]
        self._keep([Write("set", each.path, each.data or {}) for each in (*events, snapshot)])
        folder = (snapshot.data or {}).get("photo_folder")
        if isinstance(folder, str) and folder in self._old_photos.folders():
            new = PhotoStorage(self._deployment.files, self._deployment.intake_keys, self._key)
            self._old_photos.move_sealed(folder, new)
            self._forget(snapshot, events)  # before the photos, which a run after a kill looks for
            self._old_photos.delete(folder)
        else:
            self._forget(snapshot, events)

    def _moved(self, snapshot: Snapshot, path: str, changed: dict[str, Value]) -> Write:
        """Return the write of a document at its new place, with its words sealed for it."""
        keys: Keyset = self._deployment.intake_keys
        data = {**verified(self._deployment.registry_keys, snapshot), **changed}
        sealed = data.get("sealed")
        if isinstance(sealed, bytes):
            words = self._deployment.registry_keys.unseal(sealed, f"{snapshot.path}#words")
            data["sealed"] = keys.seal(words, f"{path}#words")
        return Write("set", path, signed(keys, path, data))

    def _keep(self, writes: Sequence[Write]) -> None:
        """Write in their order: the complaint's own document comes last."""
        store = self._deployment.intake
        for first in range(0, len(writes), _AT_ONCE):
            store.commit(writes[first : first + _AT_ONCE])

    def _forget(self, snapshot: Snapshot, events: Sequence[Snapshot]) -> None:
        """Delete a complaint from the registry, its own document last; Contended if it changed."""

        def unchanged(transaction: Transaction) -> bool:
            there = transaction.get(snapshot.path)
            if there.exists and there.data != snapshot.data:
                raise Contended
            return there.exists

        if not self._registry.run(unchanged):
            return
        for first in range(0, len(events), _AT_ONCE):
            some = events[first : first + _AT_ONCE]
            self._registry.commit([Write("delete", each.path) for each in some])

        def last(transaction: Transaction) -> None:
            unchanged(transaction)
            transaction.write(Write("delete", snapshot.path))

        self._registry.run(last)

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
        new_id = new.ids(number)[0]
        if intake.get(new.path(new_id)).exists:
            data = {**data, "case": new_id}
        return receipts.moved_to(number)[0], data

    def _all(self, shape: QueryShape, collection: str) -> Iterator[Snapshot]:
        """All documents of a collection, also while those that were read are deleted."""
        after: Snapshot | None = None
        while page := self._registry.query(shape.on(collection, limit=_PAGE, after=after)):
            yield from page
            after = page[-1]
