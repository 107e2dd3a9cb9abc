"""Every page names what this kelurahan's Cek NIK asks for, and nothing that another's asks for."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pypdfium2
import pytest

from shared.kelurahan import configuration
from shared.kelurahan.configuration import LookupFactor
from shared.recipients.lookup.question_texts import ASKED
from tests.web.build.another import OTHER
from web.build import build
from web.poster import poster

NAME = ("satu kata", "NIK dan nama", "NIK, nama", "nama di KTP", "nama itu", "nama ada")
KK = ("enam angka", "angka terakhir", "NIK dan nomor KK yang", "nomor KK itu")


def _other(factor: LookupFactor) -> configuration.Kelurahan:
    return configuration.parse(f'lookup_factor = "{factor}"\n{OTHER}', "lengkong")


def _found(words: tuple[str, ...], text: str) -> list[str]:
    return [word for word in words if re.search(rf"\b{word}\b", text, re.IGNORECASE)]


def shown(page: Path) -> str:
    """The page without a field that is hidden until a NIK has had its misses."""
    text = unescape(page.read_text("utf-8"))
    return re.sub(r'<div class="field" hidden>.*?</div>', "", text, flags=re.DOTALL)


@pytest.mark.parametrize("factor", ["name", "kk", "both", "either"])
def test_no_page_has_a_word_of_another_factor(factor: LookupFactor, tmp_path: Path) -> None:
    report = build(_other(factor), tmp_path / "site")
    pages = {one.path: shown(report.out / one.path) for one in report.pages}
    foreign = {"name": KK, "kk": NAME}.get(factor, ())
    del pages["masalah/kk-needed/index.html"]  # whatever is asked for, the KK number helps then
    for path, text in pages.items():
        assert _found(foreign, text) == [], path
    for path in ("index.html", "cek-nik/index.html", "standar-layanan/index.html"):
        assert ASKED[factor].needed in pages[path], path
    for path in ("cek-nik/index.html", "privasi/index.html"):
        assert f"{ASKED[factor].short} yang Anda isi" in pages[path], path
    drawing = pages["cek-nik/index.html"].partition("<figure>")[2].partition("</figure>")[0]
    assert (">Nama</text>" in drawing) is (factor != "kk")
    assert ("Nomor KK" in drawing) is (factor != "name")


@pytest.mark.parametrize("factor", ["name", "kk", "both", "either"])
def test_the_poster_names_the_papers_to_bring(factor: LookupFactor) -> None:
    (page,) = pypdfium2.PdfDocument(poster(_other(factor)))
    told = " ".join(page.get_textpage().get_text_bounded().split())
    assert f"Siapkan {ASKED[factor].papers}." in told
