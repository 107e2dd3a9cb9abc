"""Kelurahan files for tests: the example, with other sign-in rules."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_RULE = 'code_required_for = ["verifier", "admin"]'


def without_codes(folder: Path) -> Path:
    """Write the example's file into a folder, with no role that needs an app's code; the folder."""
    text = (ROOT / "kelurahan" / "tamansari.toml").read_text("utf-8")
    assert text.count(_RULE) == 1
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tamansari.toml").write_text(text.replace(_RULE, "code_required_for = []"), "utf-8")
    return folder
