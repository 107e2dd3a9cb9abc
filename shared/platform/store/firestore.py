"""The store port over Firestore: the mission's engine.

It speaks to the API through google-cloud-firestore's own messages, transport and credentials. The
library's client is left out on the way, since each of its calls wraps and unwraps every message
once more; so timeouts, attempts and what an error means are all said in this module and
`firestore_calls`. With FIRESTORE_EMULATOR_HOST set, as Google's own clients do, it speaks to the
emulator.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from google.cloud.firestore_v1 import types

from shared.platform.errors import Contended, Unavailable
from shared.platform.store.firestore_calls import Aborted, Calls, pause
from shared.platform.store.firestore_transactions import (
    Locking,
    NeedsLocks,
    Reading,
    Watching,
)
from shared.platform.store.firestore_values import (
    decode_fields,
    query_message,
    repeatable,
    write_message,
)
from shared.platform.store.port import Query, Snapshot, Transaction, Write
from shared.platform.store.single_writes import SingleWrites
from shared.platform.store.values import check_commit, check_document_path

T = TypeVar("T")
_BatchGet = types.BatchGetDocumentsRequest.pb()
_Commit = types.CommitRequest.pb()
_RunQuery = types.RunQueryRequest.pb()
_RunAggregation = types.RunAggregationQueryRequest.pb()


class FirestoreStore(SingleWrites):
    """One database of a project. Nothing is opened before the first call.

    `attempts`: how often a commit that loses against others is tried before it raises Contended.
    """

    def __init__(self, project: str, database: str = "(default)", *, attempts: int = 10) -> None:
        self.project = project
        self._attempts = attempts
        self._database = f"projects/{project}/databases/{database}"
        self._prefix = f"{self._database}/documents/"
        self._opened: Calls | None = None
        self._closed = False
        self._lock = threading.Lock()

    def get(self, path: str) -> Snapshot:
        """Read one document."""
        return self.get_many((path,))[0]

    def get_many(self, paths: Sequence[str]) -> list[Snapshot]:
        """Read several in one round trip, in the order asked."""
        if not paths:
            return []
        return self._read(_BatchGet(), paths).snapshots

    def query(self, query: Query) -> list[Snapshot]:
        """The documents a query finds; Broken where production has no index for it."""
        request = _RunQuery(parent=self._parent(query))
        request.structured_query.CopyFrom(query_message(query, self._prefix))
        start = len(self._prefix)
        return [
            Snapshot(answer.document.name[start:], decode_fields(answer.document.fields))
            for answer in self._calls().run_query(request)
            if answer.HasField("document")
        ]

    def count(self, query: Query) -> int:
        """How many documents it finds."""
        request = _RunAggregation(parent=self._parent(query))
        aggregation = request.structured_aggregation_query
        aggregation.structured_query.CopyFrom(query_message(query, self._prefix))
        aggregation.aggregations.add(alias="n").count.SetInParent()
        for answer in self._calls().run_aggregation(request):
            if "n" in answer.result.aggregate_fields:
                return int(answer.result.aggregate_fields["n"].integer_value)
        return 0

    def counts(self, queries: Sequence[Query]) -> list[int]:
        """How many documents each of them finds: all are under way at once."""
        if not queries:
            return []
        from concurrent.futures import ThreadPoolExecutor  # which the lookup doesn't need

        with ThreadPoolExecutor(len(queries)) as pool:
            return list(pool.map(self.count, queries))

    def commit(self, writes: Iterable[Write]) -> None:
        """Carry out all writes, or none."""
        writes = list(writes)
        check_commit(writes)
        if not writes:
            return
        request = self._commit_request(writes)
        again = all(map(repeatable, writes))
        for attempt in range(self._attempts):
            if attempt:
                pause(attempt)
            try:
                return self._calls().commit(request, again=again)
            except Aborted:  # nothing was written: another transaction holds one of the documents
                continue
        raise Contended

    def run(self, work: Callable[[Transaction], T]) -> T:
        """Read, then write, as one. `work` is called again after losing to another writer."""
        before, locks = b"", False
        for attempt in range(self._attempts):
            if attempt:
                pause(attempt)
            transaction: Watching | Locking = Locking(self, before) if locks else Watching(self)
            try:
                result = work(transaction)
                try:
                    transaction.commit()
                except NeedsLocks:
                    locks = True
                    transaction = Locking(self, before)
                    result = work(transaction)
                    transaction.commit()
            except Aborted:
                if isinstance(transaction, Locking):
                    before = transaction.id
                transaction.rollback()
            except BaseException:
                transaction.rollback()
                raise
            else:
                return result
        raise Contended

    def close(self) -> None:
        """Let go of the connection."""
        with self._lock:
            self._closed = True
            if self._opened is not None:
                self._opened.close()

    def _read(self, request: Any, paths: Sequence[str]) -> Reading:
        """Carry out a BatchGet, of a transaction or of none."""
        request.database = self._database
        names = []
        for path in paths:
            check_document_path(path)
            names.append(self._prefix + path)
        request.documents.extend(dict.fromkeys(names))
        found: dict[str, Any] = {}
        begun = b""
        for answer in self._calls().batch_get(request):
            if answer.transaction:
                begun = answer.transaction
            if answer.WhichOneof("result") == "found":
                found[answer.found.name] = answer.found
        snapshots, versions = [], {}
        for path, name in zip(paths, names, strict=True):
            document = found.get(name)
            if document is None:
                snapshots.append(Snapshot(path, None))
            else:
                snapshots.append(Snapshot(path, decode_fields(document.fields)))
                versions[path] = document.update_time
        return Reading(snapshots, versions, begun)

    def _parent(self, query: Query) -> str:
        parent, _, _ = query.collection.rpartition("/")
        return (self._prefix + parent).rstrip("/")

    def _commit_request(self, writes: Sequence[Write]) -> Any:
        request = _Commit(database=self._database)
        request.writes.extend(write_message(write, self._prefix) for write in writes)
        return request

    def _calls(self) -> Calls:
        if self._opened is None:
            with self._lock:
                if self._closed:
                    raise Unavailable(code="CLOSED")
                if self._opened is None:
                    self._opened = Calls(self._database)
        return self._opened
