"""The whole way of a complaint in a browser, as a resident goes it: with the script and without."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from shared.complaints.model import kinds
from shared.complaints.model.lifecycle import State
from shared.kelurahan import configuration
from tests.web import office as offices
from tests.web.complaints import complaining
from tests.web.complaints.complaining import NAME, NIK, TEXT
from tests.web.conftest import Watch
from tests.web.office import ROOT, Office
from web.service_standard import DeadlineTerm

OpenPage = Callable[..., Page]
KINDS = kinds.load(configuration.load("tamansari", ROOT / "kelurahan"))
AS_TYPED = {
    "emoji": "Beras 5 kg hilang 😀👨‍👩‍👧‍👦, mohon diperiksa",
    "arabic": "السلام عليكم، لم أستلم المساعدة هذا الشهر",
    "sundanese": "Abdi teu acan nampi bantosan. ᮃᮘ᮪ᮓᮤ ᮒᮩ ᮃᮎᮔ᮪ ᮔᮙ᮪ᮕᮤ",
    "markup": "<script>alert(1)</script> & <b>tebal</b> {{ 7 * 7 }}",
    "formula": '=HYPERLINK("http://contoh.example","x") lalu @SUM(1)',
    "lines": "Baris satu, cukup panjang\n\n  Baris tiga menjorok",
}


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
def scripts(request: pytest.FixtureRequest) -> bool:
    chosen: bool = request.param
    return chosen


@pytest.fixture
def page(open_page: OpenPage, scripts: bool) -> Page:
    return open_page(scripts=scripts)


def _send(page: Page, scripts: bool) -> tuple[str, str]:
    complaining.send(page)
    if not scripts:
        expect(page.get_by_role("heading", level=1)).to_have_text("Periksa pengaduan Anda")
        page.get_by_role("button", name="Kirim pengaduan").click()
    return complaining.receipt(page)


def _ask(page: Page, number: str, secret: str) -> None:
    page.goto("/cek-pengaduan/")
    page.locator("#ticket").fill(number.lower())
    page.locator("#secret").fill(secret)
    page.locator("main form .button").click()


def test_the_whole_way_from_the_choice_to_opening_it_again(
    empty_office: Office, page: Page, scripts: bool, watch: Watch
) -> None:
    page.goto("/")
    page.locator(".doors").get_by_role("link", name="Pengaduan", exact=False).first.click()
    page.get_by_role("link", name="Terdaftar, tetapi bantuan tidak diterima").click()
    expect(page).to_have_url("/pengaduan/not-received/")
    complaining.fill_in(page)
    number, secret = _send(page, scripts)
    expect(page.locator("main")).to_contain_text("paling lambat")
    today = offices.written(empty_office.day(0))
    expect(page.locator("main")).to_contain_text(f"Diterima {today}.")
    found = complaining.whole(empty_office)
    assert (found.case.ticket, found.case.kind) == (number, "not-received")
    assert (found.words.text, found.words.name, found.words.nik) == (TEXT, NAME, NIK)
    assert (found.words.contact, found.case.rw, found.case.programme) == (
        "+6281234567890",
        "03",
        "bpnt",
    )

    _ask(page, number, secret)
    expect(page.locator("main")).to_contain_text(number)
    page.locator("summary", has_text="Tambah keterangan").click()
    page.locator("#text-add").fill("Tetangga sudah menerima tanggal 3.")
    page.get_by_role("button", name="Kirim keterangan").click()
    expect(page.locator(".timeline")).to_contain_text("Tetangga sudah menerima tanggal 3.")

    complaining.close(empty_office)
    _ask(page, number, secret)
    expect(page.locator(".timeline")).to_contain_text("Sudah diperiksa dan diselesaikan.")
    page.locator("summary", has_text="Buka kembali").click()
    page.locator("#text-reopen").fill("Berasnya tetap belum ada.")
    page.get_by_role("button", name="Buka kembali").click()
    expect(page.locator("main")).to_contain_text("Berasnya tetap belum ada.")
    assert [case.state for case in complaining.cases(empty_office)] == [State.REOPENED]

    addresses = " ".join(one.url for one in watch.requests)
    assert not re.search(rf"{number}|{secret}|{NIK}|euis", addresses, re.I)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
def test_every_kind_is_explained_and_promised_before_it_is_chosen_and_sent(
    empty_office: Office, page: Page, scripts: bool, kind: kinds.Kind
) -> None:
    page.goto("/pengaduan/")
    door = page.locator(".kinds > li", has=page.get_by_role("link", name=kind.title, exact=False))
    figures = [f"{n} hari kerja" for n in (kind.verify_days, kind.resolve_days)]
    promised = ["3 x 24 jam"] if kind.hours else [*figures, f"{kind.field_check_days} hari kerja"]
    for told in (kind.explains, *promised):
        expect(door.first).to_contain_text(told)
    door.first.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(kind.title)
    for figure in promised:
        expect(page.locator("#asking .promise")).to_contain_text(figure)
    notice = page.locator(".privacy")
    for told in ("Petugas Kelurahan Taman Sari", "365 hari", "Dasarnya tugas pelayanan publik"):
        expect(notice).to_contain_text(told)
    expect(page.locator("#anonymous")).to_have_count(1 if kind.may_be_anonymous else 0)
    for name in ("programme", "rw", "rt", "name", "nik", "contact"):
        asked = name in (*kind.needs, *kind.asks)
        expect(page.locator(f"#{name}")).to_have_count(1 if asked else 0)
    for name in kind.needs:
        assert page.locator(f"#{name}").get_attribute("required") is not None
    complaining.fill_in(page)
    _send(page, scripts)
    assert [case.kind for case in complaining.cases(empty_office)] == [kind.code]


def test_promises_are_those_of_the_service_standard(
    empty_office: Office, open_page: OpenPage
) -> None:
    page = open_page()
    page.goto("/standar-layanan/")
    for kind in KINDS.values():
        term = page.locator(
            ".term", has=page.get_by_role("heading", name=DeadlineTerm((kind,)).headline)
        )
        expect(term.first).to_be_visible()


@pytest.mark.parametrize("text", AS_TYPED.values(), ids=AS_TYPED.keys())
def test_what_was_typed_comes_back_as_typed(
    empty_office: Office, page: Page, scripts: bool, text: str
) -> None:
    complaining.write(page, text, "other")
    if not scripts:
        complaining.send(page)
        assert page.locator("dd.typed").first.text_content() == text
        page.get_by_role("button", name="Ubah isian").click()
        expect(page.locator("#text")).to_have_value(text)
        page.locator("main form .button").first.click()
        page.get_by_role("button", name="Kirim pengaduan").click()
        number, secret = complaining.receipt(page)
    else:
        number, secret = _send(page, scripts)
    assert complaining.whole(empty_office).words.text == text
    _ask(page, number, secret)
    page.locator("summary", has_text="Tambah keterangan").click()
    page.locator("#text-add").fill(text)
    page.get_by_role("button", name="Kirim keterangan").click()
    expect(page.locator(".timeline .typed")).to_have_count(1)
    assert page.locator(".timeline .typed").text_content() == text
    assert page.title().startswith("Perkembangan pengaduan")


def test_a_text_of_4000_characters_arrives_whole(
    empty_office: Office, page: Page, scripts: bool
) -> None:
    text = "😀\nb" * 1333 + "."
    assert len(text) == 4000
    complaining.write(page, text, "other")
    _send(page, scripts)
    assert complaining.whole(empty_office).words.text == text


def test_one_character_more_is_told_and_nothing_is_cut_off(
    empty_office: Office, page: Page, scripts: bool, watch: Watch
) -> None:
    watch.expected = {400}
    complaining.write(page, "a" * 4001, "other")
    complaining.send(page)
    told = "Ceritakan dengan 10 sampai 4.000 huruf. Sekarang 4.001 huruf."
    expect(page.locator(".error-summary")).to_contain_text(told)
    expect(page.locator("#text")).to_have_value("a" * 4001)
    assert complaining.cases(empty_office) == []


def test_anonymous_means_that_no_identity_is_kept(
    empty_office: Office, page: Page, scripts: bool
) -> None:
    complaining.write(page, TEXT, "deduction")
    page.locator("#anonymous").check()
    if scripts:
        expect(page.locator("#name")).to_be_hidden()
    else:
        expect(page.locator("#anonymous-hint")).to_contain_text("juga bila terisi di bawah")
    _send(page, scripts)
    found = complaining.whole(empty_office)
    assert found.case.anonymous
    assert not found.has_identity
    assert (found.words.name, found.words.contact) == ("", "")


def test_faults_come_back_at_their_fields_with_what_was_typed(
    empty_office: Office, page: Page, scripts: bool, watch: Watch
) -> None:
    watch.expected = {400}
    complaining.write(page)
    # only the server knows what a telephone number is
    page.locator("#contact").fill("nomor saya")
    complaining.send(page)
    summary = page.locator(".error-summary")
    expect(summary).to_contain_text("alamat surel")
    expect(page.locator("#contact")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#contact")).to_have_accessible_description(re.compile("alamat surel"))
    for name, value in (("text", TEXT), ("contact", "nomor saya"), ("nik", NIK), ("rw", "03")):
        expect(page.locator(f"#{name}")).to_have_value(value)
    summary.get_by_role("link").click()
    expect(page.locator("#contact")).to_be_focused()
    page.locator("#contact").fill("euis@contoh.example")
    page.locator("main form .button").first.click()
    if not scripts:
        page.get_by_role("button", name="Kirim pengaduan").click()
    complaining.receipt(page)
    assert complaining.whole(empty_office).words.contact == "euis@contoh.example"


def test_a_store_that_is_down_loses_nothing(
    empty_office: Office, page: Page, scripts: bool, watch: Watch
) -> None:
    watch.expected = {503}
    complaining.write(page)
    if not scripts:
        complaining.send(page)
    empty_office.deployment.intake.close()
    if scripts:
        complaining.send(page)
        expect(page.locator("#said")).to_contain_text("tersimpan di HP ini")
        again = page.get_by_role("button", name="Kirim", exact=True)
    else:
        page.get_by_role("button", name="Kirim pengaduan").click()
        expect(page.locator("main")).to_contain_text("tidak ada yang hilang")
        again = page.get_by_role("button", name="Kirim pengaduan")
    empty_office.deployment.close()
    empty_office.restart()
    again.click()
    complaining.receipt(page)
    assert complaining.whole(empty_office).words.text == TEXT


def test_wrong_numbers_and_secrets_are_answered_alike(
    empty_office: Office, page: Page, scripts: bool, watch: Watch
) -> None:
    watch.expected = {404}
    complaining.write(page)
    number, secret = _send(page, scripts)
    said = []
    for pair in ((number, "0" * 16), ("TS26-0000-0000-0", secret)):
        _ask(page, *pair)
        expect(page.locator(".error-summary")).to_contain_text("tidak cocok")
        said.append(page.locator(".error-summary").inner_text())
    assert said[0] == said[1]


def test_without_scripts_photos_are_added_where_it_is_checked(
    empty_office: Office, open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_page(scripts=False)
    complaining.write(page)
    expect(page.locator("#photos")).to_be_hidden()
    complaining.send(page)
    page.locator("#photos").set_input_files([complaining.photo()])
    page.get_by_role("button", name="Kirim pengaduan").click()
    complaining.receipt(page)
    assert [case.photos for case in complaining.cases(empty_office)] == [1]
