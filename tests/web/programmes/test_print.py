"""What pages look like on paper: few sheets, and everything that they are printed for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pypdfium2
import pytest
from playwright.sync_api import Page, expect

from tests.web.programmes.test_eligibility import ASSESSMENTS, IDS, QUESTIONS
from tests.web.states import answer, say_all

OpenPage = Callable[..., Page]
MARGIN: Any = dict.fromkeys(("top", "right", "bottom", "left"), "10mm")
USUAL = "Keadaan Anda lain dari jawaban ini, atau berubah?"


def _printed(page: Page) -> list[str]:
    """The words of each sheet of A4."""
    document = pypdfium2.PdfDocument(page.pdf(format="A4", margin=MARGIN))
    return [" ".join(sheet.get_textpage().get_text_range().split()) for sheet in document]


def _to_tick(sheets: list[str]) -> None:
    """All questions and rows, on few sheets."""
    assert len(sheets) <= 5
    words = " ".join(sheets)
    for question in QUESTIONS:
        assert question.text in words
    assert words.count("Tidak tahu") >= len(QUESTIONS)
    for one in ASSESSMENTS.values():
        for outcome in one.outcomes.values():
            assert outcome.reason in words, outcome.name
            assert outcome.next_step in words, outcome.name
    assert "Berhenti di baris pertama yang cocok" in words
    for button in ("Mulai", "Lanjut", "Ubah jawaban"):
        assert f" {button} " not in words


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_the_check_is_printed_to_be_ticked(open_page: OpenPage, scripts: bool) -> None:
    page = open_page(scripts=scripts)
    page.goto("/cek-kelayakan/")
    sheets = _printed(page)
    _to_tick(sheets)
    # what most rows lead to is said once
    assert sum(sheet.count(USUAL) for sheet in sheets) == 1


def test_the_result_is_printed_alone_and_all_of_it_again_after_going_back(
    open_page: OpenPage,
) -> None:
    page = open_page()
    page.goto("/cek-kelayakan/")
    say_all(page, {**dict.fromkeys(IDS, "tidak"), "desil": "1-4", "anggota": "ya"})
    expect(page.locator("#hasil")).to_be_visible()
    shown = page.locator("[data-outcome]:visible").all_inner_texts()
    sheets = _printed(page)
    assert len(sheets) <= 3
    words = " ".join(sheets)
    for row in shown:
        assert " ".join(row.split()) in words
    assert words.count("Langkah berikutnya") == len(shown)
    assert QUESTIONS[0].text not in words
    page.get_by_text("Ubah jawaban").click()
    answer(page, 1, "tidak")
    _to_tick(_printed(page))


@pytest.mark.parametrize("address", ["/program/", "/program/pkh/", "/program/bpnt/"])
def test_programmes_fit_on_two_sheets(open_page: OpenPage, address: str) -> None:
    page = open_page()
    page.goto(address)
    assert len(_printed(page)) <= 2


def test_an_address_elsewhere_is_printed_beside_its_link(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/pengaduan/not-received/")
    link = page.locator("main li a[href^=http]").first
    address = link.get_attribute("href")
    sheets = "".join(_printed(page)).replace(" ", "")
    assert f"({address})" in sheets
    assert "wa.me" not in sheets


def test_numbers_of_steps_are_printed_black(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/program/pkh/")
    page.emulate_media(media="print")
    number = (
        "one => { const s = getComputedStyle(one, '::before'); return [s.color, s.borderColor] }"
    )
    black = "rgb(0, 0, 0)"
    for step in page.locator(".steps > li").all():
        assert step.evaluate(number) == [black, black]
