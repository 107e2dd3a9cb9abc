"""Everything that a store holds, whatever it is called: for tests of what must not be there."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from typing import Any

from shared.platform.store import Store
from shared.platform.store.firestore.store import FirestoreStore
from shared.platform.store.sqlite.store import SqliteStore


def documents(store: Store) -> dict[str, Mapping[str, Any]]:
    """All documents by their paths."""
    if isinstance(store, SqliteStore):
        return {each.path: each.data or {} for each in store.get_many([*_sqlite_paths(store)])}
    assert isinstance(store, FirestoreStore)
    from google.auth.credentials import AnonymousCredentials
    from google.cloud.firestore import Client

    client = Client(
        project=store.project,
        database=store._database.rpartition("/")[2],
        credentials=AnonymousCredentials(),
    )
    try:
        return dict(_below(client))
    finally:
        client.close()


def text(store: Store) -> str:
    """All documents in one text, bytes by their characters; of SQLite the raw files too."""
    parts = [*_texts(documents(store))]
    if isinstance(store, SqliteStore):
        for path in store.path.parent.glob(f"{store.path.name}*"):
            parts.append(path.read_bytes().decode("utf-8", "replace"))
    return "\n".join(parts)


def _sqlite_paths(store: SqliteStore) -> Iterator[str]:
    connection = sqlite3.connect(store.path)
    try:
        rows = connection.execute("SELECT collection, id FROM documents").fetchall()
    finally:
        connection.close()
    for collection, id_ in rows:
        yield f"{collection}/{id_}"


def _below(parent: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for collection in parent.collections():
        for reference in collection.list_documents():
            found = reference.get()
            if found.exists:
                yield reference.path, found.to_dict()
            yield from _below(reference)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield str(name)
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, bytes):
        yield value.decode("utf-8", "replace")
    else:
        yield str(value)
