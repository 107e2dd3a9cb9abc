"""People search for staff: by NIK, name or RW, with each person's history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, cast

from shared.platform.crypto.keys import Keyset
from shared.platform.errors import Invalid, NotFound
from shared.platform.store import Snapshot, Store, declare
from shared.recipients.batches import serialization
from shared.recipients.batches.sealed_chunks import SealedChunks
from shared.recipients.model import names
from shared.recipients.model.batch import Batch, Batches
from shared.recipients.model.differences import Difference
from shared.recipients.model.entitlements import Entitlement
from shared.recipients.model.nik import read_nik
from shared.recipients.model.person import Person
from shared.recipients.publishing import register_documents

if TYPE_CHECKING:
    from shared.deployment import Deployment

SHORTEST_NAME: Final = 3
PAGE: Final = 40
_BATCHES_LOOKED_AT: Final = 12
_CHUNKS_LOOKED_AT: Final = 20
_BY_NAME = declare("recipients", ranged="name_folded", order=(("name_folded", "asc"),))
_BY_RW = declare("recipients", equal=("rw",), order=(("name_folded", "asc"),))
_MOVED = "Daftarnya berubah sementara Anda membacanya. Cari sekali lagi."
_NOT_THERE = "Warga ini tidak ada di daftar."


@dataclass(frozen=True, slots=True)
class Record:
    """A person with the id of their document, the batch that wrote it last, and when."""

    id: str
    person: Person
    batch: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """What a batch did to a person."""

    batch: Batch
    difference: Difference


class PeopleSearch:
    """Search among a kelurahan's people. Whoever shows them records that in the audit log."""

    def __init__(self, registry: Store, keys: Keyset, kelurahan_key: str) -> None:
        self._registry = registry
        self._keys = keys
        self._kelurahan_key = kelurahan_key
        self._collection = f"kelurahan/{kelurahan_key}/recipients"
        self._batches = Batches(registry, keys, kelurahan_key)

    @classmethod
    def of(cls, deployment: Deployment) -> PeopleSearch:
        """Return the people of a deployment's kelurahan."""
        key = deployment.kelurahan.key
        return cls(deployment.registry, deployment.registry_keys, key)

    def get(self, record_id: str) -> Record:
        """Return one person by the id of their document; raises NotFound."""
        return self._record(
            self._registry.get(register_documents.path(self._kelurahan_key, record_id))
        )

    def by_nik(self, text: str) -> Record | None:
        """Return the person with this NIK; raises Invalid where it can't be one."""
        nik = read_nik(text)
        if nik is None:
            detail = "NIK belum benar. Isi 16 angka seperti di KTP."
            raise Invalid(errors=[{"pointer": "#/nik", "detail": detail}])
        ids = self._keys.identifiers("nik", self._kelurahan_key, nik)
        found = self._registry.get_many(
            [register_documents.path(self._kelurahan_key, each) for each in ids]
        )
        return next((self._record(each) for each in found if each.exists), None)

    def by_name(self, text: str, after: str | None = None) -> list[Record]:
        """Return people whose name begins so, by name, 40 at a time; Invalid below 3 letters.

        `after`: the id of the last one already seen; NotFound where it has left the list.
        """
        wanted = names.folded(text)
        if sum(map(str.isalpha, wanted)) < SHORTEST_NAME:
            detail = f"Ketik paling sedikit {SHORTEST_NAME} huruf dari awal nama."
            raise Invalid(errors=[{"pointer": "#/name", "detail": detail}])
        query = _BY_NAME.on(
            self._collection,
            ranged=((">=", wanted), ("<", f"{wanted}\uffff")),
            limit=PAGE,
            after=self._cursor(after),
        )
        return [self._record(each) for each in self._registry.query(query)]

    def by_rw(self, rw: str, after: str | None = None) -> list[Record]:
        """Return the people of an RW, by name, 40 at a time; `after` as in `by_name`."""
        query = _BY_RW.on(self._collection, equal=(rw,), limit=PAGE, after=self._cursor(after))
        return [self._record(each) for each in self._registry.query(query)]

    def history(self, record_id: str) -> list[Change]:
        """Return what the newest published batches did to a person, the newest first.

        Looks at 12 of them, and at no more than 20 parts of their lists: who wants to know more
        asks for a batch itself.
        """
        changes: list[Change] = []
        looked_at = 0
        for batch in self._batches.published(_BATCHES_LOOKED_AT):
            chunks = SealedChunks(self._registry, self._keys, self._batches.path(batch.id))
            for number in range(batch.difference_chunks):
                if looked_at == _CHUNKS_LOOKED_AT:
                    return changes
                looked_at += 1
                items = chunks.find_one(serialization.DIFFERENCES, number)
                if items is None:
                    break  # kept for a time only
                found = [item for item in items if item[0] == record_id]
                changes += [Change(batch, serialization.difference_from(item)) for item in found]
                if found or (items and items[-1][0] > record_id):
                    break  # a list is in the order of the ids
        return changes

    def _cursor(self, record_id: str | None) -> Snapshot | None:
        if record_id is None:
            return None
        if not (record_id.isascii() and record_id.isalnum()):
            raise NotFound(_MOVED)
        last = self._registry.get(register_documents.path(self._kelurahan_key, record_id))
        if not last.exists:
            raise NotFound(_MOVED)
        return last

    def _record(self, snapshot: Snapshot) -> Record:
        if not snapshot.exists:
            raise NotFound(_NOT_THERE)
        data = snapshot.data or {}
        return Record(
            snapshot.id,
            register_documents.person(snapshot, self._keys),
            cast(str, data["batch"]),
            cast(datetime, data["updated_at"]),
        )


def origin(entitlement: Entitlement, history: Sequence[Change]) -> Batch | None:
    """Return the batch of a person's history that brought an entitlement in, or None."""
    for change in history:
        before, after = change.difference.before, change.difference.after
        if after is None or entitlement not in after.entitlements:
            continue
        if before is None or entitlement not in before.entitlements:
            return change.batch
    return None
