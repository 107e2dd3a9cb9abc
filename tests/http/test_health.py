"""Health: alive without a store, ready after one read, and no stranger can make it dear."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.deployment import Deployment
from shared.platform.errors import Unavailable
from shared.platform.store.port import Snapshot, Store
from tests.functions.conftest import FUNCTIONS, Client, Clock
from tests.metered import Metered

ALIVE, READY = ("/healthz", "/health"), ("/readyz", "/ready")


@pytest.fixture
def metered(deployment: Deployment) -> Metered:
    """The database of the public list, whose reads are counted."""
    given: Any = deployment
    given.lookup = Metered(deployment.lookup)
    return given.lookup


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("path", ALIVE + READY)
def test_every_function_tells_its_health(client: Client, function: str, path: str) -> None:
    answer = client(function).get(path)
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})
    assert answer.headers["Cache-Control"] == "no-store"
    assert client(function).head(path).status_code == 200


@pytest.mark.parametrize("path", ALIVE + READY)
def test_another_method_is_refused(client: Client, path: str) -> None:
    answer = client("nik_lookup").post(path, json={})
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")


def test_alive_reads_nothing_and_ready_reads_once(client: Client, metered: Metered) -> None:
    asking = client("nik_lookup")
    for path in ALIVE:
        asking.get(path)
    assert metered.reads == 0
    asking.get("/ready")
    assert metered.reads == 1


def test_strangers_who_ask_all_the_time_cost_one_read_in_half_a_minute(
    client: Client, metered: Metered, clock: Clock
) -> None:
    asking = client("nik_lookup")
    for _ in range(50):
        for path in READY:
            assert asking.get(path).status_code == 200
    assert metered.reads == 1
    clock.later(seconds=31)
    asking.get("/ready")
    assert metered.reads == 2
    clock.later(hours=-1)  # a clock that was set back doesn't keep an old answer good
    asking.get("/ready")
    assert metered.reads == 3


class Held(Metered):
    """The same store, whose answers wait until they may come, and then fail."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.asked, self.may_answer = threading.Event(), threading.Event()

    def get(self, path: str) -> Snapshot:
        self.asked.set()
        assert self.may_answer.wait(60)
        raise Unavailable


@pytest.fixture
def held(deployment: Deployment) -> Iterator[Held]:
    """The database of the public list, which doesn't answer."""
    given: Any = deployment
    there = given.lookup
    given.lookup = Held(there)
    yield given.lookup
    given.lookup.may_answer.set()
    given.lookup = there


def test_a_database_that_fails_is_unavailable_and_nothing_more_is_said(
    client: Client, held: Held
) -> None:
    held.may_answer.set()
    asking = client("nik_lookup")
    answer = asking.get("/readyz")
    assert (answer.status_code, answer.json) == (503, {"status": "unavailable"})
    assert asking.get("/healthz").status_code == 200


def test_a_slow_database_holds_up_one_request_and_no_other(client: Client, held: Held) -> None:
    asking, answered = client("nik_lookup"), []
    first = threading.Thread(target=lambda: answered.append(asking.get("/ready").status_code))
    first.start()
    assert held.asked.wait(60)
    assert client("nik_lookup").get("/ready").status_code == 503
    assert answered == []
    held.may_answer.set()
    first.join()
    assert answered == [503]


def test_its_line_in_the_log_is_that_of_any_request(edge: FlaskClient, log: io.StringIO) -> None:
    edge.get("/health")
    (line,) = [json.loads(text) for text in log.getvalue().splitlines()]
    assert (line["message"], line["status"]) == ("request", 200)
