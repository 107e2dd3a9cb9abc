"""SQLite adapter of the store port: one file in WAL mode, for a PC, a test or a trial.

Every commit is on the disk when the call returns (`synchronous=FULL`), so a process or a machine
may die at any moment. Threads and processes may share a file: readers never wait, writers take
turns.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import TypeVar

from shared.platform import logs
from shared.platform.document_format import newer_data
from shared.platform.errors import AlreadyExists, AppError, DocumentMissing
from shared.platform.files import full_disk
from shared.platform.store.port import Increment, Query, Snapshot, Transaction, Value, Write
from shared.platform.store.single_document_writes import SingleDocumentWrites
from shared.platform.store.sqlite.connections import Connections
from shared.platform.store.sqlite.encoding import decode, encode, key
from shared.platform.store.sqlite.errors import translated
from shared.platform.store.sqlite.queries import Statement, build_statement
from shared.platform.store.validation import check_commit, check_document_path, incremented

T = TypeVar("T")
_LAYOUT = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    collection TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,  -- the collection's own id, its path's last part
    body TEXT NOT NULL,
    PRIMARY KEY (collection, id)
)
"""
_READ = "SELECT body FROM documents WHERE collection = ? AND id = ?"
_INSERT = "INSERT INTO documents (collection, id, kind, body) VALUES (?, ?, ?, ?)"
_REPLACE = _INSERT + " ON CONFLICT (collection, id) DO UPDATE SET body = excluded.body"
_DELETE = "DELETE FROM documents WHERE collection = ? AND id = ?"
# Texts of timestamps begin with E and sort by time; what has none, or null, is not found.
_EXPIRED = "kind = ? AND json_extract(body, '$.expires_at') BETWEEN 'E' AND ?"
_DELETE_EXPIRED = (
    f"DELETE FROM documents WHERE rowid IN (SELECT rowid FROM documents WHERE {_EXPIRED} LIMIT ?)"  # noqa: S608
)
_COUNT_EXPIRED = f"SELECT count(*) FROM documents WHERE {_EXPIRED}"  # noqa: S608
_Row = tuple[str, ...]
_Step = Write | tuple[str, list[_Row]]  # a change to what is stored, or SQL with its rows


class SqliteStore(SingleDocumentWrites):
    """Store in one database file (mode 0600), which is made with its folder if need be.

    `busy_seconds`: how long a writer waits for another before it raises Contended.
    """

    def __init__(self, path: Path | str, *, busy_seconds: float = 10.0) -> None:
        self.path = Path(path)
        self._busy_seconds = busy_seconds
        self._connections = Connections(self.path, busy_seconds)
        self._indexes: set[str] = set()
        try:
            with self._work():
                self._lay_out()
        except AppError:
            self.close()
            raise

    def get(self, path: str) -> Snapshot:
        """Read one document."""
        check_document_path(path)
        with self._work():
            return _read(self._connection(), path)

    def get_many(self, paths: Sequence[str]) -> list[Snapshot]:
        """Read several as they were at one moment, in the order asked."""
        for path in paths:
            check_document_path(path)
        with self._work():
            connection = self._connection()
            if len(paths) < 2 or connection.in_transaction:
                return [_read(connection, path) for path in paths]
            connection.execute("BEGIN")
            try:
                return [_read(connection, path) for path in paths]
            finally:
                connection.execute("COMMIT")

    def query(self, query: Query) -> list[Snapshot]:
        """Find documents, in the query's order."""
        said = build_statement(query)
        sql = f"SELECT id, body FROM documents WHERE {said.where} ORDER BY {said.order} LIMIT ?"  # noqa: S608
        with self._work():
            self._ensure_index(said)
            limit = -1 if query.limit is None else query.limit
            rows = self._connection().execute(sql, (*said.parameters, limit))
            return [Snapshot(f"{query.collection}/{id_}", decode(body)) for id_, body in rows]

    def count(self, query: Query) -> int:
        """Count the documents that a query finds."""
        said = build_statement(query)
        sql = f"SELECT count(*) FROM (SELECT 1 FROM documents WHERE {said.where} LIMIT ?)"  # noqa: S608
        with self._work():
            self._ensure_index(said)
            limit = -1 if query.limit is None else query.limit
            (found,) = self._connection().execute(sql, (*said.parameters, limit)).fetchone()
            return int(found)

    def commit(self, writes: Iterable[Write]) -> None:
        """Carry out all writes, or none; on the disk when it returns."""
        writes = list(writes)
        check_commit(writes)
        work = _prepared(writes)
        with self._work(), self._writing() as connection:
            _carry_out(connection, work)

    def run(self, work: Callable[[Transaction], T]) -> T:
        """Read, then write, as one; other writers wait meanwhile."""
        with self._work(), self._writing() as connection:
            transaction = _Transaction(connection)
            result = work(transaction)
            _carry_out(connection, _prepared(transaction.finish()))
            return result

    def delete_expired(self, kinds: Collection[str], moment: datetime, *, limit: int) -> int:
        """Delete documents of these collections whose `expires_at` has come, and return how many.

        What Firestore does by itself where a collection has a time to live. At most `limit` of each
        kind, in one transaction for each.
        """
        deleted = 0
        for kind in kinds:
            said = (kind, key(moment), limit)
            with self._work(), self._writing() as connection:
                deleted += connection.execute(_DELETE_EXPIRED, said).rowcount
        return deleted

    def counts(self, queries: Sequence[Query]) -> list[int]:
        """Count the documents that each query finds."""
        return [self.count(each) for each in queries]

    def count_expired(self, kinds: Collection[str], moment: datetime) -> int:
        """Count the documents that `delete_expired` would find."""
        with self._work():
            counted = (
                self._connection().execute(_COUNT_EXPIRED, (kind, key(moment))).fetchone()[0]
                for kind in kinds
            )
            return sum(map(int, counted))

    def settle(self) -> bool:
        """Empty the write-ahead log, so that what was deleted is on the disk no more.

        Returns False where somebody reads or copies meanwhile: nobody is kept waiting for it.
        """
        with self._work():
            connection = self._connection()
            connection.execute("PRAGMA busy_timeout = 250")
            try:
                (busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                connection.execute(f"PRAGMA busy_timeout = {round(self._busy_seconds * 1000)}")
        return not busy

    def copy_to(self, path: Path) -> None:
        """Copy everything as it is at one moment, while others read and write (a backup).

        The new file has mode 0600; AlreadyExists where there is a file of that name.
        """
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            raise AlreadyExists from None
        except OSError as fault:
            raise full_disk.unavailable(fault, "SQLITE_CANTOPEN") from None
        with self._work():
            self._connection().execute("VACUUM INTO ?", (str(path),))
        with path.open("rb+") as copy:
            os.fsync(copy)

    def close(self) -> None:
        """Close the file, when what other threads do with it is done."""
        self._connections.close()

    def _lay_out(self) -> None:
        """Create the table, where the file is new."""
        (layout,) = self._connection().execute("PRAGMA user_version").fetchone()
        if layout > _LAYOUT:
            logs.event("the data is newer than the code", severity="ALERT")
            raise newer_data()
        if layout < _LAYOUT:
            with self._writing() as connection:
                connection.execute(_SCHEMA)
                connection.execute(f"PRAGMA user_version = {_LAYOUT}")

    def _connection(self) -> sqlite3.Connection:
        return self._connections.own().raw

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        connection = self._connection()
        if connection.in_transaction:
            raise ValueError("inside `run`, writes go through the transaction")
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")

    @contextmanager
    def _work(self) -> Iterator[None]:
        """Keep this thread's connection open, and raise the application's errors for SQLite's.

        Nothing of SQLite's texts is passed on, only the name of its error.
        """
        try:
            with self._connections.own().used:
                yield
        except sqlite3.Error as error:
            raise translated(error, self.path.parent) from None

    def _ensure_index(self, said: Statement) -> None:
        """Create a query's index, where that can be done now; else the query takes longer."""
        name = said.index_name
        if name is None or name in self._indexes:
            return
        connection = self._connection()
        known = "SELECT 1 FROM sqlite_schema WHERE name = ?"
        if not connection.execute(known, (name,)).fetchone():
            if connection.in_transaction:
                return
            connection.execute("PRAGMA busy_timeout = 0")
            try:
                with self._writing() as connection:
                    connection.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {said.index}")
            except sqlite3.OperationalError:  # busy, or the disk is full
                return
            finally:
                connection.execute(f"PRAGMA busy_timeout = {round(self._busy_seconds * 1000)}")
        self._indexes.add(name)


class _Transaction:
    """Transaction that `run` hands to its work."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._writes: list[Write] = []
        self._ended = False

    def get(self, path: str) -> Snapshot:
        return self.get_many([path])[0]

    def get_many(self, paths: Sequence[str]) -> list[Snapshot]:
        if self._writes or self._ended:
            raise ValueError("in a transaction, all reads come before the first write")
        for path in paths:
            check_document_path(path)
        return [_read(self._connection, path) for path in paths]

    def write(self, *writes: Write) -> None:
        if self._ended:
            raise ValueError("the transaction has ended")
        self._writes += writes

    def finish(self) -> list[Write]:
        self._ended = True
        check_commit(self._writes)
        return self._writes


def _read(connection: sqlite3.Connection, path: str) -> Snapshot:
    row = connection.execute(_READ, _place(path)).fetchone()
    return Snapshot(path, None if row is None else decode(row[0]))


def _place(path: str) -> _Row:
    collection, _, id_ = path.rpartition("/")
    return collection, id_


def _row(write: Write) -> _Row:
    collection, id_ = _place(write.path)
    return collection, id_, collection.rsplit("/", 1)[-1], encode(write.data)


def _prepared(writes: list[Write]) -> list[_Step]:
    """Group writes by kind; what needs no reading is encoded before the lock is taken."""
    steps: list[_Step] = []
    for kind, run in groupby(writes, key=lambda write: write.kind):
        if kind == "delete":
            steps.append((_DELETE, [_place(write.path) for write in run]))
        elif kind in ("create", "set"):
            steps.append(
                (_INSERT if kind == "create" else _REPLACE, [_row(write) for write in run])
            )
        else:
            steps += run
    return steps


def _carry_out(connection: sqlite3.Connection, steps: list[_Step]) -> None:
    for step in steps:
        if isinstance(step, Write):
            _change(connection, step)
            continue
        try:
            connection.executemany(*step)
        except sqlite3.IntegrityError:
            raise AlreadyExists from None


def _change(connection: sqlite3.Connection, write: Write) -> None:
    """Carry out one merge or update on what is stored."""
    stored = _read(connection, write.path).data
    if stored is None and write.kind == "update":
        raise DocumentMissing
    fields: dict[str, Value] = dict(stored or {})
    for name, value in write.data.items():
        if isinstance(value, Increment):
            fields[name] = incremented(fields.get(name), value.by)
        else:
            fields[name] = value
    changed = Write("set", write.path, fields)
    check_commit([changed])
    connection.execute(_REPLACE, _row(changed))
