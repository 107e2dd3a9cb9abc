"""One complaint that somebody changed past the application keeps no officer from the others."""

from __future__ import annotations

from io import BytesIO

from openpyxl import load_workbook

from tests.functions.conftest import PASSWORD
from tests.functions.staff_console.conftest import Console


def test_the_queue_shows_the_others_and_says_that_one_is_missing(console: Console) -> None:
    whole = console.complaint()
    page = console.browser("operator").get("/staff/pengaduan")
    assert "tidak ditampilkan" not in page.text
    broken = console.complaint()
    key = console.deployment.kelurahan.key
    path = f"kelurahan/{key}/complaints/{broken.case.id}"
    console.deployment.intake.update(path, {"rt": "09"})
    page = console.browser("operator").get("/staff/pengaduan")
    assert page.status_code == 200
    assert whole.ticket in page.text
    assert broken.ticket not in page.text
    assert "1 pengaduan tidak ditampilkan" in page.text
    assert console.browser("operator").get("/staff").status_code == 200
    assert console.browser("operator").get(f"/staff/pengaduan/{broken.case.id}").status_code == 500


def test_the_export_has_the_others_and_says_that_one_is_missing(console: Console) -> None:
    whole, broken = console.complaint(), console.complaint()
    key = console.deployment.kelurahan.key
    path = f"kelurahan/{key}/complaints/{broken.case.id}"
    console.deployment.intake.update(path, {"rt": "09"})
    answer = console.browser("auditor").post(
        "/staff/pengaduan/ekspor", reason="Laporan bulanan", password=PASSWORD
    )
    assert answer.status_code == 200
    name = answer.headers["Content-Disposition"]
    assert name == 'attachment; filename="pengaduan-tanpa-1-yang-rusak.xlsx"'
    sheet = load_workbook(BytesIO(answer.data)).active
    assert sheet is not None
    cells = {str(cell) for row in sheet.iter_rows(values_only=True) for cell in row}
    assert whole.ticket in cells
    assert broken.ticket not in cells
