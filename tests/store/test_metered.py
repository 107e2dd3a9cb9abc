"""What a store costs, counted as Firestore bills it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from shared.platform.errors import AlreadyExists
from shared.platform.store import Increment, Query, Store, Transaction, Write
from tests.metered import Metered

THINGS = "kelurahan/k/things"
A, B, NONE = f"{THINGS}/a", f"{THINGS}/b", f"{THINGS}/none"


@pytest.fixture
def metered(store: Store) -> Metered:
    """A meter at zero over a store with two documents."""
    store.commit([Write("set", A, {"n": 1}), Write("set", B, {"n": 1})])
    return Metered(store)


def transaction(*writes: Write, reads: tuple[str, ...] = ()) -> Callable[[Metered], object]:
    def work(transaction: Transaction) -> None:
        transaction.get_many(reads)
        transaction.write(*writes)

    return lambda metered: metered.run(work)


CASES: dict[str, tuple[Callable[[Metered], object], tuple[int, int, int, int]]] = {
    # reads, writes, deletes, round trips
    "get": (lambda m: m.get(A), (1, 0, 0, 1)),
    "get of what is missing": (lambda m: m.get(NONE), (1, 0, 0, 1)),
    "get of several": (lambda m: m.get_many([A, NONE, B, A]), (3, 0, 0, 1)),
    "get of none": (lambda m: m.get_many([]), (0, 0, 0, 0)),
    "create": (lambda m: m.create(NONE, {}), (0, 1, 0, 1)),
    "set": (lambda m: m.set(A, {}), (0, 1, 0, 1)),
    "merge": (lambda m: m.merge(A, {"n": Increment(), "m": 1}), (0, 1, 0, 1)),
    "update": (lambda m: m.update(A, {"m": 1}), (0, 1, 0, 1)),
    "delete": (lambda m: m.delete(A), (0, 0, 1, 1)),
    "delete of what is missing": (lambda m: m.delete(NONE), (0, 0, 1, 1)),
    "query": (lambda m: m.query(Query(THINGS)), (2, 0, 0, 1)),
    "query with a limit": (lambda m: m.query(Query(THINGS, limit=1)), (1, 0, 0, 1)),
    "query in vain": (lambda m: m.query(Query("nothing")), (1, 0, 0, 1)),
    "count": (lambda m: m.count(Query(THINGS)), (1, 0, 0, 1)),
    "count in vain": (lambda m: m.count(Query("nothing")), (1, 0, 0, 1)),
    "commit": (lambda m: m.commit([Write("set", NONE), Write("delete", A)]), (0, 1, 1, 1)),
    "commit of nothing": (lambda m: m.commit([]), (0, 0, 0, 0)),
    "run": (transaction(Write("set", A), Write("delete", B), reads=(A, B)), (2, 1, 1, 2)),
    "run that only reads": (transaction(reads=(A,)), (1, 0, 0, 2)),
    "run that only writes": (transaction(Write("set", A)), (0, 1, 0, 1)),
    "run of nothing": (transaction(), (0, 0, 0, 0)),
}


@pytest.mark.parametrize("name", CASES)
def test_what_a_call_costs(metered: Metered, name: str) -> None:
    call, cost = CASES[name]
    call(metered)
    assert (metered.reads, metered.writes, metered.deletes, metered.round_trips) == cost


def test_a_thousand_counted_are_one_read(sqlite_store: Store) -> None:
    sqlite_store.commit(Write("set", f"{THINGS}/{n}") for n in range(1001))
    metered = Metered(sqlite_store)
    assert metered.count(Query(THINGS, limit=1000)) == 1000
    assert metered.reads == 1
    assert metered.count(Query(THINGS)) == 1001
    assert metered.reads == 3
    metered.reset()
    assert metered.counts([Query(THINGS), Query(THINGS, limit=1)]) == [1001, 1]
    assert (metered.reads, metered.round_trips) == (3, 1)


def test_a_commit_that_fails_writes_nothing(metered: Metered) -> None:
    with pytest.raises(AlreadyExists):
        metered.create(A, {})
    assert metered.writes == 0


def test_every_attempt_of_a_transaction_reads(metered: Metered) -> None:
    class Twice:
        """A store whose first attempt is lost."""

        def run(self, work: Callable[[Transaction], object]) -> object:
            metered._store.run(lambda transaction: transaction.get_many([]) or work(transaction))
            return metered._store.run(work)

    counted = Metered(Twice())  # type: ignore[arg-type]
    transaction(Write("set", A), reads=(A,))(counted)
    assert (counted.reads, counted.writes) == (2, 1)


def test_counting_starts_again(metered: Metered) -> None:
    metered.get(A)
    metered.reset()
    assert (metered.reads, metered.round_trips) == (0, 0)
