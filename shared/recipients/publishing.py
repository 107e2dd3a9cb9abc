"""Publishing: a batch's differences into the register, then into the public projection.

Only what changed is written. The documents of one shard and the shard of the manifest go in one
atomic commit, so that the manifest says at every moment what the collection holds. A document
whose manifest entry is already as wished is passed over: a run that died is finished by running it
again, nothing is written twice and nothing is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.platform.keys import Keyset
from shared.platform.store import Store, Transaction, Value, Write
from shared.recipients import manifest, projection, records
from shared.recipients.differences import Difference
from shared.recipients.register import Person

HASH_DOMAIN = "content"
_WRITES_PER_COMMIT = 400


@dataclass(frozen=True, slots=True)
class Target:
    """A document as it should be: None for deleted. `is_new`: it hasn't been there before."""

    document: Mapping[str, Value] | None
    content_hash: bytes | None
    is_new: bool


class Collection:
    """One collection of people's documents with its manifest, in one of the two databases."""

    def __init__(self, store: Store, kelurahan_key: str, bits: int) -> None:
        self._store = store
        self._kelurahan_key = kelurahan_key
        self._bits = bits

    def entries(self) -> manifest.Entries:
        """What the collection holds, by its manifest."""
        return manifest.read_all(self._store, self._kelurahan_key, self._bits)

    def apply(
        self,
        ids: Iterable[str],
        target: Callable[[str], Target],
        now: datetime,
        on_commit: Callable[[], None],
    ) -> None:
        """Bring documents to their targets, a shard at a time."""
        for shard, members in manifest.by_shard(ids, self._bits).items():
            for part in _parts(members, _WRITES_PER_COMMIT - 1):
                targets = {document_id: target(document_id) for document_id in part}
                self._store.run(
                    lambda transaction, shard=shard, targets=targets: self._apply(  # type: ignore[misc]
                        transaction, shard, targets, now
                    )
                )
                on_commit()

    def _apply(
        self, transaction: Transaction, shard: int, targets: Mapping[str, Target], now: datetime
    ) -> None:
        shard_path = manifest.path(self._kelurahan_key, shard)
        entries = manifest.read_shard(transaction.get(shard_path))
        writes: list[Write] = []
        for document_id, target in targets.items():
            if entries.get(document_id) == target.content_hash:
                continue
            place = records.path(self._kelurahan_key, document_id)
            if target.document is None or target.content_hash is None:
                del entries[document_id]
                writes.append(Write("delete", place))
                continue
            entries[document_id] = target.content_hash
            if target.is_new:
                writes.append(Write("set", place, {**target.document, "created_at": now}))
            else:
                writes.append(Write("merge", place, target.document))
        if writes:
            document = manifest.shard_document(entries, now)
            transaction.write(*writes, Write("set", shard_path, document))


class Publisher:
    """Writes differences to both databases of a kelurahan.

    `registry_keys` and `lookup_keys` name documents and hash contents, and are those of the head;
    `sealing_keys` seal, and are the current ones.
    """

    def __init__(
        self,
        kelurahan_key: str,
        bits: int,
        registry: Store,
        lookup: Store,
        registry_keys: Keyset,
        lookup_keys: Keyset,
        sealing_keys: Keyset,
    ) -> None:
        self._kelurahan_key = kelurahan_key
        self._registry = Collection(registry, kelurahan_key, bits)
        self._lookup = Collection(lookup, kelurahan_key, bits)
        self._registry_keys = registry_keys
        self._lookup_keys = lookup_keys
        self._sealing_keys = sealing_keys

    def content_hash(self, person: Person) -> bytes:
        """The register manifest's hash of a person."""
        return self._registry_keys.tag(HASH_DOMAIN, person.to_bytes(), manifest.HASH_BYTES)

    def published(self) -> manifest.Entries:
        """Document id -> content hash of everybody in the register."""
        return self._registry.entries()

    def publish(
        self,
        differences: Sequence[Difference],
        batch_id: str,
        now: datetime,
        on_commit: Callable[[], None] = lambda: None,
    ) -> None:
        """Carry out differences, all of one batch; `now` is the same for every run of the batch."""
        changes = {difference.id: difference for difference in differences}
        self._registry.apply(
            changes, lambda key: self._record(changes[key], batch_id, now), now, on_commit
        )
        projected = {self._lookup_id(each): each for each in differences}
        self._lookup.apply(
            projected, lambda key: self._projection(projected[key], now), now, on_commit
        )

    def _record(self, difference: Difference, batch_id: str, now: datetime) -> Target:
        after = difference.after
        if after is None:
            return Target(None, None, is_new=False)
        place = records.path(self._kelurahan_key, difference.id)
        document = records.document(after, place, self._sealing_keys, batch_id, now)
        return Target(document, self.content_hash(after), is_new=difference.before is None)

    def _lookup_id(self, difference: Difference) -> str:
        person = difference.after or difference.before
        assert person is not None
        return projection.identifier(self._lookup_keys, self._kelurahan_key, person.nik)

    def _projection(self, difference: Difference, now: datetime) -> Target:
        after = difference.after
        if after is None or after.temporary:
            return Target(None, None, is_new=False)
        _, document = projection.build(
            after.nik,
            after.name,
            after.kk,
            after.entitlements,
            self._lookup_keys,
            self._kelurahan_key,
            now,
        )
        content = self._lookup_keys.tag(
            HASH_DOMAIN, projection.content(document), manifest.HASH_BYTES
        )
        return Target(document, content, is_new=difference.before is None)


def _parts(ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
