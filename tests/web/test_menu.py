"""The menu: every task is reached from everywhere, on any phone, without a script."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.web.office import Office

OpenPage = Callable[..., Page]
DOORS = ["/", "/cek-nik/", "/pengaduan/", "/cek-pengaduan/", "/program/", "/cek-kelayakan/"]
STANDING = ["/standar-layanan/", "/tentang/", "/privasi/", "/aksesibilitas/", "/kontak/"]


@pytest.mark.parametrize("address", ["/", "/kontak/", "/api/figures"])
def test_on_a_phone_the_menu_opens_without_a_script(
    office: Office, open_page: OpenPage, address: str
) -> None:
    page = open_page(320, scripts=False)
    page.goto(address)
    links = page.locator(".nav a")
    expect(links.first).to_be_hidden()
    page.get_by_text("Menu", exact=True).click()
    for link, door in zip(links.all(), DOORS, strict=True):
        assert link.get_attribute("href") == door
        expect(link).to_be_visible()
        box = link.bounding_box()
        assert box is not None
        assert box["height"] >= 44
        assert box["x"] + box["width"] <= 320
    links.nth(1).click()
    expect(page).to_have_url("/cek-nik/")


def test_on_a_desk_all_doors_are_in_sight_and_reached_by_keyboard(
    office: Office, open_page: OpenPage
) -> None:
    page = open_page(1280)
    page.goto("/kontak/")
    for link in page.locator(".nav a").all():
        expect(link).to_be_visible()
    expect(page.locator(".menu summary")).to_be_hidden()
    reached = []
    for _ in range(len(DOORS) + 2):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.getAttribute('href')"))
    assert reached == ["#isi", "/", *DOORS]


def test_the_keyboard_opens_the_menu_of_a_phone(office: Office, open_page: OpenPage) -> None:
    page = open_page(320)
    page.goto("/kontak/")
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "/"
    expect(page.locator(".nav")).to_be_visible()


@pytest.mark.parametrize("address", ["/", "/privasi/", "/api/figures", "/masalah/busy/"])
def test_the_standing_pages_are_linked_from_every_page(
    office: Office, open_page: OpenPage, address: str
) -> None:
    page = open_page(scripts=False)
    page.goto(address)
    hrefs = [one.get_attribute("href") for one in page.locator("footer nav a").all()]
    assert hrefs[: len(STANDING)] == STANDING


def test_the_page_one_is_on_is_marked(office: Office, open_page: OpenPage) -> None:
    page = open_page(1280)
    page.goto("/program/")
    expect(page.locator("[aria-current=page]")).to_have_text("Program")
    page.goto("/privasi/")
    expect(page.locator("[aria-current=page]")).to_have_text("Privasi")


def test_the_home_page_opens_every_task(office: Office, open_page: OpenPage) -> None:
    page = open_page(scripts=False)
    page.goto("/")
    opened = [one.get_attribute("href") for one in page.locator(".hero a, .doors a").all()]
    assert opened == DOORS[1:]


def test_a_page_is_passed_on_by_a_plain_link(office: Office, open_page: OpenPage) -> None:
    page = open_page(scripts=False)
    base = office.deployment.kelurahan.site.base_url
    for address in ("/", "/standar-layanan/"):
        page.goto(address)
        link = page.get_by_role("link", name="Bagikan lewat WhatsApp")
        href = link.get_attribute("href")
        assert href is not None
        told = page.evaluate("(url) => new URL(url).searchParams.get('text')", href)
        assert href.startswith("https://wa.me/?text=")
        assert told.endswith(f": {base}{address}")
    page.goto("/masalah/busy/")
    expect(page.get_by_role("link", name="Bagikan lewat WhatsApp")).to_have_count(0)


@pytest.mark.parametrize("address", ["/", "/standar-layanan/", "/kontak/"])
def test_on_paper_there_is_text_and_the_address_and_nothing_to_press(
    office: Office, open_page: OpenPage, address: str
) -> None:
    page = open_page()
    page.goto(address)
    page.emulate_media(media="print")
    base = office.deployment.kelurahan.site.base_url
    expect(page.locator(".printed")).to_have_text(f"Halaman ini: {base}{address}")
    for hidden in (".menu", ".share a", "footer nav", ".button"):
        for one in page.locator(hidden).all():
            expect(one).to_be_hidden()
    expect(page.locator("footer")).to_contain_text(office.deployment.kelurahan.contact.office)
