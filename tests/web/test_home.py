"""Beranda in a browser: how fresh the data is, and the way to Cek NIK."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import brotli
import pytest
import requests
from playwright.sync_api import Page, expect

from tests.web.conftest import Watch
from tests.web.office import Office, written

OpenPage = Callable[..., Page]


@pytest.mark.parametrize(
    ("age_days", "said"),
    [
        (0, "Hari ini. Biasanya diperbarui"),
        (1, "Kemarin. Biasanya diperbarui"),
        (8, "8 hari yang lalu. Biasanya diperbarui"),
        (9, "Data ini sudah lama: 9 hari yang lalu."),
    ],
)
def test_home_says_how_old_the_data_is(
    empty_office: Office, open_page: OpenPage, tmp_path: Path, age_days: int, said: str
) -> None:
    empty_office.publish(tmp_path, age_days=age_days)
    page = open_page()
    page.goto("/")
    fresh = page.locator("#fresh")
    expect(fresh).to_contain_text(f"Data per tanggal {written(empty_office.day(age_days))}")
    expect(fresh).to_contain_text(said, ignore_case=True)
    expect(fresh.locator(".warn")).to_have_count(1 if age_days > 8 else 0)


def test_home_says_that_nothing_is_published(empty_office: Office, open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/")
    expect(page.locator("#fresh")).to_contain_text("belum diumumkan")


def test_home_says_that_the_date_can_not_be_had(
    office: Office, open_page: OpenPage, watch: Watch
) -> None:
    office.break_store()
    watch.expected = {503}
    page = open_page()
    page.goto("/")
    expect(page.locator("#fresh")).to_contain_text("belum bisa diambil")
    expect(page.locator("#fresh a")).to_have_attribute("href", "/api/figures")


def test_without_scripts_a_link_leads_to_the_date(office: Office, open_page: OpenPage) -> None:
    page = open_page(scripts=False)
    page.goto("/")
    page.get_by_role("link", name="Lihat tanggal data").click()
    expect(page.locator("main")).to_contain_text(written(office.day(4)))


def test_first_view_takes_three_requests(office: Office, open_page: OpenPage, watch: Watch) -> None:
    page = open_page()
    page.goto("/", wait_until="load")
    before_load = [one for one in watch.requests if not one.url.endswith("/api/figures")]
    assert len(before_load) <= 3
    expect(page.locator("#fresh")).to_contain_text("Data per tanggal")
    asked = [one for one in watch.requests if one.url.endswith("/api/figures")]
    assert len(asked) == 1
    started = asked[0].timing["startTime"]
    assert all(one.timing["startTime"] <= started for one in before_load)


def test_the_big_button_leads_to_the_check(office: Office, open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/")
    page.get_by_role("link", name="Cek NIK sekarang").click()
    expect(page).to_have_url("/cek-nik/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Cek NIK")


def test_a_lost_visitor_gets_a_page_that_helps(
    office: Office, open_page: OpenPage, watch: Watch
) -> None:
    watch.expected = {404}
    page = open_page()
    answer = page.goto("/tidak/ada")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", level=1)).to_have_text("Halaman tidak ditemukan")


@pytest.mark.parametrize("address", ["/", "/cek-nik/", "/masalah/too-many-requests/"])
def test_first_view_is_light_on_the_wire(office: Office, address: str) -> None:
    page = requests.get(
        office.url + address, headers={"Accept-Encoding": "br"}, timeout=10, stream=True
    )
    assert page.headers["Content-Encoding"] == "br"
    html = page.raw.read(decode_content=False)
    [style] = re.findall(r'rel="stylesheet" href="([^"]+)"', brotli.decompress(html).decode())
    sheet = requests.get(
        office.url + style, headers={"Accept-Encoding": "br"}, timeout=10, stream=True
    )
    assert sheet.headers["Content-Encoding"] == "br"
    assert "immutable" in sheet.headers["Cache-Control"]
    assert len(html) + len(sheet.raw.read(decode_content=False)) <= 13 * 1024


def test_pages_of_functions_wear_the_frame_of_the_site(office: Office, open_page: OpenPage) -> None:
    page = open_page(scripts=False)
    menus, names = [], []
    for address in ("/", "/api/figures", "/api/lookup"):
        if address == "/api/lookup":
            page.goto("/cek-nik/")
            page.locator("#nik").fill("0" * 16)
            page.locator("#name").fill("Siti")
            page.get_by_role("button", name="Cek sekarang").click()
            expect(page).to_have_url(address)
        else:
            page.goto(address)
        menus.append([one.get_attribute("href") for one in page.locator(".nav a").all()])
        names.append(page.locator("header .brand").inner_text().split("\n"))
        assert page.locator("a.skip").get_attribute("href") == "#isi"
        expect(page.locator("main#isi h1")).to_have_count(1)
        background = page.locator("header.top").evaluate("one => getComputedStyle(one).background")
        assert "rgb(11, 74, 58)" in background, address
    assert menus[0][:2] == ["/", "/cek-nik/"]
    assert menus == [menus[0]] * 3
    assert names == [["MY NUTERA", office.deployment.kelurahan.title]] * 3
