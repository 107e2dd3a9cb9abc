"""A week of the office in a real browser: every role, both stores, with scripts and without."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from shared.complaints.casework.service import Casework
from shared.complaints.intake.service import IntakeService
from shared.complaints.model.lifecycle import State, Step
from shared.deployment import Deployment
from shared.platform.clock import system_clock, today
from shared.platform.crypto.keys import Keyset
from shared.platform.settings import Settings
from shared.recipients.use_cases.background_reading import BackgroundReadings
from tests.recipients.office import nik
from tests.web.complaints import desk
from tests.web.conftest import Watch
from tests.web.office import ROOT

OpenPage = Callable[..., Page]


@pytest.fixture(params=["sqlite", pytest.param("firestore", marks=pytest.mark.emulator)])
def deployment(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    gateway_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Deployment]:
    settings = Settings(data=tmp_path / "data", kelurahan_folder=ROOT / "kelurahan")
    if request.param == "firestore":
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", request.getfixturevalue("emulator"))
        settings = Settings(
            store="firestore",
            project=f"test-{uuid.uuid4().hex[:20]}",
            data=tmp_path / "data",
            kelurahan_folder=ROOT / "kelurahan",
            registry_keys=Keyset.generate().secret_text(),
            intake_keys=Keyset.generate().secret_text(),
            lookup_keys=Keyset.generate().secret_text(),
        )
    with desk.opened(settings) as opened:
        yield opened


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
def page(request: pytest.FixtureRequest, open_page: OpenPage) -> Page:
    return open_page(1366, scripts=request.param)


def submit(page: Page, reason: str | None = None) -> None:
    if reason is not None:
        page.get_by_label("keluar dari daftar").fill(reason)
    page.get_by_role("button", name="Kirim untuk persetujuan").click()
    expect(page.get_by_role("status")).to_contain_text("Petugas kedua")


def approve(page: Page) -> None:
    """As the verifier, from the home page on."""
    desk.sign_in(page, "verifier")
    page.get_by_role("link", name="menunggu persetujuan Anda").click()
    page.locator("#password").fill(desk.PASSWORD)
    page.get_by_role("button", name="Setujui dan terbitkan").click()
    expect(page.get_by_role("status")).to_contain_text("sudah terbit")


def step(page: Page, label: str, **fields: str) -> None:
    """Take a step in a case."""
    summary = page.locator("summary", has_text=label)
    box = page.locator("details", has=summary)
    if box.get_attribute("open") is None:
        summary.click()
    for name, text in fields.items():
        place = box.locator(f"[name={name}]")
        place.select_option(text) if name == "outcome" else place.fill(text)
    box.get_by_role("button", name=label).click()
    expect(page.get_by_role("status")).to_contain_text("tercatat")


def test_the_list_of_a_week(
    deployment: Deployment, page: Page, tmp_path: Path, watch: Watch
) -> None:
    day = today(system_clock) - timedelta(days=7)
    desk.sign_in(page, "operator")
    # with faults: the report names row and column
    desk.bring_in(page, desk.a_list(tmp_path, range(40), 3, 4), day)
    expect(page.get_by_text("2 kesalahan")).to_be_visible()
    expect(page.get_by_role("row", name="5 NIK")).to_contain_text("NIK tidak 16 angka")
    page.locator("summary", has_text="Unduh semua").click()
    page.locator("#password-problems").fill(desk.PASSWORD)
    with page.expect_download() as got:
        page.get_by_role("button", name="Unduh").click()
    assert got.value.path().stat().st_size > 1_000
    page.locator("summary", has_text="Tarik kembali").click()
    page.locator("#reason-reject").fill("Ada baris yang salah, diperbaiki dulu")
    page.get_by_role("button", name="Tarik kembali").click()
    expect(page.get_by_role("status")).to_contain_text("ditolak")
    # mended: looked through, sent, approved by the other
    desk.bring_in(page, desk.a_list(tmp_path, range(40)), day)
    page.get_by_role("link", name="Masuk daftar").click()
    expect(page.locator(".changes > li")).to_have_count(40)
    page.get_by_role("link", name="Data per").click()
    submit(page)
    expect(page.get_by_text("Menunggu petugas kedua")).to_be_visible()
    approve(page)
    # the next week: somebody moved, somebody is gone
    desk.sign_in(page, "operator")
    desk.bring_in(page, desk.a_list(tmp_path, range(2, 42), alamat="Gg. Baru"))
    page.get_by_role("link", name="Berubah").first.click()
    expect(page.locator(".changes > li").first).to_contain_text("Gg. Baru")
    page.get_by_role("link", name="Data per").click()
    submit(page, "Dua keluarga pindah ke luar kota")
    approve(page)
    # a resident finds himself
    page.goto("/cek-nik/")
    page.locator("#nik").fill(nik(5))
    page.locator("#name").fill("Warga")
    page.locator("#check button").click()
    expect(page.get_by_text("Terdaftar", exact=True)).to_be_visible()
    # and the verifier takes it back
    desk.sign_in(page, "verifier")
    page.goto("/staff/sinkronisasi")
    page.locator("tbody th a").first.click()
    page.locator("summary", has_text="Batalkan batch").click()
    page.locator("#reason-undo").fill("Berkas yang salah terkirim")
    page.locator("#password").fill(desk.PASSWORD)
    page.get_by_role("button", name="Batalkan batch").click()
    expect(page.get_by_role("status")).to_contain_text("dibatalkan")
    expect(page.get_by_text("40 dikembalikan")).to_be_hidden()
    expect(page.get_by_text("dikembalikan")).to_be_visible()


def test_a_person_of_the_list(deployment: Deployment, page: Page, tmp_path: Path) -> None:
    desk.sign_in(page, "operator")
    desk.bring_in(page, desk.a_list(tmp_path, range(60)))
    submit(page)
    approve(page)
    desk.sign_in(page, "operator")
    page.goto("/staff/warga")
    page.locator("#nik").fill(nik(7))
    page.get_by_role("button", name="Cari").click()
    assert nik(7) not in page.content()
    page.locator("tbody th a").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Warga")
    assert nik(7) not in page.content()
    page.locator("summary", has_text="Tampilkan NIK").click()
    page.locator("#reason").fill("Warga datang ke loket")
    page.locator("#password").fill(desk.PASSWORD)
    page.get_by_role("button", name="Tampilkan").click()
    expect(page.get_by_text(nik(7))).to_be_visible()
    page.get_by_role("link", name="Surat keterangan").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Surat keterangan")
    page.goto("/staff/warga")
    page.locator("#name").fill("war")
    page.get_by_role("button", name="Cari").click()
    expect(page.locator("tbody tr")).to_have_count(40)
    page.get_by_role("button", name="Berikutnya").click()
    expect(page.locator("tbody tr")).to_have_count(20)
    desk.sign_in(page, "auditor")
    page.goto("/staff/audit")
    expect(page.get_by_text("membuka NIK warga").last).to_be_visible()
    page.get_by_role("button", name="Buktikan utuh").click()
    expect(page.get_by_role("status")).to_contain_text("Utuh")


def test_a_complaint_to_its_end_and_its_appeal(deployment: Deployment, page: Page) -> None:
    receipt = desk.complain(deployment)
    desk.sign_in(page, "operator")
    page.get_by_role("link", name="1 pengaduan baru").click()
    page.get_by_role("link", name=receipt.ticket).click()
    step(page, "Tandai sudah diverifikasi", public="Sedang kami periksa.")
    step(page, "Mulai tindak lanjut", internal="Telepon bank penyalur besok.")
    page.locator("summary", has_text="Tampilkan pelapor").click()
    page.locator("#reason").fill("Menelepon pelapor")
    page.locator("#password").fill(desk.PASSWORD)
    page.get_by_role("button", name="Tampilkan", exact=True).click()
    expect(page.get_by_text("Euis Karlina")).to_be_visible()
    expect(page.get_by_text("3273090101900007")).to_be_visible()  # this once, and audited
    page.goto(page.url.rsplit("/", 1)[0])
    assert "3273090101900007" not in page.content()
    step(page, "Selesaikan", outcome="unproven", public="Bantuan sudah diambil pada 3 November.")
    # the resident sees the answer and appeals; no name of an officer, no internal note
    at = IntakeService.of(deployment)
    told = at.status(receipt.ticket, receipt.secret).timeline
    assert [event.public for event in told if event.public] == [
        "Sedang kami periksa.",
        "Bantuan sudah diambil pada 3 November.",
    ]
    assert {(event.actor, event.internal) for event in told} == {("", "")}
    at.message(receipt.ticket, receipt.secret, Step.APPEAL, "Bukan saya yang mengambilnya.")
    # who decided may read it, and take no step
    page.reload()
    expect(page.get_by_text("Banding ditangani petugas lain")).to_be_visible()
    expect(page.get_by_role("button", name="Tandai sudah diverifikasi")).to_have_count(0)
    desk.sign_in(page, "colleague")
    page.goto("/staff/pengaduan")
    page.get_by_role("link", name=receipt.ticket).click()
    step(page, "Tandai sudah diverifikasi")
    step(page, "Selesaikan", outcome="proven", public="Anda benar. Bantuan disusulkan minggu ini.")
    assert at.status(receipt.ticket, receipt.secret).case.state is State.CLOSED


def test_two_officers_on_one_case(deployment: Deployment, page: Page, watch: Watch) -> None:
    watch.expected = {409}
    receipt = desk.complain(deployment)
    desk.sign_in(page, "operator")
    page.goto(f"/staff/pengaduan/{receipt.case.id}")
    colleague = deployment.accounts.by_email(desk.email("colleague"))
    Casework.of(deployment).step(
        colleague, receipt.case.id, Step.VERIFY, version=receipt.case.version
    )
    box = page.locator("details", has=page.locator("summary", has_text="Tandai"))
    box.locator("[name=public]").fill("Yang saya ketik tidak hilang")
    box.get_by_role("button").click()
    expect(page.locator(".error-summary")).to_contain_text("Keadaannya baru saja berubah")
    expect(page.get_by_text("diverifikasi").first).to_be_visible()


def test_intake_at_the_desk(deployment: Deployment, page: Page, watch: Watch) -> None:
    watch.expected = {400}
    desk.sign_in(page, "operator")
    page.goto("/staff/pengaduan")
    page.get_by_role("link", name="Terima pengaduan di loket").click()
    page.locator("#kind").select_option("deduction")
    page.locator("#text").fill("x")
    page.get_by_role("button", name="Simpan pengaduan").click()
    expect(page.locator(".error-summary")).to_contain_text("Ceritakan dengan")
    page.locator("#text").fill("Ibu ini diminta membayar saat mengambil beras.")
    page.locator("[name=anonymous]").check()
    page.locator("#channel").select_option("phone")
    page.get_by_role("button", name="Simpan pengaduan").click()
    expect(page.locator(".ticket dd")).to_have_count(2)
    number, secret = page.locator(".ticket dd").all_inner_texts()
    kept = IntakeService.of(deployment).status(number, secret).case
    assert (kept.channel, kept.anonymous) == ("phone", True)


def test_a_list_that_takes_long_says_how_far_it_is_and_leads_to_its_report(
    deployment: Deployment,
    page: Page,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # as if nobody could wait at all: the list is a real one, of 3,000 rows
    key = deployment.kelurahan.key
    which = BackgroundReadings(
        deployment.registry, deployment.registry_keys, key, deployment.clock, patience=0.0
    )
    monkeypatch.setattr("functions.staff_console.pages.lists.readings", lambda _: which)
    desk.sign_in(page, "operator")
    page.goto("/staff/sinkronisasi")
    page.locator("#file").set_input_files(desk.a_list(tmp_path, range(3_000)))
    page.get_by_role("button", name="Baca dan bandingkan").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Daftar sedang dibaca")
    expect(page.locator("[aria-current=step]")).to_contain_text("…")
    expect(page.get_by_role("heading", name="Yang berubah")).to_be_visible(timeout=60_000)
    expect(page.locator(".tiles")).to_contain_text("3.000")


def test_the_auditor_reads_and_changes_nothing(
    deployment: Deployment, page: Page, watch: Watch
) -> None:
    watch.expected = {403}
    receipt = desk.complain(deployment)
    desk.sign_in(page, "auditor")
    page.goto(f"/staff/pengaduan/{receipt.case.id}")
    expect(page.get_by_text("tetangga sudah")).to_be_visible()
    expect(page.get_by_role("heading", name="Langkah berikutnya")).to_have_count(0)
    page.goto("/staff/sinkronisasi")
    expect(page.locator("#file")).to_have_count(0)
    page.goto("/staff/pengaduan/terima-baru")
    expect(page.get_by_role("heading", level=1)).to_have_text("Anda tidak berwenang")


def test_the_admin_adds_and_ends_accounts(deployment: Deployment, page: Page) -> None:
    desk.sign_in(page, "admin")
    page.goto("/staff/petugas")
    page.locator("#email").fill("satgas@contoh.example")
    page.locator("#name").fill("Ujang Koswara")
    page.locator("#role").select_option("surveyor")
    page.locator("#password").fill(desk.PASSWORD)
    page.get_by_role("button", name="Tambah").click()
    expect(page.locator(".secret code")).to_be_visible()
    row = page.get_by_role("row", name="Asep Sunandar")
    row.locator("summary", has_text="Ubah").click()
    row.locator("summary", has_text="Akhiri akun").click()
    row.locator("[type=password]:visible").fill(desk.PASSWORD)
    row.get_by_role("button", name="Akhiri akun").click()
    expect(page.get_by_role("row", name="Asep Sunandar")).to_contain_text("diakhiri")


def test_enter_in_a_field_of_an_account_does_what_its_form_says(
    deployment: Deployment, page: Page
) -> None:
    colleague = deployment.accounts.by_email(desk.email("colleague"), deployment.kelurahan.key)
    day = (today(system_clock) + timedelta(days=40)).isoformat()
    desk.sign_in(page, "admin")
    page.goto("/staff/petugas")
    row = page.get_by_role("row").filter(has_text=desk.NAMES["colleague"])
    row.locator("summary", has_text="Ubah").click()
    row.locator("summary", has_text="Ganti masa berlaku").click()
    row.locator("input[name=password]:visible").fill(desk.PASSWORD)
    row.locator("input[name=until]").fill(day)
    row.locator("input[name=until]").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("diperbarui")
    account = deployment.accounts.account(colleague.id, deployment.kelurahan.key)
    assert account.until is not None
    assert account.until.isoformat() == day
    assert account.staff.role is colleague.role
