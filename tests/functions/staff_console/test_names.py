"""Names of people beside ids, wherever an id alone would tell nothing."""

from __future__ import annotations

import csv
import io
import re

import openpyxl

from shared.complaints.casework.service import Casework
from shared.complaints.model.lifecycle import Step
from shared.recipients.use_cases.people_search import PeopleSearch
from tests.functions.conftest import PASSWORD
from tests.functions.staff_console.conftest import Console
from tests.recipients.office import nik


def test_the_log_says_in_words_what_an_entry_is_about(console: Console) -> None:
    batch, case = console.published(1), console.complaint().case
    person = PeopleSearch.of(console.deployment).by_nik(nik(1))
    assert person is not None
    operator = console.browser("operator")
    operator.get(f"/staff/pengaduan/{case.id}")
    operator.get(f"/staff/warga/{person.id}")
    links = {
        f"/staff/sinkronisasi/{batch.id}": "batch",
        f"/staff/pengaduan/{case.id}": "pengaduan",
        f"/staff/warga/{person.id}": "warga",
    }
    page = console.browser("auditor").get("/staff/audit").text
    for path, word in links.items():
        assert f'<td><a href="{path}">{word} ' in page
        assert console.browser("auditor").get(path).status_code == 200
    assert "<td>Petugas operator</td><td>masuk</td><td>Petugas operator</td>" in page
    admin = console.browser("admin").get("/staff/audit").text
    assert f'href="/staff/sinkronisasi/{batch.id}"' in admin
    assert f'href="/staff/warga/{person.id}"' not in admin
    assert f'href="/staff/pengaduan/{case.id}"' not in admin


def test_the_log_s_export_has_names_beside_the_codes(console: Console) -> None:
    operator = console.officer("operator")
    console.browser("operator").get(f"/staff/pengaduan/{console.complaint().case.id}")
    answer = console.browser("auditor").post("/staff/audit/ekspor", password=PASSWORD)
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    signed_in = next(row for row in rows if row["Tindakan"] == "staff.sign-in")
    assert signed_in["Pelaku"] == signed_in["Hal"] == operator.id
    assert signed_in["Nama pelaku"] == signed_in["Nama hal"] == "Petugas operator"
    assert signed_in["Arti tindakan"] == "masuk"
    read = next(row for row in rows if row["Tindakan"] == "complaint.read")
    assert read["Nama hal"] == "pengaduan"
    assert rows[-1]["Nama hal"] == "catatan audit"


def test_the_export_of_complaints_names_who_handles_them(console: Console) -> None:
    case = console.complaint().case
    Casework.of(console.deployment).step(
        console.officer("operator"), case.id, Step.VERIFY, version=1
    )
    fields = {"reason": "Laporan bulanan", "password": PASSWORD}
    answer = console.browser("auditor").post("/staff/pengaduan/ekspor", **fields)
    assert answer.status_code == 200
    head, row = openpyxl.load_workbook(io.BytesIO(answer.data)).active.iter_rows(values_only=True)
    assert dict(zip(head, row, strict=True))["Petugas"] == "Petugas operator"


def test_a_complainant_s_nik_is_whole_on_the_revealed_page_alone(console: Console) -> None:
    path = f"/staff/pengaduan/{console.complaint().case.id}"
    operator = console.browser("operator")
    page = operator.post(f"{path}/pelapor", reason="Menghubungi pelapor", password=PASSWORD)
    assert re.search(r"<dt>NIK</dt><dd>3273090101900007</dd>", page.text)
    assert page.headers["Cache-Control"] == "no-store"
    assert "0007" not in operator.get(path).text
    newest = console.deployment.audit.newest(action="complaint.identity")
    assert [each.details for each in newest] == [
        {"reason": "Menghubungi pelapor", "via": "console"}
    ]


def test_the_log_leads_nobody_to_a_complaint_about_them(console: Console) -> None:
    """Whoever it names finds neither its id nor what was said of it, on the page or in a file."""
    work, verifier, auditor = (
        Casework.of(console.deployment),
        console.officer("verifier"),
        console.officer("auditor"),
    )
    closed, other = console.complaint().case, console.complaint().case
    for case in (closed, other):
        console.browser("operator").post(
            f"/staff/pengaduan/{case.id}/pelapor",
            reason=f"Menelepon tentang {case.id[:8]}",
            password=PASSWORD,
        )
        work.show(verifier, case.id)
    work.name(verifier, closed.id, [verifier.id, auditor.id], version=closed.version)
    for role in ("verifier", "auditor", "admin"):
        page = console.browser(role).get("/staff/audit").text
        assert (closed.id[:6] in page) is (role == "admin")
        assert ("pengaduan yang tertutup bagi Anda" in page) is (role != "admin")
        assert f"tentang {other.id[:8]}" in page
    assert f"/staff/pengaduan/{other.id}" in console.browser("verifier").get("/staff/audit").text
    answer = console.browser("auditor").post("/staff/audit/ekspor", password=PASSWORD)
    file = answer.data.decode("utf-8-sig")
    assert other.id in file
    assert closed.id[:6] not in file


def test_a_title_which_a_browser_s_history_keeps_names_nobody(console: Console) -> None:
    console.published(1)
    person = PeopleSearch.of(console.deployment).by_nik(nik(1))
    assert person is not None
    operator = console.browser("operator")
    case = console.complaint().case
    reason = {"reason": "Mencocokkan KTP", "password": PASSWORD}
    pages = (
        operator.get(f"/staff/warga/{person.id}"),
        operator.post(f"/staff/warga/{person.id}/nik", **reason),
        operator.get(f"/staff/warga/{person.id}/surat"),
        operator.post("/staff/warga", name=person.person.name),
        operator.post(f"/staff/pengaduan/{case.id}/pelapor", **reason),
        console.browser("auditor").get(f"/staff/warga/{person.id}/jejak"),
    )
    for page in pages:
        assert page.status_code == 200
        [title] = re.findall(r"<title>([^<]*)</title>", page.text)
        for word in (*person.person.name.split(), "Euis", "Karlina"):
            assert word not in title.replace("Satu warga", "").replace("Warga ·", "")
