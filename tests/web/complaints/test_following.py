"""Following a complaint on a line that fails: nothing typed is lost, nothing told stays behind."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.web import internet
from tests.web.complaints import complaining
from tests.web.conftest import Watch
from tests.web.office import Office

OpenPage = Callable[..., Page]
TEXT = "Tetangga sudah menerima tanggal 3."
SEND = "Kirim keterangan"
UNSENT = (
    "Belum terkirim. Tidak ada internet atau jawaban. Isian Anda masih ada di halaman ini. "
    "Tekan Kirim keterangan lagi."
)


def _followed(page: Page, office: Office, *, plainly: bool = False) -> tuple[str, str]:
    """Number and secret of a complaint whose status is in sight, by script or posted plainly."""
    pair = complaining.hand_in(office)
    if not plainly:
        complaining.ask(page, *pair)
        return pair
    page.goto("/cek-pengaduan/")
    page.locator("#ticket").fill(pair[0])
    page.locator("#secret").fill(pair[1])
    page.locator("main form").evaluate("form => form.submit()")
    expect(page.get_by_role("heading", level=1)).to_contain_text(pair[0])
    return pair


def _write(page: Page, text: str = TEXT) -> None:
    page.locator("summary", has_text="Tambah keterangan").click()
    page.locator("#text-add").fill(text)


@pytest.mark.parametrize("plainly", [False, True], ids=["by-script", "posted"])
def test_a_message_without_internet_stays_and_is_sent_later(
    empty_office: Office, open_page: OpenPage, watch: Watch, plainly: bool
) -> None:
    watch.expected = {0}
    page = open_page()
    _followed(page, empty_office, plainly=plainly)
    address = page.url
    _write(page)
    internet.cut(page)
    page.get_by_role("button", name=SEND).click()
    notice = page.locator("main [role=alert]")
    expect(notice).to_be_focused()
    expect(notice).to_have_text(UNSENT)
    assert page.url == address
    expect(page.locator("#text-add")).to_have_value(TEXT)
    page.get_by_role("button", name=SEND).click()
    expect(notice).to_have_count(1)
    expect(notice).to_be_focused()
    internet.back(page)
    page.get_by_role("button", name=SEND).click()
    expect(page.locator(".timeline .typed")).to_have_text([TEXT])
    expect(notice).to_have_count(0)


def test_a_message_whose_answer_got_lost_is_sent_again_and_counts_once(
    empty_office: Office, open_page: OpenPage, watch: Watch
) -> None:
    watch.expected = {0}
    page = open_page()
    _followed(page, empty_office)
    _write(page)

    def lose_the_answer(route: Route) -> None:
        route.fetch()
        route.abort("internetdisconnected")

    page.route("**/api/complaints/messages", lose_the_answer)
    page.get_by_role("button", name=SEND).click()
    expect(page.locator("main [role=alert]")).to_be_focused()
    expect(page.locator("#text-add")).to_have_value(TEXT)
    page.unroute("**/api/complaints/messages")
    page.get_by_role("button", name=SEND).click()
    expect(page.locator(".timeline .typed")).to_have_text([TEXT])


def test_the_question_without_internet_stays_as_typed(
    empty_office: Office, open_page: OpenPage, watch: Watch
) -> None:
    watch.expected = {0}
    page = open_page()
    number, secret = complaining.hand_in(empty_office)
    page.goto("/cek-pengaduan/")
    page.locator("#ticket").fill(number)
    page.locator("#secret").fill(secret)
    internet.cut(page)
    page.locator("main form .button").click()
    notice = page.locator("main [role=alert]")
    expect(notice).to_be_focused()
    expect(notice).to_contain_text("Tekan Lihat status lagi.")
    internet.back(page)
    page.locator("main form .button").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(number)


def test_a_score_without_internet_stays_chosen(
    empty_office: Office, open_page: OpenPage, watch: Watch
) -> None:
    watch.expected = {0}
    page = open_page()
    pair = complaining.hand_in(empty_office)
    complaining.close(empty_office)
    complaining.ask(page, *pair)
    page.get_by_label("Puas", exact=True).check()
    page.locator("#text-rate").fill(TEXT)
    internet.cut(page)
    page.get_by_role("button", name="Kirim nilai").click()
    expect(page.locator("main [role=alert]")).to_be_focused()
    expect(page.get_by_label("Puas", exact=True)).to_be_checked()
    expect(page.locator("#text-rate")).to_have_value(TEXT)
    internet.back(page)
    page.get_by_role("button", name="Kirim nilai").click()
    expect(page.locator(".timeline")).to_contain_text(TEXT)


def test_the_answer_takes_the_page_s_place_and_the_focus_and_leaves_no_secret(
    empty_office: Office, open_page: OpenPage, watch: Watch
) -> None:
    page = open_page()
    number, secret = _followed(page, empty_office)
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    assert page.title().startswith("Perkembangan pengaduan")
    assert page.evaluate("scrollY") == 0
    _write(page)
    page.get_by_role("button", name=SEND).click()
    expect(page.locator(".timeline .typed")).to_have_text([TEXT])
    # the script still runs after its page was replaced
    _write(page, "Petugas RW sudah saya tanya.")
    page.get_by_role("button", name=SEND).click()
    expect(page.locator(".timeline .typed")).to_have_count(2)
    kept = "[location.href, history.state, localStorage.length, sessionStorage.length]"
    assert page.evaluate(kept) == [f"{empty_office.url}/cek-pengaduan/#status", "answer", 0, 0]
    assert page.evaluate("history.length") == 3
    addresses = " ".join(one.url for one in watch.requests)
    assert number not in addresses
    assert secret not in addresses


def test_back_and_leaving_bring_the_empty_question(
    empty_office: Office, open_page: OpenPage
) -> None:
    page = open_page()
    number, secret = _followed(page, empty_office)
    page.go_back()
    for again in (False, True):
        if again:
            complaining.ask(page, number, secret)
            page.goto("/kontak/")
            page.go_back()
        expect(page.get_by_role("heading", level=1)).to_have_text("Cek Pengaduan")
        for name in ("ticket", "secret"):
            expect(page.locator(f"#{name}")).to_have_value("")
        assert secret not in page.content()
        assert page.title().startswith("Cek Pengaduan")


def test_links_inside_the_page_are_no_way_back(empty_office: Office, open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/cek-pengaduan/")
    page.locator(".skip").focus()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    number, secret = complaining.hand_in(empty_office)
    page.locator("#ticket").fill(number)
    page.locator("#secret").fill(secret)
    page.locator("main form .button").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(number)
    page.locator(".skip").focus()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    expect(page.get_by_role("heading", level=1)).to_contain_text(number)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_fault_is_told_with_the_text_as_it_was(
    empty_office: Office, open_page: OpenPage, watch: Watch, scripts: bool
) -> None:
    watch.expected = {400}
    page = open_page(scripts=scripts)
    _followed(page, empty_office)
    _write(page, "a" * 4001)
    page.get_by_role("button", name=SEND).click()
    summary = page.locator(".error-summary")
    expect(summary).to_be_visible()
    if scripts:
        expect(summary).to_be_focused()
    expect(page.locator("#text")).to_have_value("a" * 4001)
    summary.get_by_role("link").click()
    expect(page.locator("#text")).to_be_focused()


def test_an_explanation_does_not_take_away_what_was_typed(
    empty_office: Office, open_page: OpenPage, watch: Watch
) -> None:
    watch.expected = {413}
    page = open_page()
    _followed(page, empty_office)
    text = "a" * (64 * 1024)
    _write(page, text)
    page.get_by_role("button", name=SEND).click()
    notice = page.locator("main [role=alert]")
    expect(notice).to_be_focused()
    expect(notice).to_contain_text("Isian Anda masih ada di halaman ini.")
    expect(notice).not_to_contain_text("Tidak ada internet")
    expect(page.locator("#text-add")).to_have_value(text)


def test_a_second_press_while_it_is_under_way_sends_nothing_more(
    empty_office: Office, open_page: OpenPage, watch: Watch
) -> None:
    page = open_page()
    _followed(page, empty_office)
    _write(page)
    held: list[Route] = []
    page.route("**/api/complaints/messages", lambda route: held.append(route))
    page.get_by_role("button", name=SEND).click()
    expect(page.locator("body > [role=status]")).to_have_text("Mengirim …")
    page.locator("form", has=page.locator("#text-add")).evaluate("form => form.requestSubmit()")
    held[0].continue_()
    expect(page.locator(".timeline .typed")).to_have_text([TEXT])
    expect(page.locator("body > [role=status]")).to_have_text("")
    assert len(held) == 1


def test_without_scripts_the_forms_post_themselves(
    empty_office: Office, open_page: OpenPage
) -> None:
    page = open_page(scripts=False)
    _followed(page, empty_office)
    _write(page)
    page.get_by_role("button", name=SEND).click()
    expect(page.locator(".timeline .typed")).to_have_text([TEXT])
    assert page.url.endswith("/api/complaints/messages")
