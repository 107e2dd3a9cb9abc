"""Idempotent writes of a publication: the changed documents of both databases and their manifests.

Only what changed is written. The documents of one shard and the shard of the manifest go in one
atomic commit, so that the manifest says at every moment what the collection holds. A document
whose manifest entry is already as wished is passed over: a run that died is finished by running it
again, nothing is written twice and nothing is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from shared.platform.errors import Broken, Busy
from shared.platform.store import Store, Transaction, Value, Write
from shared.recipients.lookup import projection
from shared.recipients.model.differences import Difference
from shared.recipients.model.person import Person
from shared.recipients.publishing import manifest, register_documents
from shared.recipients.publishing.databases import Databases
from shared.recipients.publishing.register_head import RegisterHead

HASH_DOMAIN = "content"
_WRITES_PER_COMMIT = 400


@dataclass(frozen=True, slots=True)
class Target:
    """The target state of a document: None for deleted. `is_new`: it hasn't existed before."""

    document: Mapping[str, Value] | None
    content_hash: bytes | None
    is_new: bool


@dataclass(frozen=True, slots=True)
class Stamp:
    """The publication that writes, and the time that it stamps on all it writes."""

    sequence: int
    at: datetime


class Collection:
    """One collection of people's documents with its manifest, in one of the two databases."""

    def __init__(self, store: Store, kelurahan_key: str, bits: int) -> None:
        self._store = store
        self._kelurahan_key = kelurahan_key
        self._bits = bits

    def entries(self) -> manifest.Entries:
        """Return what the collection holds, by its manifest."""
        return manifest.read_all(self._store, self._kelurahan_key, self._bits)

    def shards(self) -> range:
        """Return the numbers of the manifest's shards."""
        return range(1 << self._bits)

    def shard_of(self, document_id: str) -> int:
        """Return the number of the shard that lists a document."""
        return manifest.shard_of(document_id, self._bits)

    def shard(self, number: int) -> manifest.Entries | None:
        """Return what a shard lists; None where it is damaged."""
        snapshot = self._store.get(manifest.path(self._kelurahan_key, number))
        try:
            return manifest.read_shard(snapshot)
        except Broken:
            return None

    def put(self, number: int, entries: manifest.Entries, stamp: Stamp) -> None:
        """Write a whole shard, for a repair."""
        document = manifest.shard_document(entries, stamp.sequence, stamp.at)
        self._store.set(manifest.path(self._kelurahan_key, number), document)

    def apply(
        self,
        ids: Iterable[str],
        target: Callable[[str], Target],
        stamp: Stamp,
        on_commit: Callable[[], None],
    ) -> None:
        """Bring documents to their target states, a shard at a time."""
        for shard, members in manifest.by_shard(ids, self._bits).items():
            for part in _parts(members, _WRITES_PER_COMMIT - 1):
                targets = {document_id: target(document_id) for document_id in part}
                self._store.run(partial(self._apply, shard=shard, targets=targets, stamp=stamp))
                on_commit()

    def _apply(
        self, transaction: Transaction, shard: int, targets: Mapping[str, Target], stamp: Stamp
    ) -> None:
        shard_path = manifest.path(self._kelurahan_key, shard)
        snapshot = transaction.get(shard_path)
        if manifest.sequence_of(snapshot) > stamp.sequence:
            raise Busy  # a publisher that slept while others went on
        entries = manifest.read_shard(snapshot)
        writes: list[Write] = []
        for document_id, target in targets.items():
            if entries.get(document_id) == target.content_hash:
                continue
            place = register_documents.path(self._kelurahan_key, document_id)
            if target.document is None or target.content_hash is None:
                del entries[document_id]
                writes.append(Write("delete", place))
                continue
            entries[document_id] = target.content_hash
            if target.is_new:
                writes.append(Write("set", place, {**target.document, "created_at": stamp.at}))
            else:
                writes.append(Write("merge", place, target.document))
        if writes:
            document = manifest.shard_document(entries, stamp.sequence, stamp.at)
            transaction.write(*writes, Write("set", shard_path, document))


class Publisher:
    """Writes differences to both databases of a kelurahan.

    The keys that the head names make ids and hashes; the current ones seal.
    """

    def __init__(self, kelurahan_key: str, databases: Databases, head: RegisterHead) -> None:
        self._kelurahan_key = kelurahan_key
        self.registry = Collection(databases.registry, kelurahan_key, head.bits)
        self.lookup = Collection(databases.lookup, kelurahan_key, head.bits)
        self._registry_keys = databases.registry_keys.under(head.registry_key_id)
        self._lookup_keys = databases.lookup_keys.under(head.lookup_key_id)
        self._sealing_keys = databases.registry_keys

    def content_hash(self, person: Person) -> bytes:
        """Return the register manifest's hash of a person."""
        return self._registry_keys.tag(HASH_DOMAIN, person.to_bytes(), manifest.HASH_BYTES)

    def record_id(self, nik: str) -> str:
        """Return the id of a person's document in the register."""
        return register_documents.identifier(self._registry_keys, self._kelurahan_key, nik)

    def published(self) -> manifest.Entries:
        """Return document id -> content hash of everybody in the register."""
        return self.registry.entries()

    def publish(
        self,
        differences: Sequence[Difference],
        batch_id: str,
        stamp: Stamp,
        on_commit: Callable[[], None] = lambda: None,
    ) -> None:
        """Carry out all differences of one batch; the stamp is the same for every run of it.

        Raises Busy where a later publication has been there already.
        """
        changes = {difference.id: difference for difference in differences}
        self.registry.apply(
            changes, lambda key: self._record(changes[key], batch_id, stamp.at), stamp, on_commit
        )
        projected = {self._lookup_id(each): each for each in differences}
        self.lookup.apply(
            projected, lambda key: self._projected(projected[key], stamp.at), stamp, on_commit
        )

    def projection(self, person: Person, now: datetime) -> tuple[str, Target]:
        """Return the id and target of a person's public document; deleted if not searchable."""
        if person.temporary:
            key = projection.identifier(self._lookup_keys, self._kelurahan_key, person.nik)
            return key, Target(None, None, is_new=False)
        document_id, document = projection.build(
            person.nik,
            person.name,
            person.kk,
            person.entitlements,
            self._lookup_keys,
            self._kelurahan_key,
            now,
        )
        return document_id, Target(document, self.projection_hash(document), is_new=True)

    def projection_hash(self, document: Mapping[str, Value]) -> bytes:
        """Return the lookup manifest's hash of a public document."""
        content = projection.content(document)
        return self._lookup_keys.tag(HASH_DOMAIN, content, manifest.HASH_BYTES)

    def _record(self, difference: Difference, batch_id: str, now: datetime) -> Target:
        after = difference.after
        if after is None:
            return Target(None, None, is_new=False)
        place = register_documents.path(self._kelurahan_key, difference.id)
        content = self.content_hash(after)
        document = register_documents.document(
            after, place, self._sealing_keys, content, batch_id, now
        )
        return Target(document, content, is_new=difference.before is None)

    def _lookup_id(self, difference: Difference) -> str:
        person = difference.after or difference.before
        assert person is not None
        return projection.identifier(self._lookup_keys, self._kelurahan_key, person.nik)

    def _projected(self, difference: Difference, now: datetime) -> Target:
        if difference.after is None:
            return Target(None, None, is_new=False)
        _, target = self.projection(difference.after, now)
        return replace(target, is_new=difference.before is None)


def _parts(ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
