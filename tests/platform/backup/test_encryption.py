"""Sealed parts: whatever their length, back as they were; and nothing else opens."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from shared.platform.backup.encryption import CHUNK_BYTES, SALT_BYTES, Sealing
from shared.platform.crypto.keys import Keyset
from shared.platform.errors import SealBroken

KEYS = Keyset(bytes(range(32)))
SALT = bytes(SALT_BYTES)
STORED = CHUNK_BYTES + 16
NAME = "files/list.xlsx"


def cut(content: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


def sealed(content: bytes, number: int = 0, name: str = NAME, salt: bytes = SALT) -> bytes:
    return b"".join(Sealing(KEYS, salt).sealed(number, name, cut(content, 700_001)))


def opened(stored: bytes, number: int = 0, name: str = NAME, salt: bytes = SALT) -> bytes:
    return b"".join(Sealing(KEYS, salt).opened(number, name, cut(stored, 300_007)))


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 400, CHUNK_BYTES, 3 * CHUNK_BYTES + 5])
def test_a_part_comes_back_as_it_was(size: int) -> None:
    content = os.urandom(size)  # which no packing makes smaller
    assert opened(sealed(content)) == content


def test_what_packs_well_is_small_and_is_unpacked_in_pieces() -> None:
    content = b"a" * (40 * CHUNK_BYTES)
    stored = sealed(content)
    assert len(stored) < CHUNK_BYTES
    pieces = list(Sealing(KEYS, SALT).opened(0, NAME, [stored]))
    assert max(map(len, pieces)) <= CHUNK_BYTES
    assert b"".join(pieces) == content


def test_chunks_cannot_be_moved_cut_off_or_taken_from_elsewhere() -> None:
    content = os.urandom(3 * CHUNK_BYTES)
    stored = sealed(content)
    chunks = list(cut(stored, STORED))
    assert len(chunks) >= 4
    for wrong in (
        b"".join([chunks[1], chunks[0], *chunks[2:]]),
        b"".join(chunks[:-1]),
        b"".join(chunks[:1]),
        b"".join(chunks[1:]),
        stored[:-1],
        stored + b"x",
        stored[:100] + bytes([stored[100] ^ 1]) + stored[101:],
        b"",
    ):
        with pytest.raises(SealBroken):
            opened(wrong)
    for elsewhere in ({"number": 1}, {"name": "files/other.xlsx"}, {"salt": b"s" * SALT_BYTES}):
        with pytest.raises(SealBroken):
            opened(stored, **elsewhere)  # type: ignore[arg-type]
    with pytest.raises(SealBroken):
        list(Sealing(Keyset(b"o" * 32), SALT).opened(0, NAME, [stored]))
