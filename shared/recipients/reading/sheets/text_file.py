"""Text files (CSV): encoding, delimiter, and records as a stream.

A file is read twice: once through to settle the encoding (a fault in the last row must not come up
when half the rows are through), then record by record.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from shared.recipients.reading.sheets.file_rejection import rejected

SAMPLE_BYTES = 1 << 16
SAMPLE_RECORDS = 120
DELIMITERS = (",", ";", "\t", "|")
RECORD_LINES = 50
"""A record of more lines than this is an opening quote that nobody closed."""

_CHUNK = 1 << 20
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x19\x1c-\x1f]")  # 1a ends files of old programs
_DECLARED = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)


def encoding_of(path: Path) -> tuple[str, int]:
    """Return the encoding of the whole file, and how many double quotes it has.

    UTF-8 where every byte fits, else Windows-1252; UTF-16 by its mark. FileRejected for a file
    with bytes that no text has.
    """
    with path.open("rb") as file:
        start = file.read(SAMPLE_BYTES)
        file.seek(0)
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16", _utf16_quotes(path)
        decoder = codecs.getincrementaldecoder("utf-8")()
        quotes, is_utf8 = 0, True
        if _BINARY.search(start):
            raise rejected("FILE_UNREADABLE")
        while chunk := file.read(_CHUNK):
            if b"\x00" in chunk or _is_within_a_line(chunk):
                raise rejected("FILE_UNREADABLE")
            quotes += chunk.count(b'"')
            if is_utf8:
                is_utf8 = _decodes(decoder, chunk)
        if is_utf8 and _decodes(decoder, b"", final=True):
            return ("utf-8-sig" if start.startswith(codecs.BOM_UTF8) else "utf-8"), quotes
    return "cp1252", quotes


def records(path: Path, encoding: str, delimiter: str, quotes: int) -> Iterator[list[str]]:
    """Yield the records, blank lines included, so that counting them gives the sheet's rows.

    FileRejected where quotes don't pair up: the rows behind an open quote would be lost.
    """
    with _opened(path, encoding) as text:
        reader = csv.reader(text, delimiter=delimiter)
        before = last = 0
        try:
            if not quotes:
                yield from reader
            for record in reader:
                if reader.line_num - before > 1:
                    _check_span(reader.line_num - before, before)
                yield record
                last, before = before, reader.line_num
        except csv.Error:
            sentence = _open_quote(before + 1) if quotes else None
            raise rejected("FILE_UNREADABLE", sentence) from None
        if before and reader.line_num - last > 1 and quotes % 2:
            raise rejected("FILE_UNREADABLE", _open_quote(last + 1))


def sample(path: Path, encoding: str, delimiter: str) -> list[tuple[int, Sequence[str]]]:
    """Return the first records with their numbers, as far as this delimiter can read them."""
    found: list[tuple[int, Sequence[str]]] = []
    with _opened(path, encoding) as text:
        start = io.StringIO(text.read(SAMPLE_BYTES * 4), newline="")
    try:
        for number, record in enumerate(csv.reader(start, delimiter=delimiter), 1):
            found.append((number, record))
            if number >= SAMPLE_RECORDS:
                break
    except csv.Error:
        pass
    return found


def declared_delimiter(path: Path, encoding: str) -> str | None:
    """Return the delimiter that Excel's first line "sep=;" names, or None."""
    with _opened(path, encoding) as text:
        match = _DECLARED.fullmatch(text.readline(16))
    return match[1] if match and match[1] in DELIMITERS else None


def best_delimiter(path: Path, encoding: str, score: Callable[[str], int]) -> str:
    """Return the delimiter that the file declares, or else the one with the best score."""
    declared = declared_delimiter(path, encoding)
    return declared or max(DELIMITERS, key=score)


def _opened(path: Path, encoding: str) -> io.TextIOWrapper:
    # cp1252 leaves five bytes undefined; they stand for nothing that we read
    return path.open(encoding=encoding, errors="replace", newline="")


def _is_within_a_line(chunk: bytes) -> bool:
    return len(chunk) == _CHUNK and b"\n" not in chunk and b"\r" not in chunk


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _utf16_quotes(path: Path) -> int:
    quotes = 0
    try:
        with path.open(encoding="utf-16", newline="") as text:
            while chunk := text.read(_CHUNK):
                if "\x00" in chunk:
                    raise rejected("FILE_UNREADABLE")
                quotes += chunk.count('"')
    except UnicodeError:
        raise rejected("FILE_UNREADABLE") from None
    return quotes


def _check_span(lines: int, before: int) -> None:
    if lines > RECORD_LINES:
        raise rejected("FILE_UNREADABLE", _open_quote(before + 1))


def _open_quote(line: int) -> str:
    return (
        f'Tanda kutip (") yang dibuka di sekitar baris {line} tidak ditutup. '
        "Perbaiki baris itu, atau simpan ulang dari Excel sebagai .xlsx."
    )
