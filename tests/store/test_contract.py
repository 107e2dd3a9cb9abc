"""What every store does with documents, on SQLite and on Firestore alike."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from shared.platform.errors import AlreadyExists, DocumentMissing
from shared.platform.store import Increment, Snapshot, Store, Transaction, Write

A = "kelurahan/k/things/a"
B = "kelurahan/k/things/b"
C = "kelurahan/k/things/c"


def test_what_was_set_is_read(store: Store) -> None:
    store.set(A, {"n": 1})
    assert store.get(A) == Snapshot(A, {"n": 1})


def test_a_snapshot_knows_its_id_and_whether_it_exists(store: Store) -> None:
    store.set(A, {})
    assert store.get(A).data == {}
    assert store.get(A).exists
    assert store.get(A).id == "a"
    assert not store.get(B).exists


def test_a_missing_document_is_a_snapshot_without_data(store: Store) -> None:
    assert store.get(A) == Snapshot(A, None)


def test_several_are_read_in_the_order_asked(store: Store) -> None:
    for name in "abc":
        store.set(f"kelurahan/k/things/{name}", {"name": name})
    asked = [f"kelurahan/k/things/{name}" for name in "cxabc"]
    assert [found.path for found in store.get_many(asked)] == asked
    found = [snapshot.data and snapshot.data["name"] for snapshot in store.get_many(asked)]
    assert found == ["c", None, "a", "b", "c"]


def test_reading_none_gives_none(store: Store) -> None:
    assert store.get_many([]) == []


def test_many_documents_are_read_at_once(store: Store) -> None:
    paths = [f"kelurahan/k/things/{number:04d}" for number in range(700)]
    store.commit(Write("set", path, {"n": number}) for number, path in enumerate(paths))
    found = store.get_many(paths[::-1])
    assert [snapshot.data for snapshot in found] == [{"n": n} for n in reversed(range(700))]


def test_documents_below_a_document_are_their_own(store: Store) -> None:
    store.set(f"{A}/parts/p", {"n": 1})
    assert not store.get(A).exists
    store.set(A, {"n": 2})
    store.delete(A)
    assert store.get(f"{A}/parts/p").data == {"n": 1}


def test_create_refuses_what_exists(store: Store) -> None:
    store.create(A, {"n": 1})
    with pytest.raises(AlreadyExists) as caught:
        store.create(A, {"n": 2})
    assert "things" not in repr(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert store.get(A).data == {"n": 1}


def test_what_was_deleted_can_be_created(store: Store) -> None:
    store.create(A, {"n": 1})
    store.delete(A)
    store.create(A, {"n": 2})
    assert store.get(A).data == {"n": 2}


def test_set_replaces_the_whole_document(store: Store) -> None:
    store.set(A, {"old": 1, "n": 1})
    store.set(A, {"n": 2})
    assert store.get(A).data == {"n": 2}


def test_merge_keeps_the_other_fields(store: Store) -> None:
    store.set(A, {"old": 1, "map": {"x": 1}})
    store.merge(A, {"n": 2, "map": {"y": 2}})
    assert store.get(A).data == {"old": 1, "n": 2, "map": {"y": 2}}


def test_merge_makes_a_document(store: Store) -> None:
    store.merge(A, {"n": 2, "count": Increment()})
    assert store.get(A).data == {"n": 2, "count": 1}


def test_merge_of_nothing_makes_an_empty_document_and_changes_none(store: Store) -> None:
    store.set(B, {"n": 1})
    store.commit([Write("merge", A), Write("merge", B)])
    assert [found.data for found in store.get_many([A, B])] == [{}, {"n": 1}]


def test_update_keeps_the_other_fields(store: Store) -> None:
    store.set(A, {"old": 1, "map": {"x": 1}})
    store.update(A, {"n": 2, "map": {}})
    assert store.get(A).data == {"old": 1, "n": 2, "map": {}}


def test_update_refuses_a_missing_document(store: Store) -> None:
    with pytest.raises(DocumentMissing) as caught:
        store.update(A, {"n": 2})
    assert "things" not in repr(caught.value)
    assert not store.get(A).exists


def test_delete_never_fails(store: Store) -> None:
    store.set(A, {"n": 1})
    store.delete(A)
    store.delete(A)
    assert not store.get(A).exists


@pytest.mark.parametrize("name", ["a.b", "a b", "`", "\\", "ä", "1", "a`.\\b", "class", "x" * 1499])
def test_a_field_name_is_never_a_path(store: Store, name: str) -> None:
    store.set(A, {name: 1, "keep": {"b": 1}})
    store.merge(A, {name: 2})
    store.update(A, {name: Increment(3)})
    assert store.get(A).data == {name: 5, "keep": {"b": 1}}


@pytest.mark.parametrize(
    ("stored", "by", "after"),
    [
        ({}, 5, 5),
        ({"n": 2}, -3, -1),
        ({"n": 0.5}, 2, 2.5),
        ({"n": "text"}, 2, 2),
        ({"n": True}, 2, 2),
        ({"n": None}, 2, 2),
        ({"n": 2**63 - 2}, 5, 2**63 - 1),
        ({"n": -(2**63) + 1}, -5, -(2**63)),
    ],
)
def test_increment(store: Store, stored: dict[str, object], by: int, after: object) -> None:
    store.set(A, stored)  # type: ignore[arg-type]
    store.update(A, {"n": Increment(by)})
    changed = store.get(A).data
    assert changed == {"n": after}
    assert changed is not None
    assert type(changed["n"]) is type(after)


def test_increments_need_no_reading(store: Store) -> None:
    for _ in range(3):
        store.merge(A, {"count": Increment(2), "day": "2026-11-24"})
    assert store.get(A).data == {"count": 6, "day": "2026-11-24"}


def test_a_commit_is_carried_out_whole_and_in_order(store: Store) -> None:
    store.set(B, {"n": 1})
    store.commit(
        [
            Write("set", A, {"n": 1}),
            Write("merge", A, {"m": Increment()}),
            Write("merge", A, {"m": Increment()}),
            Write("delete", B),
            Write("create", B, {"n": 2}),
            Write("update", B, {"o": 3}),
        ]
    )
    assert [found.data for found in store.get_many([A, B])] == [{"n": 1, "m": 2}, {"n": 2, "o": 3}]


@pytest.mark.parametrize(
    ("last", "error"),
    [
        (Write("create", B, {"n": 2}), AlreadyExists),
        (Write("update", "kelurahan/k/things/none", {"n": 2}), DocumentMissing),
    ],
)
def test_a_commit_that_fails_changes_nothing(
    store: Store, last: Write, error: type[Exception]
) -> None:
    store.set(B, {"n": 1})
    writes = [Write("set", A, {"n": 2}), Write("set", C, {"n": 2}), Write("delete", C)]
    with pytest.raises(error):
        store.commit([*writes[:2], last, *writes[2:]])
    assert [found.data for found in store.get_many([A, B, C])] == [None, {"n": 1}, None]


@pytest.mark.parametrize("exists", [True, False])
@pytest.mark.parametrize(
    ("first", "second"),
    [("create", "create"), ("set", "create"), ("merge", "create"), ("delete", "update")],
)
def test_writes_that_contradict_each_other_are_refused(
    store: Store, exists: bool, first: Any, second: Any
) -> None:
    if exists:
        store.set(A, {"n": 0})
    writes = [Write(first, A, {} if first == "delete" else {"n": 1}), Write(second, A, {"n": 2})]
    with pytest.raises(ValueError, match="contradict"):
        store.commit(writes)
    assert store.get(A).data == ({"n": 0} if exists else None)


@pytest.mark.parametrize("exists", [True, False])
@pytest.mark.parametrize("first", ["create", "set", "merge", "update", "delete"])
@pytest.mark.parametrize("second", ["create", "set", "merge", "update", "delete"])
def test_two_writes_to_one_document(store: Store, exists: bool, first: Any, second: Any) -> None:
    if exists:
        store.set(A, {"n": 0})
    writes = [
        Write(
            first,
            A,
            {} if first == "delete" else {"m": Increment()} if first == "merge" else {"m": 1},
        ),
        Write(second, A, {} if second == "delete" else {"o": 2}),
    ]
    outcome: object
    try:
        store.commit(writes)
        outcome = store.get(A).data
    except (AlreadyExists, DocumentMissing, ValueError) as error:
        outcome = type(error)
    assert outcome == expected(exists, first, second)


def expected(exists: bool, first: str, second: str) -> object:
    if (second == "create" and first != "delete") or (first, second) == ("delete", "update"):
        return ValueError
    if first == "create" and exists:
        return AlreadyExists
    if first == "update" and not exists:
        return DocumentMissing
    before = {"n": 0} if exists and first in ("merge", "update") else {}
    before = {} if first == "delete" else {**before, "m": 1}
    return {
        "create": {"o": 2},
        "set": {"o": 2},
        "merge": {**before, "o": 2},
        "update": {**before, "o": 2},
        "delete": None,
    }[second]


def test_an_empty_commit_does_nothing(store: Store) -> None:
    store.commit([])


def test_many_writes_are_one_commit(store: Store) -> None:
    store.commit(Write("create", f"kelurahan/k/things/{n:04d}", {"n": n}) for n in range(800))
    assert store.get("kelurahan/k/things/0799").data == {"n": 799}


def test_a_transaction_reads_and_writes(store: Store) -> None:
    store.set(A, {"n": 1})

    def work(transaction: Transaction) -> str:
        first, second = transaction.get_many([A, B])
        assert transaction.get(A) == first
        assert first.data is not None
        assert not second.exists
        transaction.write(Write("update", A, {"n": 2}), Write("delete", B))
        transaction.write(Write("create", B, first.data))
        return "done"

    assert store.run(work) == "done"
    assert [found.data for found in store.get_many([A, B])] == [{"n": 2}, {"n": 1}]


def test_a_transaction_may_only_write_or_only_read(store: Store) -> None:
    store.run(lambda transaction: transaction.write(Write("set", A, {"n": 1})))
    assert store.run(lambda transaction: transaction.get(A).data) == {"n": 1}
    assert store.run(lambda transaction: transaction.get_many([])) == []


def test_a_transaction_whose_work_fails_writes_nothing(store: Store) -> None:
    store.set(A, {"n": 1})

    def work(transaction: Transaction) -> None:
        transaction.get(A)
        transaction.write(Write("set", A, {"n": 2}))
        raise LookupError("of the work's own")

    with pytest.raises(LookupError, match="of the work's own"):
        store.run(work)
    assert store.get(A).data == {"n": 1}
    store.set(A, {"n": 3})  # nothing is locked any more


@pytest.mark.parametrize(
    ("write", "error"),
    [
        (Write("create", A, {}), AlreadyExists),
        (Write("update", B, {"n": 2}), DocumentMissing),
        (Write("set", B, {"n": object()}), ValueError),  # type: ignore[dict-item]
    ],
)
def test_a_transaction_that_fails_writes_nothing(
    store: Store, write: Write, error: type[Exception]
) -> None:
    store.set(A, {"n": 1})

    def work(transaction: Transaction) -> None:
        transaction.get(A)
        transaction.write(Write("set", C, {"n": 2}), write)

    with pytest.raises(error):
        store.run(work)
    assert [found.data for found in store.get_many([A, B, C])] == [{"n": 1}, None, None]


@pytest.mark.parametrize("read", [lambda t: t.get(A), lambda t: t.get_many([A, B])])
def test_reading_after_writing_is_refused(
    store: Store, read: Callable[[Transaction], object]
) -> None:
    def work(transaction: Transaction) -> None:
        transaction.get(A)
        transaction.write(Write("set", A, {"n": 2}))
        read(transaction)

    with pytest.raises(ValueError, match="reads come before"):
        store.run(work)
    assert not store.get(A).exists


def test_a_transaction_ends_with_its_work(store: Store) -> None:
    kept: list[Transaction] = []
    store.run(kept.append)
    with pytest.raises(ValueError, match="transaction"):
        kept[0].get(A)
    with pytest.raises(ValueError, match="ended"):
        kept[0].write(Write("set", A, {}))


def test_contending_transactions_lose_no_update(store: Store) -> None:
    store.set(A, {"n": 0})
    together = threading.Barrier(2)
    failures: list[BaseException] = []

    def work(transaction: Transaction) -> None:
        data = transaction.get(A).data
        assert data is not None
        assert isinstance(data["n"], int)
        transaction.write(Write("set", A, {"n": data["n"] + 1}))

    def often() -> None:
        try:
            together.wait(10)
            for _ in range(3):
                store.run(work)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=often) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert failures == []
    assert store.get(A).data == {"n": 6}


def test_only_one_of_two_contending_creates_wins(store: Store) -> None:
    together = threading.Barrier(4)
    results: list[str] = []

    def create(name: str) -> None:
        together.wait(10)
        try:
            store.create(A, {"by": name})
            results.append(name)
        except AlreadyExists:
            results.append("lost")

    threads = [threading.Thread(target=create, args=(name,)) for name in "wxyz"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(results)[:3] == ["lost"] * 3
    assert store.get(A).data == {"by": max(results)}
