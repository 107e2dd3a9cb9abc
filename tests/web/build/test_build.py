"""The built site, as files: light, complete, on its own, and of one kelurahan alone."""

from __future__ import annotations

import gzip
import re
from dataclasses import fields
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import brotli
import pytest
from jinja2 import TemplateNotFound

from functions.nik_lookup.schemas import QuestionSchema
from shared.kelurahan import configuration
from shared.kelurahan.configuration import Kelurahan
from shared.platform import errors
from tests.web import documents
from tests.web.build.another import OTHER
from web import pages
from web.assets import STABLE
from web.build import BuildReport, NotASite, build
from web.pages import Page

ROOT = Path(__file__).parents[3]
FIRST_VIEW_BYTES = 13 * 1024
SCRIPT_BYTES = 15 * 1024
SOLVER_BYTES = 2 * 1024
# Left only when somebody presses the link
ELSEWHERE = (
    "https://wa.me/?text=",
    "tel:",
    "mailto:",
    "https://www.lapor.go.id",
    "https://cekbansos.kemensos.go.id",
)
SERVED_BY_FUNCTIONS = {
    "/api/figures",
    "/api/lookup",
    "/api/complaints",
    "/api/complaints/status",
}


@pytest.fixture(scope="module")
def example() -> Kelurahan:
    return configuration.load("tamansari", ROOT / "kelurahan")


@pytest.fixture(scope="module")
def report(example: Kelurahan, tmp_path_factory: pytest.TempPathFactory) -> BuildReport:
    return build(example, tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def site(report: BuildReport) -> dict[str, documents.Document]:
    """Every page by its address."""
    return {
        "/" + page.path.removesuffix("index.html"): documents.read(
            (report.out / page.path).read_text("utf-8")
        )
        for page in report.pages
    }


def _page(body: str = "", **given: str) -> str:
    usual = {"path": '"/x/"', "template": '"page.html"', "title": '"T"', "description": '"D"'}
    lines = [f"{name} = {text}" for name, text in {**usual, **given}.items()]
    return "\n".join(["+++", *lines, "+++", body])


def test_a_text_that_a_template_needs_is_named(example: Kelurahan, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "beranda.md").write_text(_page(path='"/"', template='"home.html"'))
    with pytest.raises(pages.ContentInvalid, match=r"beranda.md: isian \w+ tidak dikenal"):
        build(example, tmp_path / "site", own)


def test_a_file_with_the_mark_of_windows_is_read(example: Kelurahan, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "jadwal.md").write_text(_page(path='"/jadwal/"'), "utf-8-sig")
    assert "/jadwal/" in {page.path for page in pages.load(example, own)}


def test_first_view_of_every_page_is_light(report: BuildReport) -> None:
    heavy = {
        page.path: report.first_view(page)
        for page in report.pages
        if report.first_view(page) > FIRST_VIEW_BYTES
    }
    assert not heavy


def test_first_view_takes_three_requests_at_most(site: dict[str, documents.Document]) -> None:
    # what the browser fetches for its own tab and menu, later, is no part of the view
    later = ("/assets/icon.", "/manifest.")
    for address, page in site.items():
        loaded = [url for url in page.loaded if not url.startswith(later)]
        assert len(loaded) + 1 <= 3, address


def test_all_scripts_together_are_light(report: BuildReport) -> None:
    built = (*report.assets, *report.others)
    scripts = {
        one.path: one.brotli
        for one in built
        if one.path.endswith(".js") and "console" not in one.path  # for staff, not for residents
    }
    assert "sw.js" in scripts
    assert sum(scripts.values()) <= SCRIPT_BYTES
    assert [size <= SOLVER_BYTES for path, size in scripts.items() if "solver" in path] == [True]


def test_nothing_comes_from_a_third_party(
    report: BuildReport, site: dict[str, documents.Document]
) -> None:
    for address, page in site.items():
        asked = [*page.loaded, *(form["action"] for form in page.forms)]
        assert [url for url in asked if not re.match(r"/(?!/)", url)] == [], address
    for file in report.out.rglob("*"):
        if file.suffix in (".css", ".js", ".svg", ".webmanifest"):
            text = file.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
            assert not re.search(r"(?:https?:)?//[a-z0-9-]+\.[a-z]", text, re.I), file.name


def test_no_page_has_an_inline_script_or_style(site: dict[str, documents.Document]) -> None:
    assert {address: page.refused for address, page in site.items() if page.refused} == {}


def test_every_link_leads_somewhere(
    report: BuildReport, site: dict[str, documents.Document]
) -> None:
    for address, page in site.items():
        for link in page.links + page.loaded + [form["action"] for form in page.forms]:
            if link.startswith(ELSEWHERE):
                continue
            target = urlsplit(urljoin(address, link))
            assert not target.netloc, (address, link)
            if target.path in SERVED_BY_FUNCTIONS:
                continue
            if target.path in site:
                assert target.fragment in ("", *site[target.path].ids), (address, link)
            else:
                assert (report.out / target.path.lstrip("/")).is_file(), (address, link)


def test_labels_and_descriptions_point_at_what_is_there(
    site: dict[str, documents.Document],
) -> None:
    for address, page in site.items():
        assert len(page.ids) == len(set(page.ids)), address
        assert set(page.references) <= set(page.ids), address
        assert page.headings[0] == "h1", address
        assert page.headings.count("h1") == 1, address


@pytest.mark.parametrize("factor", ["name", "kk", "both", "either"])
def test_form_fields_are_those_of_the_api(example: Kelurahan, factor: str, tmp_path: Path) -> None:
    given = {each.name: getattr(example, each.name) for each in fields(Kelurahan)}
    # in any case the KK number, hidden until a NIK has had its misses
    asked = {"kk_last6"} if factor == "kk" else {"name", "kk_last6"}
    build(Kelurahan(**{**given, "lookup_factor": factor}), tmp_path)
    page = documents.read((tmp_path / "cek-nik" / "index.html").read_text("utf-8"))
    names = {each["name"] for each in page.fields}
    assert names == {"nik"} | asked
    assert names <= QuestionSchema().fields.keys()
    assert page.forms[0]["method"] == "post"
    assert page.forms[0]["action"] == "/api/lookup"


def test_fields_ask_for_digits_and_remember_nothing(site: dict[str, documents.Document]) -> None:
    nik, name, kk = site["/cek-nik/"].fields
    assert "disabled" in kk
    assert nik["inputmode"] == "numeric"
    assert int(nik["maxlength"]) >= 16 + 15, "room for separators"
    for each in (nik, name, kk):
        assert each["autocomplete"] == "off"
        assert "placeholder" not in each
        assert "value" not in each


def test_every_kind_of_error_has_its_page(site: dict[str, documents.Document]) -> None:
    waiting, slugs = [errors.AppError], set()
    while waiting:
        kind = waiting.pop()
        slugs.add(kind.slug)
        waiting += [one for one in kind.__subclasses__() if one.__module__ == errors.__name__]
    assert {f"/masalah/{slug}/" for slug in slugs} == {
        address for address in site if address.startswith("/masalah/")
    }


def test_a_name_with_markup_stays_text(example: Kelurahan, tmp_path: Path) -> None:
    hostile = OTHER.replace('title = "Desa Lengkong Maju"', 'title = "Desa <b>&<script>x</script>"')
    other = build(configuration.parse(hostile, "lengkong"), tmp_path)
    for page in other.pages:
        text = (tmp_path / page.path).read_text("utf-8")
        assert "<script>" not in text
        assert "<b>" not in text


def test_same_input_builds_the_same_bytes(example: Kelurahan, tmp_path: Path) -> None:
    first, again = tmp_path / "first", tmp_path / "again"
    build(example, first)
    build(example, again)
    built = {file.relative_to(first): file for file in first.rglob("*") if file.is_file()}
    assert built
    for name, file in built.items():
        assert file.read_bytes() == (again / name).read_bytes(), name


def test_precompressed_copies_hold_the_same(report: BuildReport) -> None:
    for file in (*report.pages, *report.assets, *report.others):
        plain = report.out / file.path
        assert gzip.decompress(plain.with_name(plain.name + ".gz").read_bytes()) == (
            plain.read_bytes()
        )
        assert brotli.decompress(plain.with_name(plain.name + ".br").read_bytes()) == (
            plain.read_bytes()
        )


def test_assets_carry_a_hash_and_some_have_a_stable_name_too(report: BuildReport) -> None:
    names = {Path(one.path).name for one in report.assets}
    stable = {name for name in names if not re.fullmatch(r"[a-z]+\.[0-9a-f]{10}\.[a-z]+", name)}
    assert {"site.css", "icon.svg"} <= stable == STABLE
    hashed = (report.out / report.stylesheet.path).read_bytes()
    assert hashed == (report.out / "assets" / "site.css").read_bytes()


def test_a_build_replaces_what_was_there(example: Kelurahan, tmp_path: Path) -> None:
    build(example, tmp_path / "dist")
    (tmp_path / "dist" / "old.html").write_text("old")
    build(example, tmp_path / "dist")
    assert not (tmp_path / "dist" / "old.html").exists()
    assert [each.name for each in tmp_path.iterdir()] == ["dist"]


def test_a_folder_with_something_else_is_left_alone(example: Kelurahan, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(NotASite):
        build(example, tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "precious"


def test_a_build_that_fails_leaves_the_site_as_it_was(
    example: Kelurahan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(example, tmp_path / "dist")
    monkeypatch.setattr(pages, "load", lambda kelurahan, own: [Page("/", "no.html", "", "")])
    with pytest.raises(TemplateNotFound):
        build(example, tmp_path / "dist")
    assert (tmp_path / "dist" / "index.html").is_file()


def test_robots_keep_out_of_functions_and_find_the_sitemap(report: BuildReport) -> None:
    robots = (report.out / "robots.txt").read_text("utf-8")
    assert "Disallow: /api/" in robots
    assert "Disallow: /staff/" in robots
    assert "Sitemap: https://" in robots
    sitemap = (report.out / "sitemap.xml").read_text("utf-8")
    listed = re.findall(r"<loc>https://[^/]+(/[^<]*)</loc>", sitemap)
    assert listed == [urlsplit(url).path for url in listed]
    assert {
        "/",
        "/cek-nik/",
        "/standar-layanan/",
        "/program/",
        "/program/pkh/",
        "/cek-kelayakan/",
    } <= set(listed)
    assert not {"/masalah/busy/", "/tanpa-internet/", "/404.html"} & set(listed)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("path = '/x/'\n", "x.md: bagian depannya harus di antara dua baris"),
        ("+++\npath = \n+++\n", r"x.md: penulisan TOML salah: .*line 2"),
        ("+++\npath = '/x/'\n+++\n", "x.md: belum ada description, template, title"),
        (_page(title="3"), "x.md: title: isi dengan teks"),
        (_page(path='"x/"'), "x.md: path: mulai dengan garis miring"),
        (_page(template='"pag.html"'), "x.md: template: tidak ada"),
        (_page(title='"{{ kelurahan.titel }}"'), r"x.md: title: isian titel tidak .*baris 4"),
        (_page("Satu\n\n{{ warga }}\n"), r"x.md: isi: isian warga tidak dikenal .baris 9."),
        (_page("{{ kelurahan.title"), "x.md: isi: tanda {{ }} belum lengkap"),
        (b"+++\ntitle = '\xff'\n+++\n", "x.md: simpan berkas dalam bentuk teks UTF-8"),
    ],
)
def test_content_that_can_not_be_used_is_named(
    example: Kelurahan, tmp_path: Path, text: str | bytes, said: str
) -> None:
    (tmp_path / "x.md").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(pages.ContentInvalid, match=said):
        pages.load(example, content=tmp_path)


def test_a_kind_of_error_without_a_text_fails_the_build(example: Kelurahan, tmp_path: Path) -> None:
    texts = (pages.CONTENT / "masalah.toml").read_text("utf-8")
    (tmp_path / "masalah.toml").write_text(texts.replace("[unavailable]", "[unavailible]"))
    with pytest.raises(pages.ContentInvalid, match="unavailable, unavailible"):
        pages.load(example, content=tmp_path)
