"""The home page and a person's record: waiting batches, and an entitlement's origin."""

from __future__ import annotations

import re

from shared.recipients.model.batch import State
from shared.recipients.use_cases.people_search import PeopleSearch
from shared.staff.accounts import Role
from tests.functions.conftest import PASSWORD
from tests.functions.staff_console.conftest import Console, csv
from tests.recipients.office import nik, row


def test_a_batch_is_told_to_whom_it_waits_for_and_to_the_others(console: Console) -> None:
    batch = console.prepared(1, 2)
    link = f'href="/staff/sinkronisasi/{batch.id}"'

    def said(role: str) -> str:
        page = console.browser(role).get("/staff").text
        (text,) = re.findall(rf"<a {link}>([^<]*)</a>", page)
        return str(text)

    assert "belum dikirim: periksa, lalu kirim" in said("operator")
    assert "menunggu dikirim untuk persetujuan" in said("auditor")
    console.sync().submit(batch.id, console.officer("operator"))
    assert "menunggu verifikator lain" in said("operator")
    assert "menunggu persetujuan Anda" in said("verifier")
    assert "menunggu verifikator lain" in said("admin")
    console.sync().approve(batch.id, console.officer("verifier"))
    assert link not in console.browser("verifier").get("/staff").text


def test_who_sent_a_list_is_told_that_somebody_else_approves_it(console: Console) -> None:
    batch, key = console.prepared(1, 2), console.deployment.kelurahan.key
    console.deployment.accounts.add("dua@contoh.example", "Dua", Role.VERIFIER, key, PASSWORD)
    verifier, path = console.browser("verifier"), f"/staff/sinkronisasi/{batch.id}"
    assert "Anda tidak dapat menyetujuinya" in verifier.get(path).text
    assert "Anda tidak dapat menyetujuinya" not in console.browser("operator").get(path).text
    assert verifier.post(f"{path}/kirim").status_code == 303
    page = verifier.get(path).text
    assert f"{path}/setujui" not in page
    assert "verifikator yang tidak menyiapkan dan tidak mengirim" in page
    assert "<dt>Dikirim oleh</dt><dd>Petugas verifier," in page
    assert "menunggu verifikator lain" in verifier.get("/staff").text
    typed = {"differences_hash": batch.differences_hash, "password": PASSWORD}
    assert verifier.post(f"{path}/setujui", **typed).status_code == 403
    assert console.sync().batch(batch.id).state is State.WAITING
    other = console.anybody()
    other.client.post("/staff/masuk", data={"email": "dua@contoh.example", "password": PASSWORD})
    assert f"{path}/setujui" in other.get(path).text
    assert other.post(f"{path}/setujui", **typed).status_code == 303
    assert console.sync().batch(batch.id).state is State.PUBLISHED


def test_each_entitlement_tells_the_batch_that_brought_it(console: Console) -> None:
    first = console.published(1)
    file = console.folder / "dua-bantuan.csv"
    file.write_bytes(csv(1) + ("\n" + ",".join(row(1, program="BPNT"))).encode())
    second = console.sync().prepare(file, file.name, console.officer("operator"))
    console.sync().submit(second.id, console.officer("operator"))
    console.sync().approve(second.id, console.officer("verifier"))
    person = PeopleSearch.of(console.deployment).by_nik(nik(1))
    assert person is not None
    page = console.browser("operator").get(f"/staff/warga/{person.id}").text
    aids = page.partition('id="aids"')[2].partition("</ul>")[0]
    found = re.findall(r"<li>([^<(]+).*?sinkronisasi/([a-z0-9]+)", aids)
    assert {name.strip(): batch for name, batch in found} == {
        "Program Keluarga Harapan": first.id,
        "Program Sembako": second.id,
    }
