"""What only the Firestore adapter promises: requests, what is sent again, what a status means."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import grpc
import pytest

from shared.platform.errors import AlreadyExists, AppError, Broken, DocumentMissing, Unavailable
from shared.platform.store import Increment, Query, Transaction, Write
from shared.platform.store.firestore import FirestoreStore
from shared.platform.store.firestore_calls import Aborted, _meaning
from shared.platform.store.firestore_values import repeatable

A, B = "kelurahan/k/things/a", "kelurahan/k/things/b"


@pytest.fixture
def requests(firestore_store: FirestoreStore) -> list[str]:
    """The requests that the store sends from now on, by the kind of their message."""
    calls, sent = firestore_store._calls(), []

    def counted(call: Any, request: Any, seconds: float) -> Any:
        sent.append(type(request).__name__.removesuffix("Request"))
        return call(request, seconds)

    for name in ("_batch_get", "_run_query", "_aggregate", "_commit", "_rollback"):
        setattr(calls, name, partial(counted, getattr(calls, name)))
    return sent


def test_each_call_is_one_round_trip(firestore_store: FirestoreStore, requests: list[str]) -> None:
    firestore_store.commit([Write("set", A, {"n": 1}), Write("set", B, {"n": 1})])
    firestore_store.get(A)
    firestore_store.get_many([A, B, A])
    firestore_store.query(Query("kelurahan/k/things"))
    firestore_store.count(Query("kelurahan/k/things"))
    assert requests == [
        "Commit",
        "BatchGetDocuments",
        "BatchGetDocuments",
        "RunQuery",
        "RunAggregationQuery",
    ]


def test_a_transaction_that_writes_what_it_read_takes_no_lock(
    firestore_store: FirestoreStore, requests: list[str]
) -> None:
    def work(transaction: Transaction) -> None:
        transaction.get_many([A, B])
        transaction.write(Write("set", A, {"n": 1}), Write("merge", B, {"n": 1}))

    firestore_store.run(work)
    assert requests == ["BatchGetDocuments", "Commit"]
    assert firestore_store.run(lambda transaction: transaction.get(A).data) == {"n": 1}
    assert requests[2:] == ["BatchGetDocuments"]


def test_a_transaction_that_reads_more_than_it_writes_is_done_again_with_locks(
    firestore_store: FirestoreStore, requests: list[str]
) -> None:
    def work(transaction: Transaction) -> None:
        transaction.get_many([A, B])
        transaction.write(Write("set", A, {"n": 1}))

    firestore_store.run(work)
    assert requests == ["BatchGetDocuments", "BatchGetDocuments", "Commit"]


def test_a_transaction_with_locks_that_fails_lets_go(
    firestore_store: FirestoreStore, requests: list[str]
) -> None:
    calls = 0

    def work(transaction: Transaction) -> None:
        nonlocal calls
        calls += 1
        transaction.get(A)
        transaction.write(Write("set", B, {"n": 1}))
        assert calls < 2

    with pytest.raises(AssertionError):
        firestore_store.run(work)
    assert requests == ["BatchGetDocuments", "BatchGetDocuments", "Rollback"]


def test_work_is_done_again_when_what_it_read_has_changed(firestore_store: FirestoreStore) -> None:
    for before in ({}, {A: {"n": 0}}):
        for path, data in before.items():
            firestore_store.set(path, data)
        seen: list[Any] = []

        def work(transaction: Transaction, seen: list[Any] = seen) -> None:
            seen.append(transaction.get(A).data)
            if len(seen) == 1:
                firestore_store.merge(A, {"other": True})
            transaction.write(Write("merge", A, {"mine": True}), Write("set", B, {"n": 1}))

        firestore_store.run(work)
        assert len(seen) == 2
        data = firestore_store.get(A).data
        assert data is not None
        assert data["other"] is data["mine"] is True
        firestore_store.commit([Write("delete", A), Write("delete", B)])


def test_a_document_deleted_or_made_meanwhile_is_noticed(firestore_store: FirestoreStore) -> None:
    firestore_store.set(A, {"n": 1})
    seen: list[bool] = []

    def work(transaction: Transaction) -> None:
        seen.append(transaction.get(A).exists)
        if len(seen) == 1:
            firestore_store.delete(A)
        if len(seen) == 2:
            firestore_store.set(A, {"n": 5})
        transaction.write(Write("set", A, {"n": 2}))

    firestore_store.run(work)
    assert seen == [True, False, True]


def test_a_create_that_fails_for_itself_is_no_contention(firestore_store: FirestoreStore) -> None:
    firestore_store.commit([Write("set", A, {"n": 1}), Write("set", B, {"n": 1})])
    calls = 0

    def work(transaction: Transaction) -> None:
        nonlocal calls
        calls += 1
        transaction.get(A)
        transaction.write(Write("merge", A, {"n": 2}), Write("create", B, {"n": 2}))

    with pytest.raises(AlreadyExists):
        firestore_store.run(work)
    assert calls == 1
    assert firestore_store.get(A).data == {"n": 1}


def test_what_is_refused_is_not_sent(firestore_store: FirestoreStore, requests: list[str]) -> None:
    for call in (
        lambda: firestore_store.get("kelurahan"),
        lambda: firestore_store.set(A, {"n": object()}),  # type: ignore[dict-item]
        lambda: firestore_store.query(Query("kelurahan/k")),
    ):
        with pytest.raises(ValueError):
            call()
    assert firestore_store.get_many([]) == []
    firestore_store.commit([])
    assert requests == []


@pytest.mark.parametrize(
    ("write", "may"),
    [
        (Write("set", A, {"n": 1}), True),
        (Write("merge", A, {"n": 1}), True),
        (Write("update", A, {"n": 1}), True),
        (Write("delete", A), True),
        (Write("create", A, {"n": 1}), False),
        (Write("merge", A, {"n": Increment()}), False),
        (Write("update", A, {"m": 1, "n": Increment()}), False),
    ],
)
def test_only_what_does_no_harm_is_sent_again(write: Write, may: bool) -> None:
    assert repeatable(write) == may


@pytest.mark.parametrize("status", grpc.StatusCode)
@pytest.mark.parametrize("writing", [True, False])
def test_each_status_has_a_meaning(status: Any, writing: bool) -> None:
    known: dict[Any, type[Exception]] = {
        grpc.StatusCode.ABORTED: Aborted,
        grpc.StatusCode.ALREADY_EXISTS: AlreadyExists,
        grpc.StatusCode.INVALID_ARGUMENT: ValueError,
        grpc.StatusCode.NOT_FOUND: DocumentMissing if writing else Unavailable,
        grpc.StatusCode.FAILED_PRECONDITION: Aborted if writing else Broken,
    }
    meaning = _meaning(status, writing=writing)
    assert type(meaning) is known.get(status, Unavailable)
    if type(meaning) is Unavailable:
        assert meaning.code == status.name
    assert isinstance(meaning, AppError | Aborted | ValueError)


def test_the_port_loads_neither_adapter() -> None:
    heavy = "{'grpc', 'google.auth', 'google.cloud.firestore_v1', 'sqlite3'}"
    script = f"import sys, shared.platform.store; print({heavy} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "set()"


def test_nothing_is_opened_before_the_first_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FIRESTORE_EMULATOR_HOST", raising=False)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere")
    store = FirestoreStore("a-project", "lookup")
    store.close()
