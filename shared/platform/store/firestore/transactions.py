"""Transactions of the Firestore adapter: optimistic where that is possible, else with locks.

An optimistic one reads without a lock, and commits on the condition that nothing it read has
changed. A process that dies in between leaves nothing behind, and nobody waits for a lock. It needs
every document that is read to be written too, since only a write can carry the condition, or a
single read with nothing written. Other work raises NeedsLocks, and is done again with locks.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from google.cloud import firestore
from google.cloud.firestore_v1 import types

from shared.platform.errors import AlreadyExists, AppError, DocumentMissing
from shared.platform.store.firestore.connection import Connection
from shared.platform.store.firestore.errors import Aborted
from shared.platform.store.firestore.messages import encode_write, to_snapshot
from shared.platform.store.port import Snapshot, Write
from shared.platform.store.validation import check_commit


class NeedsLocks(Exception):
    """The work reads what it doesn't write, so no condition tells whether it still holds."""


class FirestoreTransaction:
    """One attempt at a piece of work: reads before writes, and writes kept for the commit."""

    def __init__(self, connection: Connection, *, locking: bool) -> None:
        self._connection = connection
        self._locks: Any = None  # Firestore's own transaction
        self._versions: dict[str, Any] = {}  # update times; None where there was no document
        self._round_trips = 0
        self._writes: list[Write] = []
        self._ended = False
        if locking:
            with connection.calling() as client:
                self._locks = client.transaction()
                self._locks._begin()

    def get(self, path: str) -> Snapshot:
        """Read one document."""
        return self.get_many([path])[0]

    def get_many(self, paths: Sequence[str]) -> list[Snapshot]:
        """Read several, in the order asked; ValueError after the first write."""
        if self._writes or self._ended:
            raise ValueError("in a transaction, all reads come before the first write")
        if not paths:
            return []
        found = self._connection.read(paths, self._locks)
        self._round_trips += 1
        for path, each in zip(paths, found, strict=True):
            self._versions.setdefault(path, each.update_time)
        return [to_snapshot(each) for each in found]

    def write(self, *writes: Write) -> None:
        """Add writes, all carried out at the end, or none."""
        if self._ended:
            raise ValueError("the transaction has ended")
        self._writes += writes

    def commit(self) -> None:
        """Carry the writes out; Aborted where a document that was read has changed, NeedsLocks."""
        check_commit(self._writes)
        messages = [encode_write(write, self._connection.root) for write in self._writes]
        if self._locks is not None:
            with self._connection.calling(writing=True):
                self._locks._add_write_pbs(messages)
                self._locks._commit()
        elif self._writes or self._round_trips > 1:
            self._add_conditions(messages)
            try:
                self._connection.send(messages, retry=None)
            except (AlreadyExists, DocumentMissing):
                if self._versions and self._has_changed():
                    raise Aborted from None
                raise  # it was a condition of the work's own

    def end(self) -> None:
        """Take no more reads and writes; let go of locks, which else lapse within a minute."""
        self._ended = True
        if self._locks is not None and self._locks.in_progress:
            with suppress(AppError, ValueError), self._connection.calling():
                self._locks._rollback()

    def _add_conditions(self, messages: Sequence[types.Write]) -> None:
        """Tie the first write to each document that was read to its version."""
        versions = dict(self._versions)
        for write, message in zip(self._writes, messages, strict=True):
            if write.path in versions:
                _condition(write, versions.pop(write.path)).modify_write(message)
        if versions:
            raise NeedsLocks

    def _has_changed(self) -> bool:
        now = self._connection.read(list(self._versions))
        return [each.update_time for each in now] != list(self._versions.values())


def _condition(write: Write, version: Any) -> Any:
    """Choose the condition by which a document is as it was read."""
    if version is not None:
        if write.kind == "create":
            raise AlreadyExists
        return firestore.Client.write_option(last_update_time=version)
    if write.kind == "update":
        raise DocumentMissing
    if write.kind == "delete":
        raise NeedsLocks  # no condition on a delete says that there was nothing
    return firestore.Client.write_option(exists=False)
