"""The two ways in which the Firestore adapter carries out `run`.

Watching comes first: reads leave no lock, and the commit holds only if none of the documents read
has changed since. A process that dies in between leaves nothing behind, which matters to whoever
finishes its work; and nobody waits for a lock. It needs every document that is read to be written
too, since only a write can carry the condition, or a single read with nothing written. Work that
does otherwise is done again with locking, Firestore's own transactions.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple, Protocol

from google.cloud.firestore_v1 import types

from shared.platform.errors import AlreadyExists, AppError, DocumentMissing
from shared.platform.store.firestore_calls import Aborted, Calls
from shared.platform.store.port import Snapshot, Write
from shared.platform.store.values import check_commit

_BatchGet = types.BatchGetDocumentsRequest.pb()
_Rollback = types.RollbackRequest.pb()


class Reading(NamedTuple):
    """What a BatchGet found: `versions` are update times by path, of the documents that exist."""

    snapshots: list[Snapshot]
    versions: dict[str, Any]
    begun: bytes


class Connection(Protocol):
    """What a transaction needs of the store that runs it."""

    _database: str

    def _read(self, request: Any, paths: Sequence[str]) -> Reading: ...
    def _commit_request(self, writes: Sequence[Write]) -> Any: ...
    def _calls(self) -> Calls: ...


class NeedsLocks(Exception):
    """The work reads what it doesn't write, so watching can't tell whether it still holds."""


class _Collected:
    """Reads before writes, and writes kept for the end."""

    def __init__(self, store: Connection) -> None:
        self._store = store
        self._writes: list[Write] = []
        self._ended = False

    def get(self, path: str) -> Snapshot:
        return self.get_many([path])[0]

    def get_many(self, paths: Sequence[str]) -> list[Snapshot]:
        if self._writes or self._ended:
            raise ValueError("in a transaction, all reads come before the first write")
        return self._read(paths) if paths else []

    def write(self, *writes: Write) -> None:
        if self._ended:
            raise ValueError("the transaction has ended")
        self._writes += writes

    def rollback(self) -> None:
        """End without the writes."""
        self._ended = True

    def _read(self, paths: Sequence[str]) -> list[Snapshot]:
        raise NotImplementedError


class Watching(_Collected):
    """Commits on the condition that what was read is still as it was."""

    def __init__(self, store: Connection) -> None:
        super().__init__(store)
        self._versions: dict[str, Any] = {}
        self._round_trips = 0

    def _read(self, paths: Sequence[str]) -> list[Snapshot]:
        reading = self._store._read(_BatchGet(), paths)
        self._round_trips += 1
        for path in paths:
            self._versions.setdefault(path, reading.versions.get(path))
        return reading.snapshots

    def commit(self) -> None:
        """Carry the writes out; Aborted where a document read has changed, NeedsLocks."""
        self._ended = True
        check_commit(self._writes)
        written = {write.path for write in self._writes}
        if not self._writes and self._round_trips <= 1:
            return
        if not self._versions.keys() <= written:
            raise NeedsLocks
        request = self._store._commit_request(self._writes)
        self._add_conditions(request)
        try:
            self._store._calls().commit(request, again=False)
        except (AlreadyExists, DocumentMissing):
            # one of the work's own conditions, or one of ours? only what was read can tell
            now = self._store._read(_BatchGet(), list(self._versions)) if self._versions else None
            if now and any(now.versions.get(p) != v for p, v in self._versions.items()):
                raise Aborted from None
            raise

    def _add_conditions(self, request: Any) -> None:
        conditioned = set()
        for write, message in zip(self._writes, request.writes, strict=True):
            if write.path in conditioned:
                continue
            conditioned.add(write.path)
            if write.path not in self._versions:
                continue
            version = self._versions[write.path]
            if version is not None:
                if write.kind == "create":
                    raise AlreadyExists
                message.current_document.update_time.CopyFrom(version)
            elif write.kind == "update":
                raise DocumentMissing
            elif write.kind == "delete":
                raise NeedsLocks  # no condition on a delete says that there was nothing
            else:
                message.current_document.exists = False


class Locking(_Collected):
    """A transaction of Firestore's own. The first read begins it, so beginning costs nothing."""

    def __init__(self, store: Connection, before: bytes) -> None:
        super().__init__(store)
        self.id = b""
        self._before = before

    def _read(self, paths: Sequence[str]) -> list[Snapshot]:
        request = _BatchGet()
        if self.id:
            request.transaction = self.id
        else:
            request.new_transaction.read_write.retry_transaction = self._before
        reading = self._store._read(request, paths)
        self.id = self.id or reading.begun
        return reading.snapshots

    def commit(self) -> None:
        """Carry the writes out, or raise Aborted."""
        self._ended = True
        check_commit(self._writes)
        if self._writes or self.id:
            request = self._store._commit_request(self._writes)
            request.transaction = self.id
            self._store._calls().commit(request, again=False)
        self.id = b""

    def rollback(self) -> None:
        """Let go of what the reads hold; where that fails, it lapses by itself."""
        super().rollback()
        if self.id:
            request = _Rollback(database=self._store._database, transaction=self.id)
            with suppress(AppError, Aborted, ValueError):
                self._store._calls().rollback(request)
