"""A kelurahan's own content: in the place of the default, or beside it."""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape
from pathlib import Path

import pytest

from shared.kelurahan import configuration
from shared.kelurahan.configuration import Kelurahan
from web import pages
from web.build import build

ROOT = Path(__file__).parents[3]
OWN = ROOT / "kelurahan" / "tamansari"


@pytest.fixture
def example() -> Kelurahan:
    return configuration.load("tamansari", ROOT / "kelurahan")


def _page(path: str, body: str, more: str = "") -> str:
    return (
        f'+++\npath = "{path}"\ntemplate = "page.html"\ntitle = "T"\n'
        f'description = "D"\n{more}+++\n{body}'
    )


def test_a_file_of_the_same_name_takes_the_default_s_place(
    example: Kelurahan, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "kontak.md").write_text(_page("/kontak/", "Kami di {{ kelurahan.kota }}."))
    default, changed = tmp_path / "default", tmp_path / "changed"
    build(example, default)
    build(example, changed, own)
    page = (changed / "kontak" / "index.html").read_text("utf-8")
    assert f"<p>Kami di {example.kota}.</p>" in page
    assert "Dari rumah" in (default / "kontak" / "index.html").read_text("utf-8")
    assert "Dari rumah" not in page


def test_another_file_is_a_page_more(example: Kelurahan, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "jadwal.md").write_text(_page("/jadwal/", "Senin"))
    build(example, tmp_path / "site", own)
    assert "Senin" in (tmp_path / "site" / "jadwal" / "index.html").read_text("utf-8")
    assert "/jadwal/" in (tmp_path / "site" / "sitemap.xml").read_text("utf-8")
    assert '"/jadwal/"' in (tmp_path / "site" / "sw.js").read_text("utf-8")


def test_two_pages_at_one_address_are_refused(example: Kelurahan, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "baru.md").write_text(_page("/kontak/", ""))
    with pytest.raises(pages.ContentInvalid, match="/kontak/"):
        build(example, tmp_path / "site", own)


def test_a_page_in_another_language_is_told_and_linked(example: Kelurahan, tmp_path: Path) -> None:
    build(example, tmp_path, OWN)
    page = (tmp_path / "basa-sunda" / "index.html").read_text("utf-8")
    assert '<html lang="su">' in page
    # the frame around it stays Indonesian, and says so to a screen reader
    assert re.search(r'<header class="top" lang="id">', page)
    assert re.search(r'<footer class="foot" lang="id">', page)
    home = (tmp_path / "index.html").read_text("utf-8")
    assert '<a href="/basa-sunda/" lang="su" hreflang="su">Basa Sunda</a>' in home


def test_front_matter_is_filled_in_deep_inside(example: Kelurahan, tmp_path: Path) -> None:
    doors = '[[doors]]\nname = "Ke {{ kelurahan.name }}"\n'
    (tmp_path / "x.md").write_text(_page("/x/", "", doors))
    page = next(one for one in pages.load(example, tmp_path) if one.path == "/x/")
    assert page.texts["doors"] == [{"name": f"Ke {example.name}"}]


NASTY = "R*E*_Martadinata_ `1` [x](/y/) <b>&amp; # | \\ ~~z~~ ![a](b) https://x.example"


@pytest.mark.parametrize(
    "fact", [NASTY, "1. Jalan", "- Jalan", "# Jalan", "    Jalan", "a\n\nb", "==="]
)
def test_a_fact_of_the_kelurahan_stays_text_in_markdown(
    example: Kelurahan, tmp_path: Path, fact: str
) -> None:
    named = replace(example, contact=replace(example.contact, office=fact))
    body = (
        "{{ kelurahan.contact.office }}\n\n- *Di* {{ kelurahan.contact.office }}\n\n| a |\n|--|\n"
    )
    (tmp_path / "x.md").write_text(_page("/x/", body + "| {{ kelurahan.contact.office }} |\n"))
    (tmp_path / "masalah.toml").write_text((pages.CONTENT / "masalah.toml").read_text("utf-8"))
    [page] = [one for one in pages.load(named, content=tmp_path) if one.path == "/x/"]
    words = escape(" ".join(fact.split()), quote=False).replace('"', "&quot;")
    assert f"<p>{words}</p>" in page.body
    assert f"<li><em>Di</em> {words}</li>" in page.body
    assert f"<td>{words}</td>" in page.body
