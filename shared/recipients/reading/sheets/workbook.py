"""Workbooks (.xlsx, .xls, .ods, .xlsb), read in a separate process within limits.

Why a process: see workbook_process.py. What it may use is bounded here: memory, processor time,
time on the clock, and the cells of a sheet.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Timer
from typing import NamedTuple

from shared.recipients.reading.sheets import workbook_process
from shared.recipients.reading.sheets.archive import LOCKED
from shared.recipients.reading.sheets.cell_kinds import DateText, NumericText
from shared.recipients.reading.sheets.file_rejection import rejected

MEMORY_BYTES = 1 << 30
CPU_SECONDS = 60
CLOCK_SECONDS = 120
CELLS = 30_000_000

_NUMBER, _DATE = workbook_process.NUMBER, workbook_process.DATE


class SheetHead(NamedTuple):
    """A sheet's position in the workbook, its name, and its first rows."""

    position: int
    name: str
    rows: list[tuple[int, Sequence[str]]]


class Workbook:
    """An open workbook. `heads()`, then `rows(sheet)` once; a context manager that ends it all."""

    def __init__(self, path: Path) -> None:
        # no key of ours reaches the process: it gets the way to its packages, and nothing else
        self._process = subprocess.Popen(  # noqa: S603
            [
                sys.executable,
                "-P",
                workbook_process.__file__,
                str(path.resolve()),
                *map(str, (MEMORY_BYTES, CPU_SECONDS, CELLS)),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PYTHONPATH": ":".join(entry for entry in sys.path if entry)},
        )
        self._clock = Timer(CLOCK_SECONDS, self._process.kill)
        self._clock.daemon = True
        self._clock.start()

    def __enter__(self) -> Workbook:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self._clock.cancel()
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue
        self._process.wait()

    def heads(self) -> list[SheetHead]:
        """Return the first rows of every visible sheet; raises FileRejected for no workbook."""
        message = self._next()
        if not isinstance(message, dict) or "sheets" not in message:
            raise rejected("FILE_UNREADABLE")
        return [
            SheetHead(index, name, list(enumerate(map(_cells, rows), 1)))
            for index, name, rows in message["sheets"]
        ]

    def rows(self, sheet: int) -> Iterator[list[str]]:
        """Yield all rows of one sheet, from its first."""
        if not self._process.stdin:
            return
        try:
            self._process.stdin.write(f"{sheet}\n".encode())
            self._process.stdin.flush()
        except BrokenPipeError:
            raise rejected("FILE_UNREADABLE") from None
        while isinstance(batch := self._next(), list):
            yield from map(_cells, batch)

    def _next(self) -> object:
        line = self._process.stdout.readline() if self._process.stdout else b""
        if not line.endswith(b"\n"):  # it died: of its memory, its time, or the parser
            raise rejected("FILE_UNREADABLE")
        message = json.loads(line)
        if isinstance(message, dict) and "fault" in message:
            if message["fault"] == "locked":
                raise rejected("FILE_UNREADABLE", LOCKED)
            raise rejected("FILE_TOO_LARGE" if message["fault"] == "large" else "FILE_UNREADABLE")
        return message


def _cells(row: list[str]) -> list[str]:
    return [_cell(text) if text[:1] in (_NUMBER, _DATE) and text else text for text in row]


def _cell(text: str) -> str:
    return NumericText(text[1:]) if text[0] == _NUMBER else DateText(text[1:])
