"""Storage of long lists beside a batch, in sealed documents of a bounded size.

A list (differences, problems) is written as numbered documents under the batch. Each holds up to
`_ITEMS` items as compressed JSON, sealed for its own path, so that a chunk can't be moved to
another batch. Writing the same list again writes the same documents.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final

from shared.platform.crypto.keys import Keyset
from shared.platform.document_format import DocumentFormat
from shared.platform.errors import SealBroken
from shared.platform.store import Store, Value, Write

DIFFERENCES_FORMAT: Final = DocumentFormat("registry", "batches/*/differences", schema=1)
PROBLEMS_FORMAT: Final = DocumentFormat("registry", "batches/*/problems", schema=1)
_ITEMS = 1_000
_BYTES = 700_000
_BYTES_PER_COMMIT = 2_500_000


class SealedChunks:
    """The lists of one batch. `parent` is the batch's path."""

    def __init__(self, store: Store, keys: Keyset, parent: str) -> None:
        self._store = store
        self._keys = keys
        self._parent = parent

    def path(self, collection: str, number: int) -> str:
        """Return the path of a chunk."""
        return f"{self._parent}/{collection}/{number:06d}"

    def save(
        self, collection: str, items: Iterable[Any], *, expires_at: datetime, now: datetime
    ) -> int:
        """Save a list of JSON values; return the number of its chunks."""
        number = size = 0
        pending: list[Write] = []
        for count, packed in self._packed(items):
            path = self.path(collection, number)
            document: dict[str, Value] = {
                "schema": DIFFERENCES_FORMAT.schema,
                "sealed": self._keys.seal(packed, path),
                "items": count,
                "created_at": now,
                "updated_at": now,
                "expires_at": expires_at,
            }
            if pending and size + len(packed) > _BYTES_PER_COMMIT:
                self._store.commit(pending)
                pending, size = [], 0
            pending.append(Write("set", path, document))
            size += len(packed)
            number += 1
        if pending:
            self._store.commit(pending)
        return number

    def load(self, collection: str, chunks: int) -> Iterator[Any]:
        """Yield the list in its order.

        Raises SealBroken where a chunk is missing or was altered.
        """
        for number in range(chunks):
            yield from self.load_one(collection, number)

    def load_one(self, collection: str, number: int) -> list[Any]:
        """Return the items of one chunk; raises SealBroken where it is missing or was altered."""
        items = self.find_one(collection, number)
        if items is None:
            raise SealBroken()
        return items

    def find_one(self, collection: str, number: int) -> list[Any] | None:
        """Return the items of one chunk; None where it is missing, as it is once it has expired."""
        path = self.path(collection, number)
        data = self._store.get(path).data
        if data is None:
            return None
        sealed = DIFFERENCES_FORMAT.current(data)["sealed"]  # problems have the same
        if not isinstance(sealed, bytes):
            raise SealBroken()
        items = json.loads(zlib.decompress(self._keys.unseal(sealed, path)))
        if not isinstance(items, list):
            raise SealBroken()
        return items

    def _packed(self, items: Iterable[Any]) -> Iterator[tuple[int, bytes]]:
        iterator = iter(items)
        while batch := list(islice(iterator, _ITEMS)):
            yield from _split(batch)


def _split(items: Sequence[Any]) -> Iterator[tuple[int, bytes]]:
    packed = zlib.compress(json.dumps(items, ensure_ascii=False).encode(), 1)
    if len(packed) <= _BYTES or len(items) == 1:
        yield len(items), packed
        return
    middle = len(items) // 2
    yield from _split(items[:middle])
    yield from _split(items[middle:])
