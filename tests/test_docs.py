"""The docs against the code: commands, options, settings and links."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

import manage

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")] + sorted(
    (ROOT / "docs").rglob("*.md")
)


def _commands() -> list[str]:
    return sorted(
        {
            found
            for page in PAGES
            for found in re.findall(r"bin/python manage\.py ([^\n`#]+)", page.read_text("utf-8"))
        }
    )


def test_the_readme_shows_commands() -> None:
    assert len(_commands()) >= 7


@pytest.mark.parametrize("line", _commands())
def test_a_command_in_the_docs_exists_with_its_options(line: str) -> None:
    words = shlex.split(line)
    command: click.Command = manage.manage
    context = click.Context(command)
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(context, words.pop(0))
        assert found is not None, line
        command = found
    known = {name for each in command.params for name in (*each.opts, *each.secondary_opts)}
    for word in words:
        if word.startswith("--"):
            assert word in known | {"--help"}, f"{line}: {word}"


@pytest.mark.parametrize(
    "line",
    sorted(
        {
            found
            for page in PAGES
            for found in re.findall(r"bin/python -m pytest ([^\n`]+)", page.read_text("utf-8"))
        }
    ),
)
def test_a_test_that_the_docs_run_is_there(line: str) -> None:
    named = [word for word in shlex.split(line) if word.startswith("tests")]
    assert named, line
    for word in named:
        path, _, name = word.partition("::")
        assert (ROOT / path).exists(), line
        assert not name or f"def {name}(" in (ROOT / path).read_text("utf-8"), line


def test_every_setting_is_in_the_readme_and_nothing_else() -> None:
    code = (ROOT / "shared/platform/settings.py").read_text("utf-8")
    read = set(re.findall(r"env\.\w+\(\s*\"(NUTERA_\w+)\"", code))
    documented = set(re.findall(r"NUTERA_[A-Z_]+", (ROOT / "README.md").read_text("utf-8")))
    assert read
    assert documented == read


def test_make_targets_in_the_docs_exist() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for page in PAGES:
        for name in re.findall(r"(?m)(?:`|^ {4,})make (\w+)", page.read_text("utf-8")):
            assert name in targets, f"{page.name}: make {name}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_named_files_exist(page: Path) -> None:
    text = page.read_text("utf-8")
    for target in re.findall(r"\]\((?!https?:)([^)#]+)[^)]*\)", text):
        assert (page.parent / target).exists(), target
    for named in re.findall(r"`((?:shared|functions|commands|web|tests|docs)/[\w/.]+)`", text):
        if "dist" not in named:
            assert (ROOT / named).exists() or list(ROOT.glob(f"{named}*")), named


def test_the_readme_gets_to_the_point() -> None:
    lines = (ROOT / "README.md").read_text("utf-8").splitlines()
    assert any(line.strip() == "make run" for line in lines[:25])
    assert any("MY NUTERA berjalan di" in line for line in lines[:40])
