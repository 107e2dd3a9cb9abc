"""Birth date and sex in a row's own columns, to compare with its NIK."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

from shared.recipients.model.periods import MONTH_OF

_NUMERIC = re.compile(r"(?<!\d)(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d{2})(?!\d)")
_ISO = re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_WORDED = re.compile(r"(?<!\d)(\d{1,2})[-/. ]+([A-Za-z]+)[-/., ]+(\d{4}|\d{2})(?!\d)")
_EXCEL_EPOCH = date(1899, 12, 30)

_MALE = frozenset(("L", "LK", "LAKI", "LAKILAKI", "PRIA", "M", "MALE", "1", "COWOK", "LKI"))
_FEMALE = frozenset(("P", "PR", "PEREMPUAN", "WANITA", "F", "FEMALE", "2", "W", "PRP"))
_NOT_A_LETTER_OR_DIGIT = re.compile(r"[\W_]+")


@lru_cache(maxsize=65536)
def ddmmyy(text: str) -> str:
    """Return the date in a text as DDMMYY, or "" where there is none to be sure of.

    Reads dd/mm/yyyy, yyyy-mm-dd, "12 Agustus 1980", "Bandung, 12-08-1980" and Excel's day numbers.
    """
    text = text.strip()
    if match := _ISO.search(text):
        return _joined(match[3], match[2], match[1])
    if match := _NUMERIC.search(text):
        return _joined(match[1], match[2], match[3]) or _joined(match[2], match[1], match[3])
    if match := _WORDED.search(text):
        month = MONTH_OF.get(match[2].upper(), 0)
        return _joined(match[1], str(month), match[3]) if month else ""
    if text.isdecimal() and text.isascii() and len(text) == 5:
        day = _EXCEL_EPOCH + timedelta(days=int(text))
        return day.strftime("%d%m%y")
    return ""


@lru_cache(maxsize=256)
def sex(text: str) -> Literal["L", "P", ""]:
    """Return L for a man, P for a woman, "" where the text says neither."""
    word = _NOT_A_LETTER_OR_DIGIT.sub("", text).upper()
    return "L" if word in _MALE else "P" if word in _FEMALE else ""


def _joined(day: str, month: str, year: str) -> str:
    if not (1 <= int(day) <= 31 and 1 <= int(month) <= 12):
        return ""
    return f"{int(day):02d}{int(month):02d}{year[-2:]}"
