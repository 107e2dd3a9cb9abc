"""Every call carries the request headers that Google's own client sends.

Production Firestore routes a call by them, and refuses a named database in another form; the
emulator takes any.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from google.cloud import firestore

from shared.platform.store import Increment, Query, Transaction, Write
from shared.platform.store.firestore.store import FirestoreStore
from tests.store.recording_server import RecordingServer

PROJECT, DATABASE = "a-project", "lookup"
NAME = f"projects/{PROJECT}/databases/{DATABASE}"
THINGS = "kelurahan/k/things"
A, B = f"{THINGS}/a", f"{THINGS}/b"
READS = {"RunQuery", "RunAggregationQuery"}
Client = firestore.Client


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[RecordingServer]:
    started = RecordingServer()
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", started.address)
    yield started
    started.stop()


def read_two_write_one(transaction: Transaction) -> None:
    transaction.get_many([A, B])
    transaction.write(Write("set", A, {"n": 1}))


def failing_with_locks() -> Callable[[Transaction], None]:
    """Work that fails when it is done again, with locks."""
    attempts: list[Transaction] = []

    def work(transaction: Transaction) -> None:
        attempts.append(transaction)
        read_two_write_one(transaction)
        if len(attempts) == 2:
            raise LookupError

    return work


def watch(transaction: Transaction) -> None:
    transaction.get(A)
    transaction.write(Write("merge", A, {"n": 2}))


def optimistic(client: Client) -> None:
    found = client.document(A).get()
    client.document(A).update({"n": 2}, client.write_option(last_update_time=found.update_time))


def locking(client: Client, error: type[Exception] | None = None) -> None:
    @firestore.transactional
    def work(transaction: firestore.Transaction) -> None:
        list(transaction.get_all([client.document(A), client.document(B)]))
        transaction.set(client.document(A), {"n": 1})
        if error:
            raise error

    list(client.get_all([client.document(A), client.document(B)]))  # ours has tried without locks
    work(client.transaction())


CALLS: dict[str, tuple[Callable[[FirestoreStore], Any], Callable[[Client], Any]]] = {
    "get": (lambda s: s.get(A), lambda c: c.document(A).get()),
    "get_many": (
        lambda s: s.get_many([A, B]),
        lambda c: list(c.get_all([c.document(A), c.document(B)])),
    ),
    "query": (
        lambda s: s.query(Query(THINGS, (("n", "==", 1),), limit=1)),
        lambda c: c.collection(THINGS).limit(1).get(),
    ),
    "query at the top": (
        lambda s: s.query(Query("kelurahan")),
        lambda c: c.collection("kelurahan").get(),
    ),
    "count": (lambda s: s.count(Query(THINGS)), lambda c: c.collection(THINGS).count().get()),
    "counts": (lambda s: s.counts([Query(THINGS)]), lambda c: c.collection(THINGS).count().get()),
    "create": (lambda s: s.create(A, {"n": 1}), lambda c: c.document(A).create({"n": 1})),
    "set": (lambda s: s.set(A, {"n": 1}), lambda c: c.document(A).set({"n": 1})),
    "merge": (
        lambda s: s.merge(A, {"n": Increment()}),
        lambda c: c.document(A).set({"n": firestore.Increment(1)}, merge=True),
    ),
    "update": (lambda s: s.update(A, {"n": 1}), lambda c: c.document(A).update({"n": 1})),
    "delete": (lambda s: s.delete(A), lambda c: c.document(A).delete()),
    "commit": (
        lambda s: s.commit([Write("set", A, {"n": 1}), Write("delete", B)]),
        lambda c: c.batch().commit(),
    ),
    "run": (lambda s: s.run(watch), optimistic),
    "run with locks": (lambda s: s.run(read_two_write_one), locking),
    "run with locks that fails": (
        lambda s: s.run(failing_with_locks()),
        lambda c: locking(c, LookupError),
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_each_call_has_the_headers_of_googles_client(server: RecordingServer, name: str) -> None:
    ours, theirs = CALLS[name]
    store = FirestoreStore(PROJECT, DATABASE)
    client = firestore.Client(PROJECT, database=DATABASE)
    try:
        for call in (lambda: ours(store), lambda: theirs(client)):
            try:
                call()
            except LookupError:
                assert "fails" in name
        half = len(server.calls) // 2
        sent = [(call.method, call.headers) for call in server.calls]
        assert sent[:half] == sent[half:]
        assert half >= 1
        for call in server.calls:
            headers = dict(call.headers)
            assert headers["google-cloud-resource-prefix"] == NAME
            assert "gapic/" in headers["x-goog-api-client"]
            key, _, value = headers["x-goog-request-params"].partition("=")
            assert key == ("parent" if call.method in READS else "database")
            assert value == NAME or value.startswith(f"{NAME}/documents")
    finally:
        store.close()
        client._firestore_api.transport.close()


def test_every_method_of_the_api_that_the_store_uses_is_compared(server: RecordingServer) -> None:
    store = FirestoreStore(PROJECT, DATABASE)
    for ours, _ in CALLS.values():
        try:
            ours(store)
        except LookupError:
            continue
    store.close()
    assert set(server.methods) == {
        "BatchGetDocuments",
        "BeginTransaction",
        "Commit",
        "Rollback",
        "RunAggregationQuery",
        "RunQuery",
    }
