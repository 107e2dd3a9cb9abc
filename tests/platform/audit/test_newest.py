"""The newest entries of the audit log, page by page and by one filter, on both stores."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TypedDict

import pytest

from shared.platform.audit.log import AuditLog, Entry
from shared.platform.crypto.keys import Keyset
from shared.platform.store import Store
from shared.platform.store.firestore.store import FirestoreStore
from shared.platform.store.sqlite.store import SqliteStore
from tests.hand_clock import KELURAHAN, HandClock

ACTORS = ("op1", "ver1", "aud1")
ACTIONS = ("batch.prepare", "batch.approve")
SUBJECTS = ("b1", "b2", "b3", "b4", "b5")
COUNT = 30


class Asked(TypedDict, total=False):
    """The filters, alone or together."""

    actor: str
    action: str
    subject: str


FILTERS: dict[str, tuple[Asked, Callable[[int], bool]]] = {
    "none": ({}, lambda seq: True),
    "actor": ({"actor": "ver1"}, lambda seq: seq % 3 == 1),
    "action": ({"action": "batch.approve"}, lambda seq: seq % 2 == 1),
    "subject": ({"subject": "b4"}, lambda seq: seq % 5 == 3),
    "actor and action": (
        {"actor": "ver1", "action": "batch.approve"},
        lambda seq: seq % 3 == 1 and seq % 2 == 1,
    ),
    "subject and action": (
        {"subject": "b4", "action": "batch.approve"},
        lambda seq: seq % 5 == 3 and seq % 2 == 1,
    ),
}
"""How a filter is asked for, and which numbers it lets through."""


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("firestore", marks=pytest.mark.emulator)]
)
def read_log(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[AuditLog]:
    """One such log for all tests that only read it."""
    keyset, clock = Keyset(b"k" * 32), HandClock()
    with pytest.MonkeyPatch.context() as environment:
        store: Store
        if request.param == "sqlite":
            store = SqliteStore(tmp_path_factory.mktemp("log") / "store.sqlite3")
        else:
            host = request.getfixturevalue("emulator")
            environment.setenv("FIRESTORE_EMULATOR_HOST", host)
            store = FirestoreStore(f"test-{uuid.uuid4().hex[:20]}")
        yield thirty_entries(store, keyset, clock)
        store.close()


@pytest.fixture
def log(store: Store, keyset: Keyset, clock: HandClock) -> AuditLog:
    return thirty_entries(store, keyset, clock)


def thirty_entries(store: Store, keyset: Keyset, clock: HandClock) -> AuditLog:
    """A log in which each filter has its own rhythm; another kelurahan's entries between."""
    made = AuditLog(store, keyset, KELURAHAN, clock)
    neighbour = AuditLog(store, keyset, "9901021003", clock)
    for seq in range(1, COUNT + 1):
        made.append(ACTORS[seq % 3], ACTIONS[seq % 2], SUBJECTS[seq % 5], {"rows": seq})
        if seq % 10 == 0:
            neighbour.append("ver1", "batch.approve", "b4", {"rows": 1000 + seq})
        clock.forward(minutes=1)
    return made


each_filter = pytest.mark.parametrize(("asked", "lets"), FILTERS.values(), ids=list(FILTERS))


def numbers(entries: list[Entry]) -> list[int]:
    return [each.seq for each in entries]


def wanted(lets: Callable[[int], bool], before: int = COUNT + 1) -> list[int]:
    return [seq for seq in range(before - 1, 0, -1) if lets(seq)]


@each_filter
def test_the_newest_come_first_and_all_that_a_filter_lets_through(
    read_log: AuditLog, asked: Asked, lets: Callable[[int], bool]
) -> None:
    found = read_log.newest(**asked)
    assert numbers(found) == wanted(lets)
    for each in found:
        assert each.details == {"rows": each.seq}
        assert {name: getattr(each, name) for name in asked} == asked


@each_filter
@pytest.mark.parametrize("limit", [1, 3, 6, 100])
def test_no_more_than_the_limit_are_told(
    read_log: AuditLog, asked: Asked, lets: Callable[[int], bool], limit: int
) -> None:
    assert numbers(read_log.newest(**asked, limit=limit)) == wanted(lets)[:limit]


@each_filter
@pytest.mark.parametrize("before", [1, 2, 4, 15, 16, COUNT, COUNT + 1, 10**11])
def test_before_a_number_only_older_ones_are_told(
    read_log: AuditLog, asked: Asked, lets: Callable[[int], bool], before: int
) -> None:
    expected = wanted(lets, min(before, COUNT + 1))
    assert numbers(read_log.newest(**asked, before=before)) == expected


@each_filter
@pytest.mark.parametrize("limit", [1, 4, 5, 10])
def test_going_on_before_the_last_one_seen_shows_each_once(
    read_log: AuditLog, asked: Asked, lets: Callable[[int], bool], limit: int
) -> None:
    seen: list[int] = []
    found = read_log.newest(**asked, limit=limit)
    while found:
        assert len(found) <= limit
        assert len(seen) <= COUNT, "it goes on and on"
        seen += numbers(found)
        found = read_log.newest(**asked, limit=limit, before=found[-1].seq)
    assert seen == wanted(lets)


@each_filter
@pytest.mark.parametrize(
    ("since", "until", "first", "last"),
    [
        (None, None, 1, COUNT),
        (5, None, 6, COUNT),
        (None, 5, 1, 5),
        (5, 17, 6, 17),
        (5, 5, 6, 5),
        (COUNT, None, COUNT + 1, COUNT),
        (None, 0, 1, 0),
        (-9, 99, 1, COUNT),
    ],
)
def test_only_those_of_a_time_are_told(
    read_log: AuditLog,
    asked: Asked,
    lets: Callable[[int], bool],
    since: int | None,
    until: int | None,
    first: int,
    last: int,
) -> None:
    """Each minute has one entry, the first of them that of number 1."""
    began = read_log.entries(limit=1)[0].at
    times = [None if each is None else began + timedelta(minutes=each) for each in (since, until)]
    after, before = read_log.numbers(*times)
    expected = [seq for seq in range(last, first - 1, -1) if lets(seq)]
    assert numbers(read_log.newest(**asked, after=after, before=before)) == expected


def test_entries_that_come_meanwhile_move_no_page(log: AuditLog) -> None:
    first = log.newest(actor="ver1", limit=4)
    log.append("ver1", "batch.approve", "b4")
    second = log.newest(actor="ver1", limit=4, before=first[-1].seq)
    assert numbers(first) + numbers(second) == wanted(lambda seq: seq % 3 == 1)[:8]
    assert log.newest(limit=1)[0].seq == COUNT + 1


def test_fifty_are_told_where_no_limit_is_named(log: AuditLog) -> None:
    for _ in range(25):
        log.append("op1", "batch.prepare", "b1")
    assert numbers(log.newest()) == list(range(COUNT + 25, 5, -1))


@pytest.mark.parametrize(
    "asked",
    [
        {"actor": "nobody"},
        {"action": "batch.undo"},
        {"subject": "b6"},
        {"actor": "ver"},
        {"action": "batch"},
        {"subject": "B4"},
        {"actor": ""},
    ],
)
def test_what_nobody_did_finds_nothing(read_log: AuditLog, asked: Asked) -> None:
    assert read_log.newest(**asked) == []


@pytest.mark.parametrize(
    "asked",
    [
        {"actor": "ver1", "subject": "b4"},
        {"actor": "ver1", "action": "batch.approve", "subject": "b4"},
    ],
)
def test_filters_without_an_index_are_refused(read_log: AuditLog, asked: Asked) -> None:
    with pytest.raises(ValueError, match="put together"):
        read_log.newest(**asked)


@each_filter
def test_an_empty_log_has_no_newest(
    store: Store,
    keyset: Keyset,
    clock: HandClock,
    asked: Asked,
    lets: Callable[[int], bool],
) -> None:
    empty = AuditLog(store, keyset, KELURAHAN, clock)
    assert empty.newest(**asked) == []
    assert empty.newest(**asked, before=5) == []
    for actor, action, subject in zip(ACTORS, ACTIONS * 2, SUBJECTS, strict=False):
        empty.append(actor, action, subject)
    assert numbers(empty.newest()) == [3, 2, 1]


def test_what_is_told_is_the_entry_as_it_was_written(log: AuditLog) -> None:
    written = log.append("ver1", "batch.undo", "b9", {"reason": "keliru", "rows": 3})
    filters: list[Asked] = [{}, {"actor": "ver1"}, {"action": "batch.undo"}, {"subject": "b9"}]
    for asked in filters:
        [found] = log.newest(**asked, limit=1)
        assert found == written
    assert numbers(log.newest()) == numbers(log.entries(newest_first=True))
