"""NIK and KK numbers: validation, temporary NIKs, and what a NIK tells.

A NIK has 16 digits: province (2), regency (2), district (2), date of birth DDMMYY with 40 added to
the day for women, and a serial number from 0001. A KK number has the same form, with the date of
issue and nothing added to the day. A temporary NIK is 0, the ten digits of a village, and five
more. The century isn't in it, so no age is ever computed from one.
"""

from __future__ import annotations

import re
from typing import Final

PROVINCES: Final = frozenset(
    "11 12 13 14 15 16 17 18 19 21 31 32 33 34 35 36 51 52 53 61 62 63 64 65 71 72 73 74 "  # noqa: SIM905
    "75 76 81 82 91 92 93 94 95 96".split()
)
NOTHING: Final = frozenset(
    ("", "-", "--", "---", "0", "NIHIL", "NULL", "N/A", "NA", "NONE", "KOSONG", "TIDAK ADA", "#N/A")
)

_PROVINCE = "(?:1[1-9]|21|3[1-6]|5[1-3]|6[1-5]|7[1-6]|8[12]|9[1-6])"
_REGION = "(?!00)[0-9][0-9](?!00)[0-9][0-9]"
_LEAP_YEAR = "(?:[02468][048]|[13579][26])"
_SERIAL = "(?!0000)[0-9]{4}"


def _date_pattern(tens: tuple[str, str, str, str], ones: str) -> str:
    """Return DDMMYY as a pattern; `tens` are the first digits of days 0x, 1x and 2x, and 3x."""
    zero, one, two, three = tens
    to_28 = f"(?:{zero}[1-9]|{one}[0-9]|{two}[0-8])"
    return (
        f"(?:{to_28}(?:0[1-9]|1[0-2])[0-9][0-9]"
        f"|{two}9(?:(?:0[13-9]|1[0-2])[0-9][0-9]|02{_LEAP_YEAR})"
        f"|{three}0(?:0[13-9]|1[0-2])[0-9][0-9]"
        f"|{three}1(?:0[13578]|1[02])[0-9][0-9])"
    )


_DATE = _date_pattern(("[04]", "[15]", "[26]", "[37]"), "")
_ISSUE_DATE = _date_pattern(("0", "1", "2", "3"), "")
_VALID_NIK = re.compile(f"{_PROVINCE}{_REGION}{_DATE}{_SERIAL}")
_VALID_KK = re.compile(f"{_PROVINCE}{_REGION}{_ISSUE_DATE}{_SERIAL}")
_TEMPORARY = re.compile(f"0{_PROVINCE}{_REGION}[0-9]{{9}}")

is_valid_nik: Final = _VALID_NIK.fullmatch
is_valid_kk: Final = _VALID_KK.fullmatch

# Separators that people and programs put into numbers. Hyphens of every kind, no letters.
_SEPARATORS = re.compile(
    "[\\s.\u00a0\u00ad\u200b-\u200f\u202a-\u202f\u2060-\u2064\ufeff\u180e"
    "\\-\u2010-\u2015\u2212\ufe58\ufe63\uff0d]+"
)
_QUOTES = "'`´‘’\"“”"
_NUMBER_FORMAT = re.compile(
    r"[0-9]+(?:[.,][0-9]+)?[eE][+]?[0-9]+|[0-9]{14,17}[.,]0{1,2}"
    r"|[0-9]{1,3}(?:\.[0-9]{3}){4,5}(?:,0+)?|[0-9]{1,3}(?:,[0-9]{3}){4,5}(?:\.0+)?"
)
_ASCII_DIGITS = re.compile("[0-9]+")


def clean(text: str) -> str:
    """Return the number without spaces, dots, dashes, invisible characters and leading quotes."""
    if text.isdigit() and text.isascii():
        return text
    text = _SEPARATORS.sub("", text)
    if text.startswith("="):  # ="3273..." is how a CSV keeps Excel from reading a number
        text = text[1:].rstrip(_QUOTES)
    return text.lstrip(_QUOTES).rstrip('"”')


def is_nothing(text: str) -> bool:
    """Whether a cell's text is one of the ways to write that there is nothing."""
    return text.strip().upper() in NOTHING


def looks_numeric(text: str) -> bool:
    """Whether a text was a number once, so that its last digit is lost.

    "3.27E+15", "….0" and thousands set apart by dots or commas; a NIK in other groups is text.
    """
    return _NUMBER_FORMAT.fullmatch(text.strip()) is not None


def is_temporary(number: str) -> bool:
    """Whether a cleaned number is a temporary NIK: 0, a ten-digit village code, five digits."""
    return _TEMPORARY.fullmatch(number) is not None


def read_nik(text: str) -> str | None:
    """Return the NIK that somebody typed, separators left out; None where it can't be one."""
    number = clean(text)
    return number if nik_fault(number) is None else None


def are_swapped(number: str, card: str) -> bool:
    """Whether the NIK's column has a KK number and the KK's a woman's NIK, which no KK can be."""
    return bool(is_valid_kk(number) and is_valid_nik(card)) and is_female(card)


def nik_fault(number: str) -> str | None:
    """Return the code of the first rule that a cleaned NIK breaks, or None; temporary ones pass."""
    if not number:
        return "NIK_MISSING"
    if not _ASCII_DIGITS.fullmatch(number):
        return "NIK_NOT_DIGITS"
    if len(number) != 16:
        return "NIK_LENGTH"
    if is_temporary(number):
        return None
    if number[:2] not in PROVINCES:
        return "NIK_PROVINCE"
    if number[2:4] == "00" or number[4:6] == "00":
        return "NIK_REGION"
    if not re.fullmatch(_DATE, number[6:12]):
        return "NIK_DATE"
    if number[12:] == "0000":
        return "NIK_SERIAL"
    return None


def birth_text(number: str) -> str:
    """Return DDMMYY as born: the day without the 40 that marks women."""
    day = int(number[6:8])
    return f"{day - 40 if day > 40 else day:02d}{number[8:12]}"


def is_female(number: str) -> bool:
    """Whether the NIK belongs to a woman, by its day of birth."""
    return number[6] in "4567"


def masked_nik(nik: str) -> str:
    """Return the NIK with all but its last four digits masked."""
    return "•" * (len(nik) - 4) + nik[-4:]
