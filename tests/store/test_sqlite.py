"""What only the embedded store promises: its own indexes, and no half commit after a kill."""

from __future__ import annotations

import itertools
import os
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from shared.platform.errors import AlreadyExists, Unavailable
from shared.platform.store import Query, Snapshot, Write
from shared.platform.store.sqlite.queries import build_statement
from shared.platform.store.sqlite.store import SqliteStore

THINGS = "kelurahan/k/things"
QUERIES = {
    "equal": Query(THINGS, (("state", "==", "waiting"),)),
    "equal and order": Query(THINGS, (("state", "==", "waiting"),), (("n", "desc"),), 5),
    "range": Query(THINGS, (("n", ">", 3), ("n", "<=", 7))),
    "order": Query(THINGS, (), (("n", "asc"),), 5),
    "mixed orders": Query(THINGS, (), (("n", "asc"), ("state", "desc"))),
    "next page": Query(THINGS, (), (("n", "asc"),), 5, Snapshot(f"{THINGS}/0003", {"n": 3})),
    "by id": Query(THINGS, limit=3),
}


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_goes_by_an_index_and_sorts_nothing(sqlite_store: SqliteStore, name: str) -> None:
    sqlite_store.commit(
        Write("set", f"{THINGS}/{n:04}", {"n": n, "state": "waiting"}) for n in range(50)
    )
    query = QUERIES[name]
    assert sqlite_store.query(query)
    said = build_statement(query)
    sql = f"SELECT id, body FROM documents WHERE {said.where} ORDER BY {said.order}"
    plan = sqlite_store._connection().execute(f"EXPLAIN QUERY PLAN {sql}", said.parameters)
    steps = " / ".join(row[3] for row in plan)
    assert f"USING INDEX {said.index_name or 'sqlite_autoindex_documents_1'} (collection=?" in steps
    assert "TEMP B-TREE" not in steps


def test_an_index_is_kept_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite3"
    for _ in range(2):
        store = SqliteStore(path)
        store.create(f"{THINGS}/{os.urandom(4).hex()}", {"state": "waiting"})
        assert store.query(QUERIES["equal"])
        names = store._connection().execute("SELECT name FROM sqlite_schema WHERE type = 'index'")
        assert [name for (name,) in names if name.startswith("by_")] == [
            build_statement(QUERIES["equal"]).index_name
        ]
        store.close()


def test_a_query_inside_run_needs_no_index_yet(sqlite_store: SqliteStore) -> None:
    sqlite_store.set(f"{THINGS}/a", {"state": "waiting"})
    found = sqlite_store.run(lambda _: sqlite_store.query(QUERIES["equal"]))
    assert [snapshot.id for snapshot in found] == ["a"]


def test_a_quote_in_a_collection_is_no_sql(sqlite_store: SqliteStore) -> None:
    sqlite_store.set("it's; DROP TABLE documents/a", {"n": 1})
    query = Query("it's; DROP TABLE documents", (("n", "==", 1),))
    assert [found.id for found in sqlite_store.query(query)] == ["a"]


def test_a_copy_is_whole_and_private(sqlite_store: SqliteStore, tmp_path: Path) -> None:
    sqlite_store.commit(Write("set", f"{THINGS}/{n}", {"state": "waiting"}) for n in range(9))
    sqlite_store.query(QUERIES["equal"])
    before = os.umask(0)
    sqlite_store.copy_to(tmp_path / "copy.sqlite3")
    os.umask(before)
    sqlite_store.delete(f"{THINGS}/0")
    assert (tmp_path / "copy.sqlite3").stat().st_mode & 0o777 == 0o600
    copy = SqliteStore(tmp_path / "copy.sqlite3")
    assert copy.count(QUERIES["equal"]) == 9
    copy.set(f"{THINGS}/9", {"state": "waiting"})
    assert len(copy.query(QUERIES["equal"])) == 10
    copy.close()
    with pytest.raises(AlreadyExists):
        sqlite_store.copy_to(tmp_path / "copy.sqlite3")
    with pytest.raises(Unavailable):
        sqlite_store.copy_to(tmp_path / "nowhere" / "copy.sqlite3")


WRITER = """
import itertools, os, sys
from shared.platform.store import Increment, Write
from shared.platform.store.sqlite.store import SqliteStore

store = SqliteStore(sys.argv[1])
base = f"kelurahan/k/{os.getpid()}"
for turn in itertools.count(1):
    writes = [Write("set", f"{base}/{n}", {"turn": turn, "b": bytes(500)}) for n in range(40)]
    writes.append(Write("create", f"{base}-turns/{turn:06}", {"turn": turn}))
    if turn > 1:
        writes.append(Write("delete", f"{base}-turns/{turn - 1:06}"))
    if turn % 2:
        store.commit([*writes, Write("merge", f"{base}-count/all", {"turns": Increment()})])
    else:
        def work(transaction):
            turns = transaction.get(f"{base}-count/all").data["turns"]
            transaction.write(*writes, Write("update", f"{base}-count/all", {"turns": turns + 1}))
        store.run(work)
    print(turn, flush=True)
"""


def test_a_killed_writer_leaves_whole_commits_only(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite3"
    moments = random.Random(20261124)
    reader = SqliteStore(path)
    for _ in range(20):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        ) as writer:
            assert writer.stdout is not None
            said = [writer.stdout.readline()]  # the first commit is done
            time.sleep(moments.uniform(0, 0.15))
            writer.send_signal(signal.SIGKILL)
            said += writer.stdout.readlines()
        told = max(int(line) for line in said if line.endswith("\n"))
        base = f"kelurahan/k/{writer.pid}"
        store = SqliteStore(path)  # as after a crash: a new process opens the file
        for opened in (store, reader):
            documents = opened.query(Query(base))
            turns = {found.data["turn"] for found in documents if found.data}
            assert len(documents) == 40
            assert len(turns) == 1
            (turn,) = turns
            assert turn in (told, told + 1)  # what was told is kept; the next may have been done
            assert opened.query(Query(f"{base}-turns")) == [
                Snapshot(f"{base}-turns/{turn:06}", {"turn": turn})
            ]
            assert opened.get(f"{base}-count/all").data == {"turns": turn}
        assert store._connection().execute("PRAGMA integrity_check").fetchone() == ("ok",)
        store.close()
    reader.close()


def test_what_was_deleted_is_not_in_the_file_any_more(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite3"
    secret = "deleted-" * 40
    for text in (secret, "replaced"):
        with closing(SqliteStore(path)) as store:
            assert store._connection().execute("PRAGMA secure_delete").fetchone() == (1,)
            for number in range(50):
                store.set(f"things/{number}", {"text": text})
    with closing(SqliteStore(path)) as store:
        store.set("things/a", {"text": secret})
        store.delete("things/a")
        store._connection().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"deleted-" not in path.read_bytes()


IN_USE = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None)
try:
    print(database.execute("PRAGMA journal_mode = DELETE").fetchone()[0])
except sqlite3.OperationalError:
    print("in use")
"""


def test_a_file_that_is_opened_again_is_still_known_to_be_in_use(tmp_path: Path) -> None:
    """Closing any descriptor of a file drops all locks of the process, SQLite's too."""
    path = tmp_path / "store.sqlite3"
    with closing(SqliteStore(path)) as store:
        store.set("things/1", {"n": 1})
        with closing(SqliteStore(path)) as again:
            command = [sys.executable, "-c", IN_USE, str(path)]
            for _ in range(2):
                said = subprocess.run(command, capture_output=True, text=True, check=True)
                assert said.stdout == "in use\n"
                store.set("things/1", {"n": 2})
                assert again.get("things/1").data == {"n": 2}
                again.set("things/1", {"n": 3})
                assert store.get("things/1").data == {"n": 3}


def test_a_store_is_closed_safely_while_others_read_and_write(tmp_path: Path) -> None:
    for turn in range(20):
        assert _closed_while_used(SqliteStore(tmp_path / f"{turn}.sqlite3")) == ["CLOSED"] * 6


def _closed_while_used(store: SqliteStore) -> list[str | None]:
    """What six threads that work with a store hear when it is closed in the middle."""
    store.set(f"{THINGS}/a", {"text": "x" * 200_000})
    refused: list[str | None] = []
    in_the_middle = threading.Barrier(7)

    def work() -> None:
        try:
            for count in itertools.count():
                store.get_many([f"{THINGS}/a"] * 20)
                store.query(QUERIES["by id"])
                if count == 3:
                    in_the_middle.wait()
        except Unavailable as error:
            refused.append(error.code)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    in_the_middle.wait()
    store.close()
    for thread in threads:
        thread.join()
    return refused
