"""The guides for staff: whole, linked from each screen, and true to what the screens say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from functions.staff_console import page_frame
from functions.staff_console.pages import complaint
from shared.platform.settings import Settings
from tests.web import documents
from tests.web.complaints import desk
from tests.web.office import ROOT
from tests.web.test_accessibility import RUN
from web import guides, pages

TEMPLATES = ROOT / "functions" / "staff_console" / "templates"
SEEN = """async () => {
    const pictures = [...document.images];
    for (const one of pictures) one.loading = "eager";
    await Promise.all(pictures.map((one) => one.decode()));
}"""
PRESSED = re.compile(r"[Tt]ekan(?: tombol)? \*\*([^*]+)\*\*")
ALL = guides.load()


@pytest.fixture
def officers(tmp_path: Path, gateway_url: str) -> Iterator[None]:
    settings = Settings(data=tmp_path / "data", kelurahan_folder=ROOT / "kelurahan")
    with desk.opened(settings):
        yield


def test_every_guide_leads_to_others_and_pictures_that_are_there() -> None:
    known = {each.path for each in ALL}
    pictures = {f"/{path}" for path, _ in guides.pictures()}
    shown: set[str] = set()
    for guide in ALL:
        read = documents.read(guide.body)
        assert set(read.links) <= known, guide.path
        shown.update(read.loaded)
    assert shown == pictures
    assert len(shown) > 10


def test_the_first_one_lists_all() -> None:
    first = next(each for each in ALL if each.path == guides.PATH)
    others = {each.path for each in ALL} - {first.path}
    assert others <= set(documents.read(first.body).links)
    assert len(others) > 6


def test_what_is_to_be_pressed_is_on_the_screens() -> None:
    said = "".join(file.read_text("utf-8") for file in TEMPLATES.glob("*.html"))
    said += " ".join(complaint._BUTTONS.values())
    named = {
        label
        for file in guides.GUIDES.glob("*.md")
        for label in PRESSED.findall(file.read_text("utf-8"))
    }
    kinds = {"Masuk daftar", "Berubah", "Keluar dari daftar"}
    assert {each for each in named - kinds if each not in said} == set()
    assert len(named) > 15


def test_a_guide_without_a_title_or_with_a_link_to_nowhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("Tanpa judul.\n", "utf-8")
    with pytest.raises(pages.ContentInvalid, match=r"a\.md"):
        guides.load(tmp_path)
    (tmp_path / "a.md").write_text("# Judul\n\nLihat [itu](tidak-ada.md).\n", "utf-8")
    with pytest.raises(pages.ContentInvalid, match=r"tidak-ada\.md"):
        guides.load(tmp_path)


def test_every_area_of_the_console_has_its_guide() -> None:
    known = {each.path for each in ALL}
    assert {f"/panduan/{name}/" for name in page_frame._GUIDES.values()} <= known
    assert {path for _, path, _ in page_frame._MENU} <= page_frame._GUIDES.keys()


@pytest.mark.usefixtures("officers")
def test_a_screen_leads_to_its_guide_and_from_there_to_all(open_page: Callable[..., Page]) -> None:
    page = open_page(1366)
    page.goto("/staff/masuk")
    page.get_by_role("link", name="Panduan halaman ini").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Masuk, kata sandi")
    desk.sign_in(page, "operator")
    page.goto("/staff/pengaduan/terima-baru")
    page.get_by_role("link", name="Panduan halaman ini").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Pengaduan")
    page.get_by_role("link", name="Semua panduan petugas").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Panduan petugas")


def test_every_guide_is_seen_whole_and_by_everybody(
    open_page: Callable[..., Page], axe: str
) -> None:
    page = open_page(320)
    for guide in ALL:
        page.goto(guide.path)
        page.evaluate(SEEN)  # fails for a picture that isn't there
        page.evaluate(axe)
        for width in (320, 1366):
            page.set_viewport_size({"width": width, "height": 768})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), guide.path
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                found = [(each["id"], each["nodes"][0]["html"]) for each in page.evaluate(RUN)]
                assert found == [], (guide.path, width, scheme)
