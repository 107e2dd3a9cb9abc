"""The complaint form with its script: photos, focus, keyboard, the receipt and the way back."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from shared.complaints.casework.service import Casework
from tests.complaints.pictures import GREEN, RED, WORDS, telling
from tests.web.complaints import complaining
from tests.web.complaints.complaining import NIK, TEXT
from tests.web.conftest import Watch
from tests.web.office import Office

OpenPage = Callable[..., Page]

PHOTO_ON_PHONE = """async () => {
  const base = await new Promise((done) => {
    indexedDB.open("pengaduan").onsuccess = (event) => done(event.target.result);
  });
  const all = base.transaction("unsent").objectStore("unsent").getAll();
  const found = await new Promise((done) => { all.onsuccess = () => done(all.result); });
  base.close();
  return [...new Uint8Array(await found[0].photos[0].arrayBuffer())];
}"""


@pytest.fixture
def page(empty_office: Office, open_page: OpenPage) -> Page:
    opened = open_page()
    opened.goto("/pengaduan/not-received/")
    return opened


def _choose(page: Page, *photos: dict[str, object]) -> None:
    page.locator("#photos").set_input_files(list(photos))  # type: ignore[arg-type]


def test_faults_are_summed_up_and_linked_to_their_fields(page: Page, watch: Watch) -> None:
    page.locator("#nik").fill(NIK[:-1])
    complaining.send(page)
    summary = page.locator("#errors")
    expect(summary).to_be_focused()
    links = summary.get_by_role("link")
    expect(links).to_have_text(
        [
            re.compile("Pilih bantuan"),
            re.compile("Ceritakan"),
            re.compile("Isi nama"),
            re.compile("NIK belum benar"),
        ]
    )
    for name in ("programme", "text", "name", "nik"):
        expect(page.locator(f"#{name}")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#nik")).to_have_accessible_description(re.compile("NIK belum benar"))
    links.nth(1).click()
    expect(page.locator("#text")).to_be_focused()
    assert not [one for one in watch.requests if "/api/" in one.url]
    complaining.fill_in(page)
    complaining.send(page)
    complaining.receipt(page)


def test_characters_left_are_counted_as_the_office_counts_them(page: Page) -> None:
    page.locator("#text").fill("  Halo 😀\n")
    expect(page.locator("#text-left")).to_have_text("Sisa 3.994 huruf")
    page.locator("#text").fill("😀" * 4012)
    expect(page.locator("#text-left")).to_have_text("Lebih 12 huruf")


def test_focus_goes_to_the_receipt_and_it_can_be_copied(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    complaining.fill_in(page)
    complaining.send(page)
    number, secret = complaining.receipt(page)
    expect(page.get_by_role("heading", name="Pengaduan diterima")).to_be_focused()
    expect(page).to_have_title(re.compile("^Pengaduan diterima"))
    page.get_by_role("button", name="Salin").click()
    expect(page.get_by_role("button", name="Sudah disalin")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == f"Nomor pengaduan: {number}. Kode rahasia: {secret}."


def test_where_there_is_no_clipboard_it_is_copied_all_the_same(
    empty_office: Office, open_page: OpenPage
) -> None:
    page = open_page()
    # as over plain http in the office's own network
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    complaining.write(page)
    complaining.send(page)
    number, secret = complaining.receipt(page)
    page.get_by_role("button", name="Salin").click()
    expect(page.get_by_role("button", name="Sudah disalin")).to_be_focused()
    page.goto("/pengaduan/other/")
    page.locator("#text").focus()
    page.keyboard.press("Control+V")
    expect(page.locator("#text")).to_have_value(re.compile(f"{number}.*{secret}"))


def test_the_receipt_is_there_after_a_reload_and_gone_when_its_owner_is_done(page: Page) -> None:
    complaining.fill_in(page)
    complaining.send(page)
    shown = complaining.receipt(page)
    page.reload()
    assert complaining.receipt(page) == shown
    assert not re.search("|".join(shown), page.url)
    page.get_by_role("button", name="Selesai").click()
    expect(page).to_have_url("/")
    page.go_back()
    expect(page.locator("#complaint")).to_be_visible()
    expect(page.get_by_text("Pengaduan diterima")).to_have_count(0)
    page.go_back()
    assert shown[1] not in page.content()


def test_back_from_the_receipt_brings_an_empty_form(page: Page) -> None:
    complaining.fill_in(page)
    complaining.send(page)
    shown = complaining.receipt(page)
    page.go_back()
    expect(page.locator("#complaint")).to_be_visible()
    expect(page.locator("#text")).to_have_value("")
    expect(page.get_by_text("Pengaduan diterima")).to_have_count(0)
    page.go_forward()
    assert complaining.receipt(page) == shown


def test_from_the_receipt_one_button_leads_to_the_status(page: Page) -> None:
    complaining.fill_in(page)
    complaining.send(page)
    number, secret = complaining.receipt(page)
    page.get_by_role("button", name="Lihat status").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(number)
    assert number not in page.url
    assert secret not in page.url


def test_a_receipt_on_paper_has_its_number_and_no_buttons(page: Page) -> None:
    complaining.fill_in(page)
    complaining.send(page)
    complaining.receipt(page)
    page.emulate_media(media="print")
    expect(page.locator(".ticket")).to_be_visible()
    for button in page.locator("main button").all():
        expect(button).to_be_hidden()


def test_keyboard_alone_files_a_complaint(empty_office: Office, page: Page) -> None:
    def tab_to(name: str) -> None:
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.id") == name:
                return
        pytest.fail(f"{name} can't be reached")

    page.goto("/pengaduan/")
    for _ in range(40):
        page.keyboard.press("Tab")
        if "Bantuan dipotong" in page.evaluate("document.activeElement.textContent"):
            break
    page.keyboard.press("Enter")
    expect(page).to_have_url("/pengaduan/deduction/")
    tab_to("text")
    page.keyboard.type("Uang dipotong lima puluh ribu.")
    tab_to("anonymous")
    page.keyboard.press("Space")
    expect(page.locator("#identity")).to_be_hidden()
    tab_to("photos")
    tab_to("go")
    page.keyboard.press("Enter")
    complaining.receipt(page)
    assert complaining.whole(empty_office).case.anonymous


def test_who_is_anonymous_has_no_identity_kept_or_sent(page: Page) -> None:
    complaining.write(page, TEXT, "deduction")
    page.locator("#anonymous").check()
    complaining.wait_for_draft(page, anonymous="true")
    assert not {"name", "nik", "contact"} & complaining.kept_on_phone(page)[0]["fields"].keys()
    with page.expect_request("**/api/complaints") as sent:
        complaining.send(page)
    complaining.receipt(page)
    body = sent.value.post_data or ""
    assert TEXT in body
    assert complaining.NAME not in body
    assert complaining.PHONE not in body


def test_unticking_anonymous_brings_back_what_was_typed(empty_office: Office, page: Page) -> None:
    complaining.write(page, TEXT, "deduction")
    page.locator("#anonymous").check()
    page.locator("#anonymous").uncheck()
    expect(page.locator("#contact")).to_have_value(complaining.PHONE)
    complaining.send(page)
    complaining.receipt(page)
    assert complaining.whole(empty_office).words.contact == "+6281234567890"


def test_photos_are_small_and_bare_before_they_leave_the_phone(
    empty_office: Office, page: Page
) -> None:
    # lying on its side, as telephones keep what was taken upright
    content = telling("JPEG", orientation=6)
    assert any(word in content for word in WORDS)
    _choose(page, {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": content})
    expect(page.locator("#photo-list li canvas")).to_be_visible()
    complaining.wait_for_draft(page, photos=1)
    kept = bytes(page.evaluate(PHOTO_ON_PHONE))
    assert not [word for word in WORDS if word in kept]
    picture = Image.open(io.BytesIO(kept))
    assert (picture.format, picture.size) == ("JPEG", (300, 400))
    assert _near(picture, (225, 50), RED)
    assert _near(picture, (225, 350), GREEN)


def test_large_photos_are_made_small_and_arrive(empty_office: Office, page: Page) -> None:
    complaining.fill_in(page)
    _choose(page, complaining.photo((4000, 3000)), complaining.photo((300, 5000)))
    expect(page.locator("#photo-list li")).to_have_count(2)
    complaining.wait_for_draft(page, photos=2)
    kept = bytes(page.evaluate(PHOTO_ON_PHONE))
    assert Image.open(io.BytesIO(kept)).size == (1600, 1200)
    complaining.send(page)
    complaining.receipt(page)
    (case,) = complaining.cases(empty_office)
    work = Casework.of(empty_office.deployment)
    photos = [work.photo(complaining.officer(empty_office), case.id, n) for n in (1, 2)]
    sizes = [Image.open(io.BytesIO(photo)).size for photo in photos]
    assert sizes == [(1600, 1200), (96, 1600)]


def test_three_photos_at_most_and_each_can_be_removed(empty_office: Office, page: Page) -> None:
    complaining.fill_in(page)
    _choose(page, *(complaining.photo((100 + n, 50)) for n in range(4)))
    expect(page.locator("#photo-list li")).to_have_count(3)
    expect(page.locator("#photos-error")).to_have_text("Paling banyak 3 foto.")
    page.get_by_role("button", name="Hapus foto 2").click()
    expect(page.locator("#photo-list li")).to_have_count(2)
    expect(page.locator("#photos")).to_be_focused()
    complaining.wait_for_draft(page, photos=2)
    page.reload()
    expect(page.locator("#photo-list li")).to_have_count(2)
    page.locator("#nik").fill(NIK)
    complaining.send(page)
    complaining.receipt(page)
    assert [case.photos for case in complaining.cases(empty_office)] == [2]


def test_what_is_no_photo_is_refused_at_the_field(page: Page) -> None:
    complaining.fill_in(page)
    _choose(page, {"name": "x.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"})
    expect(page.locator("#photos-error")).to_contain_text("tidak dapat dipakai")
    expect(page.locator("#photo-list li")).to_have_count(0)


def test_a_photo_that_only_the_office_can_refuse_leaves_the_rest_as_it_was(
    empty_office: Office, page: Page, watch: Watch
) -> None:
    watch.expected = {422}
    complaining.fill_in(page)
    _choose(page, {"name": "x.jpg", "mimeType": "image/jpeg", "buffer": b"<html>not a photo"})
    expect(page.locator("#photo-list li")).to_have_count(1)
    complaining.send(page)
    expect(page.locator("#errors")).to_be_focused()
    expect(page.locator("#photos")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#text")).to_have_value(TEXT)
    page.get_by_role("button", name="Hapus foto 1").click()
    complaining.send(page)
    complaining.receipt(page)
    assert [case.photos for case in complaining.cases(empty_office)] == [0]


def test_a_browser_that_can_not_shrink_sends_the_photo_as_it_is(
    empty_office: Office, open_page: OpenPage
) -> None:
    page = open_page()
    page.add_init_script("delete window.createImageBitmap")
    complaining.write(page)
    _choose(page, complaining.photo((3000, 100)))
    expect(page.locator("#photo-list li")).to_have_count(1)
    complaining.send(page)
    complaining.receipt(page)
    assert [case.photos for case in complaining.cases(empty_office)] == [1]


def test_the_form_fits_at_400_percent(empty_office: Office, open_page: OpenPage) -> None:
    # WCAG 1.4.10: 1280 px at 400 % is a view of 320 px; 1.4.4: the text alone at 200 % on top
    page = open_page(320)
    for address in ("/pengaduan/", "/pengaduan/deduction/", "/cek-pengaduan/"):
        page.goto(address)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
    complaining.write(page)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    _choose(page, complaining.photo())
    expect(page.locator("#photo-list li")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    complaining.send(page)
    complaining.receipt(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def _near(picture: Image.Image, place: tuple[int, int], colour: tuple[int, int, int]) -> bool:
    found = picture.convert("RGB").getpixel(place)
    assert isinstance(found, tuple)
    return all(abs(one - other) < 40 for one, other in zip(found, colour, strict=True))
