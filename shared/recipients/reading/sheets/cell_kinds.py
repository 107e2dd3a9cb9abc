"""Kinds of cells: text, number or date, kept with the text where that matters.

A plain `str` was text in the sheet. A NIK that was a number has lost its last digit in Excel, so
the kind has to travel with the text.
"""

from __future__ import annotations


class NumericText(str):
    """A cell that was a number; the text is how it would show, e.g. "12" or "3.5"."""

    __slots__ = ()


class DateText(str):
    """A cell that was a date; the text is ISO 8601, e.g. "1980-08-12"."""

    __slots__ = ()
