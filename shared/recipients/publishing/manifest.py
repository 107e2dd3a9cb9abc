"""The manifest, in shards: which documents a collection holds, and their content hashes.

A weekly run compares the wished-for state with the manifests instead of reading a whole
collection. A shard is one document with sorted entries of 24 bytes, the document's id (16 bytes)
and the keyed hash of its content (8 bytes), so that 25,000 people fit in 16 shards of under 40 KB.
One bytes field is used because a map would cost Firestore an index entry per person.

The number of shards is fixed at a kelurahan's first publication (`bits`, kept in the head of the
collection); a shard could grow to 43,000 entries before it reached Firestore's limit of 1 MiB.
"""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from shared.platform.document_format import DocumentFormat
from shared.platform.errors import Broken
from shared.platform.store import Data, Snapshot, Store

FORMATS: Final = (
    DocumentFormat("registry", "recipients_manifest", schema=1),
    DocumentFormat("lookup", "recipients_manifest", schema=1),
)
SCHEMA: Final = FORMATS[0].schema
ID_BYTES = 16
HASH_BYTES = 8
_ENTRY_BYTES = ID_BYTES + HASH_BYTES
_ENTRIES_PER_SHARD = 2_500
_SHARDS_PER_READ = 64

Entries = dict[str, bytes]


def bits_for(people: int) -> int:
    """Return how many first bits of an id choose its shard.

    That makes 16 shards for 25,000 people, 1,024 for 2,500,000.
    """
    bits = 4
    while people > _ENTRIES_PER_SHARD << bits and bits < 12:
        bits += 1
    return bits


def shard_of(document_id: str, bits: int) -> int:
    """Return the number of the shard that lists a document (its id is lower-case base32)."""
    first_twenty_bits = 0
    for letter in document_id[:4]:
        first_twenty_bits = first_twenty_bits << 5 | _BASE32[letter]
    return first_twenty_bits >> 20 - bits


def path(kelurahan_key: str, shard: int) -> str:
    """Return the path of a shard."""
    return f"kelurahan/{kelurahan_key}/recipients_manifest/{shard:04x}"


def read_shard(snapshot: Snapshot) -> Entries:
    """Return document id -> content hash; empty for a shard not there yet. Broken if damaged."""
    if snapshot.data is None:
        return {}
    packed = FORMATS[0].current(snapshot.data).get("entries")
    if not isinstance(packed, bytes) or len(packed) % _ENTRY_BYTES:
        raise Broken(code="MANIFEST_DAMAGED")
    return {
        _text_id(packed[at : at + ID_BYTES]): packed[at + ID_BYTES : at + _ENTRY_BYTES]
        for at in range(0, len(packed), _ENTRY_BYTES)
    }


def sequence_of(snapshot: Snapshot) -> int:
    """Return the number of the publication that wrote the shard last, 0 for none."""
    sequence = (snapshot.data or {}).get("sequence")
    return sequence if isinstance(sequence, int) else 0


def shard_document(entries: Mapping[str, bytes], sequence: int, now: datetime) -> Data:
    """Return the shard to store: the same entries give the same bytes."""
    packed = b"".join(sorted(_raw_id(key) + content_hash for key, content_hash in entries.items()))
    return {"schema": SCHEMA, "entries": packed, "sequence": sequence, "updated_at": now}


def read_all(store: Store, kelurahan_key: str, bits: int) -> Entries:
    """Return every entry of the collection: as many reads as there are shards."""
    everything: Entries = {}
    shards = range(1 << bits)
    for start in range(0, len(shards), _SHARDS_PER_READ):
        paths = [path(kelurahan_key, shard) for shard in shards[start : start + _SHARDS_PER_READ]]
        for snapshot in store.get_many(paths):
            everything.update(read_shard(snapshot))
    return everything


def by_shard(ids: Iterable[str], bits: int) -> dict[int, list[str]]:
    """Group document ids by their shard, in the shards' order."""
    groups: defaultdict[int, list[str]] = defaultdict(list)
    for document_id in ids:
        groups[shard_of(document_id, bits)].append(document_id)
    return dict(sorted(groups.items()))


_BASE32 = {letter: value for value, letter in enumerate("abcdefghijklmnopqrstuvwxyz234567")}


def _raw_id(document_id: str) -> bytes:
    return base64.b32decode(document_id.upper() + "======")


def _text_id(raw: bytes) -> str:
    return base64.b32encode(raw)[:26].decode().lower()
