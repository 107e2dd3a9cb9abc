"""Text that goes into a cell of a spreadsheet, and stays text there.

A cell that a spreadsheet program could take for a formula gets an apostrophe in front, so that it
stays text even when it is saved as CSV.
"""

from __future__ import annotations

from typing import Final

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "|", "%")
_LONGEST_TEXT: Final = 32_000


def neutral(text: str) -> str:
    """The text as a cell that no spreadsheet program takes for a formula."""
    begins = text.lstrip(" \u00a0\u200b\ufeff")
    if begins.startswith(_FORMULA) and begins.strip("- "):
        text = "'" + text
    return text[:_LONGEST_TEXT]
