"""`manage.py site build`, as it is called."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from commands.site import site
from tests.web.office import ROOT


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
