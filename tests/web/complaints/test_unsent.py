"""Unsent complaints: drafts, a phone without internet, lost answers, no duplicates."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.web import internet
from tests.web.complaints import complaining
from tests.web.complaints.complaining import API, NAME, NIK, TEXT
from tests.web.conftest import Watch
from tests.web.office import Office

OpenPage = Callable[..., Page]


def _posts(watch: Watch) -> int:
    return len([one for one in watch.requests if one.url.endswith("/api/complaints")])


def _reopened(page: Page, address: str = "/pengaduan/not-received/") -> Page:
    """The page was closed, and somebody opens it again."""
    context = page.context
    page.close()
    other = context.new_page()
    other.goto(address)
    return other


def test_a_draft_outlives_a_reload_without_the_nik(
    empty_office: Office, open_page: OpenPage, watch: Watch
) -> None:
    page = open_page()
    complaining.write(page, "Draf saya 😀 <b>\nbaris dua")
    complaining.wait_for_draft(page, contact=complaining.PHONE)
    page.reload()
    expect(page.locator("#said")).to_contain_text("tersimpan di HP ini")
    expect(page.locator("#text")).to_have_value("Draf saya 😀 <b>\nbaris dua")
    expect(page.locator("#name")).to_have_value(NAME)
    expect(page.locator("#programme")).to_have_value("bpnt")
    expect(page.locator("#nik")).to_have_value("")
    assert NIK not in str(complaining.kept_on_phone(page))
    assert _posts(watch) == 0
    # another kind has a draft of its own
    page.goto("/pengaduan/other/")
    expect(page.locator("#text")).to_have_value("")
    expect(page.locator("#unsent li")).to_have_count(1)


def test_a_draft_is_deleted_when_its_owner_says_so(
    empty_office: Office, open_page: OpenPage
) -> None:
    page = open_page()
    complaining.write(page)
    complaining.wait_for_draft(page, contact=complaining.PHONE)
    page.reload()
    page.locator("#said").get_by_role("button", name="Hapus draf").click()
    expect(page.locator("#text")).to_have_value("")
    expect(page.locator("#name")).to_have_value("")
    expect(page.locator("#draft")).to_be_hidden()
    page.reload()
    expect(page.locator("#text")).to_have_value("")
    assert complaining.kept_on_phone(page) == []


def test_nothing_is_left_on_the_phone_once_the_receipt_is_there(
    empty_office: Office, open_page: OpenPage
) -> None:
    page = open_page()
    complaining.write(page)
    complaining.wait_for_draft(page, contact=complaining.PHONE)
    complaining.send(page)
    complaining.receipt(page)
    assert complaining.kept_on_phone(page) == []
    assert page.evaluate("[{...localStorage}, {...sessionStorage}, document.cookie]") == [
        {},
        {},
        "",
    ]


def test_a_form_filled_in_without_internet_waits_and_goes_when_told_to(
    empty_office: Office, open_page: OpenPage, watch: Watch
) -> None:
    watch.expected = {0}
    page = open_page()
    complaining.write(page)
    internet.cut(page)
    complaining.send(page)
    notice = page.locator("#said .notice")
    expect(notice).to_be_focused()
    expect(notice).to_contain_text("tersimpan di HP ini")
    expect(page.locator("#unsent li")).to_contain_text("Siap dikirim")
    internet.back(page)
    page = _reopened(page)
    page.on("request", lambda asked: watch.requests.append(asked))
    expect(page.locator("#unsent li")).to_have_count(1)
    expect(page.locator("#text")).to_have_value("")
    # the internet is back, and still nothing goes by itself
    page.goto("/pengaduan/", wait_until="networkidle")
    assert complaining.cases(empty_office) == []
    assert _posts(watch) == 0
    page.get_by_role("button", name="Kirim", exact=True).click()
    complaining.receipt(page)
    found = complaining.whole(empty_office)
    assert (found.words.text, found.words.nik) == (TEXT, NIK)
    assert complaining.kept_on_phone(page) == []
    expect(page.locator("#unsent")).to_be_hidden()


def test_the_form_itself_opens_without_internet(
    empty_office: Office, open_page: OpenPage, watch: Watch
) -> None:
    watch.expected = {0}
    page = open_page()
    page.goto("/")
    internet.cut(page)
    page.goto("/pengaduan/")
    expect(page.locator(".offline")).to_be_visible()
    page.get_by_role("link", name="Terdaftar, tetapi bantuan tidak diterima").click()
    complaining.fill_in(page)
    complaining.send(page)
    expect(page.locator("#unsent li")).to_have_count(1)
    page = _reopened(page, "/pengaduan/")
    expect(page.locator("#unsent li")).to_have_count(1)
    internet.back(page)
    page.get_by_role("button", name="Kirim", exact=True).click()
    complaining.receipt(page)
    assert complaining.whole(empty_office).words.text == TEXT


def test_several_wait_and_each_is_sent_or_deleted_by_itself(
    empty_office: Office, open_page: OpenPage, watch: Watch
) -> None:
    watch.expected = {0}
    page = open_page()
    complaining.write(page, "Keluarga pertama belum menerima.")
    internet.cut(page)
    complaining.send(page)
    page.get_by_role("button", name="Isi pengaduan lain").click()
    expect(page.locator("#text")).to_have_value("")
    complaining.fill_in(page, "Keluarga kedua belum menerima.")
    complaining.send(page)
    expect(page.locator("#unsent li")).to_have_count(2)
    internet.back(page)
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.message)
        if len(asked) == 1:
            dialog.dismiss()
        else:
            dialog.accept()

    page.on("dialog", answer)
    delete = page.locator("#unsent li").first.get_by_role("button", name="Hapus")
    delete.click()
    expect(page.locator("#unsent li")).to_have_count(2)
    delete.click()
    expect(page.locator("#unsent li")).to_have_count(1)
    assert "tidak terkirim" in asked[0]
    page.get_by_role("button", name="Kirim", exact=True).click()
    complaining.receipt(page)
    assert complaining.whole(empty_office).words.text == "Keluarga kedua belum menerima."


def test_one_that_waits_can_be_opened_and_changed(
    empty_office: Office, open_page: OpenPage, watch: Watch
) -> None:
    watch.expected = {0}
    page = open_page()
    complaining.write(page)
    internet.cut(page)
    complaining.send(page)
    expect(page.locator("#said .notice")).to_be_focused()
    internet.back(page)
    page = _reopened(page, "/pengaduan/")
    page.get_by_role("button", name="Buka").click()
    expect(page).to_have_url("/pengaduan/not-received/")
    expect(page.locator("#text")).to_have_value(TEXT)
    expect(page.locator("#nik")).to_have_value(NIK)
    expect(page.locator("#unsent")).to_be_hidden()
    page.locator("#text").fill(TEXT + " Tambahan.")
    complaining.send(page)
    complaining.receipt(page)
    assert complaining.whole(empty_office).words.text == TEXT + " Tambahan."
    assert complaining.kept_on_phone(page) == []


@pytest.mark.parametrize("meanwhile", ["stays", "reloads", "closes"])
def test_a_lost_answer_and_a_second_try_are_one_complaint(
    empty_office: Office, open_page: OpenPage, watch: Watch, meanwhile: str
) -> None:
    watch.expected = {0}
    page = open_page()
    complaining.write(page)
    received = complaining.lose_answer(page)
    assert len(complaining.cases(empty_office)) == 1
    if meanwhile == "reloads":
        page.reload()
    if meanwhile == "closes":
        page = _reopened(page)
    page.get_by_role("button", name="Kirim", exact=True).click()
    number, _ = complaining.receipt(page)
    assert [number] == received
    assert len(complaining.cases(empty_office)) == 1


CHANGED = TEXT + " Tambahan."


def _opened_again(page: Page, meanwhile: str) -> Page:
    if meanwhile == "reloads":
        page.reload()
    if meanwhile == "closes":
        page = _reopened(page, "/pengaduan/")
    expect(page.locator("#unsent li")).to_contain_text("Mungkin sudah sampai")
    page.get_by_role("button", name="Buka").click()
    expect(page).to_have_url("/pengaduan/not-received/")
    expect(page.locator("#text")).to_have_value(TEXT)
    return page


_meanwhile = pytest.mark.parametrize("meanwhile", ["stays", "reloads", "closes"])


@_meanwhile
def test_what_was_changed_after_a_lost_answer_brings_the_receipt_of_the_first(
    empty_office: Office, open_page: OpenPage, watch: Watch, meanwhile: str
) -> None:
    watch.expected = {0, 409}
    page = open_page()
    complaining.write(page)
    received = complaining.lose_answer(page, arrives=True)
    page = _opened_again(page, meanwhile)
    page.locator("#text").fill(CHANGED)
    complaining.send(page)
    number, secret = complaining.receipt(page)
    assert [number] == received
    expect(page.locator("#receipt .notice")).to_be_focused()
    expect(page.locator("#receipt .notice")).to_contain_text("belum terkirim")
    assert complaining.whole(empty_office).words.text == TEXT
    # what was changed is on the phone still, and goes nowhere by itself
    page.reload()
    assert complaining.receipt(page) == (number, secret)
    expect(page.locator("#more")).to_have_value(CHANGED)
    page.get_by_role("button", name="Tambahkan ke pengaduan").click()
    expect(page.locator("#said .notice")).to_be_focused()
    expect(page.locator("#said .notice")).to_contain_text("Sudah ditambahkan")
    expect(page.locator("#more")).to_have_count(0)
    assert complaining.kept_on_phone(page) == []
    assert len(complaining.cases(empty_office)) == 1
    page.get_by_role("button", name="Lihat status").click()
    expect(page.locator("main")).to_contain_text(CHANGED)


@_meanwhile
def test_what_was_changed_after_a_lost_answer_can_be_a_second_complaint(
    empty_office: Office, open_page: OpenPage, watch: Watch, meanwhile: str
) -> None:
    watch.expected = {0, 409}
    page = open_page()
    complaining.write(page)
    received = complaining.lose_answer(page, arrives=True)
    page = _opened_again(page, meanwhile)
    page.locator("#text").fill(CHANGED)
    complaining.send(page)
    first = complaining.receipt(page)
    page.get_by_role("button", name="Kirim sebagai pengaduan kedua").click()
    expect(page.locator("#changed-title")).to_have_count(0)
    second = complaining.receipt(page)
    assert [first[0]] == received
    assert second[0] != first[0]
    assert len(complaining.cases(empty_office)) == 2
    assert complaining.kept_on_phone(page) == []
    page.go_back()
    assert complaining.receipt(page) == first


@_meanwhile
def test_what_was_changed_goes_alone_where_the_first_had_not_arrived(
    empty_office: Office, open_page: OpenPage, watch: Watch, meanwhile: str
) -> None:
    watch.expected = {0}
    page = open_page()
    complaining.write(page)
    complaining.lose_answer(page, arrives=False)
    page = _opened_again(page, meanwhile)
    page.locator("#text").fill(CHANGED)
    complaining.send(page)
    complaining.receipt(page)
    expect(page.locator("#receipt .notice")).to_have_count(0)
    assert complaining.whole(empty_office).words.text == CHANGED
    assert complaining.kept_on_phone(page) == []


def test_of_several_changes_the_one_that_arrived_is_found(
    empty_office: Office, open_page: OpenPage, watch: Watch
) -> None:
    watch.expected = {0, 409}
    page = open_page()
    complaining.write(page)
    complaining.lose_answer(page, arrives=False)
    page = _opened_again(page, "stays")
    page.locator("#text").fill(CHANGED)
    received = complaining.lose_answer(page, arrives=True)
    page.get_by_role("button", name="Buka").click()
    # half typed, and the page is closed: it is known still that something may be there
    page.locator("#text").fill(TEXT + " Tambahan ketiga.")
    complaining.wait_for_draft(page, text=TEXT + " Tambahan ketiga.")
    page.reload()
    expect(page.locator("#said")).to_contain_text("Mungkin pengaduan sudah sampai")
    expect(page.locator("#bare")).to_be_hidden()
    page.locator("#nik").fill(NIK)
    complaining.send(page)
    number, _ = complaining.receipt(page)
    assert [number] == received
    assert complaining.whole(empty_office).words.text == CHANGED
    expect(page.locator("#more")).to_have_value(TEXT + " Tambahan ketiga.")


def test_photos_that_were_taken_out_after_a_lost_answer_are_told_to_be_there(
    empty_office: Office, open_page: OpenPage, watch: Watch
) -> None:
    watch.expected = {0}
    page = open_page()
    complaining.write(page)
    page.locator("#photos").set_input_files([complaining.photo()])
    expect(page.locator("#photo-list li")).to_have_count(1)
    received = complaining.lose_answer(page, arrives=True)
    page = _opened_again(page, "stays")
    page.get_by_role("button", name="Hapus foto 1").click()
    complaining.send(page)
    number, _ = complaining.receipt(page)
    assert [number] == received
    expect(page.locator("#receipt .notice")).to_contain_text("sudah sampai")
    assert [case.photos for case in complaining.cases(empty_office)] == [1]


def test_a_line_that_stays_cut_loses_neither_the_first_nor_the_change(
    empty_office: Office, open_page: OpenPage, watch: Watch
) -> None:
    watch.expected = {0, 409}
    page = open_page()
    complaining.write(page)
    received = complaining.lose_answer(page, arrives=True)
    page = _opened_again(page, "stays")
    page.locator("#text").fill(CHANGED)
    internet.cut(page)
    complaining.send(page)
    expect(page.locator("#said .notice")).to_be_focused()
    expect(page.locator("#said .notice")).to_contain_text("Mungkin pengaduan sudah sampai")
    internet.back(page)
    # it is refused for what was changed, and the first may be there all the same
    page.get_by_role("button", name="Buka").click()
    page.locator("#contact").fill("nomor saya")
    watch.expected |= {400}
    complaining.send(page)
    expect(page.locator("#errors")).to_be_focused()
    page.locator("#contact").fill(complaining.PHONE)
    complaining.send(page)
    assert [complaining.receipt(page)[0]] == received
    expect(page.locator("#more")).to_have_value(CHANGED)
    # the addition finds no line, and stays
    internet.cut(page)
    page.get_by_role("button", name="Tambahkan ke pengaduan").click()
    expect(page.locator("#said .notice")).to_contain_text("Mungkin tambahan sudah sampai")
    internet.back(page)
    page.get_by_role("button", name="Tambahkan ke pengaduan").click()
    expect(page.locator("#said .notice")).to_contain_text("Sudah ditambahkan")
    assert len(complaining.cases(empty_office)) == 1


def test_a_change_that_is_left_waits_as_a_second_complaint(
    empty_office: Office, open_page: OpenPage, watch: Watch
) -> None:
    watch.expected = {0, 409}
    page = open_page()
    complaining.write(page)
    complaining.lose_answer(page, arrives=True)
    page = _opened_again(page, "stays")
    page.locator("#text").fill(CHANGED)
    complaining.send(page)
    complaining.receipt(page)
    expect(page.locator("#unsent")).to_be_hidden()
    page = _reopened(page, "/pengaduan/")
    expect(page.locator("#unsent li")).to_contain_text("sebagai pengaduan kedua")
    assert len(complaining.cases(empty_office)) == 1
    page.get_by_role("button", name="Kirim", exact=True).click()
    complaining.receipt(page)
    assert len(complaining.cases(empty_office)) == 2
    assert complaining.kept_on_phone(page) == []


def test_what_may_have_arrived_is_not_deleted_without_a_word(
    empty_office: Office, open_page: OpenPage, watch: Watch
) -> None:
    watch.expected = {0}
    page = open_page()
    complaining.write(page)
    complaining.lose_answer(page, arrives=True)
    page = _opened_again(page, "stays")
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", answer)
    page.locator("#draft").get_by_role("button", name="Hapus draf").click()
    expect(page.locator("#text")).to_have_value(TEXT)
    assert "Mungkin pengaduan ini sudah sampai" in asked[0]
    # an empty form is no reason to forget it
    page.locator("#text").fill("")
    page.reload()
    expect(page.locator("#said")).to_contain_text("Mungkin pengaduan sudah sampai")


@pytest.mark.parametrize("arrives", [True, False])
def test_one_that_was_kept_before_it_was_known_what_had_been_posted(
    empty_office: Office, open_page: OpenPage, watch: Watch, arrives: bool
) -> None:
    watch.expected = {0, 409}
    page = open_page()
    complaining.write(page)
    complaining.lose_answer(page, arrives=arrives)
    page.evaluate(
        """async () => {
          const base = await new Promise((done) => {
            indexedDB.open("pengaduan").onsuccess = (event) => done(event.target.result);
          });
          const all = base.transaction("unsent", "readwrite").objectStore("unsent");
          const [one] = await new Promise((done) => {
            all.getAll().onsuccess = (event) => done(event.target.result);
          });
          delete one.sent;
          await new Promise((done) => { all.put(one).onsuccess = done; });
          base.close();
        }"""
    )
    page = _opened_again(page, "closes")
    page.locator("#text").fill(CHANGED)
    complaining.send(page)
    complaining.receipt(page)
    assert complaining.whole(empty_office).words.text == (TEXT if arrives else CHANGED)


def test_a_phone_that_goes_out_while_sending_has_it_still(
    empty_office: Office, open_page: OpenPage, watch: Watch
) -> None:
    watch.expected = {0}
    page = open_page()
    complaining.write(page)
    # it never gets there
    page.context.route(API, lambda route: None)
    with page.expect_request(API):
        complaining.send(page)
    expect(page.locator("#go")).to_have_attribute("aria-disabled", "true")
    context = page.context
    page = _reopened(page)
    context.unroute(API)  # what was held back is gone with its page
    page.get_by_role("button", name="Kirim", exact=True).click()
    complaining.receipt(page)
    assert len(complaining.cases(empty_office)) == 1


def test_pressing_twice_is_one_complaint(
    empty_office: Office, open_page: OpenPage, watch: Watch
) -> None:
    page = open_page()
    complaining.write(page)
    page.evaluate("for (let i = 0; i < 3; i++) document.getElementById('go').click()")
    complaining.receipt(page)
    assert _posts(watch) == 1
    assert len(complaining.cases(empty_office)) == 1


def test_pressing_twice_without_scripts_is_one_complaint(
    empty_office: Office, open_page: OpenPage
) -> None:
    page = open_page(scripts=False)
    complaining.write(page)
    complaining.send(page)
    page.get_by_role("button", name="Kirim pengaduan").click()
    first = complaining.receipt(page)
    page.reload()
    assert complaining.receipt(page) == first
    assert len(complaining.cases(empty_office)) == 1


def test_the_same_text_typed_again_is_another_complaint(
    empty_office: Office, open_page: OpenPage
) -> None:
    page = open_page()
    tickets = set()
    for _ in range(2):
        complaining.write(page)
        complaining.send(page)
        tickets.add(complaining.receipt(page))
    assert len(tickets) == len(complaining.cases(empty_office)) == 2


def test_a_key_that_was_used_for_something_else_is_replaced(
    empty_office: Office, open_page: OpenPage, watch: Watch
) -> None:
    watch.expected = {409}
    page = open_page()
    page.add_init_script("crypto.getRandomValues = (bytes) => bytes.fill(window.draw || 7)")
    complaining.write(page, "Yang pertama, dengan kunci itu.")
    complaining.send(page)
    complaining.receipt(page)
    complaining.write(page, "Yang kedua, dengan kunci yang sama.")
    complaining.send(page)
    expect(page.locator("#said .notice")).to_be_focused()
    expect(page.locator("#said")).to_contain_text("sudah kami terima dengan isi lain")
    expect(page.locator("#text")).to_have_value("Yang kedua, dengan kunci yang sama.")
    page.evaluate("window.draw = 8")
    complaining.send(page)
    complaining.receipt(page)
    assert len(complaining.cases(empty_office)) == 2


def test_faults_of_one_that_waited_lead_to_its_form(
    empty_office: Office, open_page: OpenPage, watch: Watch
) -> None:
    watch.expected = {0, 400}
    page = open_page()
    complaining.write(page)
    page.locator("#contact").fill("nomor saya")
    internet.cut(page)
    complaining.send(page)
    expect(page.locator("#unsent li")).to_have_count(1)
    internet.back(page)
    page.goto("/pengaduan/")
    page.get_by_role("button", name="Kirim", exact=True).click()
    expect(page).to_have_url("/pengaduan/not-received/")
    expect(page.locator("#errors")).to_be_focused()
    expect(page.locator("#contact")).to_have_value("nomor saya")
    page.locator("#contact").fill("")
    page.locator("#nik").fill("")
    complaining.send(page)
    complaining.receipt(page)


def test_too_many_from_one_address_wait_on_the_phone(
    empty_office: Office, open_page: OpenPage, watch: Watch
) -> None:
    watch.expected = {429}
    for _ in range(empty_office.deployment.kelurahan.complaints.per_address_hourly):
        asked = urllib.request.Request(
            empty_office.url + "/api/complaints",
            data=b'{"kind": "other", "text": "x", "idempotency_key": "kunci-dari-uji-coba"}',
            headers={"Content-Type": "application/json", "Accept": "application/json"},
        )
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(asked)
    page = open_page()
    complaining.write(page)
    complaining.send(page)
    expect(page.locator("#said")).to_contain_text("Terlalu banyak percobaan")
    expect(page.locator("#said")).to_contain_text("tersimpan di HP ini")
    expect(page.locator("#unsent li")).to_have_count(1)


def test_a_phone_that_keeps_nothing_says_so_and_still_sends(
    empty_office: Office, open_page: OpenPage, watch: Watch
) -> None:
    watch.expected = {0}
    page = open_page()
    page.add_init_script("Object.defineProperty(window, 'indexedDB', { value: undefined })")
    complaining.write(page)
    internet.cut(page)
    complaining.send(page)
    expect(page.locator("#said")).to_contain_text("Jangan tutup halaman ini")
    expect(page.locator("#draft")).to_be_hidden()
    internet.back(page)
    page.get_by_role("button", name="Kirim", exact=True).click()
    complaining.receipt(page)
    assert len(complaining.cases(empty_office)) == 1


@pytest.mark.parametrize("missing", ["fetch", "crypto", "AbortController", "FormData"])
def test_a_phone_that_lacks_something_posts_the_plain_form(
    empty_office: Office, open_page: OpenPage, missing: str
) -> None:
    page = open_page()
    page.add_init_script(
        f"Object.defineProperty(window, '{missing}', {{ value: undefined, configurable: true }})"
    )
    complaining.write(page)
    expect(page.locator("#photos")).to_be_hidden()
    complaining.send(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Periksa pengaduan Anda")
    page.get_by_role("button", name="Kirim pengaduan").click()
    complaining.receipt(page)
    assert complaining.whole(empty_office).words.text == TEXT


def test_nothing_leaves_the_phone_before_sending(
    empty_office: Office, open_page: OpenPage, watch: Watch
) -> None:
    page = open_page()
    complaining.write(page)
    page.locator("#photos").set_input_files([complaining.photo()])
    expect(page.locator("#photo-list li")).to_have_count(1)
    complaining.wait_for_draft(page, photos=1, contact=complaining.PHONE)
    page.wait_for_load_state("networkidle")
    assert [one.url for one in watch.requests if one.method != "GET"] == []
    assert [one.url for one in watch.requests if "/api/" in one.url] == []
