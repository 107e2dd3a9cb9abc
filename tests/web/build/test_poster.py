"""The poster, read back: its words, and its codes as a phone's camera reads them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from click.testing import CliRunner
from PIL import Image

from manage import manage
from shared.kelurahan import configuration
from shared.kelurahan.configuration import Kelurahan
from tests.web.build.another import OTHER
from web.poster import poster

ROOT = Path(__file__).parents[3]
A4_POINTS = (595, 842)


@pytest.fixture
def example() -> Kelurahan:
    return configuration.load("tamansari", ROOT / "kelurahan")


def _page(content: bytes) -> pypdfium2.PdfPage:
    document = pypdfium2.PdfDocument(content)
    assert len(document) == 1
    return document[0]


def _words(page: pypdfium2.PdfPage) -> str:
    return " ".join(page.get_textpage().get_text_range().split())


def _codes(image: Image.Image) -> list[str]:
    """What the codes say, from the top of the page down."""
    found = zxingcpp.read_barcodes(image)
    return [one.text for one in sorted(found, key=lambda one: one.position.top_left.y)]


def test_it_is_one_sheet_of_a4(example: Kelurahan) -> None:
    assert tuple(map(round, _page(poster(example)).get_size())) == A4_POINTS


def test_codes_lead_to_the_check_and_to_the_complaint(example: Kelurahan) -> None:
    base = example.site.base_url
    assert _codes(_page(poster(example)).render(scale=2).to_pil()) == [
        f"{base}/cek-nik/",
        f"{base}/pengaduan/",
    ]


def test_codes_are_read_from_a_small_grey_copy(example: Kelurahan) -> None:
    # an A4 sheet photographed from two metres: about 50 dots an inch, no colour, turned a little
    small = _page(poster(example)).render(scale=0.75).to_pil().convert("L")
    assert len(_codes(small.rotate(8, fillcolor=255, expand=True))) == 2


def test_codes_are_read_with_a_corner_torn_off(example: Kelurahan) -> None:
    image = _page(poster(example)).render(scale=2).to_pil()
    for code in zxingcpp.read_barcodes(image):
        end = code.position.bottom_right
        side = (end.x - code.position.top_left.x) // 5
        image.paste((255, 255, 255), (end.x - side, end.y - side, end.x, end.y))
    assert len(_codes(image)) == 2


def test_it_says_what_is_where_in_words_too(example: Kelurahan) -> None:
    words = _words(_page(poster(example)))
    for told in (
        "Cek NIK", "Pengaduan", example.title, example.contact.office, example.contact.hours,
        "Gratis", "Jangan membayar kepada siapa pun", f"{example.site.base_url}/cek-nik/",
    ):  # fmt: skip
        assert told in words


def test_long_names_stay_on_the_sheet(example: Kelurahan) -> None:
    contact = replace(
        example.contact,
        office="Kantor Kelurahan yang Sangat Panjang Namanya, Jalan Panjang Sekali Nomor 123, "
        "Kecamatan Jauh di Ujung Timur, Kabupaten Kepulauan Terluar 98765",
        hours="Senin sampai Kamis pukul 08.00 sampai 15.00, Jumat pukul 08.00 sampai 11.30",
        phone="0800 1234 567",
    )
    site = replace(example.site, base_url=f"https://{'panjang-' * 5}sekali.kabupaten.example")
    long = replace(
        example, title="Kelurahan Kepulauan Terluar Utara Timur", contact=contact, site=site
    )
    page = _page(poster(long))
    text = page.get_textpage()
    width, height = page.get_size()
    for number in range(text.count_rects()):
        left, bottom, right, top = text.get_rect(number)
        assert left >= 0
        assert right <= width
        assert bottom >= 20, "printers leave a margin"
        assert top <= height
    assert "0800 1234 567" in _words(page)
    assert len(_codes(page.render(scale=2).to_pil())) == 2


def test_another_kelurahan_has_a_poster_of_its_own(example: Kelurahan) -> None:
    page = _page(poster(configuration.parse(OTHER, "lengkong")))
    assert "Desa Lengkong Maju" in _words(page)
    assert example.name not in _words(page)
    assert _codes(page.render(scale=2).to_pil())[0] == "https://lengkong.example/cek-nik/"


def test_markup_in_a_name_is_text(example: Kelurahan) -> None:
    named = replace(example, title="Desa <b>Ampuh</b> & Rukun")
    assert "Desa <b>Ampuh</b> & Rukun" in _words(_page(poster(named)))


def test_the_same_kelurahan_gets_the_same_bytes(example: Kelurahan) -> None:
    assert poster(example) == poster(example)


def test_the_command_writes_it_and_says_where_the_codes_lead(tmp_path: Path) -> None:
    target = tmp_path / "poster.pdf"
    said = CliRunner().invoke(manage, ["site", "poster", "--out", str(target)])
    assert said.exit_code == 0
    assert "https://my-nutera.example" in said.output
    assert target.read_bytes().startswith(b"%PDF-")


def test_the_command_refuses_a_folder_that_is_not_there(tmp_path: Path) -> None:
    target = tmp_path / "no" / "poster.pdf"
    said = CliRunner().invoke(manage, ["site", "poster", "--out", str(target), "--json"])
    assert said.exit_code == 2
    assert json.loads(said.output)["error"]["code"]
