"""Complaints over HTTP as a script hands them in and follows them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from shared.complaints.casework.service import Casework
from shared.complaints.model import ticket
from shared.complaints.model.lifecycle import Outcome, Step
from shared.deployment import Deployment
from shared.staff.accounts import Role, Staff
from tests.complaints import dumping
from tests.functions.complaint_intake import complaining
from tests.functions.complaint_intake.complaining import (
    ADDRESS,
    ANYTHING,
    body,
    faults,
    new_key,
    told,
)
from tests.functions.conftest import Client, Clock

OTHER_NUMBER = "TS26-7KQ4-M2XD-9"
JSON = {"Accept": "application/json"}
_OF_ONE_ANSWER = ("X-Request-Id", "Content-Length")


@pytest.fixture
def web(client: Client) -> FlaskClient:
    return client("complaint_intake")


@pytest.fixture
def handed_in(web: FlaskClient) -> dict[str, str]:
    """Number and secret of a complaint."""
    answer = told(web.post(ADDRESS, json=body()), 201)
    return {"ticket": answer["ticket"], "secret": answer["secret"]}


def close(deployment: Deployment, clock: Clock) -> None:
    """The office decides on its one complaint."""
    key = deployment.kelurahan.key
    officer = Staff(id="verifier-1", name="Rina", role=Role.VERIFIER, kelurahan=key)
    work = Casework.of(deployment)
    (case,) = work.cases(officer)
    case = work.step(officer, case.id, Step.VERIFY, version=case.version)
    clock.later(hours=1)
    said = "Sudah diperiksa dan diselesaikan."
    work.step(
        officer, case.id, Step.CLOSE, version=case.version, public=said, outcome=Outcome.PROVEN
    )


def test_a_complaint_gets_a_receipt_and_the_same_one_again(web: FlaskClient) -> None:
    given = body()
    first = web.post(ADDRESS, json=given)
    assert told(first, 201).keys() == {
        *("ticket", "secret", "kind", "received_on", "verify_by", "resolve_by"),
        *("next_steps", "status_url", "qr"),
    }
    assert first.headers["Cache-Control"] == "no-store"
    again = web.post(ADDRESS, json=given)
    assert (again.status_code, again.data) == (200, first.data)
    assert ticket.read_secret(told(again)["secret"])


def test_the_receipt_says_by_when_and_where_to_ask(web: FlaskClient) -> None:
    receipt = told(web.post(ADDRESS, json=body()), 201)
    # Friday, 20 November 2026; three and five working days later
    assert receipt["received_on"] == "2026-11-20"
    assert (receipt["verify_by"], receipt["resolve_by"]) == ("2026-11-25", "2026-11-27")
    assert "25 November 2026" in receipt["next_steps"][0]
    assert receipt["status_url"] == "/cek-pengaduan/"


def test_other_content_under_the_same_key_is_refused(web: FlaskClient) -> None:
    given = body()
    told(web.post(ADDRESS, json=given), 201)
    for changed in ({"text": "Sebetulnya beras saya sudah datang."}, {"confidential": True}):
        refused = told(web.post(ADDRESS, json={**given, **changed}), 409)
        assert refused["code"] == "IDEMPOTENCY_KEY_USED"
        assert "secret" not in refused


@pytest.mark.parametrize(
    ("changed", "pointers"),
    [
        ({"kind": "nonsense"}, {"#/kind"}),
        ({"kind": ""}, {"#/kind"}),
        ({"kind": None}, {"#/kind"}),
        ({"text": "pendek"}, {"#/text"}),
        ({"text": "a" * 4_001}, {"#/text"}),
        ({"text": "a" * 9_000}, {"#/text"}),
        ({"text": 12}, {"#/text"}),
        ({"programme": "nonsense"}, {"#/programme"}),
        ({"programme": ""}, {"#/programme"}),
        ({"rw": "99"}, {"#/rw"}),
        ({"rt": "dua"}, {"#/rt"}),
        ({"name": ""}, {"#/name"}),
        ({"name": "a" * 101}, {"#/name"}),
        ({"nik": "3273"}, {"#/nik"}),
        ({"nik": "3273093201900007"}, {"#/nik"}),
        ({"contact": "nomor saya"}, {"#/contact"}),
        ({"anonymous": True}, {"#/anonymous"}),
        ({"anonymous": "mungkin"}, {"#/anonymous"}),
        ({"confidential": []}, {"#/confidential"}),
        ({"idempotency_key": ""}, {"#/idempotency_key"}),
        ({"idempotency_key": "short"}, {"#/idempotency_key"}),
        ({"idempotency_key": "a" * 65}, {"#/idempotency_key"}),
        ({"idempotency_key": "a" * 20 + "\n" + "b" * 20}, {"#/idempotency_key"}),
        ({"idempotency_key": "a/../b" * 4}, {"#/idempotency_key"}),
        ({"text": "", "rw": "99", "nik": "1"}, {"#/text", "#/rw", "#/nik"}),
        ({"state": "closed"}, {"#"}),
    ],
)
def test_every_fault_is_told_at_its_field(
    web: FlaskClient, deployment: Deployment, changed: dict[str, Any], pointers: set[str]
) -> None:
    found = faults(web.post(ADDRESS, json=body(**changed)))
    assert found.keys() == pointers
    assert all(detail.endswith(".") for detail in found.values())
    assert "complaints" not in dumping.text(deployment.intake)


def test_no_refusal_repeats_what_was_typed(web: FlaskClient) -> None:
    marked = body(nik="3273093201900007", contact="Penandawati", rt="Penandawati", kind="other")
    answer = web.post(ADDRESS, json=marked)
    assert answer.status_code == 400
    assert "3273093201900007" not in answer.text
    assert "Penandawati" not in answer.text


def test_who_is_anonymous_needs_no_name(web: FlaskClient) -> None:
    given = {"kind": "deduction", "text": "Bantuan dipotong lima puluh ribu.", "anonymous": True}
    told(web.post(ADDRESS, json={**given, "idempotency_key": new_key()}), 201)


@pytest.mark.parametrize(
    ("path", "given"),
    [
        (ADDRESS, body()),
        (f"{ADDRESS}/status", {"ticket": OTHER_NUMBER, "secret": "0" * 16}),
        (f"{ADDRESS}/messages", {"ticket": OTHER_NUMBER, "secret": "0" * 16, "step": "add"}),
        (f"{ADDRESS}/satisfaction", {"ticket": OTHER_NUMBER, "secret": "0" * 16, "score": 1}),
    ],
)
def test_what_is_no_request_is_refused(web: FlaskClient, path: str, given: dict[str, Any]) -> None:
    for method in ("GET", "PUT", "DELETE", "PATCH"):
        refused = web.open(path, method=method, json=given)
        assert refused.status_code == 405
        assert refused.headers["Allow"] == "POST"
    assert web.post(path, data="{}", content_type="text/plain").status_code == 415
    assert web.post(path, data="{}", content_type="application/xml").status_code == 415
    for malformed in (b"{", b"[]", b'"x"', b"\xff", b'{"kind": NaN}', b"[" * 1_500):
        refused = web.post(path, data=malformed, content_type="application/json")
        assert refused.status_code == 400, malformed
    large = {**given, "text": "a" * 600_000}
    for sent in ({"json": large}, {"data": large}):
        assert web.post(path, **sent, headers=JSON).status_code == 413  # type: ignore[arg-type]
    form = web.post(path, data=b"--x\r\n", content_type="multipart/form-data", headers=JSON)
    # a form without fields asks for nothing that is there
    assert form.status_code == (404 if path.endswith("status") else 400)


def test_a_complaint_is_followed_by_number_and_secret(
    web: FlaskClient, handed_in: dict[str, str]
) -> None:
    typed = {
        "ticket": handed_in["ticket"].lower().replace("-", " "),
        "secret": handed_in["secret"].lower(),
    }
    status = told(web.post(f"{ADDRESS}/status", json=typed))
    assert (status["ticket"], status["state"], status["level"]) == (handed_in["ticket"], "new", 0)
    assert status["kind_name"] == "Terdaftar, tetapi bantuan tidak diterima"
    assert (status["outcome"], status["days_late"], status["asks_back"]) == (None, 0, False)
    assert status["due_on"] == status["verify_by"] == "2026-11-25"
    assert set(status["steps"]) == {"add", "withdraw"}
    (received,) = status["timeline"]
    assert (received["at"], received["role"]) == ("2026-11-20T10:00+07:00", "Anda")
    assert (received["step"], received["note"]) == ("receive", "")


def test_a_status_tells_nothing_that_identifies(
    web: FlaskClient, handed_in: dict[str, str]
) -> None:
    answer = web.post(f"{ADDRESS}/status", json=handed_in)
    told_of = (complaining.NIK, "Euis", "Karlina", "3456", handed_in["secret"])
    assert [value for value in told_of if value in answer.text] == []


def test_a_message_is_kept_once_however_often_it_is_sent(
    web: FlaskClient, handed_in: dict[str, str], clock: Clock
) -> None:
    said = {**handed_in, "step": "add", "text": "Tetangga sudah menerima tanggal 3."}
    for _ in range(3):
        status = told(web.post(f"{ADDRESS}/messages", json=said))
        clock.later(minutes=1)
    assert [entry["note"] for entry in status["timeline"]] == ["", said["text"]]
    assert status["timeline"][-1]["role"] == "Anda"


def test_the_whole_way_to_an_appeal(
    web: FlaskClient, handed_in: dict[str, str], deployment: Deployment, clock: Clock
) -> None:
    close(deployment, clock)
    status = told(web.post(f"{ADDRESS}/status", json=handed_in))
    assert (status["state"], status["outcome"], status["due_on"]) == ("closed", "proven", None)
    assert {"rate", "reopen", "appeal"} <= set(status["steps"])
    assert status["timeline"][-1]["note"] == "Sudah diperiksa dan diselesaikan."
    assert "verifier-1" not in str(status)
    appealed = {**handed_in, "step": "appeal", "text": "Berasnya tetap belum ada."}
    status = told(web.post(f"{ADDRESS}/messages", json=appealed))
    assert status["state"] == "appealed"
    refused = web.post(f"{ADDRESS}/messages", json={**appealed, "step": "reopen"})
    assert told(refused, 409)["type"] == "/masalah/wrong-state"


def test_who_is_content_says_so_once_it_is_closed(
    web: FlaskClient, handed_in: dict[str, str], deployment: Deployment, clock: Clock
) -> None:
    score = {**handed_in, "score": 4, "text": "Terima kasih."}
    assert told(web.post(f"{ADDRESS}/satisfaction", json=score), 409)["status"] == 409
    close(deployment, clock)
    assert told(web.post(f"{ADDRESS}/satisfaction", json=score))["state"] == "rated"


@pytest.mark.parametrize("score", [0, 6, -1, 10**30, 2.5, "lima", "", None, True, [], float("1e9")])
def test_a_score_is_one_to_five(
    web: FlaskClient,
    handed_in: dict[str, str],
    deployment: Deployment,
    clock: Clock,
    score: object,
) -> None:
    close(deployment, clock)
    refused = web.post(f"{ADDRESS}/satisfaction", json={**handed_in, "score": score})
    assert faults(refused) == {"#/score": "Pilih nilai 1 sampai 5."}


def test_a_score_beyond_all_numbers_is_told_alike(web: FlaskClient) -> None:
    sent = b'{"ticket": "x", "secret": "x", "score": 1e999}'
    refused = web.post(f"{ADDRESS}/satisfaction", data=sent, content_type="application/json")
    assert faults(refused) == {"#/score": "Pilih nilai 1 sampai 5."}


@pytest.mark.parametrize(
    ("step", "text", "pointer"),
    [
        ("add", "", "#/text"),
        ("add", "ya", "#/text"),
        ("add", "a" * 4_001, "#/text"),
        ("add", "a" * 9_000, "#/text"),
        ("close", "Selesai.", "#/step"),
        ("assign", "Kepada saya.", "#/step"),
        ("rate", "Bagus sekali.", "#/step"),
        ("", "Bagus sekali.", "#/step"),
        (None, "Bagus sekali.", "#/step"),
    ],
)
def test_every_fault_of_a_message_is_told_at_its_field(
    web: FlaskClient, handed_in: dict[str, str], step: str, text: str, pointer: str
) -> None:
    refused = web.post(f"{ADDRESS}/messages", json={**handed_in, "step": step, "text": text})
    assert faults(refused).keys() == {pointer}


def _refusals(web: FlaskClient, pairs: list[dict[str, str]], html: bool) -> list[TestResponse]:
    """The answers to pairs that don't fit, on every route that asks for one."""
    found = []
    for path, more in (
        ("status", {}),
        ("messages", {"step": "add", "text": "Ada yang baru."}),
        ("satisfaction", {"score": 3}),
    ):
        for pair in pairs:
            sent: dict[str, Any] = {"data" if html else "json": {**pair, **more}}
            found.append(web.post(f"{ADDRESS}/{path}", **sent))
    return found


@pytest.mark.parametrize("html", [False, True])
def test_wrong_number_wrong_secret_and_unknown_are_the_same_bytes(
    web: FlaskClient, handed_in: dict[str, str], html: bool
) -> None:
    second = told(web.post(ADDRESS, json=body()), 201)
    pairs = [
        {**handed_in, "secret": "0" * 16},
        {**handed_in, "secret": second["secret"]},
        {**handed_in, "secret": ""},
        {**handed_in, "secret": "€ <b> '"},
        {"ticket": OTHER_NUMBER, "secret": handed_in["secret"]},
        {"ticket": "TS26-0000-0000-0", "secret": handed_in["secret"]},
        {"ticket": "", "secret": ""},
        {"ticket": "../recipients", "secret": "x"},
    ]
    answers = _refusals(web, pairs, html)
    assert {answer.status_code for answer in answers} == {404}
    same = set()
    for answer, pair in zip(answers, pairs * 3, strict=True):
        text = answer.text.replace(answer.headers["X-Request-Id"], "")
        same.add(text.replace(f'value="{pair["ticket"]}"', 'value=""') if html else text)
    assert len(same) == 1
    headers = {
        tuple((name, value) for name, value in answer.headers if name not in _OF_ONE_ANSWER)
        for answer in answers
    }
    assert len(headers) == 1


def test_one_address_hands_in_so_many_in_an_hour_and_others_go_on(
    web: FlaskClient, deployment: Deployment, clock: Clock
) -> None:
    most = deployment.kelurahan.complaints.per_address_hourly
    here: Any = {"environ_base": {"REMOTE_ADDR": "203.0.113.7"}}
    there: Any = {"environ_base": {"REMOTE_ADDR": "203.0.113.8"}}
    for _ in range(most):
        sent = {**ANYTHING, "anonymous": True, "idempotency_key": new_key()}
        told(web.post(ADDRESS, json=sent, **here), 201)
        clock.later(seconds=1)
    refused = web.post(ADDRESS, json=body(), **here)
    assert told(refused, 429)["type"] == "/masalah/too-many-requests"
    assert int(refused.headers["Retry-After"]) == 3600 - most
    page = web.post(ADDRESS, data=body(), **here)
    assert int(page.headers["Retry-After"]) == 3600 - most
    told(web.post(ADDRESS, json=body(), **there), 201)
    clock.later(seconds=3600 - most)
    told(web.post(ADDRESS, json=body(), **here), 201)


@pytest.mark.parametrize("operation", ["hand in", "guess"])
def test_the_instances_of_a_function_share_the_hour_of_an_address(
    deployment: Deployment, client: Client, operation: str
) -> None:
    deployment.settings = replace(deployment.settings, max_instances=4)
    web = client("complaint_intake")

    def ask() -> int:
        if operation == "hand in":
            return web.post(ADDRESS, json=body()).status_code
        guess = {"ticket": "TS-26-000000-0", "secret": "AAAA-AAAA-AAAA-AAAA"}
        return web.post(f"{ADDRESS}/status", json=guess).status_code

    share = deployment.kelurahan.complaints.per_address_hourly // 4
    assert {ask() for _ in range(share)} == {201 if operation == "hand in" else 404}
    assert ask() == 429


def test_one_address_guesses_so_often_and_the_right_ones_count_for_nothing(
    web: FlaskClient, handed_in: dict[str, str], deployment: Deployment
) -> None:
    most = deployment.kelurahan.complaints.per_address_hourly
    for _ in range(most + 5):
        told(web.post(f"{ADDRESS}/status", json=handed_in))
    for _ in range(most):
        told(web.post(f"{ADDRESS}/status", json={**handed_in, "secret": "0" * 16}), 404)
    for path, more in (
        ("status", {}),
        ("messages", {"step": "add", "text": "Ada yang baru."}),
        ("satisfaction", {"score": 3}),
    ):
        refused = web.post(f"{ADDRESS}/{path}", json={**handed_in, **more})
        assert told(refused, 429)
        assert int(refused.headers["Retry-After"]) > 0
    elsewhere: Any = {"environ_base": {"REMOTE_ADDR": "203.0.113.8"}}
    told(web.post(f"{ADDRESS}/status", json=handed_in, **elsewhere))


def test_who_writes_their_own_address_into_a_header_is_held_all_the_same(
    web: FlaskClient, deployment: Deployment
) -> None:
    for number in range(deployment.kelurahan.complaints.per_address_hourly):
        headers = {"X-Forwarded-For": f"198.51.100.{number}"}
        told(web.post(ADDRESS, json=body(), headers=headers), 201)
    refused = web.post(ADDRESS, json=body(), headers={"X-Forwarded-For": "198.51.100.250"})
    assert refused.status_code == 429
