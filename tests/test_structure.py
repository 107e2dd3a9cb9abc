"""Structure rules beyond import-linter: where google.cloud may be imported."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = [
    path
    for folder in ("shared", "functions", "commands", "web")
    for path in (ROOT / folder).rglob("*.py")
]


def test_google_cloud_is_imported_in_the_platform_alone() -> None:
    importing = {
        path.relative_to(ROOT).as_posix()
        for path in SOURCES
        if re.search(r"^\s*(from|import) google\.cloud", path.read_text("utf-8"), re.MULTILINE)
    }
    assert importing
    assert all(path.startswith("shared/platform/") for path in importing), importing


def test_no_path_of_a_person_s_machine_is_in_the_tree() -> None:
    for path in SOURCES:
        assert not re.search(r"/(home|Users)/\w+/", path.read_text("utf-8")), path.name
