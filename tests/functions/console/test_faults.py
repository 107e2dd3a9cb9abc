"""What a screen says where something went wrong: at the right form, with nothing typed lost."""

from __future__ import annotations

import re

import pytest
from werkzeug.test import TestResponse

from shared.recipients import People
from tests.functions.conftest import PASSWORD
from tests.functions.console.conftest import Console
from tests.recipients.office import nik

WRONG = "Kata sandi tidak cocok."


def form(page: TestResponse, action: str) -> str:
    """The form with this action, from its tag to its end."""
    found = re.search(rf'<form[^>]*action="{re.escape(action)}".*?</form>', page.text, re.DOTALL)
    assert found is not None, action
    return found[0]


def the_summary_leads_into(page: TestResponse, action: str) -> None:
    summary = page.text.partition('class="error-summary"')[2].partition("</div>")[0]
    targets = re.findall(r'href="#([^"]+)"', summary)
    assert targets
    assert all(f'id="{each}"' in form(page, action) for each in targets)


def test_a_wrong_password_at_an_account_stands_at_that_account(console: Console) -> None:
    staff = console.officer("operator")
    path = f"/staff/petugas/{staff.id}"
    page = console.browser("admin").post(
        path, action="until", until="2027-01-31", role="operator", password="salah"
    )
    assert page.status_code == 403
    assert WRONG in form(page, path)
    assert 'value="2027-01-31"' in form(page, path)
    assert WRONG not in form(page, "/staff/petugas")
    assert "selected" not in form(page, "/staff/petugas")
    the_summary_leads_into(page, path)


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
        ("kode", {"secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "code": "123456"}),
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
    person = People.of(console.deployment).by_nik(nik(1))
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
