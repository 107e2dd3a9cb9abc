"""No request, whatever it holds, makes a 500, and every refusal is a problem in Indonesian."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from flask import Flask, Request
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse, create_environ, run_wsgi_app

from functions.gateway import create_gateway
from shared.deployment import Deployment
from tests.functions.conftest import FUNCTIONS

ROUTES = (
    "/api/lookup",
    "/api/lookup/challenge",
    "/api/figures",
    "/api/sync",
    "/api/sync/session",
    "/api/sync/abcdefghijklmnop",
    "/api/sync/abcdefghijklmnop/submit",
    "/api/sync/abcdefghijklmnop/approve",
    "/api/sync/abcdefghijklmnop/reject",
    "/api/sync/abcdefghijklmnop/undo",
    "/api/complaints",
    "/api/complaints/status",
    "/api/complaints/messages",
    "/api/complaints/satisfaction",
)
OF_OFFICERS = [route for route in ROUTES if "sync" in route or "abcdefghijklmnop" in route]
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND")
TYPES = (
    *("application/json", "application/json; charset=utf-16", "application/merge-patch+json"),
    *(
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "multipart/form-data; boundary=x",
    ),
    *("text/plain", "text/html", "application/xml", "image/png", "", "/", ";;", "a/b/c", "\xff"),
)
HEADERS = (
    *("Authorization", "Cookie", "X-CSRF-Token", "X-Request-Id", "X-Cloud-Trace-Context"),
    *("X-Forwarded-For", "Accept", "Accept-Encoding", "If-None-Match", "Range", "Sec-Fetch-Site"),
    *("Content-Encoding", "Transfer-Encoding", "Expect", "Host", "Content-Length", "Origin"),
)
FIELDS = (
    *("nik", "name", "kk_last6", "proof", "question", "email", "password", "source", "as_of"),
    *("differences_hash", "reason", "csrf", "file", "x"),
    *("kind", "text", "programme", "rw", "rt", "contact", "anonymous", "confidential"),
    *("idempotency_key", "action", "photos", "ticket", "secret", "step", "score", "version"),
    *("public", "internal", "outcome", "field_check"),
)

header_text = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=6), inner, max_size=4)
    ),
    max_leaves=8,
)
bodies = st.one_of(
    st.binary(max_size=300),
    json_values.map(lambda value: json.dumps(value).encode()),
    st.dictionaries(st.sampled_from(FIELDS), json_values, max_size=6).map(
        lambda value: json.dumps(value).encode()
    ),
    st.lists(st.tuples(st.sampled_from(FIELDS), st.text(max_size=20)), max_size=5).map(
        lambda pairs: "&".join(f"{name}={value}" for name, value in pairs).encode()
    ),
    st.tuples(st.sampled_from(FIELDS), st.binary(max_size=60)).map(
        lambda part: (
            b'--x\r\nContent-Disposition: form-data; name="%s"; filename="a.csv"\r\n\r\n%s'
            b"\r\n--x--\r\n" % (part[0].encode(), part[1])
        )
    ),
)
paths = st.sampled_from(ROUTES) | st.builds(
    lambda start, rest: start + rest,
    st.sampled_from((*ROUTES, "/", "/api/", "/assets/", "//", "/.")),
    st.text(st.characters(codec="utf-8"), max_size=12),
)


@pytest.fixture
def gateway(
    deployment: Deployment,
    run_on: Callable[[str, Deployment], None],
    tmp_path: Any,
) -> Flask:
    for name in FUNCTIONS:
        run_on(name, deployment)
    return create_gateway(tmp_path / "dist")


@pytest.fixture
def session(deployment: Deployment, staff: dict[str, str]) -> str:
    account = deployment.accounts.by_email(staff["verifier"], deployment.kelurahan.key)
    return deployment.sessions.issue(account).token


def send(
    app: Flask, method: str, path: str, content_type: str, headers: dict[str, str], body: bytes
) -> TestResponse:
    """Hand a request to the application as a server would, however odd; no client corrects it."""
    environ = create_environ("/", method="POST", input_stream=io.BytesIO(body))
    environ |= {f"HTTP_{name.upper().replace('-', '_')}": text for name, text in headers.items()}
    environ["CONTENT_LENGTH"] = environ.pop("HTTP_CONTENT_LENGTH", str(len(body)))
    environ["CONTENT_TYPE"] = content_type
    environ["REQUEST_METHOD"] = method
    environ["PATH_INFO"] = path.encode("utf-8").decode("latin-1")
    iterable, status, answered = run_wsgi_app(app, environ, buffered=True)
    return TestResponse(iterable, status, answered, Request(environ))


def check(answer: TestResponse, method: str) -> None:
    assert answer.status_code < 500, answer.text
    if answer.status_code < 400 or method == "HEAD":
        return
    if answer.content_type == "application/problem+json":
        members = json.loads(answer.data)
        assert members["status"] == answer.status_code
        assert {"type", "title", "detail", "request_id"} <= set(members)
    else:
        assert answer.content_type == "text/html; charset=utf-8"
        assert '<html lang="id">' in answer.text


SLOW = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@SLOW
@given(
    method=st.sampled_from(METHODS),
    path=paths,
    content_type=st.sampled_from(TYPES) | header_text,
    headers=st.dictionaries(st.sampled_from(HEADERS), header_text, max_size=4),
    body=bodies,
)
@example("POST", "/api/lookup", "application/json", {}, b'{"nik": "\\udc00"}')
@example("POST", "/api/lookup", "application/json", {}, b"[" * 3000)
@example("POST", "/api/sync/session", "application/json", {}, b'{"email":"\\u0000"}')
@example("GET", "/api/figures", "", {"Accept": "text/html;q=x"}, b"")
@example("POST", "/api/lookup", "multipart/form-data; boundary=", {}, b"--")
def test_no_request_of_a_stranger_breaks_anything(
    gateway: Flask,
    method: str,
    path: str,
    content_type: str,
    headers: dict[str, str],
    body: bytes,
) -> None:
    check(send(gateway, method, path, content_type, headers, body), method)


@SLOW
@given(
    path=st.sampled_from(OF_OFFICERS),
    content_type=st.sampled_from(TYPES),
    body=bodies,
)
def test_no_request_of_an_officer_breaks_anything(
    gateway: Flask,
    session: str,
    path: str,
    content_type: str,
    body: bytes,
) -> None:
    headers = {"Authorization": f"Bearer {session}"}
    answer = send(gateway, "POST", path, content_type, headers, body)
    assert answer.status_code != 401 or path == "/api/sync/session"
    check(answer, "POST")


_neighbours = count()


def from_a_new_address() -> dict[str, Any]:
    """What a client that nobody has heard of sends its requests with: no limit has it yet."""
    high, low = divmod(next(_neighbours), 256)
    return {"environ_base": {"REMOTE_ADDR": f"10.1.{high}.{low}"}}


WELL_FORMED = {
    "kind": st.sampled_from(["other", "deduction", "not-received", "personal-data", "x"]),
    "text": st.text(max_size=60) | st.just("Antrean di kantor sangat panjang."),
    "programme": st.sampled_from(["", "bpnt", "unsure", "x"]),
    "rw": st.sampled_from(["", "03", "3", "99"]) | st.text(max_size=3),
    "rt": st.sampled_from(["", "02", "2"]) | st.text(max_size=3),
    "name": st.text(max_size=20),
    "nik": st.sampled_from(["", "3273090101900007", "3273 0901 0190 0007"]) | st.text(max_size=20),
    "contact": st.sampled_from(["", "0812 3456 7890", "a@contoh.example"]) | st.text(max_size=20),
    "anonymous": st.sampled_from(["", "true", "on", "false"]),
    "confidential": st.sampled_from(["", "true"]),
    "action": st.sampled_from(["", "edit", "check", "x"]),
    "idempotency_key": st.sampled_from(["", "abcdefghijklmnopq"]) | st.text(max_size=20),
}


@SLOW
@given(
    fields=st.fixed_dictionaries({}, optional=WELL_FORMED),  # type: ignore[arg-type]
    accept=st.sampled_from(["application/json", "text/html", "*/*", ""]),
    as_json=st.booleans(),
)
def test_no_complaint_breaks_anything(
    gateway: Flask, fields: dict[str, str], accept: str, as_json: bool
) -> None:
    client = gateway.test_client()
    sent: dict[str, Any] = {"json": fields} if as_json else {"data": fields}
    wish = {"Accept": accept}
    answer = client.post("/api/complaints", headers=wish, **sent, **from_a_new_address())
    assert answer.status_code != 429
    if answer.status_code < 400:
        return
    if answer.content_type == "application/problem+json":
        check(answer, "POST")
    else:  # the page with the form is no problem by RFC 9457, but a page it is
        assert answer.status_code < 500
        assert '<html lang="id">' in answer.text


@SLOW
@given(
    route=st.sampled_from(["status", "messages", "satisfaction"]),
    fields=st.fixed_dictionaries(
        {},
        optional={
            "ticket": st.text(max_size=70),
            "secret": st.text(max_size=70),
            "step": st.sampled_from(["add", "reopen", "appeal", "withdraw", "close", ""]),
            "text": st.text(max_size=40),
            "score": st.sampled_from(["1", "5", "6", "", "x", "\u0663", "1" * 5000]),
        },
    ),
    known=st.booleans(),
    as_json=st.booleans(),
)
def test_no_message_breaks_anything(
    gateway: Flask, route: str, fields: dict[str, str], known: bool, as_json: bool
) -> None:
    client = gateway.test_client()
    if known:
        complaint = {"kind": "other", "text": "Antrean di kantor sangat panjang."}
        complaint["idempotency_key"] = "abcdefghijklmnopqrst"
        answer = client.post("/api/complaints", json=complaint, **from_a_new_address())
        receipt = answer.get_json()
        fields |= {"ticket": receipt["ticket"], "secret": receipt["secret"]}
    sent: dict[str, Any] = {"json": fields} if as_json else {"data": fields}
    answer = client.post(f"/api/complaints/{route}", **sent, **from_a_new_address())
    assert answer.status_code < 500, answer.text
    assert answer.status_code != 429
