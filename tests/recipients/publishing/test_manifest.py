"""The manifest: which shard, what is packed, and how many shards there are."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.platform.errors import Broken
from shared.platform.store import Snapshot
from shared.recipients.publishing import manifest

NOW = datetime(2026, 11, 20, tzinfo=UTC)
ids = st.binary(min_size=16, max_size=16).map(
    lambda raw: base64.b32encode(raw)[:26].decode().lower()
)
entries = st.dictionaries(ids, st.binary(min_size=8, max_size=8), max_size=50)


@given(entries)
def test_a_shard_reads_back_as_it_was_written(written: dict[str, bytes]) -> None:
    document = dict(manifest.shard_document(written, 1, NOW))
    assert manifest.read_shard(Snapshot("a/b", document)) == written


@given(entries)
def test_the_same_entries_are_the_same_bytes(written: dict[str, bytes]) -> None:
    backwards = dict(reversed(list(written.items())))
    assert manifest.shard_document(written, 1, NOW) == manifest.shard_document(backwards, 1, NOW)


@given(ids, st.integers(4, 12))
def test_a_shard_is_the_first_bits_of_the_id(document_id: str, bits: int) -> None:
    raw = base64.b32decode(document_id.upper() + "======")
    assert manifest.shard_of(document_id, bits) == int.from_bytes(raw[:2], "big") >> 16 - bits


def test_shards_follow_the_number_of_people() -> None:
    assert [1 << manifest.bits_for(n) for n in (0, 25_000, 100_000, 2_500_000)] == [
        16,
        16,
        64,
        1024,
    ]


def test_a_shard_of_a_full_kelurahan_stays_near_100_kb() -> None:
    people = 25_000 // 16 * 2
    made = {
        base64.b32encode(n.to_bytes(16, "big"))[:26].decode().lower(): bytes(8)
        for n in range(people)
    }
    packed = manifest.shard_document(made, 1, NOW)["entries"]
    assert isinstance(packed, bytes)
    assert len(packed) < 100_000


def test_a_damaged_shard_is_refused() -> None:
    with pytest.raises(Broken):
        manifest.read_shard(Snapshot("a/b", {"entries": b"short"}))
    assert manifest.read_shard(Snapshot("a/b", None)) == {}
