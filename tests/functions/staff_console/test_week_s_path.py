"""The week's path in the console: batches told apart, and dead ends announced beforehand."""

from __future__ import annotations

import re

from functions.staff_console.labels import amount
from tests.functions.conftest import PASSWORD, Clock
from tests.functions.staff_console.conftest import Console, csv, upload

LISTS = "/staff/sinkronisasi"


def test_two_batches_of_a_day_are_told_apart_by_their_hour(console: Console, clock: Clock) -> None:
    first = console.prepared(1)
    clock.later(hours=2, minutes=5)
    second = console.prepared(1, 2)
    console.sync().submit(second.id, console.officer("operator"))
    pages = [console.browser("operator").get(path).text for path in ("/staff", LISTS)]
    for page in pages:
        assert "disiapkan pukul 10.00" in page
        assert "disiapkan pukul 12.05" in page
    rows = re.findall(
        rf'<th scope="row"><a href="{LISTS}/([a-z0-9]+)">.*?<td>([^<]*)</td>', pages[1], re.DOTALL
    )
    assert dict(rows) == {
        first.id: "belum dikirim",
        second.id: "menunggu persetujuan",
    }
    clock.later(days=2)
    later = console.browser("auditor").get("/staff").text
    assert "disiapkan pukul 10.00" in later


def test_a_file_that_is_published_already_is_told_so(console: Console) -> None:
    batch = console.published(1, 2)
    operator = console.browser("operator")
    day = batch.as_of
    again = operator.post(LISTS, file=upload(csv(1, 2)), as_of=day)
    assert again.headers["Location"] == f"{LISTS}/{batch.id}?pesan=sama"
    page = operator.get(again.headers["Location"]).text
    assert "Isi berkas ini sama dengan yang sudah terbit." in page
    other = operator.post(LISTS, file=upload(csv(1, 2, 3)), as_of=day)
    assert "pesan" not in other.headers["Location"]


def test_a_batch_that_was_overtaken_can_only_be_closed(console: Console) -> None:
    waiting = console.prepared(1, 2)
    console.sync().submit(waiting.id, console.officer("operator"))
    verifier, operator = console.browser("verifier"), console.browser("operator")
    path = f"{LISTS}/{waiting.id}"
    assert f'action="{path}/setujui"' in verifier.get(path).text
    unsent = console.prepared(1, 2, 4)
    console.published(1, 2, 3)
    page = verifier.get(path).text
    assert "tidak dapat disetujui lagi. Tolak batch ini, lalu unggah" in page
    assert f'action="{path}/setujui"' not in page
    assert f'action="{path}/tolak"' in page
    own = operator.get(f"{LISTS}/{unsent.id}").text
    assert "Tarik kembali batch ini, lalu unggah" in own
    assert f'action="{LISTS}/{unsent.id}/kirim"' not in own
    assert "tertinggal dari yang terbit" in verifier.get("/staff").text
    assert "menunggu persetujuan Anda" not in verifier.get("/staff").text
    assert operator.get(LISTS).text.count("<td>tertinggal dari yang terbit</td>") == 2
    fields = {"password": PASSWORD, "differences_hash": waiting.differences_hash}
    assert verifier.post(f"{path}/setujui", **fields).status_code == 409


def test_a_day_out_of_range_is_told_at_its_field(console: Console) -> None:
    page = console.browser("operator").post(LISTS, file=upload(csv(1)), as_of="2031-01-01")
    assert page.status_code == 400
    assert 'id="as_of-error"' in page.text
    assert 'id="file-error"' not in page.text


def test_numbers_are_grouped() -> None:
    found = {number: amount(number) for number in (0, 999, 1000, 155_659, 1_234_567)}
    assert list(found.values()) == ["0", "999", "1.000", "155.659", "1.234.567"]
