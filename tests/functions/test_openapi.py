"""The OpenAPI document against the routes, and schemathesis over it against the running gateway."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
from marshmallow import Schema, fields

from functions import openapi
from functions.gateway import create_gateway
from shared.deployment import Deployment
from shared.http.access_control import Auth
from tests.functions.conftest import FUNCTIONS, PASSWORD

EXAMPLES = "12"
# It takes a body that fits the schema for one that must be accepted; a NIK has rules beyond that.
WITHOUT = "positive_data_acceptance"

# What is too long is refused for its size, before anybody looks at its fields.
CONFIGURATION = """
[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 409, 413, 415, 422, 429]
"""


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi.document()


def routes() -> list[Any]:
    return [route for service in openapi.services() for route in service.routes]


def test_every_route_is_in_the_document_and_nothing_else(document: dict[str, Any]) -> None:
    documented = {
        (method.upper(), path) for path, item in document["paths"].items() for method in item
    }
    declared = {
        (route.method, re.sub(r"<(?:id|number):(\w+)>", r"{\1}", route.path)) for route in routes()
    }
    assert documented == declared
    # the console's pages are for people, the housekeeping is for the scheduler
    apis = set(FUNCTIONS) - {"housekeeping", "staff_console"}
    assert {service.name for service in openapi.services()} == apis


def test_every_route_states_who_may_call_it() -> None:
    for route in routes():
        assert route.auth in get_args(Auth)
        # without roles nobody of the staff gets in: a route for them that names none is a mistake
        assert bool(route.roles) == (route.auth in ("staff", "staff-or-scheduler"))


def test_every_operation_has_an_id_of_its_own(document: dict[str, Any]) -> None:
    ids = [op["operationId"] for item in document["paths"].values() for op in item.values()]
    assert len(ids) == len(set(ids))


def test_every_operation_says_how_to_authenticate(document: dict[str, Any]) -> None:
    public = {
        f"{method} {path}"
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if operation["security"] == []
    }
    assert public == {
        "get /api/figures",
        "post /api/complaints",
        "post /api/complaints/messages",
        "post /api/complaints/satisfaction",
        "post /api/complaints/status",
        "post /api/lookup",
        "post /api/lookup/challenge",
        "post /api/sync/session",
    }


def test_every_route_tells_what_it_answers_and_has_a_summary(document: dict[str, Any]) -> None:
    for item in document["paths"].values():
        for operation in item.values():
            assert operation["summary"]
            assert "200" in operation["responses"]
            assert {"403", "413", "503"} <= set(operation["responses"])


def test_every_schema_refuses_what_it_does_not_declare() -> None:
    for route in routes():
        if route.body is not None:
            assert route.body.unknown == "raise"


def test_every_complaint_about_a_field_is_in_indonesian() -> None:
    def complaints(schema: Schema) -> set[str]:
        told = set(schema.error_messages.values())
        for field in schema.fields.values():
            if isinstance(field, fields.Nested):
                told |= complaints(field.schema)
                continue
            told |= {field.error_messages[key] for key in ("required", "null", "invalid")}
        return told

    english = re.compile(r"\b(not|field|must|missing|valid|unknown|data|may|be)\b", re.IGNORECASE)
    for route in routes():
        if route.body is not None:
            assert [text for text in complaints(route.body) if english.search(text)] == []


def test_the_same_routes_give_the_same_bytes(tmp_path: Path) -> None:
    openapi.write_openapi(tmp_path / "a.json")
    openapi.write_openapi(tmp_path / "b.json")
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert json.loads((tmp_path / "a.json").read_text())["openapi"] == "3.1.0"


@pytest.mark.parametrize("role", [None, "verifier"])
def test_the_gateway_keeps_to_the_document(
    tmp_path: Path,
    deployment: Deployment,
    staff: dict[str, str],
    run_on: Callable[[str, Deployment], None],
    serve: Callable[[Any], int],
    role: str | None,
) -> None:
    for name in FUNCTIONS:
        run_on(name, deployment)
    port = serve(create_gateway(tmp_path))
    openapi.write_openapi(tmp_path / "openapi.json")
    (tmp_path / "schemathesis.toml").write_text(CONFIGURATION)
    command = [str(Path(sys.executable).with_name("schemathesis")), "run", "openapi.json"]
    command += ["--url", f"http://127.0.0.1:{port}", "--checks", "all", "--exclude-checks", WITHOUT]
    command += ["--phases", "examples,coverage,fuzzing", "--max-examples", EXAMPLES]
    command += ["--generation-deterministic", "--suppress-health-check", "all"]
    command += ["--warnings", "off", "--request-timeout", "20", "--no-color"]
    if role is not None:
        officer = deployment.accounts.sign_in(staff[role], PASSWORD, deployment.kelurahan.key)
        command += ["--header", f"Authorization: Bearer {deployment.sessions.issue(officer).token}"]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
