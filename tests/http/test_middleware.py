"""The middleware of the HTTP edge, seen from outside."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from shared.deployment import Deployment
from shared.staff.accounts import Role
from tests.functions.conftest import PASSWORD
from tests.http import edge_service

MARK = "Siti-Penanda"


def is_problem(answer: TestResponse, status: int, slug: str) -> dict[str, Any]:
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    members: Any = answer.json
    assert members["type"] == f"/masalah/{slug}"
    assert members["status"] == status
    assert members["request_id"] == answer.headers["X-Request-Id"]
    assert members["title"]
    assert members["detail"]
    return dict(members)


def test_a_good_body_reaches_the_handler(edge: FlaskClient) -> None:
    answer = edge.post("/edge/thing-0001", json={"name": " Siti ", "day": "2026-11-20"})
    assert answer.status_code == 200
    assert answer.json == {"length": 4, "day": "2026-11-20"}
    assert answer.headers["Cache-Control"] == "no-store"
    assert edge_service.seen[0].path == {"thing": "thing-0001"}


def test_a_form_reaches_the_same_handler(edge: FlaskClient) -> None:
    answer = edge.post(
        "/edge/thing-0001", data={"name": "Siti", "csrf": "not a field of the schema"}
    )
    assert answer.json == {"length": 4, "day": "None"}


def test_each_fault_has_a_pointer_and_no_value(edge: FlaskClient) -> None:
    body = {"name": 7, "day": MARK, "items": [{"name": "ok"}, {"name": MARK * 9, MARK: 1}], MARK: 1}
    answer = edge.post("/edge/thing-0001", json=body)
    faults = {
        fault["pointer"]: fault["detail"]
        for fault in is_problem(answer, 400, "invalid-request")["errors"]
    }
    assert faults == {
        "#/name": "Nama harus berupa teks.",
        "#/day": "Tulis tanggal sebagai tahun-bulan-hari, misalnya 2026-11-20.",
        "#/items/1/name": "Isian ini terlalu panjang. Paling banyak 10 karakter.",
        "#/items/1": "Ada isian yang tidak dikenal. Hapus isian itu, lalu kirim lagi.",
        "#": "Ada isian yang tidak dikenal. Hapus isian itu, lalu kirim lagi.",
    }
    assert MARK not in answer.text


@pytest.mark.parametrize(
    ("name", "detail"),
    [
        ("", "Nama wajib diisi."),
        ("   ", "Nama wajib diisi."),
        (None, "Nama wajib diisi."),
        ("a\x00b", "Nama memuat karakter yang tidak dapat dibaca. Ketik ulang."),
    ],
)
def test_text_that_is_none_is_refused(edge: FlaskClient, name: str | None, detail: str) -> None:
    answer = edge.post("/edge/thing-0001", json={"name": name})
    assert is_problem(answer, 400, "invalid-request")["errors"] == [
        {"pointer": "#/name", "detail": detail}
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"nonsense",
        b"\xff\xfe",
        b'{"name": NaN}',
        b'{"name": "\\ud800"}',
        b'{"name": ' + b"9" * 900 + b"}",
        b"[" * 900,
        b"[]",
        b'"text"',
        b"null",
        b"{}",
        b"",
    ],
)
def test_json_that_is_none_is_refused(edge: FlaskClient, body: bytes) -> None:
    answer = edge.post("/edge/thing-0001", data=body, content_type="application/json")
    is_problem(answer, 400, "invalid-request")


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "nonsense", ""])
def test_other_content_types_are_refused(edge: FlaskClient, content_type: str) -> None:
    answer = edge.post("/edge/thing-0001", data=b'{"name": "Siti"}', content_type=content_type)
    is_problem(answer, 415, "unsupported-media-type")


@pytest.mark.parametrize("content_type", ["application/json", "application/x-www-form-urlencoded"])
def test_a_body_too_large_is_refused_and_not_loaded(edge: FlaskClient, content_type: str) -> None:
    answer = edge.post(
        "/edge/thing-0001",
        data=b"x" * 1001,
        content_type=content_type,
        headers={"Accept": "application/json"},
    )
    is_problem(answer, 413, "too-large")
    assert edge_service.seen == []


def test_a_body_without_a_length_is_measured_as_it_is_read(edge: FlaskClient) -> None:
    answer = edge.post(
        "/edge/thing-0001",
        input_stream=io.BytesIO(b'{"name": "' + b"x" * 2000 + b'"}'),
        content_type="application/json",
        environ_overrides={"wsgi.input_terminated": True},
        headers={"Transfer-Encoding": "chunked"},
    )
    is_problem(answer, 413, "too-large")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "GET", "TRACE"])
def test_another_method_is_refused_with_those_that_fit(edge: FlaskClient, method: str) -> None:
    answer = edge.open("/edge/thing-0001", method=method)
    is_problem(answer, 405, "method-not-allowed")
    assert answer.headers["Allow"] == "POST"


@pytest.mark.parametrize(
    "path",
    ["/nowhere", "/edge", "/edge/", "/edge/thing-0001/", "/edge/..", "/edge/a%2Fb", "/edge/%00"],
)
def test_an_unknown_address_is_a_problem(edge: FlaskClient, path: str) -> None:
    is_problem(edge.post(path, json={"name": "Siti"}), 404, "not-found")


def test_problems_carry_the_headers_of_their_status(edge: FlaskClient) -> None:
    is_problem(edge.get("/busy"), 409, "busy")
    assert edge.get("/limited").headers["Retry-After"] == "77"
    assert edge.get("/refused").headers["Allow"] == "GET, PUT"
    assert edge.get("/staff").headers["WWW-Authenticate"] == "Bearer"


def test_a_form_gets_a_page_and_a_script_json(edge: FlaskClient) -> None:
    page = edge.post("/edge/thing-0001", data={"name": "", MARK: "1"})
    assert page.status_code == 400
    assert page.content_type == "text/html; charset=utf-8"
    assert "<h1>Isian belum benar</h1>" in page.text
    assert "Nama wajib diisi." in page.text
    assert 'href="/masalah/invalid-request"' in page.text
    assert MARK not in page.text
    assert "<script" not in page.text
    assert "style=" not in page.text
    script = edge.post(
        "/edge/thing-0001", data={"name": ""}, headers={"Accept": "application/json"}
    )
    is_problem(script, 400, "invalid-request")
    browser = edge.get("/busy", headers={"Accept": "text/html,*/*;q=0.8"})
    assert browser.status_code == 409
    assert "<h1>Sedang dikerjakan</h1>" in browser.text


def test_a_form_of_a_route_without_a_page_gets_json_unless_a_browser_asks(
    edge: FlaskClient,
) -> None:
    """An upload by a script, say, whose HTTP library names no type that it takes."""
    script = edge.post("/bug", data={"name": ""})
    is_problem(script, 400, "invalid-request")
    browser = edge.post("/bug", data={"name": ""}, headers={"Accept": "text/html"})
    assert browser.content_type == "text/html; charset=utf-8"


def test_an_answer_is_safe_without_hosting_in_front(edge: FlaskClient) -> None:
    for headers, policy in (
        ({}, "default-src 'none'; frame-ancestors 'none'"),
        ({"Accept": "text/html"}, "default-src 'none'; style-src 'self'; "),
    ):
        answer = edge.get("/busy", headers=headers)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"].startswith(policy)


def test_a_bug_is_told_by_type_and_place_alone(edge: FlaskClient, log: io.StringIO) -> None:
    answer = edge.post("/bug", json={"name": MARK})
    is_problem(answer, 500, "internal-error")
    [line] = [json.loads(line) for line in log.getvalue().splitlines()]
    assert line["status"] == 500
    assert line["severity"] == "ERROR"
    assert line["type"] == "RuntimeError"
    assert re.fullmatch(r"tests/http/edge_service\.py:\d+", line["place"])
    assert MARK not in answer.text + log.getvalue()


def test_each_request_is_one_line(edge: FlaskClient, log: io.StringIO) -> None:
    edge.post("/edge/thing-0001", json={"name": "Siti"})
    edge.get("/busy")
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [(line["function"], line["status"], line.get("slug")) for line in lines] == [
        ("edge", 200, None),
        ("edge", 409, "busy"),
    ]
    assert all(line["duration_ms"] >= 0 for line in lines)


def test_the_line_of_a_refusal_has_the_error_s_code(edge: FlaskClient, log: io.StringIO) -> None:
    edge.get("/coded")
    [line] = [json.loads(line) for line in log.getvalue().splitlines()]
    assert (line["slug"], line["code"]) == ("unavailable", "DATA_OLDER")


_TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.mark.parametrize(
    ("headers", "trace"),
    [
        ({"X-Cloud-Trace-Context": f"{_TRACE}/123;o=1"}, _TRACE),
        ({"traceparent": f"00-{_TRACE}-b7ad6b7169203331-01"}, _TRACE),
        ({"X-Cloud-Trace-Context": MARK}, None),
        ({"X-Cloud-Trace-Context": "9" * 32}, None),
        ({"traceparent": f"00-{'0' * 32}-b7ad6b7169203331-01"}, None),
        ({}, None),
    ],
)
def test_all_lines_of_a_request_carry_its_trace(
    edge: FlaskClient,
    deployment: Deployment,
    log: io.StringIO,
    headers: dict[str, str],
    trace: str | None,
) -> None:
    deployment.settings = replace(deployment.settings, project="proyek-uji")
    edge.get("/alarm", headers=headers)
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [line["message"] for line in lines] == ["something is wrong", "request"]
    expected = None if trace is None else f"projects/proyek-uji/traces/{trace}"
    assert [line.get("logging.googleapis.com/trace") for line in lines] == [expected] * 2
    assert MARK not in log.getvalue()


def test_a_page_of_somebody_else_changes_nothing(edge: FlaskClient) -> None:
    answer = edge.post(
        "/edge/thing-0001", json={"name": "Siti"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    is_problem(answer, 403, "forbidden")
    assert edge_service.seen == []


def test_an_upload_is_on_disk_for_the_length_of_the_request(edge: FlaskClient) -> None:
    answer = edge.post("/upload", data={"file": (io.BytesIO(b"x" * 150_000), "daftar.xlsx")})
    assert answer.json == {"bytes": 150_000}
    upload = edge_service.seen[0].upload
    assert upload is not None
    assert upload.filename == "daftar.xlsx"
    assert not upload.path.exists()
    assert not upload.path.parent.exists()


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({}, 400),
        ({"other": (io.BytesIO(b"x"), "a.csv")}, 400),
        ({"file": (io.BytesIO(b"x"), "")}, 400),
        ({"file": "text, not a file"}, 400),
        ({"file": [(io.BytesIO(b"x"), "a.csv"), (io.BytesIO(b"y"), "b.csv")]}, 400),
        ({"file": (io.BytesIO(b"x" * 200_000), "a.csv")}, 413),
    ],
)
def test_an_upload_that_is_none_is_refused_and_leaves_nothing(
    edge: FlaskClient,
    form: dict[str, Any],
    status: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    answer = edge.post(
        "/upload",
        data=form,
        content_type="multipart/form-data",
        headers={"Accept": "application/json"},
    )
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    "body", [b"", b"--x\r\n", b"--x\r\nContent-Disposition: form-data; name=file", b"\xff" * 99]
)
def test_a_broken_multipart_body_is_refused(edge: FlaskClient, body: bytes) -> None:
    answer = edge.post("/upload", data=body, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 400


def sign_in(deployment: Deployment, role: str, edge: FlaskClient) -> str:
    account = deployment.accounts.sign_in(
        f"{role}@contoh.example", PASSWORD, deployment.kelurahan.key
    )
    session = deployment.sessions.issue(account)
    edge.set_cookie("__session", session.token)
    return session.csrf


@pytest.mark.usefixtures("staff")
def test_a_role_that_may_not_is_refused(edge: FlaskClient, deployment: Deployment) -> None:
    is_problem(edge.get("/staff"), 401, "unauthenticated")
    sign_in(deployment, "operator", edge)
    is_problem(edge.get("/staff"), 403, "forbidden")
    sign_in(deployment, "auditor", edge)
    assert edge.get("/staff").json == {"role": "auditor"}


@pytest.mark.usefixtures("staff")
def test_a_change_on_a_cookie_needs_the_token_of_the_session(
    edge: FlaskClient, deployment: Deployment
) -> None:
    other = sign_in(deployment, "auditor", edge)
    csrf = sign_in(deployment, "auditor", edge)
    body = {"name": "Siti"}
    is_problem(edge.post("/staff", json=body), 403, "forbidden")
    for wrong in (other, "", "é", csrf + "x"):
        headers = {"X-CSRF-Token": wrong}
        assert edge.post("/staff", json=body, headers=headers).status_code == 403
    assert edge.post("/staff", json=body, headers={"X-CSRF-Token": csrf}).status_code == 200
    assert edge.post("/staff", data={**body, "csrf": csrf}).status_code == 200
    assert edge.post("/staff", data={**body, "csrf": other}).status_code == 403


@pytest.mark.usefixtures("staff")
@pytest.mark.parametrize("cookie", ["", "x", "a.b.c", "é", "\u2603", "x" * 4000])
def test_a_cookie_that_is_no_session_is_refused(edge: FlaskClient, cookie: str) -> None:
    edge.set_cookie("__session", cookie)
    is_problem(edge.get("/staff"), 401, "unauthenticated")


@pytest.mark.usefixtures("staff")
def test_staff_of_another_kelurahan_find_nothing(edge: FlaskClient, deployment: Deployment) -> None:
    account = deployment.accounts.add(
        "tetangga@contoh.example", "Tetangga", Role.AUDITOR, "3273091001", PASSWORD
    )
    edge.set_cookie("__session", deployment.sessions.issue(account).token)
    is_problem(edge.get("/staff"), 404, "not-found")
