"""The trail of looks at a person: complete, and a search hit by NIK counts as a look."""

from __future__ import annotations

import re

from shared.recipients.use_cases.people_search import PeopleSearch
from shared.staff.accounts import Role
from tests.functions.conftest import PASSWORD
from tests.functions.staff_console.conftest import Console
from tests.recipients.office import nik

ROW = re.compile(r"<tr><td>([^<]*)</td><td>([^<]*)</td><td>([^<]*)</td><td>([^<]*)</td></tr>")


def trail(console: Console) -> str:
    """The path of the trail of somebody who was just published."""
    console.published(1)
    person = PeopleSearch.of(console.deployment).by_nik(nik(1))
    assert person is not None
    return f"/staff/warga/{person.id}/jejak"


def test_a_reveal_is_found_however_often_the_record_was_loaded_since(console: Console) -> None:
    path = trail(console)
    record = path.removesuffix("/jejak")
    operator, auditor = console.browser("operator"), console.browser("auditor")
    operator.post(f"{record}/nik", reason="Mencocokkan KTP", password=PASSWORD)
    operator.get(f"{record}/surat")
    for _ in range(60):
        operator.get(record)
    only = auditor.get(f"{path}?hanya=nik").text
    assert [row[2:] for row in ROW.findall(only)] == [("membuka NIK", "Mencocokkan KTP")]
    assert [row[2] for row in ROW.findall(auditor.get(f"{path}?hanya=surat").text)] == [
        "mencetak surat"
    ]
    page, told = auditor.get(path).text, []
    while True:
        told += [row[2] for row in ROW.findall(page)]
        further = re.search(rf'href="({re.escape(path)}\?sebelum=\d+)"', page)
        if further is None:
            break
        page = auditor.get(further[1]).text
    assert "membuka NIK" in told
    assert "mencetak surat" in told
    assert len(told) < 10


def test_plain_looks_of_an_officer_on_a_day_are_one_line(console: Console) -> None:
    path = trail(console)
    record = path.removesuffix("/jejak")
    for role, times in (("operator", 3), ("verifier", 2), ("operator", 1)):
        for _ in range(times):
            console.browser(role).get(record)
    rows = ROW.findall(console.browser("auditor").get(path).text)
    assert [row[1:3] for row in rows] == [
        ("Petugas operator", "melihat"),
        ("Petugas verifier", "melihat 2 kali"),
        ("Petugas operator", "melihat 3 kali"),
    ]


def test_who_was_found_by_their_nik_was_looked_at(console: Console) -> None:
    path = trail(console)
    console.browser("operator").post("/staff/warga", nik=nik(1))
    console.browser("operator").post("/staff/warga", nik=nik(2))
    rows = ROW.findall(console.browser("auditor").get(path).text)
    assert [row[1:3] for row in rows] == [("Petugas operator", "mencari dengan NIK")]
    missed = console.deployment.audit.newest(subject="residents")
    assert [each.details for each in missed] == [{"by": "nik", "found": 0, "via": "console"}]


def test_a_page_of_the_trail_costs_sixty_reads_at_most(console: Console) -> None:
    path = trail(console)
    subject = path.split("/")[3]
    deployment = console.deployment
    for number in range(30):
        email = f"rekan{number}@contoh.example"
        key = deployment.kelurahan.key
        staff = deployment.accounts.add(email, "Rekan", Role.OPERATOR, key, PASSWORD)
        deployment.audit.append(staff.id, "resident.read", subject)
    assert 50 <= console.reads("auditor", path) <= 60
