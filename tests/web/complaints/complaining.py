"""What residents do with complaints in a browser, and what the office then has of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from playwright.sync_api import Page, Route, expect

from shared.complaints.casework.service import Casework
from shared.complaints.intake.service import IntakeService
from shared.complaints.intake.submission import Submission
from shared.complaints.model.case import Case, CaseFile
from shared.complaints.model.lifecycle import Outcome, Step
from shared.platform.clock import system_clock
from shared.staff.accounts import Role, Staff
from tests.complaints.pictures import corners, written
from tests.web.office import Office

TEXT = "Bantuan bulan ini belum saya terima, tetangga sudah."
NIK = "3273090101900007"
NAME = "Euis Contoh"
PHONE = "0812 3456 7890"
API = "**/api/complaints"
REASON = "pemeriksaan pengaduan"
GIVEN = Submission("not-received", TEXT, "bpnt", "03", "02", NAME, NIK, PHONE)

KEPT_ON_PHONE = """async () => {
  const base = await new Promise((done) => {
    indexedDB.open("pengaduan").onsuccess = (event) => done(event.target.result);
  });
  const all = base.transaction("unsent").objectStore("unsent").getAll();
  const found = await new Promise((done) => { all.onsuccess = () => done(all.result); });
  base.close();
  for (const one of found) one.photos = one.photos.map((photo) => [photo.type, photo.size]);
  return found;
}"""


def photo(size: tuple[int, int] = (400, 300)) -> dict[str, Any]:
    """A picture, as Playwright puts it into a field."""
    content = written(corners(size), "JPEG")
    return {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": content}


def write(page: Page, text: str = TEXT, kind: str = "not-received") -> None:
    """Open the form of a kind and fill it in."""
    page.goto(f"/pengaduan/{kind}/")
    fill_in(page, text)


def fill_in(page: Page, text: str = TEXT) -> None:
    """Fill in the open form, as far as it asks."""
    page.locator("#text").fill(text)
    for name, value in (("programme", "bpnt"), ("rw", "03")):
        if page.locator(f"#{name}").count():
            page.locator(f"#{name}").select_option(value)
    for name, value in (("name", NAME), ("nik", NIK), ("contact", PHONE)):
        if page.locator(f"#{name}").count():
            page.locator(f"#{name}").fill(value)


def send(page: Page) -> None:
    """Press the button of the form; without scripts there is a page to check it on."""
    page.locator("#go").click()


def lose_answer(page: Page, *, arrives: bool = True) -> list[str]:
    """Send the form, and get no answer. The numbers that got lost."""
    received: list[str] = []

    def lose(route: Route) -> None:
        if arrives:
            received.append(route.fetch().json()["ticket"])
        route.abort("internetdisconnected")

    page.context.route(API, lose)
    send(page)
    expect(page.locator("#said .notice")).to_contain_text("Mungkin pengaduan sudah sampai")
    page.context.unroute(API)
    return received


def receipt(page: Page) -> tuple[str, str]:
    """Number and secret on the receipt that is in sight."""
    expect(page.get_by_role("heading", name="Pengaduan diterima")).to_be_visible()
    number, secret = page.locator(".ticket dd").all_inner_texts()
    return number, secret


def kept_on_phone(page: Page) -> list[dict[str, Any]]:
    """What the phone keeps of complaints, photos as type and size."""
    found: list[dict[str, Any]] = page.evaluate(KEPT_ON_PHONE)
    return found


def wait_for_draft(page: Page, photos: int = 0, **fields: str) -> None:
    """Wait until the phone keeps one record, with so many photos and these fields."""
    page.evaluate(
        f"""async ([photos, fields]) => {{
          const read = {KEPT_ON_PHONE};
          for (const end = Date.now() + 10000; Date.now() < end; ) {{
            const [one] = await read();
            const isKept = (name) => one.fields[name] === fields[name];
            if (one && one.photos.length === photos && Object.keys(fields).every(isKept)) return;
            await new Promise(requestAnimationFrame);
          }}
          throw new Error("the phone doesn't keep it");
        }}""",
        [photos, fields],
    )


def officer(office: Office, role: Role = Role.VERIFIER) -> Staff:
    """Somebody of the office."""
    key = office.deployment.kelurahan.key
    return Staff(id=f"{role.value}-1", name=role.value, role=role, kelurahan=key)


def cases(office: Office) -> list[Case]:
    """All complaints that the office has."""
    return list(Casework.of(office.deployment).cases(officer(office)))


def whole(office: Office) -> CaseFile:
    """The one complaint that the office has, with who complains."""
    (case,) = cases(office)
    work = Casework.of(office.deployment)
    return work.show(officer(office), case.id, identity_reason=REASON)


def close(office: Office) -> None:
    """The office decides on its one complaint."""
    work, verifier = Casework.of(office.deployment), officer(office)
    (case,) = cases(office)
    case = work.step(verifier, case.id, Step.VERIFY, version=case.version)
    answer = "Sudah diperiksa dan diselesaikan."
    work.step(
        verifier, case.id, Step.CLOSE, version=case.version, public=answer, outcome=Outcome.PROVEN
    )


@contextmanager
def days_ago(office: Office, days: int) -> Iterator[None]:
    """What the office does in the block happens so many days ago."""
    office.deployment.clock = lambda: system_clock() - timedelta(days=days)
    yield
    office.restart()


def hand_in(office: Office) -> tuple[str, str]:
    """A complaint past the pages: number and secret."""
    receipt = IntakeService.of(office.deployment).receive(GIVEN, "key-of-a-browser-test")
    return receipt.ticket, receipt.secret


def ask(page: Page, number: str, secret: str) -> None:
    """Ask how a complaint stands."""
    page.goto("/cek-pengaduan/")
    page.locator("#ticket").fill(number)
    page.locator("#secret").fill(secret)
    page.locator("main form .button").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(number)
