"""The pages of programmes, as built: complete, honest about what is not known, of this region."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from shared.kelurahan import configuration
from shared.kelurahan.configuration import Kelurahan
from shared.programmes.catalogue import load_catalogue
from tests.web.build.test_build import OTHER
from web.build import build
from web.programmes import pages

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site")
    build(configuration.load("tamansari", ROOT / "kelurahan"), out)
    return out


def _text(file: Path) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", file.read_text("utf-8")))


def test_every_programme_has_a_page_and_a_line_in_the_list(built: Path) -> None:
    listed = (built / "program" / "index.html").read_text("utf-8")
    for code, programme in load_catalogue().programmes.items():
        assert f'href="/program/{code}/"' in listed
        text = _text(built / "program" / code / "index.html")
        assert programme.name in text
        assert "Diperiksa pada 24 November 2026" in text


def test_every_heading_of_a_page_has_something_under_it(built: Path) -> None:
    for file in (built / "program").glob("*/index.html"):
        html = file.read_text("utf-8").partition("<main")[2].partition("</main>")[0]
        parts = re.split(r"<h2>.*?</h2>", html)[1:]
        assert len(parts) >= 8, file
        for part in parts:
            assert re.search(r"<(li|p)\b[^>]*>\s*\S", part), file


def test_what_is_not_verified_is_marked(built: Path) -> None:
    text = _text(built / "program" / "pip" / "index.html")
    assert "Perlu dicek ke kelurahan: Besarnya untuk setiap jenjang." in text


def test_disagreement_between_sources_is_told(built: Path) -> None:
    text = _text(built / "program" / "bpnt" / "index.html")
    assert "Sumber tidak sepakat" in text
    assert "desil 1 sampai 4, sebagian lain desil 1 sampai 5" in text


@pytest.mark.parametrize(
    ("code", "said"),
    [("bst", "berakhir"), ("blts", "berakhir"), ("blt-dd", "tidak berlaku di kelurahan")],
)
def test_what_is_over_or_not_here_is_marked(built: Path, code: str, said: str) -> None:
    html = (built / "program" / code / "index.html").read_text("utf-8")
    assert f'Status: <span class="tag over">{said}</span>' in html
    assert "/cek-kelayakan/" not in html.partition("<h1>")[2].partition("<footer")[0]


@pytest.mark.parametrize(("code", "other"), [("bpnt", "atm-beras"), ("atm-beras", "bpnt")])
def test_an_overlap_that_is_not_allowed_is_told_on_both_pages(
    built: Path, code: str, other: str
) -> None:
    html = (built / "program" / code / "index.html").read_text("utf-8")
    assert f'Tidak boleh bersama <a href="/program/{other}/">' in html


def test_another_region_has_neither_programmes_nor_questions_of_this_one(tmp_path: Path) -> None:
    other = configuration.parse(OTHER, "lengkong")
    site = {page.path: page for page in pages(other)}
    assert "/program/pkh/" in site
    assert not {"/program/atm-beras/", "/program/rutilahu/"} & site.keys()
    asked = [question.id for question in site["/cek-kelayakan/"].texts["questions"]]
    assert asked == ["aparat", "negara", "usaha", "desil", "anggota", "siswa", "bpnt"]
    build(other, tmp_path)
    text = _text(tmp_path / "cek-kelayakan" / "index.html")
    assert "Kebijakan" not in text
    assert "Pertanyaan 7 dari 7" in text


def test_a_kelurahan_s_own_priority_is_told_in_its_words_and_apart(tmp_path: Path) -> None:
    own = OTHER + '[local_priority]\nany_of = ["nelayan kecil"]\nsource = "Musyawarah 2026."\n'
    build(configuration.parse(own, "lengkong"), tmp_path)
    text = _text(tmp_path / "cek-kelayakan" / "index.html")
    policy = text.partition("Kebijakan Desa Lengkong Maju sendiri")[2]
    assert "Ini bukan aturan program" in policy
    assert "nelayan kecil" in policy
    assert "Musyawarah 2026." in policy
    before = text.partition("Hasil Untuk")[2].partition("Kebijakan Desa Lengkong Maju sendiri")[0]
    assert "nelayan" not in before


def test_a_priority_that_excludes_by_an_unknown_question_fails_the_build(tmp_path: Path) -> None:
    own = OTHER + '[local_priority]\nany_of = ["x"]\nexcluded = ["agama"]\nsource = "y"\n'
    with pytest.raises(ValueError, match="agama"):
        build(configuration.parse(own, "lengkong"), tmp_path / "site")
    assert not (tmp_path / "site").exists()


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ('[local_priority]\nany_of = []\nsource = "y"\n', "local_priority.any_of"),
        ('[local_priority]\nany_of = ["x"]\n', "local_priority.source"),
    ],
)
def test_a_priority_that_is_not_whole_is_refused(section: str, said: str) -> None:
    with pytest.raises(configuration.KelurahanInvalid, match=said):
        configuration.parse(OTHER + section, "lengkong")


def test_the_example_s_priority_is_the_one_of_the_article() -> None:
    example: Kelurahan = configuration.load("tamansari", ROOT / "kelurahan")
    assert example.local_priority
    assert example.local_priority.excluded == ("aparat",)
