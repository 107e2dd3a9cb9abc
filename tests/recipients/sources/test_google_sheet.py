"""A Google Sheet, from a real server that speaks the shape of the Sheets API."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import openpyxl
import pytest
from google.oauth2.credentials import Credentials

from shared import samples
from shared.kelurahan import configuration
from shared.kelurahan.configuration import SourceConfig
from shared.platform.errors import FileRejected, Unavailable
from shared.programmes.catalogue import load_catalogue
from shared.recipients.reading.rows import RowReader
from shared.recipients.reading.table import read_table
from shared.recipients.sources.fetching import Fetched, Outside, fetch
from tests.recipients.sources.https_server import Server, running

SHEET = "1AbCdEfGhIjKlMnOpQrStUvWxYz"
PATH = f"/v4/spreadsheets/{SHEET}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("sheets")) as made:
        yield made


def _fetch(server: Server, folder: Path, **options: Any) -> Fetched:
    source = SourceConfig(
        "sheet",
        options.pop("location", SHEET),
        timeout_seconds=5,
        sheet_range=options.pop("sheet_range", None),
    )
    scopes: list[list[str]] = options.pop("scopes", [])

    def credentials(asked: list[str]) -> Credentials:
        scopes.append(asked)
        return Credentials("a-token")  # type: ignore[no-untyped-call]

    outside = Outside(
        may_reach_private=True,
        trust=server.trust,
        sheets_url=server.url("").rstrip("/"),
        credentials=credentials,
    )
    got = fetch(source, folder, outside=outside, **options)
    assert isinstance(got, Fetched)
    return got


def _text(value: str) -> dict[str, Any]:
    return {"effectiveValue": {"stringValue": value}}


def _number(value: float, kind: str = "") -> dict[str, Any]:
    cell: dict[str, Any] = {"effectiveValue": {"numberValue": value}}
    return cell | ({"effectiveFormat": {"numberFormat": {"type": kind}}} if kind else {})


def _sheet(title: str, *rows: list[dict[str, Any]], **place: int) -> dict[str, Any]:
    data = {"rowData": [{"values": row} if row else {} for row in rows], **place}
    return {"properties": {"title": title, "sheetType": "GRID"}, "data": [data]}


def _answer(server: Server, *sheets: dict[str, Any]) -> None:
    server.body(PATH, json.dumps({"sheets": sheets}).encode(), Content_Type="application/json")


def test_text_stays_text_and_numbers_stay_numbers(server: Server, tmp_path: Path) -> None:
    _answer(
        server,
        _sheet(
            "Penerima",
            [_text("DAFTAR")],
            [],
            [_text("NIK"), _text("Nama"), _text("Lahir"), _text("Aktif")],
            [
                _text("0000000000000001"),
                {},
                _number(29445, "DATE"),
                {"effectiveValue": {"boolValue": True}},
            ],
            [_number(1234567890123456), _text("=1+1"), {"effectiveValue": {"errorValue": {}}}],
        ),
    )
    got = _fetch(server, tmp_path)
    assert (got.filename, got.etag) == ("google-sheet.xlsx", None)
    sheet = openpyxl.load_workbook(got.path)["Penerima"]
    assert sheet["A1"].value == "DAFTAR"
    assert sheet["A2"].value is None
    assert (sheet["A4"].value, sheet["A4"].data_type) == ("0000000000000001", "s")
    assert sheet["C4"].value == datetime(1980, 8, 12)  # noqa: DTZ001
    assert sheet["D4"].value is True
    assert (sheet["A5"].value, sheet["A5"].data_type) == (1234567890123456, "n")
    assert (sheet["B5"].value, sheet["B5"].data_type) == ("=1+1", "s")
    assert sheet["C5"].value == "#N/A"


def test_a_range_keeps_its_place(server: Server, tmp_path: Path) -> None:
    _answer(server, _sheet("Data", [_text("NIK")], startRow=6, startColumn=2))
    got = _fetch(server, tmp_path, sheet_range="Data!C7:K")
    assert openpyxl.load_workbook(got.path)["Data"]["C7"].value == "NIK"
    asked = parse_qs(urlsplit(server.seen[-1][0]).query)
    assert asked["ranges"] == ["Data!C7:K"]
    assert asked["includeGridData"] == ["true"]


def test_the_token_is_shown_and_only_reading_is_asked_for(server: Server, tmp_path: Path) -> None:
    _answer(server, _sheet("Data", [_text("NIK")]))
    scopes: list[list[str]] = []
    _fetch(server, tmp_path, scopes=scopes)
    assert server.seen[-1][1]["authorization"] == "Bearer a-token"
    assert scopes == [["https://www.googleapis.com/auth/spreadsheets.readonly"]]


def test_every_sheet_comes_along_whatever_its_title(server: Server, tmp_path: Path) -> None:
    diagram = {"properties": {"title": "Diagram", "sheetType": "OBJECT"}}
    titles = ["Penerima", "RW 01/02", "penerima", "a" * 40, "History", "", "'x'"]
    _answer(server, diagram, *(_sheet(title, [_text("NIK")]) for title in titles))
    book = openpyxl.load_workbook(_fetch(server, tmp_path).path)
    assert len(book.sheetnames) == len(titles)
    assert book.sheetnames[:2] == ["Penerima", "Lembar 2"]


def test_a_hidden_sheet_stays_hidden(server: Server, tmp_path: Path) -> None:
    old = _sheet("Lama", [_text("NIK")])
    old["properties"]["hidden"] = True
    _answer(server, old, _sheet("Baru", [_text("NIK")]))
    book = openpyxl.load_workbook(_fetch(server, tmp_path).path)
    assert [sheet.sheet_state for sheet in book] == ["hidden", "visible"]
    assert book.active is not None
    assert book.active.title == "Baru"


def test_the_same_content_makes_the_same_file(server: Server, tmp_path: Path) -> None:
    _answer(server, _sheet("Data", [_text("NIK")], [_number(3.5)]))
    files = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        files.append(_fetch(server, tmp_path / name).path.read_bytes())
    assert files[0] == files[1]


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "REFUSED"),
        (401, "REFUSED"),
        (403, "REFUSED"),
        (404, "REFUSED"),
        (429, "SILENT"),
        (500, "SILENT"),
        (302, "SILENT"),
    ],
)
def test_other_answers_are_unavailable(
    server: Server, tmp_path: Path, status: int, code: str
) -> None:
    server.status(PATH, status, Location=server.url("/other"))
    with pytest.raises(Unavailable) as caught:
        _fetch(server, tmp_path)
    assert caught.value.code == f"SOURCE_{code}"
    assert SHEET not in f"{caught.value.detail} {caught.value.args}"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"null",
        b"{}",
        b'{"sheets": 5}',
        b'{"sheets": [5]}',
        b'{"sheets": [{"properties": {"title": "x"}, "data": [{"rowData": [7]}]}]}',
        b'{"sheets": [{"properties": {"title": "x"}, "data": [{"rowData": [{"values": [[]]}]}]}]}',
        b'{"sheets": [{"properties": {"title": "x"}, "data": [{"rowData": [{"values": '
        b'[{"effectiveValue": {"numberValue": "x"}}]}]}]}]}',
        b'{"sheets": [{"properties": {"title": "x"}, "data": [{"startRow": "a"}]}]}',
        b"[" * 100_000,
        b"\xff\xfe",
    ],
)
def test_nonsense_is_unavailable(server: Server, tmp_path: Path, body: bytes) -> None:
    server.body(PATH, body)
    with pytest.raises(Unavailable) as caught:
        _fetch(server, tmp_path)
    assert caught.value.code == "SOURCE_SILENT"


def test_a_sheet_that_is_too_large_is_refused(server: Server, tmp_path: Path) -> None:
    _answer(server, _sheet("Data", [_text("x" * 10_000)]))
    with pytest.raises(FileRejected) as caught:
        _fetch(server, tmp_path, max_bytes=2_000)
    assert caught.value.code == "FILE_TOO_LARGE"


def test_a_document_without_a_table_has_no_rows(server: Server, tmp_path: Path) -> None:
    _answer(server, {"properties": {"title": "Diagram", "sheetType": "OBJECT"}})
    with pytest.raises(FileRejected) as caught:
        _fetch(server, tmp_path)
    assert caught.value.code == "NO_ROWS"


@pytest.mark.parametrize("location", ["../../v1/x", "a/b?c=d#e", "short", "x" * 200])
def test_an_id_that_is_none_is_not_asked_for(server: Server, tmp_path: Path, location: str) -> None:
    before = len(server.seen)
    with pytest.raises(Unavailable) as caught:
        _fetch(server, tmp_path, location=location)
    assert caught.value.code == "SOURCE_NOT_ALLOWED"
    assert len(server.seen) == before


def test_without_credentials_it_is_refused(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none.json"))
    with pytest.raises(Unavailable) as caught:
        fetch(SourceConfig("sheet", SHEET), tmp_path)
    assert caught.value.code == "SOURCE_REFUSED"
    assert str(tmp_path) not in caught.value.detail


def test_the_reader_sees_the_sheet_as_the_officer_does(server: Server, tmp_path: Path) -> None:
    place = configuration.load("tamansari", Path("kelurahan"))
    sample = samples.make(place, people=60, seed=2)
    listed = tmp_path / "list.xlsx"
    ledger = samples.write(sample, listed, layout="siks")
    rows = openpyxl.load_workbook(listed).worksheets[0].iter_rows(values_only=True)
    _answer(server, _sheet("Data", *([_cell(cell) for cell in row] for row in rows)))
    got = _fetch(server, tmp_path)
    reader = RowReader(
        read_table(got.path, limits=place.limits, filename=got.filename),
        place,
        load_catalogue(),
    )
    assert len({row.nik for row in reader} - reader.conflicted) == ledger.people
    found = Counter(problem.code for problem in reader.problems)
    assert found == ledger.counts()
    assert found["NIK_NUMERIC_CELL"]


def _cell(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    return _number(value) if isinstance(value, int) else _text(value)
