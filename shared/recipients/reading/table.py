"""Tables: one sheet of any supported file, with known columns and rows as a stream.

The kind of file is told by its content, never by its name: a text saved as .xls is read, and a web
page saved as .xls is refused with a sentence that says how to save it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path, PurePath
from typing import Protocol

from shared.programmes.catalogue import Catalogue
from shared.programmes.catalogue import load_catalogue as load_catalogue
from shared.recipients.reading.sheets import archive, header_row, text_file
from shared.recipients.reading.sheets.file_rejection import rejected
from shared.recipients.reading.sheets.header_row import HeaderRow
from shared.recipients.reading.sheets.headers import Column, Headers, shown
from shared.recipients.reading.sheets.non_data_rows import NonDataRows
from shared.recipients.reading.sheets.workbook import Workbook

__all__ = ["Column", "ReadingLimits", "Table", "read_table"]

_PHOTO = "Berkas ini foto. Ketik datanya ke Excel, lalu unggah sebagai .xlsx."
_NOT_TABLES = (
    (b"%PDF", "Berkas ini PDF. Minta berkas aslinya dalam bentuk Excel, lalu unggah yang itu."),
    (b"\x89PNG", "Berkas ini gambar. Ketik datanya ke Excel, lalu unggah sebagai .xlsx."),
    (b"\xff\xd8\xff", _PHOTO),
    (b"II*\x00", _PHOTO),
    (b"MM\x00*", _PHOTO),
    (b"GIF8", "Berkas ini gambar. Ketik datanya ke Excel, lalu unggah sebagai .xlsx."),
)
_PHOTO_IN_A_BOX = re.compile(
    rb"RIFF....WEBP|....ftyp(?:hei[cxms]|hev[cxms]|mif1|msf1|avi[fs])", re.DOTALL
)
_WEB_PAGE = re.compile(rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype|html|table|head|\?xml|meta|body|style)",
                       re.IGNORECASE | re.DOTALL)  # fmt: skip
_WEB_PAGE_SENTENCE = (
    "Berkas ini sebenarnya halaman web atau XML. Buka di Excel, pilih Simpan Sebagai, lalu "
    "simpan sebagai .xlsx."
)
_MISSING = "Berkas tidak ada. Periksa nama dan foldernya."
_FOLDER = "Ini folder, bukan berkas. Sebut nama berkasnya."
_EMPTY = "Berkas ini kosong. Periksa apakah berkas tersalin dengan lengkap, lalu unggah lagi."
_FIELD_NAMES = {"nik": "NIK", "name": "Nama"}


class ReadingLimits(Protocol):
    """Limits on a file's size: `upload_mib` on disk, `max_rows` of data."""

    @property
    def upload_mib(self) -> int: ...
    @property
    def max_rows(self) -> int: ...


@dataclass
class Table:
    """A sheet with a known header. `rows` yields (row number in the sheet, cells), once.

    A row has a cell for every column, and more only where a text file gives it more: there a
    comma may have split a cell, while a workbook's cells stand where they stand. `passed_over`
    counts titles above the header, blank rows, totals, notes and signatures; it is whole after
    `rows` ended.
    `again()` goes through the rows once more; `close()` ends what a workbook needs for that.
    `other_sheets` are those that hold a list too and aren't read. `preamble` holds the texts above
    the header, which can name the programme of the whole list, besides the names of sheet and file.
    """

    file: str
    sheet: str | None
    header_row: int
    columns: tuple[Column, ...]
    preamble: tuple[str, ...]
    other_sheets: tuple[str, ...] = ()
    passed_over: int = 0
    close: Callable[[], object] = field(repr=False, default=lambda: None)
    _records: Callable[[], Iterator[Sequence[str]]] = field(repr=False, default=lambda: iter(()))
    _is_workbook: bool = field(repr=False, default=False)
    _max_rows: int = field(repr=False, default=1_000_000)

    def __post_init__(self) -> None:
        self.rows: Iterator[tuple[int, Sequence[str]]] = self._read()

    @property
    def unread_columns(self) -> tuple[str, ...]:
        """The headers of columns that hold no known field."""
        return tuple(column.header for column in self.columns if column.header and not column.field)

    def again(self) -> Iterator[tuple[int, Sequence[str]]]:
        """Yield the same rows from the beginning, also while they are still read."""
        return replace(self)._read()

    def _read(self) -> Iterator[tuple[int, Sequence[str]]]:
        width, first = len(self.columns), self.header_row + 1
        nik = next(column.index for column in self.columns if column.field == "nik")
        self.passed_over = self.header_row - 1
        bound, is_aside = self._max_rows, NonDataRows(self.columns, self.header_row).is_aside
        for number, cells in enumerate(islice(self._records(), self.header_row, None), first):
            if len(cells) != width:
                cells = _fitted(cells, width, self._is_workbook)
            identifier = cells[nik]
            if (len(identifier) < 16 or identifier[0] not in "0123456789") and is_aside(
                number, cells
            ):
                self.passed_over += 1
                if self.passed_over > bound + header_row.ROWS_SEARCHED:
                    raise rejected("FILE_TOO_LARGE")
                continue
            if number > bound and number - self.passed_over - 1 > bound:
                raise rejected("FILE_TOO_LARGE")
            yield number, cells


def read_table(
    path: Path,
    *,
    limits: ReadingLimits,
    filename: str | None = None,
    aliases: Mapping[str, Iterable[str]] | None = None,
    catalogue: Catalogue | None = None,
) -> Table:
    """Read the table in a file. `filename` is its owner's name for it, `aliases` extra headers.

    Of a workbook the first visible sheet with a whole header is taken. FileRejected (with a code
    of problems.CODES) where there is no table in it; so can iterating over its rows, where the
    file turns out damaged further down.
    """
    headers = Headers(aliases or {}, (catalogue or load_catalogue()).aliases)
    try:
        size = path.stat().st_size
        if size > limits.upload_mib << 20:
            raise rejected("FILE_TOO_LARGE")
        with path.open("rb") as file:
            start = file.read(text_file.SAMPLE_BYTES)
    except FileNotFoundError:
        raise rejected("FILE_UNREADABLE", _MISSING) from None
    except OSError:
        raise rejected("FILE_UNREADABLE", _FOLDER if path.is_dir() else None) from None
    if _PHOTO_IN_A_BOX.match(start):
        raise rejected("FILE_UNREADABLE", _PHOTO)
    if not start.strip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n\x0b\x0c\x1a"):
        raise rejected("FILE_UNREADABLE", _EMPTY)
    for magic, sentence in _NOT_TABLES:
        if start.startswith(magic):
            raise rejected("FILE_UNREADABLE", sentence)
    name = PurePath((filename or path.name).replace("\\", "/")).name
    if start.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        if start.startswith(b"PK"):
            archive.check(path)
        elif archive.is_locked(path):
            raise rejected("FILE_UNREADABLE", archive.LOCKED)
        table = _from_workbook(path, name, headers)
    elif _WEB_PAGE.match(start.removeprefix(b"\xef\xbb\xbf")):
        raise rejected("FILE_UNREADABLE", _WEB_PAGE_SENTENCE)
    else:
        table = _from_text(path, name, headers)
    table._max_rows = limits.max_rows
    first = next(table.rows, None)
    if first is None:
        raise rejected("NO_ROWS")
    table.rows = chain((first,), table.rows)
    return table


def _from_workbook(path: Path, name: str, headers: Headers) -> Table:
    workbook = Workbook(path)
    heads = workbook.heads()
    found = [(head, header_row.find(head.rows, headers)) for head in heads]
    whole = [(head, header) for head, header in found if header and header.is_complete]
    if not whole:
        raise _no_header([header for _, header in found], any(head.rows for head in heads))
    (head, header), *others = whole
    table = _table(name, head.name, header, lambda: workbook.rows(head.position))
    table._is_workbook = True
    table.close = workbook.close
    table.other_sheets = tuple(shown(other.name) for other, _ in others)
    return table


def _from_text(path: Path, name: str, headers: Headers) -> Table:
    encoding, quotes = text_file.encoding_of(path)
    found = {
        delimiter: header_row.find(text_file.sample(path, encoding, delimiter), headers)
        for delimiter in text_file.DELIMITERS
    }

    def score(delimiter: str) -> int:
        header = found[delimiter]
        return headers.score(header.columns) if header else -1

    delimiter = text_file.best_delimiter(path, encoding, score)
    header = found[delimiter]
    if header is None or not header.is_complete:
        raise _no_header([header], True)
    return _table(name, None, header, lambda: text_file.records(path, encoding, delimiter, quotes))


def _table(
    name: str, sheet: str | None, header: HeaderRow, records: Callable[[], Iterator[Sequence[str]]]
) -> Table:
    return Table(
        shown(name),
        None if sheet is None else shown(sheet),
        header.number,
        header.columns,
        (*header.preamble, sheet or "", name),
        _records=records,
    )


def _no_header(found: Iterable[HeaderRow | None], has_rows: bool) -> Exception:
    partial = [header for header in found if header is not None]
    if not partial:
        return rejected("HEADER_NOT_FOUND" if has_rows else "NO_ROWS")
    missing = " dan ".join(_FIELD_NAMES[field_name] for field_name in partial[0].missing)
    return rejected(
        "COLUMN_MISSING",
        f"Kolom {missing} tidak ada. Tambahkan kolom itu beserta judulnya, lalu unggah lagi.",
    )


def _fitted(cells: Sequence[str], width: int, is_workbook: bool) -> Sequence[str]:
    """Return as many cells as columns, or more only where a text file has something in them."""
    if len(cells) < width:
        return [*cells, *[""] * (width - len(cells))]
    is_wide = not is_workbook and any(cell.strip() for cell in cells[width:])
    return cells if is_wide else cells[:width]
