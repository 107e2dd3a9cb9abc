"""Periods of payment: canonical forms of what lists write.

"TW III 2026" and "Triwulan 3 Tahun 2026" are "Triwulan 3 2026"; "2026-03", "Mar 2026" and a date in
that month are "Maret 2026"; "Jan-Mar 2026" is "Januari-Maret 2026"; "3" in a column called Tahap is
"Tahap 3". The day of a date is dropped: payments are planned by month.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

from shared.platform.indonesian_dates import MONTHS

MONTH_OF: Final = {
    **{name.upper(): number for number, name in enumerate(MONTHS, 1)},
    **{name[:3].upper(): number for number, name in enumerate(MONTHS, 1)},
    "JANUARY": 1, "FEBRUARY": 2, "PEBRUARI": 2, "PEB": 2, "MARCH": 3, "MRT": 3, "MAY": 5,
    "JUNE": 6, "JULY": 7, "AUGUST": 8, "AUG": 8, "AGUST": 8, "AGT": 8, "AGS": 8, "SEPT": 9,
    "OCTOBER": 10, "OCT": 10, "OKTOBRE": 10, "NOP": 11, "NOPEMBER": 11, "DECEMBER": 12, "DEC": 12,
}  # fmt: skip
_STAGES: Final = {
    "TAHAP": "Tahap", "THP": "Tahap", "THAP": "Tahap", "TAHAPAN": "Tahap", "TERMIN": "Termin",
    "TRIWULAN": "Triwulan", "TW": "Triwulan", "TRIWULAN KE": "Triwulan", "Q": "Triwulan",
    "KUARTAL": "Triwulan", "KWARTAL": "Triwulan", "CATURWULAN": "Caturwulan",
    "SEMESTER": "Semester", "SMT": "Semester", "GELOMBANG": "Gelombang", "BATCH": "Gelombang",
}  # fmt: skip
_LARGEST: Final = {"Triwulan": 4, "Semester": 2, "Caturwulan": 3}
_ROMAN: Final = {"I": 1, "II": 2, "III": 3, "IV": 4, "V": 5, "VI": 6, "VII": 7, "VIII": 8, "IX": 9,
                 "X": 10, "XI": 11, "XII": 12}  # fmt: skip

_FILLER = re.compile(r"\b(?:TAHUN|THN|TH|TA|BULAN|BLN|KE|ALOKASI|PERIODE|SALUR|ANGGARAN)\b\.?")
_YEAR = re.compile(r"(?<!\d)(20[0-4]\d)(?!\d)")
_STAGE = re.compile(
    r"\b(" + "|".join(sorted(_STAGES, key=len, reverse=True)) + r")\s*[-.:]?\s*(\d{1,2}|[IVX]+)\b"
)
_ISO_DATE = re.compile(r"(20[0-4]\d)[-/.](\d{1,2})(?:[-/.]\d{1,2})?(?:[ T].*)?")
_SLASHED = re.compile(r"(?:\d{1,2}[-/.])?(\d{1,2})[-/.](20[0-4]\d)")
_COMPACT = re.compile(r"(20[0-4]\d)(0[1-9]|1[0-2])")
_WORD = re.compile(r"[A-Z]+")
_SEPARATORS = re.compile(r"[\s,;/&+().:\-–—]+|\b(?:S|D|SD|SAMPAI|DAN|HINGGA|DENGAN)\b")
_EXCEL_EPOCH = date(1899, 12, 30)
_LONGEST = 80


def canonical(text: str) -> str | None:
    """Return the period in its canonical form, "" for an empty text, None if it can't be read."""
    upper = " ".join(text.upper().split())
    if not upper or len(upper) > _LONGEST:
        return "" if not upper else None
    return _numeric(upper) or _worded(upper)


def stage(text: str, year: str) -> str:
    """Return the text to read where a stage's number and its year stand in two columns."""
    return f"{text} {year}".strip()


def year_of(period: str) -> str:
    """Return the year that a canonical period names, or ""."""
    found = _YEAR.search(period)
    return found[1] if found else ""


def found_in(text: str) -> str:
    """Return a period named somewhere in a title ("PENERIMA PKH TAHAP 3 TAHUN 2026"), or ""."""
    upper = _FILLER.sub(" ", " ".join(text.upper().split())[:300])
    year = _YEAR.search(upper)
    if not year:
        return ""
    stage_found = _STAGE.search(upper)
    if stage_found:
        return canonical(f"{stage_found[0]} {year[1]}") or ""
    months = [word for word in _WORD.findall(upper) if len(word) > 3 and word in MONTH_OF]
    return canonical(f"{'-'.join(months)} {year[1]}") or "" if months else ""


def _numeric(text: str) -> str | None:
    """Read dates, year-months and bare numbers."""
    if match := _ISO_DATE.fullmatch(text):
        return _month(int(match[2]), match[1])
    if match := _SLASHED.fullmatch(text):
        return _month(int(match[1]), match[2])
    if match := _COMPACT.fullmatch(text):
        return _month(int(match[2]), match[1])
    if text.isdecimal() and text.isascii():
        number = int(text)
        if 1 <= number <= 12:
            return f"Tahap {number}"
        if 2000 <= number <= 2049:
            return text
        if 36526 <= number <= 54788:  # an Excel date of 2000 to 2049
            day = _EXCEL_EPOCH + timedelta(days=number)
            return _month(day.month, str(day.year))
    return f"Tahap {_ROMAN[text]}" if text in _ROMAN else None


def _worded(text: str) -> str | None:
    years = _YEAR.findall(text)
    if len(set(years)) > 1:
        return None
    year = f" {years[0]}" if years else ""
    rest = _FILLER.sub(" ", _YEAR.sub(" ", text))
    if stage_found := _STAGE.search(rest):
        kind = _STAGES[stage_found[1]]
        digits = stage_found[2]
        number = int(digits) if digits.isdecimal() else _ROMAN.get(digits, 0)
        within = 1 <= number <= _LARGEST.get(kind, 12)
        beside = _SEPARATORS.sub(" ", rest.replace(stage_found[0], " ", 1)).split()
        if not within or not all(word in MONTH_OF for word in beside):
            return None
        return f"{kind} {number}{year}"
    words = _SEPARATORS.sub(" ", rest).split()
    if not words:
        return years[0] if years else None
    months = [MONTH_OF.get(word) for word in words]
    if None in months:
        return None
    named = [MONTHS[number - 1] for number in months if number]
    return (named[0] if len(named) == 1 else f"{named[0]}-{named[-1]}") + year


def _month(number: int, year: str) -> str | None:
    return f"{MONTHS[number - 1]} {year}" if 1 <= number <= 12 else None
