"""What only the Firestore adapter promises: round trips, locks, what is sent again, statuses."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.api_core.exceptions import GoogleAPICallError
from google.cloud import firestore

from shared.platform.errors import (
    AlreadyExists,
    AppError,
    Broken,
    Contended,
    DocumentMissing,
    Unavailable,
)
from shared.platform.store import Increment, Query, Transaction, Write
from shared.platform.store.firestore.store import FirestoreStore
from tests.store.recording_server import WRITTEN_AT, RecordingServer

THINGS = "kelurahan/k/things"
A, B = f"{THINGS}/a", f"{THINGS}/b"
Status = grpc.StatusCode


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[RecordingServer]:
    started = RecordingServer()
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", started.address)
    yield started
    started.stop()


@pytest.fixture
def store(server: RecordingServer) -> Iterator[FirestoreStore]:
    """A store on the recording server, with little patience."""
    made = FirestoreStore("a-project", "lookup", attempts=1, patience_seconds=0.05)
    yield made
    made.close()


@pytest.fixture
def patient(server: RecordingServer) -> Iterator[FirestoreStore]:
    made = FirestoreStore("a-project", "lookup", attempts=2)
    yield made
    made.close()


def set_a_having_read_both(transaction: Transaction) -> None:
    transaction.get_many([A, B])
    transaction.write(Write("set", A, {"n": 1}))


def test_each_call_is_one_round_trip(server: RecordingServer, store: FirestoreStore) -> None:
    store.commit([Write("set", A, {"n": 1}), Write("set", B, {"n": 1})])
    store.get(A)
    store.get_many([A, B, A])
    store.query(Query(THINGS))
    store.count(Query(THINGS))
    assert server.methods == [
        "Commit",
        "BatchGetDocuments",
        "BatchGetDocuments",
        "RunQuery",
        "RunAggregationQuery",
    ]


def test_a_document_is_asked_for_once(server: RecordingServer, store: FirestoreStore) -> None:
    assert [found.path for found in store.get_many([A, B, A])] == [A, B, A]
    assert len(server.calls[0].request.documents) == 2


def test_a_transaction_that_writes_what_it_read_takes_no_lock(
    server: RecordingServer, store: FirestoreStore
) -> None:
    def work(transaction: Transaction) -> None:
        transaction.get_many([A, B])
        transaction.write(Write("set", A, {"n": 1}), Write("merge", B, {"n": 1}))
        transaction.write(Write("merge", A, {"m": 1}))

    store.run(work)
    assert server.methods == ["BatchGetDocuments", "Commit"]
    read, commit = (call.request for call in server.calls)
    assert not any([read.transaction, read.new_transaction, commit.transaction])
    conditions = [write.current_document for write in commit.writes]
    assert [condition.update_time for condition in conditions] == [WRITTEN_AT, WRITTEN_AT, None]
    assert store.run(lambda transaction: transaction.get(A).data) == {"n": 1}
    assert server.methods[2:] == ["BatchGetDocuments"]


def test_a_transaction_that_reads_more_than_it_writes_is_done_again_with_locks(
    server: RecordingServer, store: FirestoreStore
) -> None:
    store.run(set_a_having_read_both)
    assert server.methods == [
        "BatchGetDocuments",
        "BeginTransaction",
        "BatchGetDocuments",
        "Commit",
    ]
    again, commit = (call.request for call in server.calls[2:])
    assert again.transaction == commit.transaction == b"transaction"


def test_a_transaction_with_locks_that_fails_lets_go(
    server: RecordingServer, store: FirestoreStore
) -> None:
    calls = 0

    def work(transaction: Transaction) -> None:
        nonlocal calls
        calls += 1
        set_a_having_read_both(transaction)
        if calls == 2:
            server.fail(Status.ABORTED)  # whatever becomes of the rollback
            raise LookupError("of the work's own")

    with pytest.raises(LookupError, match="of the work's own"):
        store.run(work)
    assert server.methods[2:] == ["BatchGetDocuments", "Rollback"]


def test_a_transaction_with_locks_that_loses_lets_go_and_begins_again(
    server: RecordingServer, patient: FirestoreStore
) -> None:
    calls = 0

    def work(transaction: Transaction) -> None:
        nonlocal calls
        calls += 1
        set_a_having_read_both(transaction)
        if calls == 2:
            server.fail(Status.ABORTED)

    patient.run(work)
    begun = ["BeginTransaction", "BatchGetDocuments", "Commit"]
    assert server.methods == [
        "BatchGetDocuments",
        *begun,
        "Rollback",
        "BatchGetDocuments",
        *begun,
    ]


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


def test_a_create_that_fails_without_a_read_costs_no_read(
    server: RecordingServer, store: FirestoreStore
) -> None:
    server.fail(Status.ALREADY_EXISTS)
    with pytest.raises(AlreadyExists):
        store.run(lambda transaction: transaction.write(Write("create", A)))
    assert server.methods == ["Commit"]


def test_what_is_refused_is_not_sent(server: RecordingServer, store: FirestoreStore) -> None:
    for call in (
        lambda: store.get("kelurahan"),
        lambda: store.set(A, {"n": object()}),  # type: ignore[dict-item]
        lambda: store.query(Query("kelurahan/k")),
    ):
        with pytest.raises(ValueError):
            call()
    assert store.get_many([]) == []
    store.commit([])
    assert server.methods == []


CALLS: dict[str, tuple[Callable[[FirestoreStore], Any], Callable[[firestore.Client], Any]]] = {
    "get": (lambda s: s.get(A), lambda c: c.document(A).get()),
    "query": (lambda s: s.query(Query(THINGS)), lambda c: c.collection(THINGS).get()),
    "count": (lambda s: s.count(Query(THINGS)), lambda c: c.collection(THINGS).count().get()),
    "set": (lambda s: s.set(A, {"n": 1}), lambda c: c.document(A).set({"n": 1})),
    "merge": (lambda s: s.merge(A, {"n": 1}), lambda c: c.document(A).set({"n": 1}, merge=True)),
    "update": (lambda s: s.update(A, {"n": 1}), lambda c: c.document(A).update({"n": 1})),
    "delete": (lambda s: s.delete(A), lambda c: c.document(A).delete()),
}


@pytest.mark.parametrize("status", [each for each in Status if each is not Status.OK])
@pytest.mark.parametrize("name", CALLS)
def test_what_googles_client_sends_again_is_sent_again(
    server: RecordingServer, monkeypatch: pytest.MonkeyPatch, name: str, status: Any
) -> None:
    ours, theirs = CALLS[name]
    store = FirestoreStore("a-project", "lookup", attempts=1)
    client = firestore.Client("a-project", database="lookup")
    sent = []
    for call in (lambda: ours(store), lambda: theirs(client)):
        server.calls.clear()
        server.fail(status)
        with suppress(AppError, ValueError, GoogleAPICallError):
            call()
        sent.append(len(server.calls))
    store.close()
    client._firestore_api.transport.close()
    assert sent[0] == sent[1]


@pytest.mark.parametrize(
    "call",
    [
        lambda s: s.create(A, {"n": 1}),
        lambda s: s.merge(A, {"n": Increment()}),
        lambda s: s.update(A, {"m": 1, "n": Increment()}),
        lambda s: s.commit([Write("set", A, {"n": 1}), Write("create", B)]),
        lambda s: s.run(lambda transaction: transaction.write(Write("set", A, {"n": 1}))),
    ],
)
@pytest.mark.parametrize("status", [Status.UNAVAILABLE, Status.RESOURCE_EXHAUSTED])
def test_a_write_that_twice_is_not_as_good_as_once_is_sent_once(
    server: RecordingServer,
    patient: FirestoreStore,
    call: Callable[[FirestoreStore], Any],
    status: Any,
) -> None:
    """Its answer may be lost, and the write done: Google's client would do it a second time."""
    server.fail(status)
    with pytest.raises(Unavailable) as caught:
        call(patient)
    assert caught.value.code == status.name
    assert server.methods == ["Commit"]


def test_a_conditional_commit_is_sent_once(
    server: RecordingServer, patient: FirestoreStore
) -> None:
    def work(transaction: Transaction) -> None:
        transaction.get(A)
        transaction.write(Write("merge", A, {"n": 2}))
        server.fail(Status.UNAVAILABLE)

    with pytest.raises(Unavailable):
        patient.run(work)
    assert server.methods == ["BatchGetDocuments", "Commit"]


def test_a_commit_that_another_transaction_holds_up_is_tried_again(
    server: RecordingServer, patient: FirestoreStore
) -> None:
    server.fail(Status.ABORTED)
    patient.create(A, {"n": 1})
    assert server.methods == ["Commit", "Commit"]
    server.fail(Status.ABORTED, Status.ABORTED)
    with pytest.raises(Contended):
        patient.create(A, {"n": 1})


@pytest.mark.parametrize("breaks_after", [0, 1, 2])
def test_a_query_that_breaks_off_is_gone_on_with(
    server: RecordingServer, patient: FirestoreStore, breaks_after: int
) -> None:
    server.documents, server.breaks_after = 3, breaks_after
    found = patient.query(Query(THINGS, limit=3))
    assert server.methods == ["RunQuery", "RunQuery"]
    assert len(found) == 3  # though the second time the server finds three again
    assert len(server.calls[1].request.structured_query.start_at.values) == min(breaks_after, 1)


@pytest.mark.parametrize("status", [each for each in Status if each is not Status.OK])
@pytest.mark.parametrize("name", CALLS)
def test_each_status_has_a_meaning(
    server: RecordingServer, store: FirestoreStore, name: str, status: Any
) -> None:
    writing = name in ("set", "merge", "update", "delete")
    known: dict[Any, type[Exception]] = {
        Status.ABORTED: Contended,
        Status.ALREADY_EXISTS: AlreadyExists,
        Status.INVALID_ARGUMENT: ValueError,
        Status.NOT_FOUND: DocumentMissing if writing else Unavailable,
        Status.FAILED_PRECONDITION: Contended if writing else Broken,
    }
    server.fail(*[status] * 9)
    with pytest.raises((AppError, ValueError)) as caught:
        CALLS[name][0](store)
    assert isinstance(caught.value, known.get(status, Unavailable))
    if isinstance(caught.value, Unavailable):
        assert caught.value.code == status.name
    assert "things" not in repr(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None or caught.value.__suppress_context__


def test_a_call_under_way_ends_when_the_store_is_closed(
    server: RecordingServer, patient: FirestoreStore
) -> None:
    server.gate.clear()
    errors: list[BaseException] = []

    def read() -> None:
        try:
            patient.get(A)
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    while not server.calls:
        thread.join(0.01)
    patient.close()
    thread.join(30)
    assert [type(error) for error in errors] == [Unavailable]


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
