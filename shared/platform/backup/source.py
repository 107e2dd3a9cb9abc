"""Source of a backup: all documents of the databases as they were at one moment.

SQLite: for some milliseconds none of the files can be written, and in that time a reading
transaction is begun on each, which keeps that state before its eyes while it is read. Firestore:
one read time for all databases, which it keeps for an hour. Either way a publication that was under
way is as if the machine had died then, and is finished by the next run, as after any crash.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from shared.platform.backup.documents import Document
from shared.platform.backup.manifest import database_file
from shared.platform.errors import Unavailable
from shared.platform.settings import Settings
from shared.platform.store.sqlite.encoding import decode

if TYPE_CHECKING:
    from shared.platform.store.firestore.store import FirestoreStore

_BUSY_SECONDS = 30.0
Databases = Mapping[str, Iterable[Document]]


@contextmanager
def at_one_moment(given: Settings, names: Iterable[str]) -> Iterator[Databases]:
    """Provide the documents of these databases; each may be gone through once.

    Raises sqlite3.Error where a file is damaged or held by a writer for long, Unavailable.
    """
    if given.is_embedded:
        with _sqlite(given.data, names) as databases:
            yield databases
        return
    with firestore(given, names) as stores:
        moment = next(iter(stores.values())).moment()
        yield {name: store.all_documents(moment) for name, store in stores.items()}


@contextmanager
def firestore(given: Settings, names: Iterable[str]) -> Iterator[dict[str, FirestoreStore]]:
    """Provide the Firestore databases of these settings, for the length of a block."""
    from shared.platform.store.firestore.store import FirestoreStore

    assert given.project is not None
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(
                closing(FirestoreStore(given.project, given.database(name), patience_seconds=60))
            )
            for name in names
        }


@contextmanager
def _sqlite(data: Path, names: Iterable[str]) -> Iterator[Databases]:
    with ExitStack() as stack:

        def opened(name: str) -> sqlite3.Connection:
            connection = sqlite3.connect(
                f"{(data / database_file(name)).absolute().as_uri()}?mode=rw",
                uri=True,
                timeout=_BUSY_SECONDS,
                isolation_level=None,
            )
            return stack.enter_context(closing(connection))

        names = list(names)
        locks = [opened(name) for name in names]
        readers = {name: opened(name) for name in names}
        for lock in locks:
            lock.execute("BEGIN IMMEDIATE")
        for reader in readers.values():
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        for lock in locks:
            lock.execute("ROLLBACK")
        yield {name: documents_in(reader) for name, reader in readers.items()}


def documents_in(database: sqlite3.Connection) -> Iterator[Document]:
    """Yield all documents of a SQLite database, after a check of its integrity."""
    (verdict,) = database.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise Unavailable(code="DATABASE_DAMAGED")
    for collection, id_, body in database.execute("SELECT collection, id, body FROM documents"):
        yield f"{collection}/{id_}", decode(body)
