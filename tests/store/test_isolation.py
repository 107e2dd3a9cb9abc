"""Databases, projects and files know nothing of each other."""

from __future__ import annotations

from pathlib import Path

from shared.platform.store import Query
from shared.platform.store.firestore.store import FirestoreStore
from shared.platform.store.sqlite.store import SqliteStore

A = "kelurahan/k/things/a"


def test_named_databases_of_a_project_are_apart(firestore_store: FirestoreStore) -> None:
    registry = FirestoreStore(firestore_store.project, "registry")
    lookup = FirestoreStore(firestore_store.project, "lookup")
    registry.set(A, {"n": 1})
    lookup.create(A, {"n": 2})
    assert not firestore_store.get(A).exists
    lookup.run(lambda transaction: transaction.get(A))
    assert registry.get(A).data == {"n": 1}
    assert [found.data for found in lookup.query(Query("kelurahan/k/things"))] == [{"n": 2}]
    lookup.delete(A)
    assert registry.count(Query("kelurahan/k/things")) == 1
    registry.close()
    lookup.close()


def test_projects_are_apart(firestore_store: FirestoreStore) -> None:
    other = FirestoreStore(firestore_store.project + "-x")
    other.set(A, {"n": 1})
    assert not firestore_store.get(A).exists
    other.close()


def test_files_are_apart(tmp_path: Path) -> None:
    registry, lookup = SqliteStore(tmp_path / "registry.db"), SqliteStore(tmp_path / "lookup.db")
    registry.set(A, {"n": 1})
    assert not lookup.get(A).exists
    registry.close()
    lookup.close()
