"""`manage.py sample`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from commands.sample import sample


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_writes_the_list_and_tells_its_counts(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"list{suffix}"
    ran = CliRunner().invoke(
        sample, [str(path), "--households", "500", "--layout", "siks", "--json"]
    )
    assert ran.exit_code == 0, ran.output
    said = json.loads(ran.output)
    assert said["file"] == path.name
    assert said["header_row"] == 4
    assert said["programmes"].keys() == {"pkh", "bst", "bpnt"}
    assert said["people"] < said["rows"]
    assert path.stat().st_size > 1_000


def test_clean_has_nothing_to_report(tmp_path: Path) -> None:
    ran = CliRunner().invoke(sample, [str(tmp_path / "list.csv"), "--clean", "--json"])
    said = json.loads(ran.output)
    assert said["problems"] == {}
    assert said["programmes"] == {"bpnt": 385, "bst": 578, "pkh": 1073}


def test_says_what_it_did_in_words(tmp_path: Path) -> None:
    ran = CliRunner().invoke(sample, [str(tmp_path / "list.csv"), "--households", "300"])
    assert ran.exit_code == 0
    assert "baris, susunan bnba" in ran.output


@pytest.mark.parametrize("name", ["list.pdf", "no/such/folder/list.csv"])
def test_a_path_it_cannot_write_is_a_usage_error(tmp_path: Path, name: str) -> None:
    ran = CliRunner().invoke(sample, [str(tmp_path / name)])
    assert ran.exit_code == 2
    assert "Error:" in ran.output
