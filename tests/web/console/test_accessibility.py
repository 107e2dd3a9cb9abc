"""axe finds nothing on any screen of the console: a phone and an office PC, light and dark."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import pytest
from playwright.sync_api import Page, expect

from shared.complaints.casework.service import Casework
from shared.complaints.intake.service import IntakeService
from shared.complaints.model.lifecycle import Outcome, Step
from shared.deployment import Deployment
from shared.platform.settings import Settings
from shared.programmes.catalogue import load_catalogue
from shared.recipients.model.batch import Batch
from shared.recipients.use_cases.background_reading import BackgroundReadings
from shared.recipients.use_cases.reading_progress import Report
from shared.recipients.use_cases.weekly_sync import RecipientSync
from shared.staff import sessions
from shared.staff.accounts import Role
from tests.recipients.office import nik
from tests.web.complaints import desk
from tests.web.conftest import Watch
from tests.web.office import ROOT
from tests.web.test_accessibility import RUN

WIDTHS = (320, 360, 1366)


@dataclass
class Office:
    """A deployment with a published batch, one that waits, and complaints in all states."""

    deployment: Deployment
    published: str
    waiting: str
    person: str
    new: str
    reading: str
    appealed: str
    ticket: str


@pytest.fixture
def office(tmp_path: Path, gateway_url: str) -> Iterator[Office]:
    settings = Settings(data=tmp_path / "data", kelurahan_folder=ROOT / "kelurahan")
    with desk.opened(settings) as deployment:
        yield filled(deployment, tmp_path)


def filled(deployment: Deployment, folder: Path) -> Office:
    sync = RecipientSync.of(deployment, load_catalogue())
    key, admin = deployment.kelurahan.key, deployment.accounts.by_email(desk.email("admin"))
    calon = ("calon@contoh.example", "Eka Percobaan", Role.VERIFIER, key, desk.PASSWORD)
    deployment.accounts.add(*calon, by=admin.id)
    officers = {name: deployment.accounts.by_email(desk.email(name)) for name in desk.NAMES}
    first = desk.a_list(folder, range(60), 3)
    batch = sync.prepare(first, first.name, officers["operator"])
    sync.submit(batch.id, officers["operator"])
    published = sync.approve(batch.id, officers["verifier"])
    second = desk.a_list(folder, range(10, 62), 12, 13, alamat="Gg. Baru")
    waiting = sync.prepare(second, second.name, officers["operator"])
    new = desk.complain(deployment, 1, kind="deduction", text="Saya diminta membayar 50 ribu.")
    ended = desk.complain(deployment, 2)
    work, case = Casework.of(deployment), ended.case
    for step, more in (
        (Step.VERIFY, {"public": "Sedang kami periksa."}),
        (Step.ACT, {"internal": "Telepon bank penyalur.", "field_check": True}),
        (Step.CLOSE, {"public": "Bantuan sudah diambil.", "outcome": Outcome.UNPROVEN}),
    ):
        case = work.step(officers["operator"], case.id, step, version=case.version, **more)
    IntakeService.of(deployment).message(ended.ticket, ended.secret, Step.APPEAL, "Bukan saya.")
    return Office(
        deployment,
        published.id,
        waiting.id,
        next(sync.differences(published)).id,
        new.case.id,
        reading_of(deployment),
        case.id,
        new.ticket,
    )


def reading_of(deployment: Deployment) -> str:
    """A list that is being read, and goes on being so."""
    which = BackgroundReadings(
        deployment.registry,
        deployment.registry_keys,
        deployment.kelurahan.key,
        deployment.clock,
        patience=0.0,
        beat=3600,
    )

    def work(_: Report) -> Batch:
        Event().wait()
        raise AssertionError

    reading_id = which.begin(work, ExitStack())
    assert isinstance(reading_id, str)
    return reading_id


def test_every_screen(
    office: Office, open_page: Callable[..., Page], axe: str, watch: Watch
) -> None:
    watch.expected = {400, 401, 403, 404}
    page = open_page(320)
    lists, cases = "/staff/sinkronisasi", "/staff/pengaduan"
    screens = {
        "operator": [
            "/staff",
            "/staff/akun",
            lists,
            f"{lists}/{office.waiting}",
            f"{lists}/{office.published}",
            f"{lists}/membaca/{office.reading}",
            *(f"{lists}/{office.waiting}/perubahan?jenis={kind}"
              for kind in ("masuk", "berubah", "keluar")),
            "/staff/warga",
            f"/staff/warga/{office.person}",
            f"/staff/warga/{office.person}/surat",
            cases,
            f"{cases}?tenggat=lewat&rw=03",
            f"{cases}?arsip=1",
            f"{cases}/{office.new}",
            f"{cases}/{office.appealed}",
            f"{cases}/terima-baru",
            f"{lists}/aaaaaaaaaaaaaaaa",
        ],
        "verifier": [
            "/staff",
            "/staff/konfirmasi",
            f"{lists}/{office.waiting}",
            f"{cases}/{office.new}",
        ],
        "auditor": [
            "/staff/audit",
            f"/staff/warga/{office.person}/jejak",
            f"{cases}/terima-baru",
        ],
        "admin": ["/staff/petugas"],
    }  # fmt: skip
    wrong = []
    for name, paths in screens.items():
        desk.sign_in(page, name)
        for path in paths:
            page.goto(path)
            wrong += wrong_with(page, axe, f"{name} {path}")
    page.context.clear_cookies()
    page.goto("/staff/masuk")
    page.locator("#email").fill("calon@contoh.example")
    page.locator("#password").fill(desk.PASSWORD)
    page.get_by_role("button", name="Masuk").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Akun saya")
    wrong += wrong_with(page, axe, "a password to be changed")
    assert wrong == []


def test_screens_that_answer(
    office: Office, open_page: Callable[..., Page], axe: str, watch: Watch
) -> None:
    watch.expected = {400, 401, 403, 404, 429}
    page = open_page(320)
    page.goto("/staff/masuk")
    nothing_is_wrong(page, axe, "sign in")
    page.locator("#email").fill("bukan surel@")
    page.locator("#password").fill("??!!")
    page.locator("form").first.evaluate("form => form.noValidate = true")
    page.get_by_role("button", name="Masuk").click()
    expect(page.locator(".error-summary")).to_be_visible()
    nothing_is_wrong(page, axe, "sign in refused")
    with page.expect_request(lambda one: one.method == "POST") as posted:
        desk.sign_in(page, "operator")
    # over plain HTTP in the office's network a browser says no more than this
    assert posted.value.all_headers()["origin"] == page.evaluate("origin")
    page.goto("/staff/warga")
    page.locator("#nik").fill("<b>123")
    page.get_by_role("button", name="Cari").click()
    expect(page.locator(".error-summary")).to_contain_text("NIK belum benar")
    nothing_is_wrong(page, axe, "nonsense searched for")
    page.locator("#nik").fill("")
    page.locator("#name").fill("war")
    page.get_by_role("button", name="Cari").click()
    nothing_is_wrong(page, axe, "people found")
    page.locator("#nik").fill(nik(5))
    page.locator("#name").fill("")
    page.get_by_role("button", name="Cari").click()
    page.locator("tbody th a").click()
    page.locator("summary", has_text="Tampilkan NIK").click()
    page.locator("#reason").fill("x")
    page.locator("#password").fill("salah")
    page.get_by_role("button", name="Tampilkan").click()
    nothing_is_wrong(page, axe, "a reason too short")
    page.goto("/staff/pengaduan")
    page.locator("#ticket").fill("TS26-NONSENSE")
    page.get_by_role("button", name="Cari").click()
    expect(page.locator(".error-summary")).to_be_visible()
    nothing_is_wrong(page, axe, "no such ticket")
    page.goto("/staff/pengaduan/terima-baru")
    page.locator("#kind").select_option("other")
    page.locator("#text").fill("Cerita warga di loket, cukup panjang.")
    page.get_by_role("button", name="Simpan pengaduan").click()
    nothing_is_wrong(page, axe, "receipt at the desk")
    desk.sign_in(page, "admin")
    page.goto("/staff/petugas")
    page.locator("#email").fill("baru@contoh.example")
    page.locator("#name").fill("Petugas Baru")
    page.locator("#role").select_option("operator")
    page.locator("#password").fill(desk.PASSWORD)
    page.get_by_role("button", name="Tambah").click()
    nothing_is_wrong(page, axe, "a new password")


def test_a_form_that_outlived_its_session(
    office: Office,
    open_page: Callable[..., Page],
    axe: str,
    watch: Watch,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    watch.expected = {401}
    page = open_page(320)
    desk.sign_in(page, "operator")
    page.goto("/staff/pengaduan/terima-baru")
    page.locator("#kind").select_option("other")
    page.locator("#text").fill("Cerita warga di loket, cukup panjang.")
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(sessions, "IDLE_SECONDS", -1)
        page.get_by_role("button", name="Simpan pengaduan").click()
        expect(page.get_by_role("status")).to_contain_text("Yang Anda isi belum terkirim")
    nothing_is_wrong(page, axe, "signing in again")
    page.locator("#email").fill(desk.email("operator"))
    page.locator("#password").fill(desk.PASSWORD)
    page.get_by_role("button", name="Masuk").click()
    expect(page.get_by_label("Cerita warga")).to_have_value("Cerita warga di loket, cukup panjang.")
    nothing_is_wrong(page, axe, "what was typed")
    page.get_by_role("button", name="Kirim yang tadi").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Pengaduan diterima")


def nothing_is_wrong(page: Page, axe: str, where: str) -> None:
    assert wrong_with(page, axe, where) == []


def wrong_with(page: Page, axe: str, where: str) -> list[str]:
    """What axe finds, and what is wider than the screen; everything folded is opened first."""
    # through the browser's tools, so that the page's own policy stays in force
    page.evaluate(axe)
    page.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)")
    wrong = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 768})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            wrong += [
                f"{where} {width} {scheme}: {violation['id']}: {node['html']} "
                f"({node['failureSummary']})"
                for violation in page.evaluate(RUN)
                for node in violation["nodes"]
            ]
        if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
            wrong.append(f"{where} {width}: wider than the screen")
    return wrong
