"""The weekly sync over HTTP: who may do what, and a list all the way to the public."""

from __future__ import annotations

import csv
import http.client
import io
import json
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyotp
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse, encode_multipart

from functions.gateway import create_gateway
from shared.deployment import Deployment
from shared.kelurahan.configuration import SourceConfig, StaffRules
from shared.platform.crypto.keys import Keyset
from shared.platform.settings import Settings
from shared.staff.accounts import Role
from shared.staff.sign_in import second_factor
from shared.staff.sign_in.sign_in_limits import ACCOUNT_DELAYS
from tests.functions.conftest import PASSWORD, Client, Clock
from tests.kelurahan_files import without_codes
from tests.recipients.office import HEADERS, nik, row

JSON = {"Accept": "application/json"}


class Officer:
    """Somebody at the keyboard, signed in."""

    def __init__(self, client: FlaskClient, email: str) -> None:
        self.client = client
        answer = client.post("/api/sync/session", json={"email": email, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        assert answer.json is not None
        self.headers = {"X-CSRF-Token": answer.json["csrf"]}

    def upload(self, content: bytes, filename: str = "daftar.csv", **fields: str) -> TestResponse:
        data = {"file": (io.BytesIO(content), filename), **fields}
        return self.client.post("/api/sync", data=data, headers=self.headers | JSON)

    def post(self, path: str, **body: Any) -> TestResponse:
        return self.client.post(path, json=body, headers=self.headers)

    def bring(self, content: bytes, filename: str = "daftar.csv") -> dict[str, Any]:
        """A list brought in and sent to the second officer."""
        batch: Any = self.upload(content, filename).json
        sent: Any = self.post(f"/api/sync/{batch['id']}/submit").json
        assert sent["submitted_at"]
        return dict(sent)

    def decide(self, batch: dict[str, Any], step: str, **body: Any) -> TestResponse:
        if step == "approve":
            body.setdefault("differences_hash", batch["differences_hash"])
        if step in ("approve", "undo"):
            body.setdefault("password", PASSWORD)
        return self.post(f"/api/sync/{batch['id']}/{step}", **body)


def file_of(rows: Iterable[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([HEADERS, *rows])
    return text.getvalue().encode()


LIST = file_of(row(n) for n in range(30))


@pytest.fixture
def officer(client: Client, staff: dict[str, str]) -> Callable[[str], Officer]:
    return lambda role: Officer(client("weekly_sync"), staff[role])


def is_problem(answer: TestResponse, status: int, slug: str) -> dict[str, Any]:
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    members: Any = answer.json
    assert members["type"] == f"/masalah/{slug}"
    return dict(members)


def test_signing_in_gives_a_cookie_that_scripts_cannot_read(
    client: Client, staff: dict[str, str]
) -> None:
    form = {"email": staff["verifier"].upper(), "password": PASSWORD}
    answer = client("weekly_sync").post("/api/sync/session", json=form)
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["role"] == "verifier"
    assert answer.json["name"] == "Petugas verifier"
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__session=")
    for part in ("HttpOnly", "SameSite=Lax", f"Max-Age={400 * 86400}", "Path=/"):
        assert part in cookie
    assert answer.json["csrf"] not in cookie


def test_the_cookie_is_for_https_alone_where_the_settings_say_so(
    deployment: Deployment, client: Client, staff: dict[str, str]
) -> None:
    deployment.settings = replace(deployment.settings, secure_cookies=True)
    form = {"email": staff["verifier"], "password": PASSWORD}
    answer = client("weekly_sync").post("/api/sync/session", json=form)
    assert "; Secure" in answer.headers["Set-Cookie"]


def test_a_wrong_password_and_an_unknown_account_get_the_same_answer(
    client: Client, staff: dict[str, str]
) -> None:
    door = client("weekly_sync")
    answers = [
        door.post("/api/sync/session", json={"email": email, "password": "salah-sekali-ini"})
        for email in (staff["operator"], "siapa@contoh.example", "bukan surel")
    ]
    told = [is_problem(answer, 401, "unauthenticated") for answer in answers]
    for members in told:
        del members["request_id"]
    assert told[0] == told[1] == told[2]
    assert all("Set-Cookie" not in answer.headers for answer in answers)


def test_after_too_many_wrong_passwords_the_right_one_has_to_wait(
    client: Client, staff: dict[str, str]
) -> None:
    door = client("weekly_sync")
    wrong = {"email": staff["operator"], "password": "salah-sekali-ini"}
    for _ in range(ACCOUNT_DELAYS.free):
        assert door.post("/api/sync/session", json=wrong).status_code == 401
    answer = door.post("/api/sync/session", json={**wrong, "password": PASSWORD})
    is_problem(answer, 429, "too-many-requests")
    assert 0 < int(answer.headers["Retry-After"]) <= ACCOUNT_DELAYS.first_seconds + 1


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "http://localhost"}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
    ],
    ids=str,
)
@pytest.mark.parametrize("kind", ["urlencoded", "multipart"])
def test_a_form_of_somebody_else_s_page_signs_nobody_in(
    client: Client, staff: dict[str, str], headers: dict[str, str], status: int, kind: str
) -> None:
    form = {"email": staff["verifier"], "password": PASSWORD}
    boundary, content = encode_multipart(form)
    body: dict[str, Any] = (
        {"data": form}
        if kind == "urlencoded"
        else {"data": content, "content_type": f"multipart/form-data; boundary={boundary}"}
    )
    door = client("weekly_sync")
    answer = door.post("/api/sync/session", headers=headers, **body)
    assert answer.status_code == status
    assert ("Set-Cookie" in answer.headers) == (status == 200)


def test_a_body_that_a_page_may_send_without_asking_is_no_json(
    client: Client, staff: dict[str, str]
) -> None:
    text = json.dumps({"email": staff["verifier"], "password": PASSWORD})
    for kind in ("text/plain", "text/plain; application/json", ""):
        answer = client("weekly_sync").post("/api/sync/session", data=text, content_type=kind)
        assert answer.status_code in (400, 415), kind
        assert "Set-Cookie" not in answer.headers


def test_a_list_goes_all_the_way_to_the_public(
    officer: Callable[[str], Officer], client: Client
) -> None:
    operator = officer("operator")
    prepared = operator.upload(LIST, as_of="2026-11-18")
    assert prepared.status_code == 200, prepared.text
    batch: Any = prepared.json
    assert (batch["state"], batch["added"], batch["errors"]) == ("waiting", 30, 0)
    assert batch["as_of"] == "2026-11-18"
    verifier = officer("verifier")
    shown = verifier.client.get(f"/api/sync/{batch['id']}")
    assert shown.json == batch
    is_problem(verifier.decide(batch, "approve"), 409, "conflict")
    sent: Any = operator.post(f"/api/sync/{batch['id']}/submit").json
    assert (sent["state"], sent["submitted_by"]) == ("waiting", batch["prepared_by"])
    approved: Any = verifier.decide(batch, "approve").json
    assert approved["state"] == "published"
    figures: Any = client("transparency").get("/api/figures").json
    assert figures["as_of"] == "2026-11-18"
    asked = client("nik_lookup").post(
        "/api/lookup", data={"nik": nik(3), "name": "warga"}, headers={"Accept": "text/html"}
    )
    assert asked.status_code == 200
    assert "Terdaftar" in asked.text


def sign_ins(deployment: Deployment) -> list[str]:
    entries = deployment.audit.entries()
    return [entry.actor for entry in entries if entry.action == "staff.sign-in"]


def test_signing_in_is_in_the_audit_log(
    officer: Callable[[str], Officer], deployment: Deployment, client: Client, staff: dict[str, str]
) -> None:
    wrong = {"email": staff["verifier"], "password": "salah-sekali-ini"}
    assert client("weekly_sync").post("/api/sync/session", json=wrong).status_code == 401
    assert sign_ins(deployment) == []
    officer("verifier")
    known = deployment.accounts.by_email(staff["verifier"])
    assert sign_ins(deployment) == [known.id]


def test_an_account_with_a_code_signs_in_with_it_alone(
    deployment: Deployment, client: Client, staff: dict[str, str], clock: Clock
) -> None:
    secret = with_code(deployment, staff["verifier"])
    clock.later(minutes=5)
    door, form = client("weekly_sync"), {"email": staff["verifier"], "password": PASSWORD}
    is_problem(door.post("/api/sync/session", json=form), 401, "unauthenticated")
    form["code"] = pyotp.TOTP(secret).at(clock())
    assert door.post("/api/sync/session", json=form).status_code == 200
    is_problem(door.post("/api/sync/session", json=form), 401, "unauthenticated")


def with_code(deployment: Deployment, email: str) -> str:
    """Give an account an app's code; the app's secret."""
    secret = second_factor.new_secret()
    code = pyotp.TOTP(secret).at(deployment.clock())
    deployment.accounts.set_second_factor(deployment.accounts.by_email(email), secret, code)
    return secret


@pytest.mark.parametrize("step", ["approve", "undo"])
def test_what_is_dear_to_reverse_takes_the_password_once_more(
    officer: Callable[[str], Officer], deployment: Deployment, step: str
) -> None:
    batch, verifier = officer("operator").bring(LIST), officer("verifier")
    if step == "undo":
        assert verifier.decide(batch, "approve").status_code == 200
    before = deployment.audit.head()
    fields = {"reason": "Salah berkas"}
    for password in ("", "salah-sekali-ini", PASSWORD.upper()):
        members = is_problem(
            verifier.decide(batch, step, password=password, **fields), 403, "forbidden"
        )
        assert members["code"] == "PASSWORD"
    hashed = {"differences_hash": batch["differences_hash"]} if step == "approve" else {}
    is_problem(
        verifier.post(f"/api/sync/{batch['id']}/{step}", **hashed, **fields), 403, "forbidden"
    )
    assert deployment.audit.head() == before
    assert verifier.decide(batch, step, **fields).status_code == 200


def test_the_password_is_not_tried_for_ever(officer: Callable[[str], Officer]) -> None:
    batch, verifier = officer("operator").bring(LIST), officer("verifier")
    for _ in range(10):
        is_problem(verifier.decide(batch, "approve", password="salah-ini"), 403, "forbidden")
    is_problem(verifier.decide(batch, "approve"), 429, "too-many-requests")


def test_a_console_s_cookie_as_a_bearer_is_asked_for_the_password_as_well(
    officer: Callable[[str], Officer], client: Client
) -> None:
    batch, verifier = officer("operator").bring(LIST), officer("verifier")
    session = verifier.client.get_cookie("__session")
    assert session is not None
    answer = client("weekly_sync").post(
        f"/api/sync/{batch['id']}/approve",
        json={"differences_hash": batch["differences_hash"]},
        headers={"Authorization": f"Bearer {session.value}"},
    )
    assert is_problem(answer, 403, "forbidden")["code"] == "PASSWORD"


def test_whose_role_needs_a_code_does_nothing_without_it(
    officer: Callable[[str], Officer], deployment: Deployment, staff: dict[str, str], clock: Clock
) -> None:
    batch, verifier = officer("operator").bring(LIST), officer("verifier")
    given: Any = deployment
    given.kelurahan = replace(deployment.kelurahan, staff=StaffRules(("verifier",)))
    answers = [
        verifier.upload(LIST),
        verifier.client.get(f"/api/sync/{batch['id']}"),
        *(
            verifier.decide(batch, step, reason="Salah berkas")
            for step in ("submit", "approve", "reject", "undo")
        ),
    ]
    for answer in answers:
        assert is_problem(answer, 403, "forbidden")["code"] == "CODE_REQUIRED"
    assert officer("operator").client.get(f"/api/sync/{batch['id']}").status_code == 200
    secret = with_code(deployment, staff["verifier"])
    clock.later(minutes=5)
    form = {
        "email": staff["verifier"],
        "password": PASSWORD,
        "code": pyotp.TOTP(secret).at(clock()),
    }
    signed_in: Any = verifier.client.post("/api/sync/session", json=form).json
    verifier.headers = {"X-CSRF-Token": signed_in["csrf"]}
    assert verifier.decide(batch, "approve").status_code == 200


def test_who_leaves_the_list_leaves_it_for_a_reason(officer: Callable[[str], Officer]) -> None:
    operator, verifier = officer("operator"), officer("verifier")
    verifier.decide(operator.bring(LIST), "approve")
    batch: Any = operator.upload(file_of(row(n) for n in range(1, 30))).json
    path = f"/api/sync/{batch['id']}/submit"
    members = is_problem(operator.post(path), 400, "invalid-request")
    assert [fault["pointer"] for fault in members["errors"]] == ["#/reason"]
    is_problem(verifier.decide(batch, "approve"), 409, "conflict")
    sent: Any = operator.post(path, reason="Pindah ke kelurahan lain").json
    assert sent["removal_reason"] == "Pindah ke kelurahan lain"
    published: Any = verifier.decide(batch, "approve").json
    assert published["state"] == "published"


def test_the_same_file_twice_is_one_batch(officer: Callable[[str], Officer]) -> None:
    operator = officer("operator")
    first, again = operator.upload(LIST), operator.upload(LIST, "salinan.csv")
    assert first.json == again.json


def test_undo_tells_what_became_of_the_people(officer: Callable[[str], Officer]) -> None:
    batch = officer("operator").bring(LIST)
    verifier = officer("verifier")
    verifier.decide(batch, "approve")
    undone: Any = verifier.decide(batch, "undo", reason="Salah berkas").json
    assert (undone["kind"], undone["undo_of"]) == ("undo", batch["id"])
    assert undone["undo_result"] == {"reversed": 30, "kept": 0, "failed": 0}
    before: Any = verifier.client.get(f"/api/sync/{batch['id']}").json
    assert before["state"] == "undone"


def test_a_rejected_batch_stays_closed(officer: Callable[[str], Officer]) -> None:
    batch = officer("operator").bring(LIST)
    verifier = officer("verifier")
    rejected: Any = verifier.decide(batch, "reject", reason="Bukan daftar kita").json
    assert (rejected["state"], rejected["reason"]) == ("rejected", "Bukan daftar kita")
    is_problem(verifier.decide(batch, "approve"), 409, "wrong-state")


def test_what_was_not_shown_cannot_be_approved(officer: Callable[[str], Officer]) -> None:
    batch = officer("operator").bring(LIST)
    verifier = officer("verifier")
    is_problem(verifier.decide(batch, "approve", differences_hash="0" * 32), 409, "conflict")
    members = is_problem(verifier.post(f"/api/sync/{batch['id']}/approve"), 400, "invalid-request")
    assert [fault["pointer"] for fault in members["errors"]] == ["#/differences_hash"]


def test_who_prepared_a_batch_cannot_approve_it(officer: Callable[[str], Officer]) -> None:
    verifier = officer("verifier")
    batch: Any = verifier.upload(LIST).json
    is_problem(verifier.decide(batch, "approve"), 403, "own-work")


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("operator", {"prepare", "show", "submit", "reject"}),
        ("verifier", {"prepare", "show", "submit", "approve", "reject", "undo"}),
        ("auditor", {"show"}),
        ("admin", {"show"}),
        ("surveyor", set()),
    ],
)
def test_each_role_may_do_its_own_part(
    officer: Callable[[str], Officer], role: str, may: set[str]
) -> None:
    """Beyond its part 403; within it anything else (there is no such batch: 404)."""
    person = officer(role)
    nothing = {"id": "nosuchbatch", "differences_hash": "x"}
    answers = {
        "prepare": person.post("/api/sync", source="nowhere"),
        "show": person.client.get("/api/sync/nosuchbatch"),
        "submit": person.decide(nothing, "submit"),
        "approve": person.decide(nothing, "approve"),
        "reject": person.decide(nothing, "reject", reason="alasan"),
        "undo": person.decide(nothing, "undo", reason="alasan"),
    }
    refused = {name for name, answer in answers.items() if answer.status_code == 403}
    assert refused == set(answers) - may
    assert {answers[name].status_code for name in may} <= {400, 404}


def test_nobody_gets_in_without_a_session(client: Client) -> None:
    stranger = client("weekly_sync")
    for answer in (
        stranger.post("/api/sync", data={"file": (io.BytesIO(LIST), "a.csv")}, headers=JSON),
        stranger.post("/api/sync", json={"source": "x"}),
        stranger.get("/api/sync/nosuchbatch"),
        stranger.post("/api/sync/nosuchbatch/submit", json={}),
        stranger.post("/api/sync/nosuchbatch/approve", json={}),
        stranger.post("/api/sync/nosuchbatch/reject", json={}),
        stranger.post("/api/sync/nosuchbatch/undo", json={}),
    ):
        is_problem(answer, 401, "unauthenticated")


def test_another_kelurahans_verifier_finds_no_batch(
    officer: Callable[[str], Officer], deployment: Deployment, client: Client
) -> None:
    batch = officer("operator").bring(LIST)
    neighbour = deployment.accounts.add(
        "tetangga@contoh.example", "Tetangga", Role.VERIFIER, "3273091001", PASSWORD
    )
    session = deployment.sessions.issue(neighbour)
    headers = {"Authorization": f"Bearer {session.token}"}
    for step in ("", "/submit", "/approve", "/reject", "/undo"):
        path = f"/api/sync/{batch['id']}{step}"
        method = "POST" if step else "GET"
        is_problem(
            client("weekly_sync").open(path, method=method, headers=headers), 404, "not-found"
        )


def test_a_second_sync_at_the_same_time_is_told_so(
    officer: Callable[[str], Officer], deployment: Deployment
) -> None:
    operator = officer("operator")
    with deployment.leases.hold("sync", "another", 60):
        is_problem(operator.upload(LIST), 409, "busy")
    assert operator.upload(LIST).status_code == 200


@pytest.mark.parametrize(
    ("content", "filename"),
    [
        (b"", "kosong.xlsx"),
        (b"PK\x03\x04 not really", "rusak.xlsx"),
        (b"\x89PNG\r\n\x1a\n" + bytes(500), "foto.png"),
        (b"%PDF-1.7" + bytes(500), "daftar.pdf"),
        (b"satu dua tiga", "catatan.txt"),
    ],
)
def test_what_is_no_list_is_refused_and_leaves_nothing(
    officer: Callable[[str], Officer],
    content: bytes,
    filename: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    answer = officer("operator").upload(content, filename)
    members = is_problem(answer, 422, "file-rejected")
    assert members["code"] in {"FILE_UNREADABLE", "HEADER_NOT_FOUND", "NO_ROWS"}
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    "filename", ["../../etc/passwd", "daftar", "C:\\daftar.csv", "d\u0000.csv"]
)
def test_the_name_of_a_file_leads_nowhere(officer: Callable[[str], Officer], filename: str) -> None:
    answer = officer("operator").upload(LIST, filename)
    assert answer.status_code == 200
    assert "passwd" not in answer.text


def test_a_file_over_the_limit_is_refused_before_it_is_read(
    officer: Callable[[str], Officer], deployment: Deployment
) -> None:
    limits = replace(deployment.kelurahan.limits, upload_mib=1)
    given: Any = deployment
    given.kelurahan = replace(deployment.kelurahan, limits=limits)
    operator = officer("operator")
    answer = operator.client.post(
        "/api/sync",
        data=b"x" * (1024 * 1024 + 65 * 1024),
        content_type="multipart/form-data; boundary=x",
        headers=operator.headers | JSON,
    )
    is_problem(answer, 413, "too-large")


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"as_of": "besok"}, "#/as_of"),
        ({"source": "x" * 65}, "#/source"),
        ({"nama": "x"}, "#"),
        ({"source": "inbox"}, "#/file"),
    ],
)
def test_fields_beside_the_file_are_checked(
    officer: Callable[[str], Officer], fields: dict[str, str], pointer: str
) -> None:
    members = is_problem(officer("operator").upload(LIST, **fields), 400, "invalid-request")
    assert [fault["pointer"] for fault in members["errors"]] == [pointer]


def test_a_configured_source_is_fetched(
    officer: Callable[[str], Officer], deployment: Deployment, tmp_path: Path
) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "daftar.csv").write_bytes(LIST)
    given: Any = deployment
    sources = {"inbox": SourceConfig("folder", str(inbox))}
    given.kelurahan = replace(deployment.kelurahan, sources=sources)
    operator = officer("operator")
    batch: Any = operator.post("/api/sync", source="inbox").json
    assert (batch["state"], batch["added"], batch["source"]) == ("waiting", 30, "inbox")
    members = is_problem(operator.post("/api/sync", source="lain"), 400, "invalid-request")
    assert [fault["pointer"] for fault in members["errors"]] == ["#/source"]


def test_the_log_of_a_sync_counts_and_names_nobody(
    officer: Callable[[str], Officer], log: io.StringIO
) -> None:
    batch = officer("operator").bring(LIST, "daftar-siti.csv")
    officer("verifier").decide(batch, "approve")
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert {line["status"] for line in lines} == {200}
    for secret in (nik(3), "Warga", "contoh.example", "siti", PASSWORD):
        assert secret not in log.getvalue()


@pytest.fixture
def in_firestore(
    emulator: str, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Deployment]:
    """The same on Firestore, as on Google Cloud: two databases, keys from the environment."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", emulator)
    settings = Settings(
        store="firestore",
        data=tmp_path / "data",
        project=f"test-{uuid.uuid4().hex[:20]}",
        kelurahan_folder=without_codes(tmp_path / "kelurahan"),
        registry_keys=Keyset.generate().secret_text(),
        intake_keys=Keyset.generate().secret_text(),
        lookup_keys=Keyset.generate().secret_text(),
    )
    made = Deployment.from_settings(settings, needs=("registry", "lookup"), clock=clock)
    yield made
    made.close()


def test_a_list_goes_all_the_way_on_firestore(
    in_firestore: Deployment,
    client: Client,
    run_on: Callable[[str, Deployment], None],
) -> None:
    visitor = client("nik_lookup")
    door = client("weekly_sync")
    for name in ("nik_lookup", "weekly_sync"):
        run_on(name, in_firestore)
    for role in (Role.OPERATOR, Role.VERIFIER):
        in_firestore.accounts.add(
            f"{role}@contoh.example", role.value, role, in_firestore.kelurahan.key, PASSWORD
        )
    batch = Officer(door, "operator@contoh.example").bring(LIST)
    verifier = Officer(door, "verifier@contoh.example")
    assert verifier.decide(batch, "approve").status_code == 200
    form = {"nik": nik(3), "name": "warga"}
    assert "Terdaftar" in visitor.post("/api/lookup", data=form).text
    assert verifier.decide(batch, "undo", reason="Salah berkas").status_code == 200
    assert "Tidak ditemukan" in visitor.post("/api/lookup", data=form).text


def test_officers_who_decide_at_the_same_moment_publish_once(
    officer: Callable[[str], Officer],
    deployment: Deployment,
    run_on: Callable[[str, Deployment], None],
    serve: Callable[[Any], int],
) -> None:
    batch = officer("operator").bring(LIST)
    verifier = officer("verifier")
    run_on("nik_lookup", deployment)
    run_on("transparency", deployment)
    port = serve(create_gateway())
    session = verifier.client.get_cookie("__session")
    assert session is not None
    headers = verifier.headers | {
        "Cookie": f"__session={session.value}",
        "Content-Type": "application/json",
    }
    body = json.dumps({"differences_hash": batch["differences_hash"], "password": PASSWORD})

    def approve(_: int) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("POST", f"/api/sync/{batch['id']}/approve", body, headers)
        status = connection.getresponse().status
        connection.close()
        return status

    with ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(approve, range(6)))
    assert set(statuses) <= {200, 409}
    assert 200 in statuses
    published = [entry for entry in deployment.audit.entries() if entry.action == "batch.publish"]
    assert len(published) == 1
