"""The daily housekeeping over HTTP: the scheduler alone, at an address of its own."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest

from functions import hosting_rules
from functions.gateway import create_gateway
from shared.complaints.intake.service import IntakeService
from shared.complaints.model.lifecycle import Step
from shared.deployment import Deployment
from shared.platform import logs
from shared.platform.errors import Unavailable
from tests.complaints.office import TYPED
from tests.functions.conftest import PASSWORD, ROOT, Client, Clock
from tests.http.test_bearers import (
    bearer,
    firebase_claims,
    scheduler_claims,
    signer,  # noqa: F401
    tokens,  # noqa: F401
)
from tests.http.test_middleware import is_problem

PATH = "/api/housekeeping"
Tokens = Callable[..., str]


@pytest.fixture
def late(deployment: Deployment, clock: Clock) -> tuple[str, str]:
    """A complaint that has waited for two months: its number and secret."""
    receipt = IntakeService.of(deployment).receive(TYPED, "key-of-a-test-0001")
    clock.later(days=60)
    return receipt.ticket, receipt.secret


def steps(deployment: Deployment, late: tuple[str, str]) -> list[Step]:
    return [each.step for each in IntakeService.of(deployment).status(*late).timeline]


def test_the_scheduler_has_the_day_s_work_done(
    client: Client,
    tokens: Tokens,  # noqa: F811
    deployment: Deployment,
    late: tuple[str, str],
    log: io.StringIO,
) -> None:
    headers = bearer(tokens(**scheduler_claims()))
    service = client("housekeeping")
    logs.configure(log)  # a function that is loaded for the first time does so too
    answer = service.post(PATH, headers=headers)
    assert answer.status_code == 200
    assert answer.json is not None
    assert (answer.json["unfinished"], answer.json["damaged"]) == ([], 0)
    counts = answer.json["counts"]
    assert (counts["late"], counts["escalated"], counts["expired"]) == (1, 3, 1)
    assert counts["age_days"] == -1
    assert answer.headers["Cache-Control"] == "no-store"
    assert steps(deployment, late) == [Step.RECEIVE] + [Step.ESCALATE] * 3
    told = json.loads(log.getvalue().splitlines()[-1])
    assert (told["function"], told["status"], told["escalated"]) == ("housekeeping", 200, 3)
    assert (told["failed"], told["unfinished"], told["damaged"]) == (0, 0, 0)
    assert {*counts} <= {*told}, "a count that the log doesn't let through"
    again = client("housekeeping").post(PATH, headers=headers).json
    assert again is not None
    assert again["counts"]["escalated"] == 0


@pytest.mark.parametrize(
    "changed",
    [{"aud": "https://another.example"}, {"email": "x@y.example"}, {"email_verified": False}],
)
def test_another_token_of_google_is_refused(
    client: Client,
    tokens: Tokens,  # noqa: F811
    deployment: Deployment,
    late: tuple[str, str],
    changed: dict[str, Any],
) -> None:
    headers = bearer(tokens(**scheduler_claims(**changed)))
    is_problem(client("housekeeping").post(PATH, headers=headers), 401, "unauthenticated")
    assert steps(deployment, late) == [Step.RECEIVE]


def test_nobody_else_may_and_no_officer_of_any_kind(
    client: Client,
    tokens: Tokens,  # noqa: F811
    deployment: Deployment,
    clock: Clock,
    staff: dict[str, str],
    late: tuple[str, str],
) -> None:
    service = client("housekeeping")
    key = deployment.kelurahan.key
    tried: list[dict[str, str]] = [{}, bearer("x"), {"X-CloudScheduler": "true"}]
    for role in ("operator", "verifier", "auditor", "admin"):
        account = deployment.accounts.sign_in(staff[role], PASSWORD, key)
        tried.append(bearer(deployment.sessions.issue(account).token))
        tried.append(bearer(tokens(**firebase_claims(deployment, clock, role=role))))
    for headers in tried:
        is_problem(service.post(PATH, headers=headers), 401, "unauthenticated")
    assert steps(deployment, late) == [Step.RECEIVE]


def test_a_day_s_work_can_t_be_had_by_looking(client: Client) -> None:
    for method in ("get", "put", "delete"):
        answer = getattr(client("housekeeping"), method)(PATH)
        is_problem(answer, 405, "method-not-allowed")
    is_problem(client("housekeeping").post("/api/housekeeping/more"), 404, "not-found")


def test_where_a_part_fails_the_rest_is_done_and_the_scheduler_tries_again(
    client: Client,
    tokens: Tokens,  # noqa: F811
    deployment: Deployment,
    late: tuple[str, str],
    log: io.StringIO,
) -> None:
    given: Any = deployment
    usual = given.lookup.get

    def get(path: str) -> Any:
        if "/state/" in path:
            raise Unavailable
        return usual(path)

    given.lookup.get = get
    headers = bearer(tokens(**scheduler_claims()))
    service = client("housekeeping")
    logs.configure(log)
    answer = service.post(PATH, headers=headers)
    is_problem(answer, 500, "internal-error")
    assert answer.json is not None
    assert answer.json["code"] == "HOUSEKEEPING_INCOMPLETE"
    assert steps(deployment, late) == [Step.RECEIVE] + [Step.ESCALATE] * 3
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    (failed,) = [each for each in lines if each["message"].startswith("a part of")]
    assert (failed["severity"], failed["action"]) == ("ERROR", "freshness")
    assert (lines[-1]["status"], lines[-1]["failed"], lines[-1]["expired"]) == (500, 1, 1)
    given.lookup.get = usual
    assert client("housekeeping").post(PATH, headers=headers).status_code == 200


def test_a_run_under_way_is_told_as_busy(
    client: Client,
    tokens: Tokens,  # noqa: F811
    deployment: Deployment,
    late: tuple[str, str],
) -> None:
    headers = bearer(tokens(**scheduler_claims()))
    with deployment.leases.hold("housekeeping", "another", 60):
        is_problem(client("housekeeping").post(PATH, headers=headers), 409, "busy")
    assert steps(deployment, late) == [Step.RECEIVE]


def test_it_is_not_on_the_site_s_own_port_and_not_behind_hosting(
    tokens: Tokens,  # noqa: F811
    deployment: Deployment,
    late: tuple[str, str],
) -> None:
    rules = hosting_rules.load(ROOT / "firebase.json")
    gateway = create_gateway().test_client()
    headers = bearer(tokens(**scheduler_claims()))
    paths = (PATH, f"{PATH}/", "/api/lookup/../housekeeping", "/api//housekeeping", "/housekeeping")
    for path in paths:
        assert rules.function_for(path) != "housekeeping"
        assert gateway.post(path, headers=headers).status_code in (404, 405)
    assert steps(deployment, late) == [Step.RECEIVE]


def test_a_clock_that_jumped_is_told_and_nothing_is_done_whatever_is_asked_for(
    client: Client,
    tokens: Tokens,  # noqa: F811
    deployment: Deployment,
    clock: Clock,
    late: tuple[str, str],
    log: io.StringIO,
) -> None:
    headers = bearer(tokens(**scheduler_claims()))
    service = client("housekeeping")
    assert service.post(PATH, headers=headers).status_code == 200
    before = steps(deployment, late)
    clock.later(days=366)
    headers = bearer(tokens(**scheduler_claims()))
    logs.configure(log)
    for query in ("", "?clock_is_right=true", "?clock-is-right"):
        is_problem(service.post(f"{PATH}{query}", headers=headers), 409, "wrong-state")
    told = [json.loads(line) for line in log.getvalue().splitlines()]
    jumps = [line for line in told if line["message"] == "the clock has jumped"]
    assert [line["severity"] for line in jumps] == ["ERROR"] * 3
    assert steps(deployment, late) == before
