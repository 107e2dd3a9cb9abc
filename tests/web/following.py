"""States of complaints that need a past: late, decided, appealed; and a photo that is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Page, expect

from shared.complaints import Escalation, IntakeDesk, Receipt, Step, Submission, kinds
from shared.complaints.deadlines import Deadlines
from shared.platform.clock import system_clock
from tests.web import complaining
from tests.web.office import Office
from tests.web.state import State

COMPLAINT: Final = Submission(
    kind="not-received",
    text=complaining.TEXT,
    programme="bpnt",
    rw="03",
    name=complaining.NAME,
    contact=complaining.PHONE,
)


@contextmanager
def _as_of(office: Office, days_ago: int) -> Iterator[None]:
    """What happens in the block happened so many days ago."""
    given: Any = office.deployment
    moment = system_clock() - timedelta(days=days_ago)

    def clock() -> datetime:
        return moment

    given.clock = clock
    try:
        yield
    finally:
        given.clock = system_clock


def _received(office: Office, days_ago: int = 0) -> Receipt:
    with _as_of(office, days_ago):
        return IntakeDesk.of(office.deployment).receive(COMPLAINT, "a-key-of-this-state")


def _ask(page: Page, ticket: str, secret: str) -> None:
    """Ask as a browser without scripts does."""
    page.goto("/cek-pengaduan/")
    page.locator("#ticket").fill(ticket)
    page.locator("#secret").fill(secret)
    page.locator("main form").first.evaluate("form => form.submit()")
    expect(page).to_have_url(re.compile("/api/complaints/status$"))


def _days_of_level_2(office: Office) -> int:
    """How many days ago was handed in what the verifier has now, and nobody above?"""
    kelurahan, now = office.deployment.kelurahan, system_clock()
    deadlines, kind = Deadlines.of(kelurahan), kinds.load(kelurahan)[COMPLAINT.kind]

    def is_it(days: int) -> bool:
        due = deadlines.verify_by(kind, now - timedelta(days=days))
        return deadlines.escalate_at(due, 2) <= now < deadlines.escalate_at(due, 3)

    return next(days for days in range(60) if is_it(days))


def _late(page: Page, office: Office, folder: Path) -> None:
    receipt = _received(office, _days_of_level_2(office))
    Escalation.of(office.deployment).run()
    _ask(page, receipt.ticket, receipt.secret)
    expect(page.locator(".notice.bad")).to_contain_text("Sudah dinaikkan ke verifikator.")


def _score_missing(page: Page, office: Office, folder: Path) -> None:
    receipt = _received(office, 3)
    with _as_of(office, 2):
        complaining.close(office)
    _ask(page, receipt.ticket, receipt.secret)
    form = page.locator('form[action="/api/complaints/satisfaction"]')
    form.evaluate("form => form.submit()")
    page.locator(".error-summary a").click()
    expect(page.locator("#score")).to_be_focused()


def _appealed(page: Page, office: Office, folder: Path) -> None:
    receipt = _received(office, 3)
    with _as_of(office, 2):
        complaining.close(office)
    desk = IntakeDesk.of(office.deployment)
    desk.message(receipt.ticket, receipt.secret, Step.APPEAL, "Berasnya tetap belum ada.")
    _ask(page, receipt.ticket, receipt.secret)
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


ALL: Final = (
    State("tanpa-skrip-pengaduan-foto-ditolak", _photo_refused, (422,)),
    State("cek-pengaduan-terlambat-verifikator", _late),
    State("cek-pengaduan-nilai-kosong", _score_missing, (400,)),
    State("cek-pengaduan-banding", _appealed),
)
