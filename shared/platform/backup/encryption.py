"""Encryption of backup parts: compressed, then sealed in chunks with AES-256-GCM.

Each archive has a key of its own, derived from the registry's and a random salt, so a chunk's nonce
can be its place: the part's number and the chunk's. A chunk says whether it is the last, so none
can be changed, moved, taken from another archive, or cut off. AES-256-GCM; a chunk is 1 MiB.
"""

from __future__ import annotations

import hmac
import zlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from shared.platform.crypto.keys import Keyset
from shared.platform.errors import SealBroken

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SALT_BYTES: Final = 32
CHUNK_BYTES: Final = 1024 * 1024
_TAG_BYTES: Final = 16


class Sealing:
    """Seals and opens the parts of one archive; at most two chunks are in memory at a time."""

    def __init__(self, registry: Keyset, salt: bytes) -> None:
        """Derive the archive's key; the current key of `registry` is the one it is made with."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        key = hmac.digest(registry.subkey("backup"), b"archive" + salt, "sha256")
        self._cipher: AESGCM = AESGCM(key)

    def sealed(self, number: int, name: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the sealed chunks of a part's content. No two parts may have one number."""
        packer, waiting, chunk = zlib.compressobj(6), bytearray(), 0
        for piece in pieces:
            waiting += packer.compress(piece)
            while len(waiting) > CHUNK_BYTES:
                yield self._seal(number, chunk, name, bytes(waiting[:CHUNK_BYTES]), is_last=False)
                del waiting[:CHUNK_BYTES]
                chunk += 1
        waiting += packer.flush()
        while len(waiting) > CHUNK_BYTES:
            yield self._seal(number, chunk, name, bytes(waiting[:CHUNK_BYTES]), is_last=False)
            del waiting[:CHUNK_BYTES]
            chunk += 1
        yield self._seal(number, chunk, name, bytes(waiting), is_last=True)

    def opened(self, number: int, name: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the content of a part from its chunks; raises SealBroken where they were altered.

        No piece is larger than a chunk, however well it was compressed.
        """
        unpacker, waiting, chunk = zlib.decompressobj(), bytearray(), 0
        for piece in pieces:
            waiting += piece
            while len(waiting) > CHUNK_BYTES + _TAG_BYTES:  # so it isn't the last one
                sealed = bytes(waiting[: CHUNK_BYTES + _TAG_BYTES])
                del waiting[: CHUNK_BYTES + _TAG_BYTES]
                yield from _unpacked(
                    unpacker, self._open(number, chunk, name, sealed, is_last=False)
                )
                chunk += 1
        yield from _unpacked(
            unpacker, self._open(number, chunk, name, bytes(waiting), is_last=True)
        )
        if not unpacker.eof or unpacker.unused_data:
            raise SealBroken

    def _seal(self, number: int, chunk: int, name: str, content: bytes, *, is_last: bool) -> bytes:
        return self._cipher.encrypt(_nonce(number, chunk), content, _bound(name, is_last))

    def _open(self, number: int, chunk: int, name: str, sealed: bytes, *, is_last: bool) -> bytes:
        from cryptography.exceptions import InvalidTag

        if len(sealed) < _TAG_BYTES:
            raise SealBroken
        try:
            return self._cipher.decrypt(_nonce(number, chunk), sealed, _bound(name, is_last))
        except InvalidTag:
            raise SealBroken from None


def _nonce(number: int, chunk: int) -> bytes:
    return number.to_bytes(4, "big") + chunk.to_bytes(8, "big")


def _bound(name: str, is_last: bool) -> bytes:
    return (b"last " if is_last else b"more ") + name.encode()


def _unpacked(unpacker: zlib._Decompress, content: bytes) -> Iterator[bytes]:
    try:
        while content and not unpacker.eof:
            piece = unpacker.decompress(content, CHUNK_BYTES)
            content = unpacker.unconsumed_tail
            if piece:
                yield piece
    except zlib.error:
        raise SealBroken from None
