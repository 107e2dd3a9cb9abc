"""States of complaints that need a past: late, decided, appealed; and a photo that is refused."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Final

from playwright.sync_api import Page, expect

from shared.complaints.intake.service import IntakeService
from shared.complaints.model import kinds
from shared.complaints.model.deadlines import Deadlines
from shared.complaints.model.lifecycle import Step
from shared.complaints.scheduled.escalation import Escalation
from shared.platform.clock import system_clock
from tests.web import internet
from tests.web.complaints import complaining
from tests.web.office import Office
from tests.web.state import State


def _days_of_level_2(office: Office) -> int:
    """Return how many days ago a complaint came in that the verifier has now, and nobody above."""
    kelurahan, now = office.deployment.kelurahan, system_clock()
    deadlines, kind = Deadlines.of(kelurahan), kinds.load(kelurahan)[complaining.GIVEN.kind]

    def is_it(days: int) -> bool:
        due = deadlines.verify_by(kind, now - timedelta(days=days))
        return deadlines.escalate_at(due, 2) <= now < deadlines.escalate_at(due, 3)

    return next(days for days in range(60) if is_it(days))


def _late(page: Page, office: Office, folder: Path) -> None:
    with complaining.days_ago(office, _days_of_level_2(office)):
        pair = complaining.hand_in(office)
    Escalation.of(office.deployment).run()
    complaining.ask(page, *pair)
    expect(page.locator(".notice.bad")).to_contain_text("Sudah dinaikkan ke verifikator.")


def _decided(office: Office) -> tuple[str, str]:
    """Number and secret of a complaint that was decided two days ago."""
    with complaining.days_ago(office, 3):
        pair = complaining.hand_in(office)
    with complaining.days_ago(office, 2):
        complaining.close(office)
    return pair


def _score_missing(page: Page, office: Office, folder: Path) -> None:
    complaining.ask(page, *_decided(office))
    form = page.locator('form[action="/api/complaints/satisfaction"]')
    form.evaluate("form => form.submit()")
    page.locator(".error-summary a").click()
    expect(page.locator("#score")).to_be_focused()


def _appealed(page: Page, office: Office, folder: Path) -> None:
    pair = _decided(office)
    desk = IntakeService.of(office.deployment)
    desk.message(*pair, Step.APPEAL, "Berasnya tetap belum ada.")
    complaining.ask(page, *pair)
    expect(page.locator(".facts")).to_contain_text("banding")


def _photo_refused(page: Page, office: Office, folder: Path) -> None:
    complaining.write(page)
    page.evaluate("document.getElementById('complaint').submit()")
    expect(page.get_by_role("heading", level=1)).to_have_text("Periksa pengaduan Anda")
    no_photo = {"name": "foto.jpg", "mimeType": "image/jpeg", "buffer": b"<svg></svg>"}
    page.locator("#photos").set_input_files([no_photo])  # type: ignore[list-item]
    page.get_by_role("button", name="Kirim pengaduan").click()
    page.locator(".error-summary a").click()
    expect(page.locator("#photos")).to_be_focused()


def _message_offline(page: Page, office: Office, folder: Path) -> None:
    complaining.ask(page, *complaining.hand_in(office))
    page.locator("summary", has_text="Tambah keterangan").click()
    page.locator("#text-add").fill(complaining.TEXT)
    internet.cut(page)
    page.get_by_role("button", name="Kirim keterangan").click()
    expect(page.locator("main [role=alert]")).to_be_focused()


def _question_offline(page: Page, office: Office, folder: Path) -> None:
    page.goto("/cek-pengaduan/")
    page.locator("#ticket").fill("TS26-7KQ4-M2XD-9")
    page.locator("#secret").fill("0" * 16)
    internet.cut(page)
    page.locator("main form .button").click()
    expect(page.locator("main [role=alert]")).to_be_focused()


ALL: Final = (
    State("cek-pengaduan-tanpa-internet", _question_offline, (0,)),
    State("cek-pengaduan-pesan-tanpa-internet", _message_offline, (0,)),
    State("tanpa-skrip-pengaduan-foto-ditolak", _photo_refused, (422,)),
    State("cek-pengaduan-terlambat-verifikator", _late),
    State("cek-pengaduan-nilai-kosong", _score_missing, (400,)),
    State("cek-pengaduan-banding", _appealed),
)
