"""A machine that lacks the emulator or a browser says so, and fails where they are required."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EMULATOR = "2 tests need the Firestore emulator: "
BROWSER = "1 tests need a browser: "
LACKS = {
    "no java": (EMULATOR, "no java", {"PATH": "/nowhere"}),
    "no gcloud": (EMULATOR, "no gcloud, and FIRESTORE_EMULATOR_JAR is not set", {"PATH": "java"}),
    "no jar": (
        EMULATOR,
        "FIRESTORE_EMULATOR_JAR is no file",
        {"PATH": "java", "FIRESTORE_EMULATOR_JAR": "/nowhere"},
    ),
    "no browser": (
        BROWSER,
        "no chromium or google-chrome, and CHROMIUM is not set",
        {"PATH": "/nowhere"},
    ),
    "wrong browser": (
        BROWSER,
        "CHROMIUM is no program",
        {"PATH": "/nowhere", "CHROMIUM": "/nowhere"},
    ),
}
CASE = """
def test_with_a_browser(chromium):
    assert False, "ran"
"""


def run(tmp_path: Path, need: str, settings: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Pytest on tests with that need, on a machine made poorer."""
    case, plugins = ROOT / "tests/store/test_isolation.py", ["-p", "no:cacheprovider"]
    if need is BROWSER:
        case, plugins = tmp_path / "test_browser.py", [*plugins, "-p", "tests.conftest"]
        case.write_text(CASE)
    if settings["PATH"] == "java":
        (tmp_path / "java").touch(0o755)
        settings = {**settings, "PATH": str(tmp_path)}
    kept = {name: value for name, value in os.environ.items() if name in ("HOME", "TMPDIR")}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-c", "pyproject.toml", *plugins, str(case)],
        cwd=ROOT,
        env={**kept, **settings, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", LACKS)
def test_a_lack_is_a_counted_skip_with_its_reason(tmp_path: Path, name: str) -> None:
    need, reason, settings = LACKS[name]
    done = run(tmp_path, need, settings)
    assert f"\nskipped: {need}{reason}\n" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0
    assert f"{need[0]} skipped" in done.stdout


@pytest.mark.parametrize("name", ["no java", "no browser"])
def test_a_lack_fails_where_all_is_required(tmp_path: Path, name: str) -> None:
    need, reason, settings = LACKS[name]
    done = run(tmp_path, need, {**settings, "NUTERA_REQUIRE": "1"})
    assert done.returncode == 1
    assert f"NUTERA_REQUIRE=1, and this needs {need.split(' need ')[1]}{reason}" in done.stdout
    assert "skipped" not in done.stdout
