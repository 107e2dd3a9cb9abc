"""Every state that a resident can see, and how to get there. Tests and screenshots share it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from playwright.sync_api import Page, expect

from shared.complaints.scheduled.check_back import CheckBack
from shared.complaints.scheduled.escalation import Escalation
from shared.recipients.lookup.miss_limits import KK_TRIES_PER_ADDRESS
from tests.web import internet
from tests.web.complaints import complaining, following
from tests.web.office import (
    FORMER,
    FORMER_ROW,
    LISTED,
    MISSES_PER_NIK,
    STRANGER,
    Office,
    Resident,
)
from tests.web.state import Reach, State


def ask(page: Page, resident: Resident) -> None:
    """Fill in the form and send it."""
    page.goto("/cek-nik/")
    page.locator("#nik").press_sequentially(resident.nik)
    page.locator("#name").fill(resident.name.split()[0].title())
    page.locator("#go").click()


def _home(age_days: int) -> Reach:
    def reach(page: Page, office: Office, folder: Path) -> None:
        office.publish(folder, age_days=age_days)
        page.goto("/")
        expect(page.locator("#fresh .when")).to_be_visible()

    return reach


def _home_unpublished(page: Page, office: Office, folder: Path) -> None:
    page.goto("/")
    expect(page.locator("#fresh")).to_contain_text("belum diumumkan")


def _home_down(page: Page, office: Office, folder: Path) -> None:
    office.break_store()
    page.goto("/")
    expect(page.locator("#fresh")).to_contain_text("belum bisa diambil")


def _check(page: Page, office: Office, folder: Path) -> None:
    page.goto("/cek-nik/")
    page.locator("main summary").click()


def _faults(page: Page, office: Office, folder: Path) -> None:
    page.goto("/cek-nik/")
    page.locator("#nik").press_sequentially(LISTED.nik[:-1])
    page.locator("#go").click()
    expect(page.locator("#errors")).to_be_focused()


def _listed(page: Page, office: Office, folder: Path) -> None:
    office.publish(folder)
    ask(page, LISTED)
    expect(page.locator(".answer.yes")).to_be_visible()


def _ended(page: Page, office: Office, folder: Path) -> None:
    office.publish(folder, more=[FORMER_ROW])
    ask(page, FORMER)
    expect(page.locator(".answer.warn")).to_be_visible()


def _not_listed(page: Page, office: Office, folder: Path) -> None:
    office.publish(folder)
    ask(page, STRANGER)
    expect(page.locator(".answer.no")).to_be_visible()


def _kk_asked(page: Page, office: Office, folder: Path) -> None:
    for _ in range(MISSES_PER_NIK):
        ask(page, STRANGER)
        expect(page.locator(".answer.no")).to_be_visible()
    ask(page, STRANGER)
    expect(page.locator("#kk_last6")).to_be_visible()


def _limited(page: Page, office: Office, folder: Path) -> None:
    _kk_asked(page, office, folder)
    for turn in range(KK_TRIES_PER_ADDRESS + 1):
        ask(page, STRANGER)
        page.locator("#nik").fill(STRANGER.nik)
        page.locator("#name").fill(STRANGER.name)
        page.locator("#kk_last6").fill(f"99999{turn}")
        page.get_by_role("button", name="Cek sekarang").click()
        if turn < KK_TRIES_PER_ADDRESS:
            expect(page.locator(".answer.no")).to_be_visible()
    expect(page.locator("main")).to_contain_text("Terlalu banyak percobaan")


def _down(page: Page, office: Office, folder: Path) -> None:
    office.break_store()
    ask(page, LISTED)
    expect(page.locator("main")).to_contain_text("Layanan sedang tidak tersedia")


def _offline(page: Page, office: Office, folder: Path) -> None:
    page.goto("/cek-nik/")
    page.locator("#nik").press_sequentially(LISTED.nik)
    page.locator("#name").fill("Siti")
    internet.cut(page)
    page.locator("#go").click()
    expect(page.locator("#result .notice")).to_be_focused()


def _plain(address: str) -> Reach:
    def reach(page: Page, office: Office, folder: Path) -> None:
        page.goto(address)

    return reach


def _page_of(reach: Reach) -> Reach:
    """The page that a function renders, for whoever has no scripts: posted as a plain form."""

    def reached(page: Page, office: Office, folder: Path) -> None:
        page.add_init_script("Object.defineProperty(window, 'Worker', { value: undefined })")
        reach(page, office, folder)
        expect(page).to_have_url("/api/lookup")

    return reached


def _menu(page: Page, office: Office, folder: Path) -> None:
    page.goto("/kontak/")
    page.locator(".menu summary").click()


def _kept_copy(address: str) -> Reach:
    """A page from the phone, read without internet."""

    def reach(page: Page, office: Office, folder: Path) -> None:
        page.goto("/kontak/")
        internet.cut(page)
        page.goto(address)
        expect(page.locator(".offline")).to_be_visible()

    return reach


def answer(page: Page, number: int, value: str) -> None:
    """Answer a question of the eligibility check, and go on."""
    page.locator(f'#soal-{number} input[value="{value}"]').check()
    page.locator(f"#soal-{number} [data-go=next]").click()


def say_all(page: Page, answers: Mapping[str, str]) -> None:
    """Go through the whole eligibility check, from its first page to the result."""
    page.locator("#awal .button").click()
    for number, (name, value) in enumerate(answers.items(), 1):
        expect(page.locator(f"#soal-{number} input").first).to_have_attribute("name", name)
        answer(page, number, value)


def _question(page: Page, office: Office, folder: Path) -> None:
    page.goto("/cek-kelayakan/")
    page.locator("#awal .button").click()
    for number in (1, 2, 3):
        answer(page, number, "tidak")
    page.locator('#soal-4 input[value="tidak-tahu"]').check()


def _unanswered(page: Page, office: Office, folder: Path) -> None:
    page.goto("/cek-kelayakan/")
    page.locator("#awal .button").click()
    page.locator("#soal-1 [data-go=next]").click()
    expect(page.locator("#errors")).to_be_focused()


def _verdicts(page: Page, office: Office, folder: Path) -> None:
    page.goto("/cek-kelayakan/")
    answers = ["tidak", "tidak", "tidak", "1-4", "ya", "tidak", "tidak-tahu", "ya", "ya", "ya"]
    page.locator("#awal .button").click()
    for number, value in enumerate(answers, 1):
        answer(page, number, value)
    expect(page.locator("#hasil")).to_be_visible()


def _on_paper(page: Page, office: Office, folder: Path) -> None:
    """As it is where the script doesn't run; axe itself needs scripts."""
    page.route("**/eligibility.*.js", lambda route: route.fulfill(body=""))
    page.goto("/cek-kelayakan/")


def _figures(page: Page, office: Office, folder: Path) -> None:
    office.publish(folder)
    page.goto("/api/figures")


def _invalid(page: Page, office: Office, folder: Path) -> None:
    page.goto("/cek-nik/")
    page.locator("#nik").fill(LISTED.nik[:-1])
    page.evaluate("document.getElementById('check').submit()")
    expect(page.locator(".error-summary")).to_be_visible()


def _kind(page: Page, office: Office, folder: Path) -> None:
    page.goto("/pengaduan/deduction/")
    expect(page.locator("#photos")).to_be_visible()


def _complaint_faults(page: Page, office: Office, folder: Path) -> None:
    page.goto("/pengaduan/not-received/")
    complaining.send(page)
    expect(page.locator("#errors")).to_be_focused()


def _complaint_draft(page: Page, office: Office, folder: Path) -> None:
    complaining.write(page)
    page.locator("#photos").set_input_files([complaining.photo()])
    complaining.wait_for_draft(page, photos=1, contact=complaining.PHONE)
    page.reload()
    expect(page.locator("#said .notice")).to_be_visible()
    expect(page.locator("#photo-list li")).to_have_count(1)


def _complaint_unsent(page: Page, office: Office, folder: Path) -> None:
    complaining.write(page, kind="other")
    complaining.wait_for_draft(page, contact=complaining.PHONE)
    complaining.write(page)
    internet.cut(page)
    complaining.send(page)
    expect(page.locator("#said .notice")).to_be_focused()
    expect(page.locator("#unsent li")).to_have_count(2)


def _complaint_unsent_at_the_choice(page: Page, office: Office, folder: Path) -> None:
    _complaint_unsent(page, office, folder)
    internet.back(page)
    page.goto("/pengaduan/")
    expect(page.locator("#unsent li")).to_have_count(2)


def _complaint_down(page: Page, office: Office, folder: Path) -> None:
    complaining.write(page)
    office.deployment.intake.close()
    complaining.send(page)
    expect(page.locator("#said .notice")).to_contain_text("sedang tidak tersedia")


def _complaint_lost(page: Page, office: Office, folder: Path) -> None:
    complaining.write(page)
    complaining.lose_answer(page)


def _complaint_changed(page: Page, office: Office, folder: Path) -> None:
    _complaint_lost(page, office, folder)
    page.get_by_role("button", name="Buka").click()
    page.locator("#text").fill(complaining.TEXT + " Hanya RW kami yang belum.")
    complaining.send(page)
    complaining.receipt(page)
    expect(page.locator("#more")).to_be_visible()


def _complaint_receipt(page: Page, office: Office, folder: Path) -> None:
    complaining.write(page)
    complaining.send(page)
    complaining.receipt(page)


def _complaint_status(page: Page, office: Office, folder: Path) -> None:
    _complaint_receipt(page, office, folder)
    page.get_by_role("button", name="Lihat status").click()
    page.locator("summary", has_text="Tambah keterangan").click()


def _complaint_closed(page: Page, office: Office, folder: Path) -> None:
    _complaint_receipt(page, office, folder)
    complaining.close(office)
    page.get_by_role("button", name="Lihat status").click()
    expect(page.locator("#rate-title")).to_be_visible()


def _complaint_late(page: Page, office: Office, folder: Path) -> None:
    with complaining.days_ago(office, 30):
        pair = complaining.hand_in(office)
    Escalation.of(office.deployment).run()
    complaining.ask(page, *pair)
    expect(page.locator(".notice.bad")).to_contain_text("Sudah dinaikkan ke Kecamatan")


def _complaint_asked_back(page: Page, office: Office, folder: Path) -> None:
    with complaining.days_ago(office, 20):
        pair = complaining.hand_in(office)
        complaining.close(office)
    CheckBack.of(office.deployment).run()
    complaining.ask(page, *pair)
    expect(page.locator("#rate-title")).to_have_text("Apakah masalah Anda sudah selesai?")


def _message(page: Page, office: Office, text: str, *, is_down: bool = False) -> None:
    complaining.ask(page, *complaining.hand_in(office))
    page.locator("summary", has_text="Tambah keterangan").click()
    page.locator("#text-add").fill(text)
    if is_down:
        office.deployment.intake.close()
    page.get_by_role("button", name="Kirim keterangan").click()
    expect(page.locator(".error-summary")).to_be_visible()


def _message_faults(page: Page, office: Office, folder: Path) -> None:
    _message(page, office, "a")


def _message_down(page: Page, office: Office, folder: Path) -> None:
    _message(page, office, complaining.TEXT, is_down=True)
    expect(page.locator("#text")).to_have_value(complaining.TEXT)


def _ticket_unknown(page: Page, office: Office, folder: Path) -> None:
    page.goto("/cek-pengaduan/")
    page.locator("#ticket").fill("TS26-7KQ4-M2XD-9")
    page.locator("#secret").fill("0" * 16)
    page.locator("main form .button").click()
    expect(page.locator(".error-summary")).to_be_visible()


def _plain_check(page: Page, office: Office, folder: Path) -> None:
    complaining.write(page)
    page.evaluate("document.getElementById('complaint').submit()")
    expect(page.get_by_role("heading", level=1)).to_have_text("Periksa pengaduan Anda")


def _plain_complaint_faults(page: Page, office: Office, folder: Path) -> None:
    page.goto("/pengaduan/not-received/")
    page.evaluate("document.getElementById('complaint').submit()")
    expect(page).to_have_url("/api/complaints")
    expect(page.locator(".error-summary")).to_be_visible()


def _plain_complaint_down(page: Page, office: Office, folder: Path) -> None:
    _plain_check(page, office, folder)
    office.deployment.intake.close()
    page.get_by_role("button", name="Kirim pengaduan").click()
    expect(page.locator(".error-summary")).to_be_visible()


def _plain_receipt(page: Page, office: Office, folder: Path) -> None:
    _plain_check(page, office, folder)
    page.get_by_role("button", name="Kirim pengaduan").click()
    complaining.receipt(page)


ALL = (
    State("beranda", _home(4)),
    State("beranda-data-lama", _home(12)),
    State("beranda-belum-terbit", _home_unpublished),
    State("beranda-layanan-mati", _home_down, (503,)),
    State("cek-nik", _check),
    State("cek-nik-isian-salah", _faults),
    State("cek-nik-terdaftar", _listed),
    State("cek-nik-bantuan-berhenti", _ended),
    State("cek-nik-tidak-ditemukan", _not_listed),
    State("cek-nik-nomor-kk", _kk_asked, (429,)),
    State("cek-nik-dibatasi", _limited, (429,)),
    State("cek-nik-layanan-mati", _down, (503,)),
    State("cek-nik-tanpa-internet", _offline, (0,)),
    State("tanpa-skrip-terdaftar", _page_of(_listed)),
    State("tanpa-skrip-bantuan-berhenti", _page_of(_ended)),
    State("tanpa-skrip-tidak-ditemukan", _page_of(_not_listed)),
    State("tanpa-skrip-nomor-kk", _page_of(_kk_asked), (429,)),
    State("tanpa-skrip-dibatasi", _page_of(_limited), (429,)),
    State("tanpa-skrip-layanan-mati", _page_of(_down), (503,)),
    State("tanpa-skrip-isian-salah", _invalid, (400,)),
    State("program", _plain("/program/")),
    State("program-pkh", _plain("/program/pkh/")),
    State("program-bpnt", _plain("/program/bpnt/")),
    State("program-bst", _plain("/program/bst/")),
    State("kelayakan", _plain("/cek-kelayakan/")),
    State("kelayakan-pertanyaan", _question),
    State("kelayakan-belum-dijawab", _unanswered),
    State("kelayakan-hasil", _verdicts),
    State("kelayakan-di-kertas", _on_paper),
    State("standar-layanan", _plain("/standar-layanan/")),
    State("tentang", _plain("/tentang/")),
    State("privasi", _plain("/privasi/")),
    State("aksesibilitas", _plain("/aksesibilitas/")),
    State("kontak", _plain("/kontak/")),
    State("menu-terbuka", _menu),
    State("basa-sunda", _plain("/basa-sunda/")),
    State("salinan-tanpa-internet", _kept_copy("/standar-layanan/"), (0,)),
    State("perlu-internet", _kept_copy("/api/figures"), (0,)),
    State("tanggal-data", _figures),
    State("pengaduan", _plain("/pengaduan/")),
    State("pengaduan-formulir", _kind),
    State("pengaduan-isian-salah", _complaint_faults),
    State("pengaduan-draf", _complaint_draft),
    State("pengaduan-belum-terkirim", _complaint_unsent, (0,)),
    State("pengaduan-pilihan-belum-terkirim", _complaint_unsent_at_the_choice, (0,)),
    State("pengaduan-tanpa-jawaban", _complaint_lost, (0,)),
    State("pengaduan-diubah-sesudah-sampai", _complaint_changed, (0, 409)),
    State("pengaduan-layanan-mati", _complaint_down, (503,)),
    State("pengaduan-tanda-terima", _complaint_receipt),
    State("tanpa-skrip-pengaduan-periksa", _plain_check),
    State("tanpa-skrip-pengaduan-isian-salah", _plain_complaint_faults, (400,)),
    State("tanpa-skrip-pengaduan-layanan-mati", _plain_complaint_down, (503,)),
    State("tanpa-skrip-pengaduan-tanda-terima", _plain_receipt),
    State("cek-pengaduan", _plain("/cek-pengaduan/")),
    State("cek-pengaduan-baru", _complaint_status),
    State("cek-pengaduan-selesai", _complaint_closed),
    State("cek-pengaduan-terlambat", _complaint_late),
    State("cek-pengaduan-ditanya", _complaint_asked_back),
    State("cek-pengaduan-pesan-salah", _message_faults, (400,)),
    State("cek-pengaduan-pesan-belum-terkirim", _message_down, (503,)),
    State("cek-pengaduan-tidak-cocok", _ticket_unknown, (404,)),
    *following.ALL,
    State("masalah", _plain("/masalah/too-many-requests/")),
    State("tidak-ada", _plain("/tidak-ada"), (404,)),
)
