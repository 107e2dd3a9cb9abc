"""Google Sheets sources, read through the Sheets API (v4) and saved as .xlsx.

Text stays text and a number stays a number, at the same rows and columns, so that the one reader
of spreadsheets sees what the officer sees, a NIK that Google made a number included.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from shared.kelurahan.configuration import SourceConfig
from shared.platform import google_access
from shared.platform.errors import FileRejected, Unavailable
from shared.recipients.model.problems import CODES
from shared.recipients.sources import fetch_result
from shared.recipients.sources.fetch_result import Fetched, Outside
from shared.recipients.sources.public_https import Guard

SCOPES = ["https://www.googleapis.com/auth/spreadsheets.readonly"]
_FIELDS = (
    "sheets(properties(title,sheetType,hidden),data(startRow,startColumn,rowData(values("
    "effectiveValue,effectiveFormat(numberFormat(type))))))"
)
_ID = re.compile(r"[A-Za-z0-9_-]{10,100}")
_PIECE_BYTES = 64 * 1024
_JSON_PER_BYTE = 2
"""The answer is wordier than the file it becomes."""
_LONGEST_TEXT = 32_767
_ALWAYS = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)


def fetch(source: SourceConfig, folder: Path, max_bytes: int, outside: Outside) -> Fetched:
    """Read the sheet (or `sheet_range` of it) into an .xlsx in `folder`.

    The API has no ETag; the same content makes the same file, byte by byte.
    """
    if not _ID.fullmatch(source.location):
        raise fetch_result.not_allowed()
    content = _asked(source, max_bytes * _JSON_PER_BYTE, outside)
    path = folder / "google-sheet.xlsx"
    try:
        _write(content, path)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise fetch_result.silent() from None
    return Fetched(path, "google-sheet.xlsx", None)


def _asked(source: SourceConfig, max_bytes: int, outside: Outside) -> Any:
    try:
        session = google_access.authorized_session(SCOPES, outside.credentials)
    except Unavailable:
        raise fetch_result.refused() from None
    host = urlsplit(outside.sheets_url).hostname or ""
    guard = Guard(outside, (host,), source.timeout_seconds)
    query: dict[str, str] = {
        "includeGridData": "true",
        "fields": _FIELDS,
        "prettyPrint": "false",
    }
    if source.sheet_range:
        query["ranges"] = source.sheet_range
    faults = google_access.faults()
    with guard.over(session):
        try:
            response = session.get(
                f"{outside.sheets_url}/v4/spreadsheets/{source.location}",
                params=query,
                stream=True,
                allow_redirects=False,
                timeout=guard.timeouts,
            )
        except OSError:
            raise  # the network's, which the guard tells of
        except faults:  # the credentials are no good, or no longer
            raise fetch_result.refused() from None
        with response:
            body = _body(response, max_bytes)
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise fetch_result.silent() from None


def _body(response: requests.Response, max_bytes: int) -> bytes:
    if response.status_code in (400, 401, 403, 404):
        raise fetch_result.refused()
    if response.status_code != 200:
        raise fetch_result.silent()
    body = bytearray()
    for piece in response.iter_content(_PIECE_BYTES):
        body += piece
        if len(body) > max_bytes:
            raise fetch_result.too_large()
    return bytes(body)


def _write(content: Any, path: Path) -> None:
    import xlsxwriter

    grids = [
        sheet
        for sheet in content["sheets"]
        if sheet["properties"].get("sheetType", "GRID") == "GRID"
    ]
    if not grids:
        raise FileRejected(CODES["NO_ROWS"][1], code="NO_ROWS")
    options = {"constant_memory": True, "tmpdir": str(path.parent)}
    book: Any = xlsxwriter.Workbook(str(path), options)
    book.set_properties({"created": _ALWAYS})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    has_active = False
    try:
        for at, sheet in enumerate(grids, 1):
            written = _added(book, str(sheet["properties"]["title"]), at)
            if sheet["properties"].get("hidden"):
                written.hide()
            elif not has_active:
                written.activate()  # Excel doesn't open a file whose active sheet is hidden
                has_active = True
            for part in sheet.get("data", ())[:1]:
                for row, values in enumerate(part.get("rowData", ()), part.get("startRow", 0)):
                    cells = enumerate(values.get("values", ()), part.get("startColumn", 0))
                    for column, cell in cells:
                        _put(written, row, column, cell, day)
    finally:
        book.close()


def _added(book: Any, title: str, at: int) -> Any:
    from xlsxwriter.exceptions import XlsxWriterException

    try:
        return book.add_worksheet(title)
    except XlsxWriterException:  # Excel forbids some characters, and more than 31 of them
        return book.add_worksheet(f"Lembar {at}")


def _put(written: Any, row: int, column: int, cell: Any, day: Any) -> None:
    value = cell.get("effectiveValue") or {}
    if "stringValue" in value:
        written.write_string(row, column, value["stringValue"][:_LONGEST_TEXT])
    elif "numberValue" in value:
        kind = cell.get("effectiveFormat", {}).get("numberFormat", {}).get("type", "")
        # Google counts days as Excel does, so that the same number is the same date
        written.write_number(row, column, value["numberValue"], day if kind == "DATE" else None)
    elif "boolValue" in value:
        written.write_boolean(row, column, value["boolValue"])
    elif "errorValue" in value:
        written.write_string(row, column, "#N/A")
