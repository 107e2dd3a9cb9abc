"""The receipt as it is kept: on a screenshot, on paper, and in the code that a camera reads."""

from __future__ import annotations

import io
import random
import re
from collections.abc import Callable
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from PIL import Image, ImageDraw, ImageFilter
from playwright.sync_api import Page

from functions.complaint_intake.presentation import _drawn
from shared.complaints.model.ticket import from_bytes
from tests.web.complaints import complaining
from tests.web.office import Office

OpenPage = Callable[..., Page]
MARGIN: Any = dict.fromkeys(("top", "right", "bottom", "left"), "10mm")


def _on_receipt(page: Page) -> tuple[str, str]:
    complaining.write(page)
    complaining.send(page)
    if page.get_by_role("heading", level=1).inner_text() == "Periksa pengaduan Anda":
        page.get_by_role("button", name="Kirim pengaduan").click()
    return complaining.receipt(page)


def _codes(image: Image.Image) -> list[str]:
    return [one.text for one in zxingcpp.read_barcodes(image)]


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
def scripts(request: pytest.FixtureRequest) -> bool:
    """Whether the browser runs scripts."""
    return bool(request.param)


@pytest.mark.parametrize("dark", [False, True])
def test_a_camera_reads_the_number_alone(
    empty_office: Office, open_page: OpenPage, scripts: bool, dark: bool
) -> None:
    page = open_page(320, scripts=scripts, dark=dark)
    number, _ = _on_receipt(page)
    picture = Image.open(io.BytesIO(page.screenshot(full_page=True)))
    assert _codes(picture) == [number]


def test_a_shaking_hand_reads_every_number() -> None:
    """The path as it is drawn on the receipt, tilted and blurred."""
    chance = random.Random(11)
    for _ in range(200):
        ticket = from_bytes("TS", 2026, chance.randbytes(5))
        drawn = _drawn(ticket)
        scale = 4
        picture = Image.new("L", (drawn["size"] * scale,) * 2, 255)
        pen = ImageDraw.Draw(picture)
        for left, y, wide in re.findall(r"M(\d+) ([\d.]+)h(\d+)", drawn["d"]):
            top = (float(y) - 0.5) * scale
            box = (int(left) * scale, top, (int(left) + int(wide)) * scale - 1, top + scale - 1)
            pen.rectangle(box, fill=0)
        seen = picture.rotate(3, Image.Resampling.BICUBIC, fillcolor=255)
        assert _codes(seen.filter(ImageFilter.GaussianBlur(1.6))) == [ticket]


def test_a_camera_reads_it_after_a_reload_too(empty_office: Office, open_page: OpenPage) -> None:
    page = open_page(360)
    number, _ = _on_receipt(page)
    page.reload()
    assert complaining.receipt(page)[0] == number
    assert _codes(Image.open(io.BytesIO(page.screenshot(full_page=True)))) == [number]


def test_number_and_secret_are_in_sight_at_once(
    empty_office: Office, open_page: OpenPage, scripts: bool
) -> None:
    page = open_page(360, scripts=scripts)
    number, secret = _on_receipt(page)
    page.set_viewport_size({"width": 360, "height": 640})
    for text in (number, secret):
        box = page.get_by_text(text, exact=True).bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < 640
        assert box["height"] < 50, "it is broken into two lines"


def test_the_printed_receipt_is_one_sheet_that_says_all(
    empty_office: Office, open_page: OpenPage, scripts: bool
) -> None:
    page = open_page(scripts=scripts)
    number, secret = _on_receipt(page)
    document = pypdfium2.PdfDocument(page.pdf(format="A4", margin=MARGIN))
    assert len(document) == 1
    words = " ".join(document[0].get_textpage().get_text_range().split())
    for said in (number, secret, "paling lambat", "Kode rahasia"):
        assert said in words
    for button in ("Ke beranda", "Salin", "Selesai"):
        assert button not in words
    assert _codes(document[0].render(scale=2).to_pil()) == [number]
