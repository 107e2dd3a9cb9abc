"""Export of complaints to a spreadsheet: text and progress, without who complained.

All cells are texts, and none of them can be taken for a formula. In a .csv, parted by commas, the
first bytes tell a spreadsheet program that it is UTF-8.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any, Final
from zoneinfo import ZoneInfo

from shared.complaints.model.case import Case, Words
from shared.complaints.model.labels import CHANNELS, OUTCOMES, STATES
from shared.platform.errors import Invalid
from shared.platform.spreadsheet_cells import neutral, neutral_in_csv

ENDINGS: Final = (".xlsx", ".csv")
COLUMNS: Final = (
    "Nomor",
    "Jenis",
    "Keadaan",
    "Hasil",
    "Bantuan",
    "RW",
    "RT",
    "Melalui",
    "Diterima",
    "Janji diverifikasi",
    "Janji selesai",
    "Tenggat sekarang",
    "Terlambat (hari kerja)",
    "Tingkat",
    "Petugas",
    "Tanpa nama",
    "Dirahasiakan",
    "Foto",
    "Dibuka kembali",
    "Banding",
    "Ditutup",
    "Nilai",
    "Isi pengaduan",
)
_FORMER: Final = "petugas lama"
_SHEET: Final = "Pengaduan"
_WIDTH: Final = 16
_TEXT_WIDTH: Final = 90
_MOMENT: Final = "%Y-%m-%d %H:%M"

_AddRow = Callable[[list[str]], object]


def write_export(
    file: IO[bytes],
    ending: str,
    complaints: Iterable[tuple[Case, Words]],
    *,
    titles: Mapping[str, str],
    timezone: str,
    days_late: Callable[[Case], int],
    promised_on: Callable[[datetime], date],
    officers: Mapping[str, str],
    scratch: Path | None = None,
) -> int:
    """Write complaints into a file, as they are read; return how many there were.

    `ending`: one of ENDINGS, or Invalid. `titles`: what each kind is called. `promised_on`: the day
    of a deadline. `officers`: the names of staff by their ids. `scratch`: a private folder for what
    lies on disk meanwhile (without it, the system's).
    """
    ways = {".xlsx": _workbook, ".csv": _csv}
    if ending not in ways:
        raise Invalid("Nama berkas harus berakhiran .xlsx atau .csv.")
    zone, rows = ZoneInfo(timezone), 0

    def day(at: datetime | None) -> str:
        return "" if at is None else promised_on(at).isoformat()

    with ways[ending](file, scratch) as add:
        add(list(COLUMNS))
        for case, words in complaints:
            due = (day(case.verify_by), day(case.resolve_by), day(case.due_at))
            late = str(days_late(case))
            cells = _cells(case, titles.get(case.kind, case.kind), officers, zone, (*due, late))
            add([*cells, words.text])
            rows += 1
    return rows


def _cells(
    case: Case, kind: str, officers: Mapping[str, str], zone: ZoneInfo, due: tuple[str, ...]
) -> tuple[str, ...]:
    def moment(at: datetime | None) -> str:
        return "" if at is None else at.astimezone(zone).strftime(_MOMENT)

    return (
        case.ticket,
        kind,
        STATES[case.state],
        "" if case.outcome is None else OUTCOMES[case.outcome],
        case.programme,
        case.rw,
        case.rt,
        CHANNELS[case.channel],
        moment(case.received_at),
        *due,
        str(case.level),
        officers.get(case.handler, _FORMER) if case.handler else "",
        _yes(case.anonymous),
        _yes(case.confidential),
        str(case.photos),
        str(case.reopened),
        str(case.appealed),
        moment(case.closed_at),
        "" if case.score is None else str(case.score),
    )


def _yes(answer: bool) -> str:
    return "ya" if answer else "tidak"


@contextmanager
def _csv(file: IO[bytes], scratch: Path | None) -> Iterator[_AddRow]:
    text = io.TextIOWrapper(file, "utf-8-sig", newline="", write_through=True)
    try:
        write = csv.writer(text, quoting=csv.QUOTE_ALL).writerow
        yield lambda cells: write([neutral_in_csv(each) for each in cells])
    finally:
        text.detach()  # the file is closed by whoever opened it


@contextmanager
def _workbook(file: IO[bytes], scratch: Path | None) -> Iterator[_AddRow]:
    import xlsxwriter

    aside = {} if scratch is None else {"tmpdir": str(scratch)}
    book: Any = xlsxwriter.Workbook(file, {"constant_memory": True, **aside})
    sheet = book.add_worksheet(_SHEET)
    last = len(COLUMNS) - 1
    sheet.set_column(0, last - 1, _WIDTH)
    sheet.set_column(last, last, _TEXT_WIDTH)
    sheet.freeze_panes(1, 1)
    head, wrapped = (
        book.add_format({"bold": True, "text_wrap": True}),
        book.add_format({"text_wrap": True, "valign": "top"}),
    )
    written = 0

    def add(cells: list[str]) -> None:
        nonlocal written
        for place, text in enumerate(cells):
            sheet.write_string(written, place, neutral(text), wrapped if written else head)
        written += 1

    try:
        yield add
        sheet.autofilter(0, 0, max(0, written - 1), last)
    finally:
        book.close()
