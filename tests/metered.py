"""Store that counts what it would cost: reads, writes and deletes as Firestore bills them.

https://firebase.google.com/docs/firestore/pricing: a read for each document found and for each
asked for in vain, one for a query that finds nothing, one for each 1,000 counted; a write for each
document written, a delete for each deleted. `round_trips` counts requests and their answers.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from shared.platform.store.port import (
    Query,
    Snapshot,
    Store,
    Transaction,
    Write,
)
from shared.platform.store.single_document_writes import SingleDocumentWrites

T = TypeVar("T")


class Metered(SingleDocumentWrites):
    """Any store, with `reads`, `writes`, `deletes` and `round_trips` since it was made or reset."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Count from zero again."""
        self.reads = self.writes = self.deletes = self.round_trips = 0

    def get(self, path: str) -> Snapshot:
        """Read one document: one read."""
        found = self._store.get(path)
        self._count(reads=1)
        return found

    def get_many(self, paths: Sequence[str]) -> list[Snapshot]:
        """Read several: a read for each, in one round trip."""
        found = self._store.get_many(paths)
        if paths:
            self._count(reads=len(set(paths)))
        return found

    def query(self, query: Query) -> list[Snapshot]:
        """A read for each document found, one for none."""
        found = self._store.query(query)
        self._count(reads=max(1, len(found)))
        return found

    def count(self, query: Query) -> int:
        """A read for each 1,000 documents counted, one for none."""
        found = self._store.count(query)
        self._count(reads=max(1, -(-found // 1000)))
        return found

    def counts(self, queries: Sequence[Query]) -> list[int]:
        """As `count`, in one round trip for all that are under way at once."""
        found = self._store.counts(queries)
        if found:
            self._count(reads=sum(max(1, -(-each // 1000)) for each in found))
        return found

    def commit(self, writes: Iterable[Write]) -> None:
        """A write or a delete for each, in one round trip."""
        writes = list(writes)
        self._store.commit(writes)
        if writes:
            self._count_writes(writes)

    def run(self, work: Callable[[Transaction], T]) -> T:
        """Reads of every attempt, writes of the one that won, a round trip more for its end."""
        last: list[_Transaction] = []

        def counted(transaction: Transaction) -> T:
            last[:] = [_Transaction(self, transaction)]
            return work(last[0])

        result = self._store.run(counted)
        if last[0].writes:
            self._count_writes(last[0].writes)
        elif last[0].has_read:
            self._count()
        return result

    def close(self) -> None:
        """Let go of the store's connections."""
        self._store.close()

    def _count_writes(self, writes: Sequence[Write]) -> None:
        deletes = sum(write.kind == "delete" for write in writes)
        self._count(writes=len(writes) - deletes, deletes=deletes)

    def _count(self, *, reads: int = 0, writes: int = 0, deletes: int = 0) -> None:
        with self._lock:
            self.reads += reads
            self.writes += writes
            self.deletes += deletes
            self.round_trips += 1


class _Transaction:
    """A transaction whose reads are counted as they happen, and whose writes are kept."""

    def __init__(self, meter: Metered, transaction: Transaction) -> None:
        self._meter = meter
        self._transaction = transaction
        self.has_read = False
        self.writes: list[Write] = []

    def get(self, path: str) -> Snapshot:
        return self.get_many([path])[0]

    def get_many(self, paths: Sequence[str]) -> list[Snapshot]:
        found = self._transaction.get_many(paths)
        if paths:
            self.has_read = True
            self._meter._count(reads=len(set(paths)))
        return found

    def write(self, *writes: Write) -> None:
        self._transaction.write(*writes)
        self.writes += writes
