"""What a screen says where something went wrong: at the right form, with nothing typed lost."""

from __future__ import annotations

import re

import pytest
from werkzeug.test import TestResponse

from shared.recipients.use_cases.people_search import PeopleSearch
from tests.functions.conftest import PASSWORD
from tests.functions.staff_console.conftest import Console
from tests.recipients.office import nik

WRONG = "Kata sandi tidak cocok."


def form(page: TestResponse, action: str, does: str = "") -> str:
    """The form with this action (that does this), from its tag to its end."""
    found = re.findall(rf'<form[^>]*action="{re.escape(action)}".*?</form>', page.text, re.DOTALL)
    fits = [each for each in found if f'name="action" value="{does}"' in each or not does]
    assert fits, action
    return str(fits[0])


def the_summary_leads_into(page: TestResponse, action: str, does: str = "") -> None:
    summary = page.text.partition('class="error-summary"')[2].partition("</div>")[0]
    targets = re.findall(r'href="#([^"]+)"', summary)
    assert targets
    assert all(f'id="{each}"' in form(page, action, does) for each in targets)


def test_a_wrong_password_at_an_account_stands_at_that_account(console: Console) -> None:
    staff = console.officer("operator")
    path = f"/staff/petugas/{staff.id}"
    page = console.browser("admin").post(
        path, action="until", until="2027-01-31", role="operator", password="salah"
    )
    assert page.status_code == 403
    assert WRONG in form(page, path, "until")
    assert 'value="2027-01-31"' in form(page, path, "until")
    for does in ("role", "password", "end"):
        assert WRONG not in form(page, path, does)
    assert WRONG not in form(page, "/staff/petugas")
    assert "selected" not in form(page, "/staff/petugas")
    the_summary_leads_into(page, path, "until")


def test_a_role_that_stays_as_it_is_is_no_change(console: Console) -> None:
    operator = console.browser("operator")
    assert operator.staff is not None
    path = f"/staff/petugas/{operator.staff.id}"
    page = console.browser("admin").post(path, action="role", role="operator", password=PASSWORD)
    assert page.status_code == 400
    assert "memang itu" in form(page, path, "role")
    the_summary_leads_into(page, path, "role")
    assert operator.get("/staff").status_code == 200
    newest = console.deployment.audit.newest(subject=operator.staff.id)
    assert {each.action for each in newest} == {"staff.sign-in"}


@pytest.mark.parametrize("action", ["", "x", "role"])
def test_what_no_form_of_an_account_does_leads_nowhere(console: Console, action: str) -> None:
    admin = console.browser("admin")
    assert admin.staff is not None
    whom = admin.staff.id if action == "role" else console.officer("operator").id
    for password in (PASSWORD, "salah"):
        page = admin.post(f"/staff/petugas/{whom}", action=action, password=password)
        assert page.status_code in (400, 403)
        assert 'class="error-summary"' in page.text


def test_a_wrong_password_at_a_new_account_stands_there(console: Console) -> None:
    page = console.browser("admin").post(
        "/staff/petugas", email="baru@contoh.example", name="Baru", role="auditor", password="x"
    )
    assert WRONG in form(page, "/staff/petugas")
    assert 'value="baru@contoh.example"' in form(page, "/staff/petugas")
    assert page.text.count(WRONG) == 2
    the_summary_leads_into(page, "/staff/petugas")


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("kata-sandi", {"new_password": "sebuah kata sandi lain"}),
        ("kode", {"code": "123456"}),
    ],
)
def test_faults_of_ones_own_account_stand_at_their_form(
    console: Console, action: str, fields: dict[str, str]
) -> None:
    paths = {f"/staff/akun/{each}" for each in ("kata-sandi", "kode")}
    path = f"/staff/akun/{action}"
    page = console.browser("operator").post(path, password="salah", **fields)
    assert page.status_code == 403
    (other,) = paths - {path}
    assert WRONG in form(page, path)
    assert WRONG not in form(page, other)
    the_summary_leads_into(page, path)


def test_too_many_wrong_passwords_are_told_on_the_same_page_and_when_to_come_back(
    console: Console,
) -> None:
    browser = console.browser("operator")
    fields = {"new_password": "sebuah kata sandi lain"}
    for _ in range(12):
        page = browser.post("/staff/akun/kata-sandi", password="salah", **fields)
    assert page.status_code == 429
    assert int(page.headers["Retry-After"]) > 0
    assert form(page, "/staff/akun/kata-sandi")
    page = browser.post("/staff/pengaduan/ekspor", reason="Laporan bulanan", password=PASSWORD)
    assert page.status_code == 429
    assert int(page.headers["Retry-After"]) > 0


def test_the_export_opens_with_the_reason_that_was_typed(console: Console) -> None:
    path = "/staff/pengaduan/ekspor"
    page = console.browser("auditor").post(path, reason="Laporan bulanan", password="salah")
    assert WRONG in form(page, path)
    assert "Laporan bulanan" in form(page, path)
    before = page.text.partition(f'action="{path}"')[0]
    assert before.rpartition("<details")[2].startswith(" open")
    the_summary_leads_into(page, path)


def test_the_reason_to_see_a_nik_is_kept(console: Console) -> None:
    console.published(1)
    person = PeopleSearch.of(console.deployment).by_nik(nik(1))
    assert person is not None
    path = f"/staff/warga/{person.id}/nik"
    page = console.browser("operator").post(path, reason="Mencocokkan KTP", password="salah")
    assert 'value="Mencocokkan KTP"' in form(page, path)
    the_summary_leads_into(page, path)


def test_pages_after_a_form_lead_on(console: Console) -> None:
    deployment = console.deployment
    for number in range(30):
        deployment.audit.append("command-line", "backup.make", f"backup-{number}")
    browser = console.browser("auditor")
    page = browser.post("/staff/audit/periksa")
    (further,) = re.findall(r'href="([^"]*sebelum=\d+)"', page.text)
    assert browser.get(further).status_code == 200
    for _ in range(41):
        console.complaint()
    page = browser.post("/staff/pengaduan/ekspor", reason="Laporan bulanan", password="salah")
    (further,) = re.findall(r'href="([^"]*sesudah=[^"]+)"', page.text)
    assert browser.get(further).status_code == 200


@pytest.mark.parametrize("after", ["abcdefghijkl", "x/y", " ", "é", "../staff", "%00"])
@pytest.mark.parametrize("by", [{"name": "war"}, {"rw": "03"}])
def test_going_on_after_somebody_who_left_the_list_asks_to_search_again(
    console: Console, after: str, by: dict[str, str]
) -> None:
    console.published(1, 2)
    page = console.browser("operator").post("/staff/warga", after=after, **by)
    if after == " ":  # nothing but a space is nobody
        assert page.status_code in (200, 404)
    else:
        assert page.status_code == 404
        assert "Cari sekali lagi" in page.text


@pytest.mark.parametrize("typed", ["a b", "1 2", "a.b", "  ab "])
def test_two_letters_find_nobody(console: Console, typed: str) -> None:
    page = console.browser("operator").post("/staff/warga", name=typed)
    assert page.status_code == 400
    assert "paling sedikit 3 huruf" in page.text


NIK_IN_A_NOTE = "Nomornya 3273090101900007 di KTP"


@pytest.mark.parametrize(
    ("action", "fields", "said"),
    [
        ("langkah", {"step": "act", "public": NIK_IN_A_NOTE}, "Jangan menulis NIK"),
        ("langkah", {"step": "act", "internal": NIK_IN_A_NOTE}, "Jangan menulis NIK"),
        ("langkah", {"step": "close", "outcome": "unproven", "public": "ok"}, "Tulis jawaban"),
        (
            "langkah",
            {"step": "close", "outcome": "mungkin", "public": "x" * 20},
            "Pilih salah satu",
        ),
        ("langkah", {"step": "note"}, "Tulis catatannya"),
        ("serahkan", {"to": "siapa-saja-boleh"}, "Pilih petugas aktif"),
        ("petugas-terlapor", {"named": "bukan-siapa-siapa"}, "Pilih dari daftar petugas"),
        ("pelapor", {"reason": "x", "password": PASSWORD}, "Tulis alasannya"),
        ("pelapor", {"reason": "Menelepon warga", "password": "salah"}, WRONG),
    ],
)
def test_a_fault_in_a_complaint_stands_at_its_form_with_what_was_typed(
    console: Console, action: str, fields: dict[str, str], said: str
) -> None:
    case = console.complaint().case
    browser = console.browser("verifier")
    path = f"/staff/pengaduan/{case.id}"
    browser.post(f"{path}/langkah", step="verify", version=str(case.version))
    seen = {} if action == "pelapor" else {"version": str(case.version + 1)}
    page = browser.post(f"{path}/{action}", **seen, **fields)
    assert page.status_code in (400, 403)
    shown = "".join(
        re.findall(rf'<form[^>]*action="{path}/{action}".*?</form>', page.text, re.DOTALL)
    )
    assert said in shown
    typed = {name: text for name, text in fields.items() if name in ("public", "internal")}
    assert all(text in shown for text in typed.values())
    summary = page.text.partition('class="error-summary"')[2].partition("</div>")[0]
    assert re.findall(r'href="#[^"]+"', summary)


def test_a_step_that_is_not_offered_is_told_without_a_field(console: Console) -> None:
    case = console.complaint().case
    browser, path = console.browser("operator"), f"/staff/pengaduan/{case.id}/langkah"
    for step in ("close", "assign", "nonsens"):
        page = browser.post(path, step=step, public="ya", version="1", outcome="")
        assert page.status_code in (400, 409), step
        assert 'class="error-summary"' in page.text


@pytest.mark.parametrize("action", ["kirim", "tolak", "setujui", "batalkan"])
def test_a_fault_at_a_batch_stands_at_its_form(console: Console, action: str) -> None:
    console.published(*range(40))
    batch = console.prepared(*range(1, 40))  # somebody leaves the list
    role, fields = "operator", {"reason": "x"}
    if action in ("setujui", "batalkan"):
        console.sync().submit(batch.id, console.officer("operator"), "Pindah ke kelurahan lain")
        role, fields = "verifier", {"reason": "Keliru", "password": "salah"}
    if action == "batalkan":
        console.sync().approve(batch.id, console.officer("verifier"))
    path = f"/staff/sinkronisasi/{batch.id}/{action}"
    page = console.browser(role).post(path, **fields)
    assert page.status_code in (400, 403)
    told = WRONG if role == "verifier" else "sekurang-kurangnya"
    assert told in form(page, path)
    the_summary_leads_into(page, path)
