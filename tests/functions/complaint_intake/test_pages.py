"""Complaints without a script: form, check, receipt and status, each with all that was typed."""

from __future__ import annotations

from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.complaints.casework.service import Casework
from shared.deployment import Deployment
from shared.staff.accounts import Role, Staff
from tests.complaints.pictures import corners, telling, written
from tests.functions.complaint_intake import complaining
from tests.functions.complaint_intake.complaining import (
    ADDRESS,
    BODY,
    file,
    new_key,
    read,
    told,
    words,
)
from tests.functions.complaint_intake.test_complaints import close
from tests.functions.conftest import Client, Clock

TYPED = {
    "emoji": "Beras 5 kg hilang 😀👨‍👩‍👧‍👦, mohon diperiksa",
    "arabic": "السلام عليكم، لم أستلم المساعدة هذا الشهر",
    "sundanese": "Abdi teu acan nampi bantosan. ᮃᮘ᮪ᮓᮤ ᮒᮩ ᮃᮎᮔ᮪ ᮔᮙ᮪ᮕᮤ",
    "long": ("Beras\n" * 666) + "abis",
    "markup": "<script>alert(1)</script> & </textarea><b>tebal</b> {{ 7 * 7 }} \" '",
    "formula": '=HYPERLINK("http://contoh.example","x")\n+62\n-1\n@SUM(1)',
    "lines": "Baris satu, cukup panjang\n\n  Baris tiga menjorok",
    "entity": "&lt;b&gt; &amp; &#39; tidak berubah",
}
# What a browser makes of the end of a line, in a form.
CRLF = "\r\n"
OTHER_PHOTO = written(corners((300, 400)), "JPEG")


@pytest.fixture
def web(client: Client) -> FlaskClient:
    return client("complaint_intake")


def cases(deployment: Deployment) -> list[Any]:
    key = deployment.kelurahan.key
    officer = Staff(id="auditor-1", name="Yayan", role=Role.AUDITOR, kelurahan=key)
    return list(Casework.of(deployment).cases(officer))


def as_sent(fields: dict[str, str]) -> dict[str, str]:
    """What a browser sends for the fields of a page."""
    return {name: text.replace("\n", CRLF) for name, text in fields.items()}


def test_from_the_form_over_the_check_to_the_receipt(
    web: FlaskClient, deployment: Deployment
) -> None:
    check = read(web.post(ADDRESS, data=BODY)).form(ADDRESS)
    assert len(check.fields.pop("idempotency_key")) >= 16
    assert check.fields == BODY
    assert cases(deployment) == []
    again = web.post(ADDRESS, data=BODY)
    sent = read(again).form(ADDRESS).fields
    number, secret = complaining.receipt(web.post(ADDRESS, data=sent))
    status = told(web.post(f"{ADDRESS}/status", json={"ticket": number, "secret": secret}))
    assert status["state"] == "new"
    assert [case.ticket for case in cases(deployment)] == [number]


def test_the_receipt_comes_again_as_often_as_it_is_sent(
    web: FlaskClient, deployment: Deployment
) -> None:
    sent = read(web.post(ADDRESS, data=BODY)).form(ADDRESS).fields
    pages = [web.post(ADDRESS, data=as_sent(sent)) for _ in range(3)]
    assert len({complaining.receipt(page) for page in pages}) == 1
    assert len(cases(deployment)) == 1
    # a script that sends the same is told the same
    assert told(web.post(ADDRESS, json={**sent}))["ticket"] == complaining.receipt(pages[0])[0]


def test_each_check_has_a_key_of_its_own(web: FlaskClient) -> None:
    keys = {
        read(web.post(ADDRESS, data=BODY)).form(ADDRESS).fields["idempotency_key"]
        for _ in range(20)
    }
    assert len(keys) == 20


@pytest.mark.parametrize(
    ("changed", "faulty"),
    [
        ({"text": "pendek"}, {"text"}),
        ({"text": "a" * 4_001}, {"text"}),
        ({"text": "a" * 12_000}, {"text"}),
        ({"text": "😀" * 4_100}, {"text"}),
        ({"programme": ""}, {"programme"}),
        ({"rt": "dua"}, {"rt"}),
        ({"rt": "nomor dua belas"}, {"rt"}),
        ({"name": ""}, {"name"}),
        ({"name": "a" * 300}, {"name"}),
        ({"nik": "3273" * 20}, {"nik"}),
        ({"contact": "nomor saya"}, {"contact"}),
        ({"contact": "a" * 255}, {"contact"}),
        ({"text": "", "nik": "1", "contact": "x"}, {"text", "nik", "contact"}),
    ],
)
def test_a_form_with_faults_comes_back_as_it_was_typed(
    web: FlaskClient, changed: dict[str, str], faulty: set[str]
) -> None:
    typed = {**BODY, **changed, "confidential": "true"}
    answer = web.post(ADDRESS, data=typed)
    page = read(answer, 400)
    assert page.faults.keys() == faulty
    assert all(page.faults.values())
    form = page.form(ADDRESS)
    assert form.fields == typed
    assert {form.ids[name] for name in faulty} == faulty
    for name in faulty:
        assert f'{name}-error" aria-invalid="true"' in answer.text
    assert "Ada isian yang perlu diperbaiki" in answer.text


def test_ubah_isian_leads_back_with_everything(web: FlaskClient) -> None:
    sent = read(web.post(ADDRESS, data=BODY)).form(ADDRESS).fields
    page = read(web.post(ADDRESS, data={**as_sent(sent), "action": "edit"}))
    assert page.form(ADDRESS).fields == {**sent, "action": "check"}
    assert page.faults == {}


def test_ubah_isian_asks_nothing_of_what_is_not_complete(web: FlaskClient) -> None:
    typed = {"kind": "other", "text": "", "action": "edit"}
    assert read(web.post(ADDRESS, data=typed)).faults == {}


@pytest.mark.parametrize("text", TYPED.values(), ids=TYPED)
def test_what_is_typed_comes_back_as_typed_everywhere(web: FlaskClient, text: str) -> None:
    typed = {"kind": "other", "text": text.replace("\n", CRLF), "name": text[:100]}
    form = read(web.post(ADDRESS, data={**typed, "rt": "dua"}), 400).form(ADDRESS)
    assert form.fields["text"].replace(CRLF, "\n") == text
    check = read(web.post(ADDRESS, data=typed)).form(ADDRESS)
    assert check.fields["text"].replace(CRLF, "\n") == text
    edited = read(web.post(ADDRESS, data={**check.fields, "action": "edit"})).form(ADDRESS)
    assert edited.fields["text"].replace(CRLF, "\n") == text
    number, secret = complaining.receipt(web.post(ADDRESS, data=check.fields))
    pair = {"ticket": number, "secret": secret}
    message = {**pair, "step": "add", "text": text.replace("\n", CRLF)}
    page = web.post(f"{ADDRESS}/messages", data=message)
    read(page)
    status = told(web.post(f"{ADDRESS}/status", json=pair))
    assert status["timeline"][-1]["note"] == text
    assert text in notes(page.text)
    assert page.text.count("<script") == 1, "the site's own, none of what was typed"


def notes(html: str) -> list[str]:
    return [unescape(part.split("</p>")[0]) for part in html.split('<p class="typed">')[1:]]


@pytest.mark.parametrize(
    ("pasted", "kept"),
    [
        ("Baris satu\x0bbaris dua panjang", "Baris satu\nbaris dua panjang"),
        ("Nol\x00 dan\x07 lonceng\x1f di dalam", "Nol dan lonceng di dalam"),
        ("Tab\tboleh tetap di sini", "Tab\tboleh tetap di sini"),
    ],
)
def test_what_nobody_sees_keeps_no_complaint_away(web: FlaskClient, pasted: str, kept: str) -> None:
    check = read(web.post(ADDRESS, data={"kind": "other", "text": pasted})).form(ADDRESS)
    assert check.fields["text"] == kept


def test_who_is_anonymous_reads_that_nothing_is_kept_of_them(web: FlaskClient) -> None:
    typed = {**BODY, "kind": "deduction", "anonymous": "true"}
    answer = web.post(ADDRESS, data=typed)
    assert "Nama, NIK, dan kontak tidak disimpan." in answer.text
    shown = answer.text.partition("<dl")[2].partition("</dl>")[0]
    assert [value for value in (BODY["name"], BODY["nik"], BODY["contact"]) if value in shown] == []


def test_other_content_under_the_same_key_is_told_and_may_be_sent_as_another(
    web: FlaskClient, deployment: Deployment
) -> None:
    sent = read(web.post(ADDRESS, data=BODY)).form(ADDRESS).fields
    first, _ = complaining.receipt(web.post(ADDRESS, data=sent))
    answer = web.post(ADDRESS, data={**sent, "text": "Sebetulnya beras saya sudah datang."})
    form = read(answer, 409).form(ADDRESS)
    assert "Pengaduan pertama sudah kami terima" in answer.text
    assert "Kirim sebagai pengaduan kedua" in answer.text
    assert form.fields["text"] == "Sebetulnya beras saya sudah datang."
    assert form.fields["idempotency_key"] != sent["idempotency_key"]
    second, _ = complaining.receipt(web.post(ADDRESS, data=form.fields))
    assert {case.ticket for case in cases(deployment)} == {first, second}


def test_who_edits_after_a_lost_answer_makes_no_second_one_by_accident(
    web: FlaskClient, deployment: Deployment
) -> None:
    sent = read(web.post(ADDRESS, data=BODY)).form(ADDRESS).fields
    first, _ = complaining.receipt(web.post(ADDRESS, data=sent))
    # the answer was lost, so back to the page before it, and from there to the form
    form = read(web.post(ADDRESS, data={**sent, "action": "edit"})).form(ADDRESS)
    faulty = web.post(ADDRESS, data={**form.fields, "nik": "1"})
    corrected = {**read(faulty, 400).form(ADDRESS).fields, "nik": "", "rt": "04"}
    check = read(web.post(ADDRESS, data=corrected)).form(ADDRESS)
    answer = web.post(ADDRESS, data=check.fields)
    assert read(answer, 409).form(ADDRESS).fields["rt"] == "04"
    assert "Kirim sebagai pengaduan kedua" in answer.text
    assert [case.ticket for case in cases(deployment)] == [first]


def test_who_edits_before_anything_was_received_sends_it_as_edited(
    web: FlaskClient, deployment: Deployment
) -> None:
    sent = read(web.post(ADDRESS, data=BODY)).form(ADDRESS).fields
    form = read(web.post(ADDRESS, data={**sent, "action": "edit"})).form(ADDRESS)
    check = read(web.post(ADDRESS, data={**form.fields, "rt": "04"})).form(ADDRESS)
    assert cases(deployment) == []
    complaining.receipt(web.post(ADDRESS, data=check.fields))
    assert [case.rt for case in cases(deployment)] == ["04"]


@pytest.mark.parametrize(
    ("again", "are_late"), [([], False), ([telling()], False), ([OTHER_PHOTO], True)]
)
def test_whatever_photos_are_picked_after_a_lost_answer_it_is_one_complaint(
    web: FlaskClient, deployment: Deployment, again: list[bytes], are_late: bool
) -> None:
    sent = read(web.post(ADDRESS, data=BODY)).form(ADDRESS).fields
    receipt = complaining.receipt(complaining.sent_with(web, sent, [telling()]))
    answer = complaining.sent_with(web, sent, again)
    assert complaining.receipt(answer) == receipt
    assert ("tidak ikut tersimpan" in answer.text) is are_late
    assert [(case.ticket, case.photos) for case in cases(deployment)] == [(receipt[0], 1)]


def test_photos_that_come_after_a_complaint_without_any_are_told_to_be_late(
    web: FlaskClient, deployment: Deployment
) -> None:
    sent = read(web.post(ADDRESS, data=BODY)).form(ADDRESS).fields
    receipt = complaining.receipt(web.post(ADDRESS, data=sent))
    answer = complaining.sent_with(web, sent, [telling()])
    assert complaining.receipt(answer) == receipt
    assert "tidak ikut tersimpan" in answer.text
    assert [case.photos for case in cases(deployment)] == [0]


def test_other_words_with_a_photo_are_no_repeat(web: FlaskClient, deployment: Deployment) -> None:
    sent = read(web.post(ADDRESS, data=BODY)).form(ADDRESS).fields
    complaining.receipt(complaining.sent_with(web, sent, [telling()]))
    for photos in ([], [telling()]):
        read(complaining.sent_with(web, {**sent, "rt": "04"}, photos), 409)
    assert len(cases(deployment)) == 1


def test_a_kind_that_is_none_leads_to_the_choice(web: FlaskClient) -> None:
    for kind in ("", "nonsense", "../other", "<b>"):
        answer = web.post(ADDRESS, data={**BODY, "kind": kind})
        assert answer.status_code == 400
        assert '<html lang="id">' in answer.text


@pytest.mark.parametrize("stray", [{"state": "closed"}, {"": "x"}, {"<b>": "<i>"}])
def test_a_field_that_is_none_of_the_form_loses_nothing(
    web: FlaskClient, stray: dict[str, str]
) -> None:
    page = read(web.post(ADDRESS, data={**BODY, **stray}), 400)
    assert page.form(ADDRESS).fields == BODY
    assert "b" not in page.tags


def test_a_key_that_is_none_gets_a_new_one(web: FlaskClient) -> None:
    page = read(web.post(ADDRESS, data={**BODY, "idempotency_key": "../x"}), 400)
    assert page.form(ADDRESS).fields == BODY
    check = read(web.post(ADDRESS, data=page.form(ADDRESS).fields)).form(ADDRESS)
    assert len(check.fields["idempotency_key"]) >= 16


@pytest.fixture
def pair(web: FlaskClient) -> dict[str, str]:
    """Number and secret of a complaint."""
    receipt = told(web.post(ADDRESS, json={**BODY, "idempotency_key": new_key()}), 201)
    return {"ticket": receipt["ticket"], "secret": receipt["secret"]}


def test_a_status_is_the_same_on_the_page_as_for_a_script(
    web: FlaskClient, pair: dict[str, str], deployment: Deployment, clock: Clock
) -> None:
    close(deployment, clock)
    status = told(web.post(f"{ADDRESS}/status", json=pair))
    answer = web.post(f"{ADDRESS}/status", data=pair)
    read(answer)
    shown = words(answer)
    for each in (status["ticket"], status["state_name"], status["outcome_name"]):
        assert each in shown
    for entry in status["timeline"]:
        assert entry["note"] in shown
        assert entry["step_name"] in shown.lower()
    offered = set(status["steps"]) - {"rate"}
    assert {form.fields["step"] for form in read(answer).forms if "step" in form.fields} == offered


def test_every_form_of_a_status_page_goes_through(
    web: FlaskClient, pair: dict[str, str], deployment: Deployment, clock: Clock
) -> None:
    page = read(web.post(f"{ADDRESS}/status", data=pair))
    added = page.form(f"{ADDRESS}/messages", step="add").fields
    page = read(web.post(f"{ADDRESS}/messages", data={**added, "text": "Ada yang baru."}))
    close(deployment, clock)
    page = read(web.post(f"{ADDRESS}/status", data=page.form(f"{ADDRESS}/status").fields))
    score = page.form(f"{ADDRESS}/satisfaction").fields
    page = read(web.post(f"{ADDRESS}/satisfaction", data={**score, "score": "2"}))
    appeal = page.form(f"{ADDRESS}/messages", step="appeal").fields
    answer = web.post(f"{ADDRESS}/messages", data={**appeal, "text": "Belum tepat."})
    assert "Belum tepat." in answer.text
    assert told(web.post(f"{ADDRESS}/status", json=pair))["state"] == "appealed"


@pytest.mark.parametrize("text", ["", "ya", "a" * 4_001, "a" * 9_000])
def test_a_message_with_a_fault_comes_back_as_it_was_typed(
    web: FlaskClient, pair: dict[str, str], text: str
) -> None:
    page = read(web.post(f"{ADDRESS}/messages", data={**pair, "step": "add", "text": text}), 400)
    assert page.faults.keys() == {"text"}
    form = page.form(f"{ADDRESS}/messages", step="add")
    assert (form.ids["text"], form.fields["text"]) == ("text", text)


def test_a_score_with_a_fault_comes_back_with_its_message(
    web: FlaskClient, pair: dict[str, str], deployment: Deployment, clock: Clock
) -> None:
    close(deployment, clock)
    for changed, faulty in (
        ({}, "score"),
        ({"score": ""}, "score"),
        ({"score": "9"}, "score"),
        ({"score": "4", "text": "a" * 4_001}, "text"),
    ):
        sent = {**pair, "text": "Terima kasih.", **changed}
        page = read(web.post(f"{ADDRESS}/satisfaction", data=sent), 400)
        assert page.faults.keys() == {faulty}
        form = page.form(f"{ADDRESS}/satisfaction")
        assert form.fields["text"] == sent["text"]
        assert form.fields.get("score") == ("4" if faulty == "text" else None)


def test_a_step_that_is_too_late_shows_how_the_complaint_stands(
    web: FlaskClient, pair: dict[str, str]
) -> None:
    answer = web.post(f"{ADDRESS}/messages", data={**pair, "step": "reopen", "text": "Belum."})
    read(answer, 409)
    assert pair["ticket"] in answer.text


def test_the_question_is_asked_again_without_the_secret(
    web: FlaskClient, pair: dict[str, str]
) -> None:
    wrong = {**pair, "secret": "1234-5678-9ABC-DEFG"}
    form = read(web.post(f"{ADDRESS}/status", data=wrong), 404).form(f"{ADDRESS}/status")
    assert form.fields == {"ticket": pair["ticket"], "secret": ""}
    long = {"ticket": "x" * 200, "secret": "y" * 200}
    read(web.post(f"{ADDRESS}/status", data=long), 404)


def test_whoever_asks_too_often_keeps_the_message(
    web: FlaskClient, pair: dict[str, str], deployment: Deployment
) -> None:
    for _ in range(deployment.kelurahan.complaints.per_address_hourly):
        web.post(f"{ADDRESS}/status", json={**pair, "secret": "0" * 16})
    message = {**pair, "step": "add", "text": "Baris satu.\r\nBaris dua."}
    answer = web.post(f"{ADDRESS}/messages", data=message)
    assert int(answer.headers["Retry-After"]) > 0
    assert read(answer, 429).form(f"{ADDRESS}/messages").fields == message


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("messages", {"step": "add", "text": "Tetangga sudah\r\nmenerima."}),
        ("status", {}),
    ],
)
def test_a_message_outlives_a_store_that_is_away(
    web: FlaskClient,
    pair: dict[str, str],
    deployment: Deployment,
    path: str,
    more: dict[str, str],
    clock: Clock,
) -> None:
    deployment.intake.close()
    sent = {**pair, **more}
    answer = web.post(f"{ADDRESS}/{path}", data=sent)
    form = read(answer, 503).form(f"{ADDRESS}/{path}")
    assert form.fields == sent
    assert "Tidak ada yang hilang" in answer.text
    refused = web.post(f"{ADDRESS}/{path}", json=sent)
    assert refused.content_type == "application/problem+json"


@pytest.mark.parametrize(("code", "are_given"), [("32.73.09.1002", True), ("91.01.02.2003", False)])
def test_only_programmes_that_are_given_here_can_be_chosen(
    web: FlaskClient, deployment: Any, code: str, are_given: bool
) -> None:
    deployment.kelurahan = replace(deployment.kelurahan, code=code)
    form = web.post(ADDRESS, data={**BODY, "action": "edit"}).text
    assert '<option value="bpnt"' in form
    for local in ("atm-beras", "rutilahu"):
        assert (f'<option value="{local}"' in form) is are_given


@pytest.mark.parametrize("count", [1, 3])
def test_photos_are_added_where_it_is_checked(
    web: FlaskClient, deployment: Deployment, count: int
) -> None:
    sent: dict[str, Any] = read(web.post(ADDRESS, data=BODY)).form(ADDRESS).fields
    complaining.receipt(web.post(ADDRESS, data={**sent, "photos": [file() for _ in range(count)]}))
    assert [case.photos for case in cases(deployment)] == [count]
