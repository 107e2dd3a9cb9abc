"""`manage.py site build`, as it is called."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from commands.site import site
from tests.web.office import ROOT
from web import build as builder

PAGE = '+++\npath = "/j/"\ntemplate = "page.html"\ntitle = "T"\ndescription = "D"\n+++\n'


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUTERA_KELURAHAN_FOLDER", str(ROOT / "kelurahan"))


def test_build_tells_what_each_page_weighs(tmp_path: Path) -> None:
    said = CliRunner().invoke(site, ["build", "--out", str(tmp_path / "site"), "--json"])
    assert said.exit_code == 0, said.output
    weights = {each["path"]: each["first_view_bytes"] for each in json.loads(said.output)["pages"]}
    assert (tmp_path / "site" / "index.html").is_file()
    assert 0 < weights["index.html"] <= 13 * 1024


def test_build_says_it_in_words_too(tmp_path: Path) -> None:
    said = CliRunner().invoke(site, ["build", "--out", str(tmp_path / "site")])
    assert said.exit_code == 0, said.output
    assert "halaman dibangun" in said.output


def test_each_kelurahan_has_a_folder_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(builder, "DIST", tmp_path / "dist")
    own = _own(tmp_path, PAGE)
    (own / "tamansari.toml").write_bytes((ROOT / "kelurahan" / "tamansari.toml").read_bytes())
    monkeypatch.setenv("NUTERA_KELURAHAN_FOLDER", str(own))
    assert CliRunner().invoke(site, ["build"]).exit_code == 0
    before = _contents(tmp_path / "dist" / "tamansari")
    assert CliRunner().invoke(site, ["build", "--kelurahan", "uji"]).exit_code == 0
    assert _contents(tmp_path / "dist" / "tamansari") == before
    assert (tmp_path / "dist" / "uji" / "j" / "index.html").is_file()
    assert {each.name for each in (tmp_path / "dist").iterdir()} == {"tamansari", "uji"}


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(each): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


def _own(tmp_path: Path, page: str, toml: str = "") -> Path:
    """A folder of kelurahan files with one page of content of its own."""
    text = (ROOT / "kelurahan" / "tamansari.toml").read_text("utf-8")
    (tmp_path / "kel" / "uji").mkdir(parents=True)
    (tmp_path / "kel" / "uji.toml").write_text(text.replace(*toml.split(">")) if toml else text)
    (tmp_path / "kel" / "uji" / "jadwal.md").write_text(page)
    return tmp_path / "kel"


@pytest.mark.parametrize(
    ("body", "toml", "said"),
    [
        ("{{ kelurahan.titel }}", "", "jadwal.md: isi: isian titel tidak dikenal (baris 7)."),
        ("", 'excluded = ["aparat"]>excluded = ["salah"]', "local_priority.excluded: salah tidak"),
    ],
)
def test_a_clerk_s_mistake_is_told_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, toml: str, said: str
) -> None:
    page = PAGE + body
    monkeypatch.setenv("NUTERA_KELURAHAN_FOLDER", str(_own(tmp_path, page, toml)))
    arguments = ["build", "--kelurahan", "uji", "--out", str(tmp_path / "site"), "--json"]
    told = CliRunner().invoke(site, arguments)
    assert told.exit_code == 2, told.output
    error = json.loads(told.output)["error"]
    assert error["code"] == "kelurahan-invalid"
    assert error["message"].startswith(said)
    assert not (tmp_path / "site").exists()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["--kelurahan", "tidak-ada"], "kelurahan-invalid"), ([], "not-a-site")],
)
def test_build_that_can_not_be_done_is_refused(
    tmp_path: Path, arguments: list[str], code: str
) -> None:
    (tmp_path / "thesis.txt").write_text("precious")
    said = CliRunner().invoke(site, ["build", "--out", str(tmp_path), "--json", *arguments])
    assert said.exit_code == 2
    assert json.loads(said.output)["error"]["code"] == code
    assert (tmp_path / "thesis.txt").is_file()
