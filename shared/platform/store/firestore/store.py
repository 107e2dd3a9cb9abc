"""Firestore adapter of the store port, over Google's own client.

The channel, the headers, the credentials, the timeouts and the retries are those of
`google.cloud.firestore.Client`. With FIRESTORE_EMULATOR_HOST set it speaks to the emulator.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from google.api_core import exceptions
from google.api_core.retry import Retry, if_exception_type
from google.auth.exceptions import GoogleAuthError
from google.cloud import firestore
from google.cloud.firestore_v1 import types

from shared.platform.errors import Contended, Unavailable
from shared.platform.store.firestore.errors import Aborted, translate_error
from shared.platform.store.firestore.messages import (
    encode_write,
    is_repeatable,
    to_snapshot,
    translate_query,
)
from shared.platform.store.firestore.transactions import FirestoreTransaction, NeedsLocks
from shared.platform.store.port import Query, Snapshot, Transaction, Write
from shared.platform.store.single_document_writes import SingleDocumentWrites
from shared.platform.store.validation import check_commit, check_document_path

T = TypeVar("T")
# What the client repeats by itself, and how; for how long is the store's to say.
_READS = Retry(
    if_exception_type(
        exceptions.DeadlineExceeded, exceptions.InternalServerError, exceptions.ServiceUnavailable
    ),
    initial=0.1,
    multiplier=1.3,
)
_WRITES = _READS.with_predicate(
    if_exception_type(exceptions.ResourceExhausted, exceptions.ServiceUnavailable)
)


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
        self._root = f"projects/{project}/databases/{database}/documents/"
        self._attempts = attempts
        self._reads = _READS.with_timeout(patience_seconds)
        self._writes = _WRITES.with_timeout(patience_seconds)
        self._client: firestore.Client | None = None
        self._closed = False
        self._lock = threading.Lock()

    def get(self, path: str) -> Snapshot:
        """Read one document."""
        return self.get_many((path,))[0]

    def get_many(self, paths: Sequence[str]) -> list[Snapshot]:
        """Read several in one round trip, in the order asked."""
        return [to_snapshot(each) for each in self._read(paths)] if paths else []

    def query(self, query: Query) -> list[Snapshot]:
        """Find documents, in the query's order; Broken where production has no index for it."""
        with self._calling() as client:
            stream = translate_query(client, query).stream(retry=self._reads)
            found = [to_snapshot(each) for each in stream]
        return found[: query.limit]  # a stream that broke off is gone on with under the full limit

    def count(self, query: Query) -> int:
        """Count the documents that a query finds; Broken where production has no index for it."""
        with self._calling() as client:
            ((counted,),) = translate_query(client, query).count().get(retry=self._reads)
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
            messages = [encode_write(write, self._root) for write in writes]
            retry = self._writes if all(map(is_repeatable, writes)) else None
            self._until_won(lambda: self._send(messages, retry))

    def run(self, work: Callable[[Transaction], T]) -> T:
        """Read, then write, as one. `work` is called again after losing to another writer."""

        def attempt(*, locking: bool) -> T:
            transaction = FirestoreTransaction(self, locking=locking)
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

    def close(self) -> None:
        """Close the connection; calls under way end as Unavailable."""
        with self._lock:
            self._closed = True
            if self._client is not None:
                self._client._firestore_api.transport.close()

    def _until_won(self, attempt: Callable[[], T]) -> T:
        """Try until no other writer goes first; Contended after too many attempts."""
        for lost in range(self._attempts):
            if lost:  # wait longer each time, and not as long as the others do
                time.sleep(min(1.6, 0.05 * 2**lost) * random.uniform(0.5, 1.5))  # noqa: S311
            with suppress(Aborted):
                return attempt()
        raise Contended

    def _read(self, paths: Sequence[str], transaction: Any = None) -> list[Any]:
        """Read documents as the client's snapshots, in the order asked."""
        for path in paths:
            check_document_path(path)
        with self._calling() as client:
            asked = [client.document(path) for path in dict.fromkeys(paths)]
            answers = client.get_all(asked, transaction=transaction, retry=self._reads)
            found = {each.reference.path: each for each in answers}
        return [found[path] for path in paths]

    def _send(self, messages: list[types.Write], retry: Retry | None) -> None:
        """Send a commit, once where `retry` is None; Aborted where another writer goes first."""
        with self._calling(writing=True) as client:
            batch = client.batch()
            batch._add_write_pbs(messages)
            batch.commit(retry=retry)

    @contextmanager
    def _calling(self, *, writing: bool = False) -> Iterator[firestore.Client]:
        """Provide the client, and raise the application's errors in place of Google's."""
        try:
            yield self._opened()
        except (exceptions.GoogleAPIError, GoogleAuthError) as error:
            raise translate_error(error, writing=writing) from None
        except ValueError:  # what gRPC says when the channel was closed meanwhile
            if self._closed:
                raise Unavailable(code="CLOSED") from None
            raise

    def _opened(self) -> firestore.Client:
        with self._lock:
            if self._closed:
                raise Unavailable(code="CLOSED")
            if self._client is None:
                client = firestore.Client(self.project, database=self._database)
                _ = client._firestore_api  # opens the channel: two threads would open two
                self._client = client
            return self._client
