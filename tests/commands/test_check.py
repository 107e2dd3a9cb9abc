"""`manage.py check`: its JSON, its text, and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from commands.check import check
from tests.recipients import sheets
from tests.recipients.sheets import HEADER, ROOT, nik, person


def run(*arguments: str | Path) -> Result:
    environment = {"NUTERA_KELURAHAN_FOLDER": str(ROOT / "kelurahan")}
    return CliRunner(env=environment).invoke(check, list(map(str, arguments)))


def answer(*arguments: str | Path) -> dict[str, Any]:
    result = run(*arguments, "--json")
    assert result.stderr == ""
    parsed: dict[str, Any] = json.loads(result.stdout)
    return {**parsed, "exit": result.exit_code}


def test_a_list_that_can_be_read_exits_with_zero(tmp_path: Path) -> None:
    rows = [HEADER, person(1), person(2, nik="12"), person(3, rw="")]
    said = answer(sheets.write_csv(tmp_path / "daftar.csv", rows))
    assert list(said) == [
        "file", "sheet", "header_row", "rows", "passed_over", "people", "entitlements",
        "problems", "unread_columns", "exit",
    ]  # fmt: skip
    assert said["exit"] == 0
    assert (said["file"], said["sheet"], said["header_row"]) == ("daftar.csv", None, 1)
    assert (said["rows"], said["people"], said["entitlements"]) == (3, 2, 2)
    assert [set(problem) for problem in said["problems"]] == [
        {"row", "column", "code", "severity", "message"}
    ] * 2
    assert [(each["row"], each["code"], each["severity"]) for each in said["problems"]] == [
        (3, "NIK_LENGTH", "error"),
        (4, "RW_MISSING", "warning"),
    ]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "FILE_UNREADABLE"),
        (b"%PDF-1.4", "FILE_UNREADABLE"),
        (b"halo dunia", "HEADER_NOT_FOUND"),
        (b"Nama,RW\nUJANG,03", "COLUMN_MISSING"),
        (b"NIK,Nama\n", "NO_ROWS"),
    ],
)
def test_a_file_that_cannot_be_read_exits_with_two(
    tmp_path: Path, content: bytes, code: str
) -> None:
    path = tmp_path / "daftar.xlsx"
    path.write_bytes(content)
    said = answer(path)
    assert said["exit"] == 2
    assert set(said["error"]) == {"code", "message"}
    assert said["error"]["code"] == code


def test_a_file_that_is_not_there_exits_with_two(tmp_path: Path) -> None:
    said = answer(tmp_path / "tidak-ada.csv")
    assert (said["exit"], said["error"]["code"]) == (2, "FILE_UNREADABLE")
    assert said["error"]["message"].startswith("Berkas tidak ada")
    assert "folder" in answer(tmp_path)["error"]["message"]


@pytest.mark.parametrize("name", [nik(3), "3273 0901 0190 0003", "3273.0901.0190.0003"])
def test_a_number_in_the_name_of_a_file_is_masked(tmp_path: Path, name: str) -> None:
    path = sheets.write_csv(tmp_path / f"daftar {name}.csv", [HEADER, person(1)])
    assert answer(path)["file"] == "daftar ….csv"
    assert str(tmp_path) not in run(path).output


def test_without_json_it_says_the_same_in_sentences(tmp_path: Path) -> None:
    path = sheets.write_csv(
        tmp_path / "a.csv", [HEADER, *(person(n, rw="99") for n in range(1, 31))]
    )
    result = run(path)
    assert result.exit_code == 0
    assert "30 baris dibaca" in result.stdout
    assert "RW_UNKNOWN" in result.stdout
    assert "dan 10 lagi" in result.stdout
    assert run(tmp_path / "tidak-ada.csv").exit_code == 2


def test_nothing_that_is_printed_holds_a_nik_or_a_name(tmp_path: Path) -> None:
    rows = [HEADER, person(1, nama="KARTIKA"), person(1, nama="KOSASIH"), person(2, rw="99")]
    path = sheets.write_csv(tmp_path / "a.csv", rows)
    for printed in (run(path).output, run(path, "--json").output):
        assert nik(1) not in printed
        assert nik(2) not in printed
        assert "KARTIKA" not in printed
        assert "KOSASIH" not in printed


def test_another_kelurahan_can_be_named(tmp_path: Path) -> None:
    path = sheets.write_csv(tmp_path / "a.csv", [HEADER, person(1)])
    assert run(path, "--kelurahan", "tamansari", "--json").exit_code == 0
    refused = answer(path, "--kelurahan", "tidak-ada")
    assert (refused["exit"], refused["error"]["code"]) == (2, "kelurahan-invalid")
