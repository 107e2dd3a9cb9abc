"""Firestore adapter of the store port, over Google's own client.

The channel, the headers, the credentials, the timeouts and the retries are those of
`google.cloud.firestore.Client`. With FIRESTORE_EMULATOR_HOST set it speaks to the emulator.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeVar

from shared.platform.errors import Contended
from shared.platform.store.firestore.connection import Connection
from shared.platform.store.firestore.errors import Aborted
from shared.platform.store.firestore.messages import (
    encode_write,
    is_repeatable,
    to_snapshot,
    translate_query,
    whole_database,
)
from shared.platform.store.firestore.transactions import FirestoreTransaction, NeedsLocks
from shared.platform.store.port import Data, Query, Snapshot, Transaction, Write
from shared.platform.store.single_document_writes import SingleDocumentWrites
from shared.platform.store.validation import check_commit

T = TypeVar("T")
_PAGE = 100  # documents may have 1 MiB each


class FirestoreStore(SingleDocumentWrites):
    """Store in one database of a Google Cloud project; nothing is opened before the first call.

    `attempts`: how often a commit that loses against others is tried before it raises Contended.
    `patience_seconds`: how long a call that finds no server is repeated before it raises
    Unavailable; the client by itself goes on for one to five minutes, longer than anybody waits.
    """

    def __init__(
        self,
        project: str,
        database: str = "(default)",
        *,
        attempts: int = 10,
        patience_seconds: float = 5.0,
    ) -> None:
        self.project = project
        self._database = database
        self._attempts = attempts
        self._connection = Connection(project, database, patience_seconds)

    def get(self, path: str) -> Snapshot:
        """Read one document."""
        return self.get_many((path,))[0]

    def get_many(self, paths: Sequence[str]) -> list[Snapshot]:
        """Read several in one round trip, in the order asked."""
        return [to_snapshot(each) for each in self._connection.read(paths)] if paths else []

    def query(self, query: Query) -> list[Snapshot]:
        """Find documents, in the query's order; Broken where production has no index for it."""
        with self._connection.calling() as client:
            stream = translate_query(client, query).stream(retry=self._connection.reads)
            found = [to_snapshot(each) for each in stream]
        return found[: query.limit]  # a stream that broke off is gone on with under the full limit

    def count(self, query: Query) -> int:
        """Count the documents that a query finds; Broken where production has no index for it."""
        with self._connection.calling() as client:
            ((counted,),) = translate_query(client, query).count().get(retry=self._connection.reads)
        return int(counted.value)

    def counts(self, queries: Sequence[Query]) -> list[int]:
        """Count the documents that each query finds, all at once."""
        if not queries:
            return []
        from concurrent.futures import ThreadPoolExecutor  # which the lookup doesn't need

        with ThreadPoolExecutor(len(queries)) as pool:
            return list(pool.map(self.count, queries))

    def commit(self, writes: Iterable[Write]) -> None:
        """Carry out all writes, or none."""
        writes = list(writes)
        check_commit(writes)
        if writes:
            messages = [encode_write(write, self._connection.root) for write in writes]
            retry = self._connection.writes if all(map(is_repeatable, writes)) else None
            self._until_won(lambda: self._connection.send(messages, retry))

    def run(self, work: Callable[[Transaction], T]) -> T:
        """Read, then write, as one. `work` is called again after losing to another writer."""

        def attempt(*, locking: bool) -> T:
            transaction = FirestoreTransaction(self._connection, locking=locking)
            try:
                result = work(transaction)
                transaction.commit()
            finally:
                transaction.end()
            return result

        def optimistic_first() -> T:
            with suppress(NeedsLocks):
                return attempt(locking=False)
            return attempt(locking=True)

        return self._until_won(optimistic_first)

    def moment(self) -> datetime:
        """Return the present moment by the database's own clock (UTC)."""
        (answer,) = self._connection.read(("kelurahan/none",))
        return datetime.combine(answer.read_time.date(), answer.read_time.timetz())

    def all_documents(self, at: datetime | None = None) -> Iterator[tuple[str, Data]]:
        """Yield path and fields of every document: as of a moment of the last hour, or as it is."""
        for each in self._whole(at, names_only=False):
            yield each.path, each.data or {}

    def all_paths(self) -> Iterator[str]:
        """Yield the path of every document, also while those before it are deleted."""
        for each in self._whole(None, names_only=True):
            yield each.path

    def _whole(self, at: datetime | None, *, names_only: bool) -> Iterator[Snapshot]:
        after: Any = None
        while True:
            with self._connection.calling() as client:
                query = whole_database(client, _PAGE, after, names_only=names_only)
                page = list(query.stream(read_time=at, retry=self._connection.reads))
            yield from map(to_snapshot, page)
            if len(page) < _PAGE:
                return
            after = page[-1].reference

    def close(self) -> None:
        """Close the connection; calls under way end as Unavailable."""
        self._connection.close()

    def _until_won(self, attempt: Callable[[], T]) -> T:
        """Try until no other writer goes first; Contended after too many attempts."""
        for lost in range(self._attempts):
            if lost:  # wait longer each time, and not as long as the others do
                time.sleep(min(1.6, 0.05 * 2**lost) * random.uniform(0.5, 1.5))  # noqa: S311
            with suppress(Aborted):
                return attempt()
        raise Contended
