"""Documents as an archive holds them: one line of JSON each, the same whatever store they lie in.

A line is `[path, fields]` with its names sorted, and values encoded as in SQLite
(`store/sqlite/encoding.py`), which keeps every type and value of the store port. So a document has
one line, and the contents of two databases can be compared by their counts and digests.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Final

from shared.platform.errors import SealBroken
from shared.platform.store.port import Data, Write
from shared.platform.store.sqlite.encoding import decode, encode
from shared.platform.store.validation import write_size

Document = tuple[str, Data]
"""Path and fields."""
_LONGEST_LINE: Final = 16 * 1024 * 1024  # a document has at most 1 MiB, bytes take two letters each
_MOST_AT_ONCE: Final = 300
_BYTES_AT_ONCE: Final = 4 * 1024 * 1024
_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


class Tally:
    """Count and digest of documents, whatever their order: the sum of the SHA-256 of their lines.

    It tells accidents, such as a document that is lacking; an archive's MAC keeps forgers away.
    """

    def __init__(self) -> None:
        self.count = 0
        self._sum = 0

    def add(self, line: bytes) -> None:
        """Count a document by its line."""
        self.count += 1
        self._sum = (self._sum + int.from_bytes(hashlib.sha256(line).digest(), "big")) % (1 << 256)

    @property
    def digest(self) -> str:
        """The digest of all that were added, 64 hex digits."""
        return f"{self._sum:064x}"


def line(path: str, data: Data) -> bytes:
    """Return the one line of a document, with its line feed."""
    return f"{_to_json([path, json.loads(encode(data))])}\n".encode()


def written(documents: Iterable[Document], tally: Tally) -> Iterator[bytes]:
    """Yield the lines of documents, and count them."""
    for path, data in documents:
        text = line(path, data)
        tally.add(text)
        yield text


def tally_of(documents: Iterable[Document]) -> Tally:
    """Count documents."""
    tally = Tally()
    for path, data in documents:
        tally.add(line(path, data))
    return tally


def read(pieces: Iterable[bytes]) -> Iterator[Document]:
    """Yield the documents of an archive's part; SealBroken where it holds anything else."""
    waiting = bytearray()
    for piece in pieces:
        *lines, rest = piece.split(b"\n")
        for text in lines:
            yield _document(bytes(waiting) + text)
            waiting.clear()
        waiting += rest
        if len(waiting) > _LONGEST_LINE:
            raise SealBroken
    if waiting:
        raise SealBroken


def in_commits(documents: Iterable[Document]) -> Iterator[list[Write]]:
    """Yield writes that set documents, as many as go well into one commit."""
    writes: list[Write] = []
    size = 0
    for path, data in documents:
        write = Write("set", path, data)
        more = write_size(write)
        if writes and (len(writes) == _MOST_AT_ONCE or size + more > _BYTES_AT_ONCE):
            yield writes
            writes, size = [], 0
        writes.append(write)
        size += more
    if writes:
        yield writes


def _document(text: bytes) -> Document:
    try:
        path, fields = json.loads(text)
        document = path, decode(json.dumps(fields))
        write_size(Write("set", *document))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        raise SealBroken from None
    return document
