"""Spreadsheet cells safe from formula injection: text that stays text.

A cell that a spreadsheet program could take for a formula gets an apostrophe in front, so that it
stays text even when it is saved as CSV.
"""

from __future__ import annotations

import re
from typing import Final

_MARKS: Final = "=+-@＝＋－＠|%"
_FORMULA: Final = (*_MARKS, "\t", "\r", "\n")
_UNSEEN: Final = " \u00a0\u200b\ufeff"
_SEPARATORS: Final = ",;\t\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029"
_FORMULA_WITHIN: Final = re.compile(f'[{_SEPARATORS}][{_UNSEEN}"]*(?=[{re.escape(_MARKS)}])')
_LONGEST_TEXT: Final = 32_000


def neutral(text: str) -> str:
    """Return the text as a cell that no spreadsheet program takes for a formula."""
    begins = text.lstrip(_UNSEEN)
    if begins.startswith(_FORMULA) and begins.strip("- "):
        text = "'" + text
    return text[:_LONGEST_TEXT]


def neutral_in_csv(text: str) -> str:
    """Return the same for a cell of a CSV file, wherever a program takes a cell to begin.

    Where `;` is the separator of lists, as with Indonesian settings, a program splits a line with
    commas at every `;`, and gives nothing for quotes that don't stand at the beginning of a cell.
    """
    within = _FORMULA_WITHIN.sub(r"\g<0>'", text)
    if text.lstrip(_UNSEEN + '"').startswith(_FORMULA):
        within = "'" + within
    return within[:_LONGEST_TEXT]
