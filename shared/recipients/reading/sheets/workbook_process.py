"""The sandboxed process that opens a workbook: a hostile file can bring down only this process.

A sheet of two cells can claim 17 billion between them: the parser then asks for more memory than
there is and dies, which no `except` can catch. Here that happens to a child with limits of its
own, which holds no keys. It imports nothing of ours.

    workbook_process.py PATH MEMORY_BYTES CPU_SECONDS CELLS

writes one line of JSON: {"sheets": [[position, name, first rows], ...]} or {"fault": "locked" |
"unreadable" | "large" | "merged"}. Then it answers each line that it reads, the position of a sheet
and the number of a pass through it, with the next rows of that pass: a JSON list of some hundred
rows, empty after the last. A cell is its text, with U+0001 before a number and U+0002 before a
date.
"""

from __future__ import annotations

import datetime
import json
import math
import sys
from collections.abc import Iterator
from itertools import islice
from typing import Any

ROWS_SEARCHED = 100
ROWS_A_LINE = 200
SHEETS = 25
COLUMNS = 512
CHARACTERS = 500
MERGED = 200_000
"""Of 25,000 families with eight cells each merged over their members: more than any office has."""
NUMBER, DATE = "\x01", "\x02"
_FIRST = (NUMBER, DATE)
_MARKS = str.maketrans("", "", NUMBER + DATE)


class SpanTooLargeError(Exception):
    """A sheet spans more cells than any list of people."""


class MergedTooOftenError(Exception):
    """A sheet has more merged ranges than any list of people."""


def main() -> None:
    """Read the workbook of the arguments, and write its sheets to standard output."""
    path, memory, seconds, cells = sys.argv[1], *map(int, sys.argv[2:5])
    _limit(memory, seconds)
    try:
        _serve(path, cells)
    except (SpanTooLargeError, MemoryError):
        _say({"fault": "large"})
    except MergedTooOftenError:
        _say({"fault": "merged"})
    except BaseException as fault:  # a panic of the parser is no Exception
        if isinstance(fault, BrokenPipeError):
            return
        locked = type(fault).__name__ == "PasswordError"
        _say({"fault": "locked" if locked else "unreadable"})


def _serve(path: str, cells: int) -> None:
    from python_calamine import SheetVisibleEnum, load_workbook

    with open(path, "rb") as file:
        book = load_workbook(file)
    visible = [
        index
        for index, sheet in enumerate(book.sheets_metadata)
        if sheet.visible == SheetVisibleEnum.Visible
    ] or list(range(len(book.sheet_names)))
    opened: dict[int, Any] = {}
    heads = []
    for index in visible[:SHEETS]:
        try:
            sheet = book.get_sheet_by_index(index)
        except Exception:  # noqa: S112 - a chart sheet, or a damaged one beside good ones
            continue
        if sheet.total_height * sheet.total_width > cells:
            raise SpanTooLargeError
        opened[index] = sheet
        heads.append([index, sheet.name, list(islice(_rows(sheet), ROWS_SEARCHED))])
    _say({"sheets": heads})
    passes: dict[str, Iterator[list[str]]] = {}
    for asked in sys.stdin:
        if asked not in passes:
            passes[asked] = _rows(opened[int(asked.split()[0])])
        _say(list(islice(passes[asked], ROWS_A_LINE)))


def _rows(sheet: Any) -> Iterator[list[str]]:
    """Yield every row from the first, with the values of merged cells repeated downwards."""
    start = sheet.start
    if start is None:
        return
    pad = [""] * start[1]
    ranges = sheet.merged_cell_ranges or ()
    if len(ranges) > MERGED:
        raise MergedTooOftenError
    merged = sorted(
        (first[0], last[0], first[1])
        for first, last in ranges
        if last[0] > first[0] and first[1] < COLUMNS
    )
    coming = 0
    # one a column, as no two overlap: a file that says otherwise costs no more than others
    active: dict[int, tuple[int, str]] = {}
    for number, cells in enumerate(sheet.iter_rows()):
        row = (pad + [_text(value) for value in cells[:COLUMNS]])[:COLUMNS]
        for column, (last, text) in [*active.items()]:
            if last < number:
                del active[column]
            elif column < len(row) and not row[column]:
                row[column] = text
        while coming < len(merged) and merged[coming][0] <= number:
            _, last, column = merged[coming]
            coming += 1
            if last >= number and column < len(row) and row[column]:
                active[column] = (last, row[column])
        yield row


def _text(value: Any) -> str:
    if isinstance(value, str):
        text = value if len(value) <= CHARACTERS else value[:CHARACTERS]
        return text.translate(_MARKS) if text[:1] in _FIRST else text
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return f"{NUMBER}{value}"
    if isinstance(value, float):
        if not math.isfinite(value):
            return ""
        return f"{NUMBER}{int(value) if value.is_integer() and abs(value) < 1e21 else value!r}"
    if isinstance(value, datetime.datetime):
        return DATE + value.date().isoformat()
    if isinstance(value, datetime.date):
        return DATE + value.isoformat()
    return ""


def _limit(memory: int, seconds: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has none; the parent's clock still ends a run that hangs
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _say(message: object) -> None:
    sys.stdout.write(json.dumps(message, ensure_ascii=True, separators=(",", ":")) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
