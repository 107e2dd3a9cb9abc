"""Expiry on SQLite: documents with a time to live are deleted when it is over, others never."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as running
from hypothesis import strategies as st

from shared.platform.store import Query, Write
from shared.platform.store.port import Value
from shared.platform.store.sqlite.store import SqliteStore

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
TICK = timedelta(microseconds=1)
KINDS = ("failures", "receipts")


def ids(store: SqliteStore, collection: str) -> set[str]:
    return {each.id for each in store.query(Query(collection))}


def test_what_is_over_goes_and_the_rest_stays(sqlite_store: SqliteStore) -> None:
    times: dict[str, dict[str, Value]] = {
        "long-over": {"expires_at": NOW - timedelta(days=4_000)},
        "just-over": {"expires_at": NOW - TICK},
        "now": {"expires_at": NOW},
        "elsewhere": {"expires_at": (NOW - TICK).astimezone(timezone(timedelta(hours=7)))},
        "not-yet": {"expires_at": NOW + TICK},
        "far": {"expires_at": NOW + timedelta(days=100_000)},
        "null": {"expires_at": None},
        "none": {"schema": 1},
        "text": {"expires_at": "2020-01-01T00:00:00Z"},
        "e-text": {"expires_at": "E2020"},
        "number": {"expires_at": 0},
        "nested": {"more": {"expires_at": NOW - TICK}},
    }
    gone = {"long-over", "just-over", "now", "elsewhere"}
    places = ("kelurahan/a/failures", "kelurahan/b/receipts", "kelurahan/a/batches/1/failures")
    others = ("kelurahan/a/complaints", "kelurahan/a/leases", "kelurahan/failures/things")
    sqlite_store.commit(
        Write("set", f"{place}/{name}", data)
        for place in (*places, *others)
        for name, data in times.items()
    )
    assert sqlite_store.count_expired(KINDS, NOW) == len(places) * len(gone)
    assert sqlite_store.delete_expired(KINDS, NOW, limit=100) == len(places) * len(gone)
    assert sqlite_store.count_expired(KINDS, NOW) == 0
    for place in places:
        assert ids(sqlite_store, place) == times.keys() - gone
    for place in others:
        assert ids(sqlite_store, place) == times.keys()
    assert sqlite_store.delete_expired((), NOW, limit=100) == 0


def test_at_most_so_many_of_each_kind_go_at_once(sqlite_store: SqliteStore) -> None:
    for kind in KINDS:
        sqlite_store.commit(
            Write("set", f"kelurahan/a/{kind}/{n}", {"expires_at": NOW}) for n in range(7)
        )
    done = [sqlite_store.delete_expired(KINDS, NOW, limit=3) for _ in range(4)]
    assert done == [6, 6, 2, 0]


_MOMENTS = st.datetimes(timezones=st.just(UTC)) | st.integers(-3, 3).map(lambda n: NOW + n * TICK)


@running(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.lists(_MOMENTS, min_size=1, max_size=12), _MOMENTS)
def test_it_goes_by_time_whatever_the_year(
    sqlite_store: SqliteStore, moments: list[datetime], now: datetime
) -> None:
    folder = "kelurahan/a/failures"
    sqlite_store.commit(
        Write("set", f"{folder}/{n}", {"expires_at": moment}) for n, moment in enumerate(moments)
    )
    over = {str(n) for n, moment in enumerate(moments) if moment <= now}
    assert sqlite_store.count_expired(["failures"], now) == len(over)
    assert sqlite_store.delete_expired(["failures"], now, limit=100) == len(over)
    left = ids(sqlite_store, folder)
    assert left == {str(n) for n in range(len(moments))} - over
    sqlite_store.commit(Write("delete", f"{folder}/{each}") for each in left)


def _on_disk(store: SqliteStore) -> bytes:
    files = store.path.parent.glob(f"{store.path.name}*")
    return b"".join(path.read_bytes() for path in files)


def test_what_was_deleted_is_on_the_disk_no_more_once_it_has_settled(
    sqlite_store: SqliteStore,
) -> None:
    word = "a word that must not stay"
    sqlite_store.set("things/1", {"text": word})
    assert word.encode() in _on_disk(sqlite_store)
    sqlite_store.delete("things/1")
    assert word.encode() in _on_disk(sqlite_store), "settling would be needless"
    assert sqlite_store.settle()
    assert word.encode() not in _on_disk(sqlite_store)


def test_settling_keeps_nobody_waiting_and_is_done_another_time(sqlite_store: SqliteStore) -> None:
    sqlite_store.set("things/1", {"text": "x"})
    with closing(sqlite3.connect(sqlite_store.path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM documents").fetchone()
        sqlite_store.set("things/2", {"text": "y"})
        assert not sqlite_store.settle()
    assert sqlite_store.settle()
    connection: Any = sqlite_store._connection()
    assert connection.execute("PRAGMA busy_timeout").fetchone() == (10_000,)


@pytest.mark.parametrize("moment", [NOW, NOW.astimezone(timezone(timedelta(hours=9)))])
def test_the_moment_may_be_told_in_any_zone(sqlite_store: SqliteStore, moment: datetime) -> None:
    sqlite_store.set("kelurahan/a/failures/1", {"expires_at": NOW - TICK})
    sqlite_store.set("kelurahan/a/failures/2", {"expires_at": NOW + TICK})
    assert sqlite_store.delete_expired(["failures"], moment, limit=9) == 1
