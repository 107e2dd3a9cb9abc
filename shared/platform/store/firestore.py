"""The store port over Firestore: the mission's engine.

It speaks to the API through google-cloud-firestore's own messages, transport and credentials. The
library's client is left out on the way, since each of its calls wraps and unwraps every message
once more; so timeouts, attempts and what an error means are all said in this module and
`firestore_calls`. With FIRESTORE_EMULATOR_HOST set, as Google's own clients do, it speaks to the
emulator.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from google.cloud.firestore_v1 import types

from shared.platform.errors import AppError, Contended, Unavailable
from shared.platform.store.firestore_calls import Aborted, Calls, pause
from shared.platform.store.firestore_values import (
    decode_fields,
    query_message,
    repeatable,
    write_message,
)
from shared.platform.store.port import Data, Increment, Query, Snapshot, Transaction, Value, Write
from shared.platform.store.values import check_commit, check_document_path

T = TypeVar("T")
_BatchGet = types.BatchGetDocumentsRequest.pb()
_Commit = types.CommitRequest.pb()
_RunQuery = types.RunQueryRequest.pb()
_RunAggregation = types.RunAggregationQueryRequest.pb()
_Rollback = types.RollbackRequest.pb()


class FirestoreStore:
    """One database of a project. Nothing is opened before the first call.

    `attempts`: how often a commit that loses against others is tried before it raises Contended.
    """

    def __init__(self, project: str, database: str = "(default)", *, attempts: int = 6) -> None:
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
        found, _ = self._read(_BatchGet(), paths)
        return found

    def create(self, path: str, data: Data) -> None:
        """Make a document; AlreadyExists where there is one."""
        self.commit([Write("create", path, data)])

    def set(self, path: str, data: Data) -> None:
        """Replace a document, or make it."""
        self.commit([Write("set", path, data)])

    def merge(self, path: str, fields: Mapping[str, Value | Increment]) -> None:
        """Set top-level fields, making the document if need be."""
        self.commit([Write("merge", path, fields)])

    def update(self, path: str, fields: Mapping[str, Value | Increment]) -> None:
        """Set top-level fields; DocumentMissing where there is no document."""
        self.commit([Write("update", path, fields)])

    def delete(self, path: str) -> None:
        """Delete a document, if it is there."""
        self.commit([Write("delete", path)])

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
        before = b""
        for attempt in range(self._attempts):
            if attempt:
                pause(attempt)
            transaction = _Transaction(self, before)
            try:
                result = work(transaction)
                transaction.commit()
            except Aborted:
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

    def _read(self, request: Any, paths: Sequence[str]) -> tuple[list[Snapshot], bytes]:
        """Carry out a BatchGet; also the id of the transaction it began, if it did."""
        request.database = self._database
        names = []
        for path in paths:
            check_document_path(path)
            names.append(self._prefix + path)
        request.documents.extend(dict.fromkeys(names))
        found: dict[str, dict[str, Value]] = {}
        begun = b""
        for answer in self._calls().batch_get(request):
            if answer.transaction:
                begun = answer.transaction
            if answer.WhichOneof("result") == "found":
                found[answer.found.name] = decode_fields(answer.found.fields)
        snapshots = [
            Snapshot(path, found.get(name)) for path, name in zip(paths, names, strict=True)
        ]
        return snapshots, begun

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


class _Transaction:
    """What `run` hands to its work. The first read begins it, so that beginning costs nothing."""

    def __init__(self, store: FirestoreStore, before: bytes) -> None:
        self.id = b""
        self._store = store
        self._before = before
        self._writes: list[Write] = []
        self._ended = False

    def get(self, path: str) -> Snapshot:
        return self.get_many([path])[0]

    def get_many(self, paths: Sequence[str]) -> list[Snapshot]:
        if self._writes or self._ended:
            raise ValueError("in a transaction, all reads come before the first write")
        if not paths:
            return []
        request = _BatchGet()
        if self.id:
            request.transaction = self.id
        else:
            request.new_transaction.read_write.retry_transaction = self._before
        found, begun = self._store._read(request, paths)
        self.id = self.id or begun
        return found

    def write(self, *writes: Write) -> None:
        if self._ended:
            raise ValueError("the transaction has ended")
        self._writes += writes

    def commit(self) -> None:
        self._ended = True
        check_commit(self._writes)
        if self._writes or self.id:
            request = self._store._commit_request(self._writes)
            request.transaction = self.id
            self._store._calls().commit(request, again=False)
        self.id = b""

    def rollback(self) -> None:
        """Let go of what the reads hold; where that fails, it lapses by itself."""
        self._ended = True
        if self.id:
            request = _Rollback(database=self._store._database, transaction=self.id)
            with suppress(AppError, Aborted, ValueError):
                self._store._calls().rollback(request)
