"""What `gcloud` would upload as the source of a function: what it needs, and no more."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.functions.conftest import ROOT

LYING_ABOUT = (
    "data/registry.sqlite3",
    "data/keys.json",
    "keys.json",
    "daftar.xlsx",
    ".env",
    ".git/config",
    ".venv/lib/python3.11/site-packages/shared/__init__.py",
    "Dockerfile",
    "README.md",
    "manage.py",
    "web/dist/index.html",
    "tests/test_x.py",
    "docs/architecture.md",
    "firestore.rules",
    "functions/keys.json",
    "functions/weekly_sync/daftar.csv",
    "functions/weekly_sync/__pycache__/main.cpython-311.pyc",
    "functions/.env",
    "shared/recipients/daftar.xlsx",
    "shared/recipients/contoh.ods",
    "shared/registry.sqlite3-wal",
    "shared/kunci",
    "kelurahan/keys.json",
    "kelurahan/daftar.xls",
    "requirements-dev.txt",
)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The project as it is committed or about to be, with other things lying about."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    for name in listed:
        if (ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, tmp_path / name)
    for name in LYING_ABOUT:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


@pytest.fixture
def gcloud() -> str:
    """The path of gcloud; without it the test is skipped, or fails with NUTERA_REQUIRE=1."""
    path = shutil.which("gcloud")
    if path is None:
        lack = pytest.fail if os.environ.get("NUTERA_REQUIRE") == "1" else pytest.skip
        lack("needs gcloud: not installed")
    return str(path)


def test_a_function_is_uploaded_without_what_lies_about(
    gcloud: str, tree: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    settings = tmp_path_factory.mktemp("gcloud")
    uploaded = set(
        subprocess.run(
            [gcloud, "meta", "list-files-for-upload", str(tree)],
            env={**os.environ, "CLOUDSDK_CONFIG": str(settings)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
    )
    wanted = {
        path.relative_to(tree).as_posix()
        for folder, suffixes in (
            ("functions", (".py", ".html")),
            ("shared", (".py", ".html", ".toml")),
            ("kelurahan", (".toml",)),
        )
        for path in (tree / folder).rglob("*")
        if path.suffix in suffixes and path.relative_to(tree).as_posix() not in LYING_ABOUT
    }
    assert uploaded == wanted | {"main.py", "requirements.txt"}
