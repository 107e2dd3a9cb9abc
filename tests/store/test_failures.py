"""Store failures: errors when busy, full, broken, closed or gone never name a document."""

from __future__ import annotations

import os
import socket
import sqlite3
import stat
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.platform.errors import AppError, Contended, Unavailable
from shared.platform.store import Query, Store, Transaction, Write
from shared.platform.store.firestore.store import FirestoreStore
from shared.platform.store.sqlite.store import SqliteStore
from tests import emulator as emulators

MARK = "marked-name"
A = f"kelurahan/k/things/{MARK}"
CALLS: dict[str, Callable[[Store], Any]] = {
    "get": lambda store: store.get(A),
    "get_many": lambda store: store.get_many([A, "kelurahan/k/things/b"]),
    "create": lambda store: store.create(A, {"text": MARK}),
    "set": lambda store: store.set(A, {"text": MARK}),
    "merge": lambda store: store.merge(A, {"text": MARK}),
    "update": lambda store: store.update(A, {"text": MARK}),
    "delete": lambda store: store.delete(A),
    "query": lambda store: store.query(Query("kelurahan/k/things", (("text", "==", MARK),))),
    "count": lambda store: store.count(Query("kelurahan/k/things", (("text", "==", MARK),))),
    "run": lambda store: store.run(lambda transaction: transaction.get(A)),
    "run to write": lambda store: store.run(
        lambda transaction: transaction.write(Write("set", A, {"text": MARK}))
    ),
}
WRITES = ["create", "set", "merge", "update", "delete", "run to write"]


def refused(call: Callable[[], object], error: type[AppError], code: str = "") -> None:
    """Whether a call raises this error, with nothing in any exception that names the document."""
    with pytest.raises(error) as caught:
        call()
    said = "".join(traceback.format_exception_only(caught.value)) + repr(vars(caught.value))
    assert MARK not in said
    assert (caught.value.code or "").startswith(code)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None or caught.value.__suppress_context__


@pytest.fixture
def other(store: Store) -> Iterator[Store]:
    """A second store on the same database, as in another process, with little patience."""
    made: SqliteStore | FirestoreStore
    if isinstance(store, SqliteStore):
        made = SqliteStore(store.path, busy_seconds=0.05)
    else:
        assert isinstance(store, FirestoreStore)
        made = FirestoreStore(store.project, attempts=1)
    yield made
    made.close()


def test_a_store_sees_what_another_has_written(store: Store, other: Store) -> None:
    assert not store.get(A).exists
    other.set(A, {"n": 1})
    assert store.get(A).data == {"n": 1}
    assert len(store.query(Query("kelurahan/k/things", (("n", "==", 1),)))) == 1
    store.delete(A)
    assert not other.get(A).exists


def test_a_transaction_that_always_loses_is_contended(store: Store, other: Store) -> None:
    store.set(A, {"n": 1})

    def change(transaction: Transaction) -> None:
        transaction.get(A)
        transaction.write(Write("merge", A, {"m": 2}))

    def work(transaction: Transaction) -> None:
        transaction.get(A)
        if isinstance(store, SqliteStore):  # the first holds the database: the second loses
            refused(lambda: other.merge(A, {"m": 2}), Contended)
            refused(lambda: other.run(change), Contended)
        transaction.write(Write("merge", A, {"n": 2}))

    def meddled(transaction: Transaction) -> None:  # the first has watched: it loses
        transaction.get(A)
        store.merge(A, {"m": 3})
        transaction.write(Write("merge", A, {"n": 3}))

    store.run(work)
    assert store.get(A).data == {"n": 2}
    if isinstance(store, FirestoreStore):
        refused(lambda: other.run(meddled), Contended)
        assert store.get(A).data == {"n": 2, "m": 3}


def test_a_closed_store_is_unavailable(store: Store) -> None:
    store.get(A)
    store.close()
    for call in CALLS.values():
        refused(lambda call=call: call(store), Unavailable)  # type: ignore[misc]
    store.close()


def test_a_store_serves_many_threads(store: Store) -> None:
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            path = f"kelurahan/k/things/{number}"
            for turn in range(5):
                store.set(path, {"turn": turn})
                found = store.get_many([path, A])
                assert found[0].data == {"turn": turn}
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert store.count(Query("kelurahan/k/things")) == 6


@pytest.fixture
def mortal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[emulators.Emulator]:
    """An emulator that a test may end."""
    started = emulators.Emulator(emulators.ROOT / "firestore.rules", tmp_path / "log")
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", started.host)
    yield started
    started.stop()


@pytest.mark.emulator
def test_an_emulator_that_ends_is_unavailable(mortal: emulators.Emulator) -> None:
    store = FirestoreStore("test", patience_seconds=1.0)
    store.set(A, {"n": 1})

    def work(transaction: Transaction) -> None:
        transaction.get(A)
        mortal.stop()
        transaction.write(Write("set", A, {"n": 2}))

    refused(lambda: store.run(work), Unavailable, "UNAVAILABLE")
    for call in CALLS.values():
        refused(lambda call=call: call(store), Unavailable, "UNAVAILABLE")  # type: ignore[misc]
    store.close()


@pytest.mark.parametrize("name", CALLS)
def test_nobody_at_the_address_is_unavailable(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    with socket.socket() as taken:  # bound, and listening to nobody
        taken.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{taken.getsockname()[1]}"
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", host)
        more = {} if name == "get" else {"patience_seconds": 0.5}  # once as long as by default
        store = FirestoreStore("test", **more)
        refused(lambda: CALLS[name](store), Unavailable, "UNAVAILABLE")
        store.close()


def test_no_credentials_is_unavailable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("FIRESTORE_EMULATOR_HOST", raising=False)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / MARK))
    store = FirestoreStore("test")
    for name in CALLS:
        refused(lambda name=name: CALLS[name](store), Unavailable, "NO_CREDENTIALS")  # type: ignore[misc]
    store.close()


def test_a_full_disk_is_unavailable_and_loses_nothing(sqlite_store: SqliteStore) -> None:
    sqlite_store.set("kelurahan/k/things/before", {"n": 1})
    connection = sqlite_store._connection()
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    large = [Write("set", f"{A}{n}", {"text": MARK * 500}) for n in range(50)]
    refused(lambda: sqlite_store.commit(large), Unavailable, "STORAGE_FULL")
    refused(
        lambda: sqlite_store.run(lambda transaction: transaction.write(*large)),
        Unavailable,
        "STORAGE_FULL",
    )
    connection.execute("PRAGMA max_page_count = 1000000")
    assert [found.id for found in sqlite_store.query(Query("kelurahan/k/things"))] == ["before"]
    sqlite_store.commit(large)
    assert sqlite_store.count(Query("kelurahan/k/things")) == 51


def test_a_query_waits_for_no_writer(sqlite_store: SqliteStore) -> None:
    """Though it would like to make its index first."""
    sqlite_store.set(A, {"n": 1})
    query = Query("kelurahan/k/things", (("n", "==", 1),))
    reader = SqliteStore(sqlite_store.path)

    def work(transaction: Transaction) -> None:
        transaction.write(Write("set", A, {"n": 2}))
        assert [found.data for found in reader.query(query)] == [{"n": 1}]
        assert reader.count(query) == 1

    sqlite_store.run(work)
    assert reader.query(query) == []
    assert len(reader._indexes) == 1
    reader.close()


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite3"
    path.write_bytes(MARK.encode() * 1000)
    refused(lambda: SqliteStore(path), Unavailable, "SQLITE_NOTADB")


def test_a_damaged_database_is_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite3"
    store = SqliteStore(path)
    store.commit(Write("set", f"{A}{n}", {"text": MARK * 500}) for n in range(100))
    store.close()
    intact = path.read_bytes()
    path.write_bytes(intact[:4096] + b"\xff" * (len(intact) - 4096))
    damaged = SqliteStore(path)
    refused(lambda: damaged.get(f"{A}1"), Unavailable, "SQLITE_CORRUPT")
    refused(lambda: damaged.set(A, {}), Unavailable, "SQLITE_CORRUPT")
    damaged.close()


@pytest.mark.parametrize("name", ["", "folder", "file/below"])
def test_a_place_for_no_file_is_unavailable(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    refused(lambda: SqliteStore(tmp_path / name), Unavailable, "SQLITE_CANTOPEN")


def test_a_database_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    refused(lambda: SqliteStore(path), Unavailable, "DATA_NEWER")
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_schema").fetchone() == (0,)
        assert connection.execute("PRAGMA user_version").fetchone() == (99,)
    connection.close()


@pytest.mark.parametrize("name", WRITES)
def test_a_write_inside_run_goes_through_the_transaction(
    sqlite_store: SqliteStore, name: str
) -> None:
    def work(transaction: Transaction) -> None:
        transaction.write(Write("set", A, {"n": 1}))
        CALLS[name](sqlite_store)

    with pytest.raises(ValueError, match="through the transaction"):
        sqlite_store.run(work)
    assert not sqlite_store.get(A).exists


def test_the_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        store = SqliteStore(tmp_path / "new" / "store.sqlite3")
        store.set(A, {"n": 1})
        files = sorted((tmp_path / "new").iterdir())
        assert [path.name for path in files] == [
            f"store.sqlite3{end}" for end in ("", "-shm", "-wal")
        ]
        assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
        assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
        store.close()
    finally:
        os.umask(before)


def test_a_file_that_others_may_read_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite3"
    path.touch(0o644)
    SqliteStore(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
