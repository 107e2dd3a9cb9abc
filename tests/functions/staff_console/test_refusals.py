"""What the console refuses is told in its own frame, with ways on, and nothing typed is lost."""

from __future__ import annotations

import html
import re

import pytest
from werkzeug.test import TestResponse

from shared.complaints.casework.service import Casework
from shared.complaints.model.lifecycle import Outcome, Step
from shared.platform.errors import Unavailable
from tests.functions.conftest import PASSWORD, Clock
from tests.functions.staff_console.conftest import Browser, Console, upload

ANSWER = "Sudah kami periksa ke penyalur: bantuan cair tanggal 3."
NOTE = "Penyalur <b>dihubungi</b> Senin."
STEP = {"step": "close", "version": "1", "public": ANSWER, "internal": NOTE, "outcome": "proven"}


def is_the_console_s(page: TestResponse) -> bool:
    return "Konsol MY NUTERA" in page.text and 'href="/cek-nik/"' not in page.text


def boxes(page: TestResponse) -> dict[str, str]:
    """What stands in the read-only boxes, by their labels."""
    found = re.findall(
        r'<label for="written-[a-z]+">([^<]*)</label><textarea[^>]* readonly>\n([^<]*)</textarea>',
        page.text,
    )
    return dict(found)


def closed_by_a_colleague(console: Console) -> str:
    """The path of a case that the verifier has closed."""
    case, work = console.complaint().case, Casework.of(console.deployment)
    verifier = console.officer("verifier")
    case = work.step(verifier, case.id, Step.VERIFY, version=1)
    work.step(
        verifier,
        case.id,
        Step.CLOSE,
        version=2,
        outcome=Outcome.REFERRED,
        public="Diteruskan ke penyalur.",
    )
    return f"/staff/pengaduan/{case.id}"


@pytest.mark.parametrize("path", ["/staff/tidak-ada", "/staff/sinkronisasi/aaaaaaaaaaaaaaaa"])
def test_what_is_not_there_leads_back_into_the_console(console: Console, path: str) -> None:
    page = console.browser("operator").get(path)
    assert page.status_code == 404
    assert is_the_console_s(page)
    assert 'class="button" href="/staff">Ke Beranda' in page.text
    assert "Keluar</button>" in page.text
    stranger = console.anybody().get("/staff/tidak-ada")
    assert stranger.status_code == 404
    assert is_the_console_s(stranger)
    assert 'href="/staff/masuk"' in stranger.text
    assert "Keluar</button>" not in stranger.text


def test_a_page_for_others_and_a_wrong_method_lead_back(console: Console) -> None:
    browser = console.browser("operator")
    for path, status in (("/staff/petugas", 403), ("/staff/pengaduan/cari", 405)):
        page = browser.get(path)
        assert page.status_code == status
        assert is_the_console_s(page)
        assert "Ke Beranda" in page.text
    assert browser.get("/staff/pengaduan/cari").headers["Allow"] == "POST"


def test_a_store_that_fails_is_told_in_the_console_s_frame(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = console.browser("operator")

    def fail(*_: object) -> None:
        raise Unavailable

    console.deployment.lookup.get = fail  # type: ignore[method-assign, assignment]
    page = browser.get("/staff")
    assert page.status_code == 503
    assert is_the_console_s(page)
    assert "Keluar</button>" in page.text
    console.deployment.registry.get = fail  # type: ignore[method-assign, assignment]
    page = browser.get("/staff")
    assert page.status_code == 503
    assert is_the_console_s(page)


def test_a_program_gets_a_problem(console: Console) -> None:
    client = console.browser("operator").client
    answer = client.get("/staff/petugas", headers={"Accept": "application/json"})
    assert answer.status_code == 403
    assert answer.mimetype == "application/problem+json"


def test_a_surveyor_has_an_account_and_a_way_out(console: Console) -> None:
    browser = console.browser("surveyor")
    page = browser.get("/staff")
    assert page.status_code == 403
    assert "Untuk peran Satgas belum ada apa-apa" in page.text
    assert 'href="/staff/akun">Akun saya' in page.text
    assert "Ke Beranda" not in page.text
    assert browser.get("/staff/akun").status_code == 200
    new = "sepeda-hijau-dua-belas"
    done = browser.post("/staff/akun/kata-sandi", password=PASSWORD, new_password=new)
    assert done.status_code == 303
    again = console.anybody()
    again.client.post("/staff/masuk", data={"email": console.emails["surveyor"], "password": new})
    assert again.post("/staff/keluar").headers["Location"].startswith("/staff/masuk")


def test_an_answer_to_a_case_that_a_colleague_closed_is_kept(console: Console) -> None:
    path = closed_by_a_colleague(console)
    page = console.browser("operator").post(f"{path}/langkah", **STEP)
    assert page.status_code == 409
    assert boxes(page) == {
        "Untuk pelapor": ANSWER,
        "Untuk petugas saja": NOTE.replace("<", "&lt;").replace(">", "&gt;"),
    }
    to = console.officer("verifier").id
    page = console.browser("operator").post(f"{path}/serahkan", to=to, version="1", why=ANSWER)
    assert page.status_code == 409
    assert boxes(page) == {"Pesan untuk petugas itu": ANSWER}


def test_a_step_that_is_still_offered_keeps_its_text_in_its_form(console: Console) -> None:
    case = console.complaint().case
    page = console.browser("operator").post(
        f"/staff/pengaduan/{case.id}/langkah", step="note", version="7", internal=NOTE
    )
    assert page.status_code == 409
    assert boxes(page) == {}
    assert "Penyalur &lt;b&gt;dihubungi" in page.text


KONSEP = re.compile(r'name="konsep" value="([^"]+)"')


def fields_of(page: TestResponse) -> dict[str, str]:
    """The fields of the page's form, but for the token."""
    found = [
        *re.findall(r'<textarea [^>]*name="([a-z_]+)"[^>]*>\n([^<]*)</textarea>', page.text),
        *re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"', page.text),
    ]
    return {name: html.unescape(text) for name, text in found if name != "csrf"}


def signed_in_again(
    console: Console, page: TestResponse, role: str = "operator", password: str = PASSWORD
) -> tuple[Browser, TestResponse]:
    """A browser in which somebody signs in on the page that an ended session led to."""
    konsep = KONSEP.search(page.text)
    assert konsep is not None
    again = console.anybody()
    fields = {"email": console.emails[role], "password": password, "konsep": konsep[1]}
    answer = again.client.post("/staff/masuk", data=fields, headers={"Accept": "text/html"})
    return again, answer


def test_the_session_has_ended_and_what_was_typed_is_there(console: Console, clock: Clock) -> None:
    case = console.complaint().case
    browser = console.browser("operator")
    path = f"/staff/pengaduan/{case.id}"
    browser.csrf()
    clock.later(minutes=31)
    page = browser.post(f"{path}/langkah", **{**STEP, "step": "verify", "outcome": ""})
    assert page.status_code == 401
    assert "Konsol MY NUTERA" in page.text
    assert "Yang Anda isi belum terkirim, dan tidak hilang" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in page.headers
    for secret in (ANSWER, NOTE, browser.token):
        assert secret not in page.text
    assert Casework.of(console.deployment).find(browser.staff, case.ticket).version == 1
    again, resumed = signed_in_again(console, page)
    assert resumed.status_code == 200
    assert f'action="{path}/langkah"' in resumed.text
    filled = fields_of(resumed)
    assert filled == {"step": "verify", "version": "1", "public": ANSWER, "internal": NOTE}
    assert "Kata sandi Anda" not in resumed.text
    assert again.post(f"{path}/langkah", **filled).status_code == 303
    assert Casework.of(console.deployment).find(browser.staff, case.ticket).version == 2


def test_a_password_is_asked_anew_and_never_carried_along(console: Console, clock: Clock) -> None:
    case = console.complaint().case
    browser = console.browser("operator")
    path = f"/staff/pengaduan/{case.id}"
    browser.csrf()
    clock.later(hours=9)
    page = browser.post(f"{path}/pelapor", reason="Menghubungi pelapor", password=PASSWORD)
    assert PASSWORD not in page.text
    wrong = signed_in_again(console, page, password="bukan")[1]
    assert wrong.status_code == 401
    again, resumed = signed_in_again(console, wrong)  # the draft outlives a wrong password
    assert fields_of(resumed) == {"reason": "Menghubungi pelapor"}
    assert "Kata sandi Anda, sekali lagi" in resumed.text
    assert PASSWORD not in resumed.text
    assert again.post(f"{path}/pelapor", **fields_of(resumed)).status_code == 403
    answer = again.post(f"{path}/pelapor", password=PASSWORD, **fields_of(resumed))
    assert "Euis Karlina" in answer.text


def test_a_form_with_files_keeps_its_text_too(console: Console, clock: Clock) -> None:
    browser = console.browser("operator")
    token = browser.csrf()
    clock.later(minutes=31)
    fields = {"text": "Beras belum datang.", "nik": "3273090101900007", "name": "Euis"}
    photo = upload(b"x" * 300_000, "surat.jpg")
    page = browser.post("/staff/pengaduan/terima-baru", photos=photo, **fields)
    assert page.status_code == 401
    for secret in (*fields.values(), token, "x" * 50):
        assert secret not in page.text
    assert fields_of(signed_in_again(console, page)[1]) == fields


def test_a_draft_is_opened_by_nobody_else_and_not_for_ever(console: Console, clock: Clock) -> None:
    browser = console.browser("operator")
    browser.csrf()
    clock.later(minutes=31)
    page = browser.post("/staff/pengaduan/terima-baru", text="Beras belum datang.")
    answer = signed_in_again(console, page, "verifier")[1]
    assert (answer.status_code, answer.headers["Location"]) == (303, "/staff")
    for konsep in ("x", "AAAA", "\u00e9", "QUFB" * 30, "=" * 9):
        forged = console.anybody().client.post(
            "/staff/masuk",
            data={"email": console.emails["operator"], "password": PASSWORD, "konsep": konsep},
        )
        assert forged.status_code == 303
    clock.later(hours=13)
    assert signed_in_again(console, page)[1].status_code == 303


def test_a_form_that_is_not_the_ended_session_s_own_becomes_no_draft(
    console: Console, clock: Clock
) -> None:
    """Else a stranger's page could have its words sent in an officer's name."""
    browser = console.browser("operator")
    foreign = console.browser("verifier").csrf()
    clock.later(minutes=31)
    for csrf in ("", "forged", foreign):
        page = browser.post("/staff/pengaduan/terima-baru", csrf=csrf, text="Kata penyerang.")
        assert page.status_code == 401
        assert "konsep" not in page.text
        assert boxes(page) == {"Cerita warga": "Kata penyerang."}


def test_nothing_typed_leads_to_the_sign_in_form(console: Console) -> None:
    stranger = console.anybody()
    for fields in ({}, {"password": PASSWORD}, {"nik": "3273090101900007"}):
        answer = stranger.post("/staff/warga", csrf="x", **fields)
        assert answer.headers["Location"] == "/staff/masuk"
    answer = stranger.get("/staff/pengaduan")
    assert answer.headers["Location"] == "/staff/masuk?lanjut=/staff/pengaduan"


def test_a_form_of_an_earlier_session_keeps_what_was_typed(console: Console) -> None:
    case = console.complaint().case
    path = f"/staff/pengaduan/{case.id}"
    browser = console.browser("operator")
    page = browser.post(f"{path}/langkah", csrf="kemarin", **STEP)
    assert page.status_code == 403
    assert is_the_console_s(page)
    assert boxes(page)["Untuk pelapor"] == ANSWER
    assert f'href="{path}" target="_blank"' in page.text
    assert "Anda tidak berwenang" not in page.text
    assert Casework.of(console.deployment).find(browser.staff, case.ticket).version == 1
    photo = upload(b"x" * 9000, "surat.jpg")
    page = browser.post(
        "/staff/pengaduan/terima-baru", csrf="kemarin", text="Beras belum.", photos=photo
    )
    assert boxes(page) == {"Cerita warga": "Beras belum."}


def test_a_form_of_another_site_gets_nothing_of_it_back(console: Console) -> None:
    page = console.browser("operator").client.post(
        "/staff/warga",
        data={"name": "Kirim sandi ke saya"},
        headers={"Accept": "text/html", "Sec-Fetch-Site": "cross-site"},
    )
    assert page.status_code == 403
    assert boxes(page) == {}
    assert "Kirim sandi" not in page.text
