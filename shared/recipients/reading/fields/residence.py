"""Residence in a row: RW and RT, and rows of another kelurahan."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from shared.kelurahan.configuration import Kelurahan
from shared.recipients.model.nik import is_nothing

_PAIR = re.compile(
    r"\W*(?P<both>R\W*[TW]\W*R\W*[TW])?[\s.:]*(?:R\W*(?P<label>[TW])\W*)?"
    r"(?P<one>[0-9]{1,3}|[IVX]{1,6})(?P<between>[^\w]+(?:DAN\b[^\w]*)?|(?=R))"
    r"(?:R\W*(?P<label2>[TW])\W*)?(?P<two>[0-9]{1,3}|[IVX]{1,6})(?!\w)(?!\W*[0-9]).*",
    re.IGNORECASE | re.DOTALL,
)
"""Nothing but words may follow: 03/07/2026 is a date."""
_LONGEST = 60
_BARELY_BETWEEN = frozenset("/|\\-")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ROMAN = re.compile(r"(X{0,3})(IX|IV|V?I{0,3})")
_ROMAN_ONES = {"": 0, "I": 1, "II": 2, "III": 3, "IV": 4, "V": 5, "VI": 6, "VII": 7, "VIII": 8,
               "IX": 9}  # fmt: skip
_NOT_A_DIGIT = re.compile(r"[^0-9]+")
_LABEL = re.compile(r"^\s*(?:R\s*\.?\s*[WT]\s*\.?|NO\.?)?[\s:.]*", re.IGNORECASE)
_IN_ADDRESS = re.compile(
    r"\bR\.?T\.?[\s.:/]*(?P<rt>\d{1,3})\b.{0,12}?\bR\.?W\.?[\s.:/]*(?P<rw>\d{1,3})\b"
    r"|\bR\.?W\.?[\s.:/]*(?P<rw2>\d{1,3})\b(?:.{0,12}?\bR\.?T\.?[\s.:/]*(?P<rt2>\d{1,3})\b)?"
    r"|\bR\.?T\.?\s*/\s*R\.?W\.?[\s.:]*(?P<rt3>\d{1,3})\s*/\s*(?P<rw3>\d{1,3})\b",
    re.IGNORECASE,
)
_APART = 20
"""RT and RW of one address stand within so many letters."""
_REMEMBERED = 20_000
_NOT_A_LETTER = re.compile(r"[^A-Z]+")
_KIND = re.compile(r"^\W*(?:KELURAHAN|KEL|DESA|DS|KECAMATAN|KEC)\b[\s.:]*")
_KOTA = re.compile(r"^\W*(KOTAMADYA|KOTA|KABUPATEN|KAB|KODYA)?\b[\s.:]*")


class Place(NamedTuple):
    """RW and RT in two digits, "" where not given; `is_unknown` where the RW isn't one of ours."""

    rw: str
    rt: str
    is_unknown: bool = False


class Residences:
    """Reads the place columns for one kelurahan."""

    def __init__(self, kelurahan: Kelurahan) -> None:
        self._rws = frozenset(kelurahan.rws)
        self._key, self._bps = kelurahan.key, kelurahan.bps_code
        self._names = {
            _letters(_KIND.sub("", name.upper()))
            for name in (kelurahan.name, kelurahan.title, *kelurahan.aliases_of_name)
        }
        self._kecamatan = _letters(_KIND.sub("", kelurahan.kecamatan.upper()))
        self._kota = _kota(kelurahan.kota)
        self._in_addresses: dict[str, Place | None] = {}

    def place(self, cells: Mapping[str, str]) -> Place:
        """Return RW and RT from their columns, or from one column for both."""
        rw, rt = cells.get("rw", ""), cells.get("rt", "")
        is_for_both = is_nothing(rw)
        if is_for_both:
            rw = cells.get("rt_rw", "") or cells.get("rw_rt", "")
        is_rw_first = is_for_both and not cells.get("rt_rw", "")
        pair = _pair(rw, is_rw_first=is_rw_first, is_for_both=is_for_both)
        own_rt = _two_digits(rt) or ""
        if pair and (not own_rt or own_rt == pair.rt):
            return pair._replace(is_unknown=pair.rw not in self._rws)
        if is_nothing(rw):
            # a date in the column of the RT was "07/03" once, and named the RW too
            return Place("", own_rt, _DATE.fullmatch(rt.strip()) is not None)
        number = pair.rw if pair and is_for_both else _two_digits(rw)
        return Place(number or "", own_rt, number not in self._rws)

    def in_address(self, address: str) -> Place | None:
        """Return the RW and RT that an address names, if the RW is one of ours."""
        upper = address.upper()
        at = upper.rfind("RW")
        if at < 0:
            at = upper.rfind("R.W")
            if at < 0:
                return None
        start = upper.rfind("RT", max(0, at - _APART), at)
        part = upper[max(0, (start if start >= 0 else at - 14) - 1) : at + _APART]
        if part in self._in_addresses:
            return self._in_addresses[part]
        if len(self._in_addresses) >= _REMEMBERED:
            self._in_addresses.clear()
        place = self._in_addresses[part] = self._in_part(part)
        return place

    def _in_part(self, part: str) -> Place | None:
        found = _IN_ADDRESS.search(part)
        if not found:
            return None
        rw = _two_digits(found["rw"] or found["rw2"] or found["rw3"])
        rt = _two_digits(found["rt"] or found["rt2"] or found["rt3"] or "")
        return Place(rw, rt or "") if rw and rw in self._rws else None

    def elsewhere(self, cells: Mapping[str, str]) -> str | None:
        """Return the field by which a row belongs to another kelurahan, or None.

        A code decides, wherever there is one, since names are shared. A name alone decides only
        where it is clearly another: "Tamansari" and a letter mistyped are still Taman Sari.
        """
        for field in ("kelurahan_code", "region_id"):
            code = _NOT_A_DIGIT.sub("", cells.get(field, ""))
            if len(code) == 10 or (len(code) > 10 and field == "kelurahan_code"):
                return None if code.startswith((self._key, self._bps)) else field
        for field, lengths in (("kecamatan_code", (6, 7)), ("kota_code", (4,))):
            code = _NOT_A_DIGIT.sub("", cells.get(field, ""))
            if len(code) in lengths and not self._is_part_of_ours(code):
                return field
        name = cells.get("kelurahan_name", "")
        if not is_nothing(name) and not self._is_our_name(name):
            return "kelurahan_name"
        kecamatan, kota = cells.get("kecamatan_name", ""), cells.get("kota_name", "")
        if is_nothing(kecamatan) or not self._is_other_kecamatan(kecamatan):
            return None
        has_our_kota = bool(_NOT_A_DIGIT.sub("", cells.get("kota_code", "")))
        is_elsewhere = not has_our_kota if is_nothing(kota) else self._is_other_kota(kota)
        return "kecamatan_name" if is_elsewhere else None

    def _is_other_kecamatan(self, text: str) -> bool:
        """Whether a name is clearly another's: "BDG WETAN" is short for Bandung Wetan."""
        name = _letters(_KIND.sub("", text.upper()))
        if not name or self._kecamatan in name or _is_near(name, self._kecamatan):
            return False
        letters = iter(self._kecamatan)
        return name[0] != self._kecamatan[0] or not all(letter in letters for letter in name)

    def _is_part_of_ours(self, code: str) -> bool:
        return self._key.startswith(code) or self._bps.startswith(code)

    def _is_our_name(self, name: str) -> bool:
        letters = _letters(_KIND.sub("", name.upper()))
        if not letters:
            return True
        return any(known in letters or _is_near(letters, known) for known in self._names)

    def _is_other_kota(self, text: str) -> bool:
        kind, name = _kota(text)
        if not _is_near(name, self._kota[1]):
            return True
        return bool(kind and self._kota[0] and kind != self._kota[0])


def _pair(text: str, *, is_rw_first: bool, is_for_both: bool) -> Place | None:
    """Return RW and RT from one text; labels in it go before the order of the header.

    In a column that isn't for both, a pair needs a label or a slash to be one.
    """
    found = _PAIR.fullmatch(text.strip()[:_LONGEST])
    if not found:
        return None
    both = [letter for letter in (found["both"] or "").upper() if letter in "TW"]
    first = (both[0] if len(set(both)) == 2 else found["label"] or "").upper()
    if not first and found["label2"]:
        first = "T" if found["label2"].upper() == "W" else "W"
    between = found["between"].strip()
    if between in (".", ",") and len(found["two"]) < 2:  # 7.1 was 7.10 once
        return None
    if not is_for_both and not first and between not in _BARELY_BETWEEN:
        return None
    one, two = _two_digits(found["one"]) or "", _two_digits(found["two"]) or ""
    return Place(one, two) if (first == "W" if first else is_rw_first) else Place(two, one)


def _two_digits(text: str) -> str | None:
    """Return "7", "07", "RW 007", "VII" and "7.0" as "07"; None for anything else."""
    bare = _LABEL.sub("", text).strip().removesuffix(".0")
    roman = _ROMAN.fullmatch(bare.upper())
    if roman and bare:
        return f"{10 * len(roman[1]) + _ROMAN_ONES[roman[2]]:02d}"
    if not (bare.isascii() and bare.isdecimal()) or len(bare) > 3:
        return None
    number = int(bare)
    return f"{number:02d}" if number else None


def _letters(text: str) -> str:
    return _NOT_A_LETTER.sub("", text.upper())


def _kota(text: str) -> tuple[str, str]:
    """Return whether it is a city ("kota") or a regency ("kab"), "" if not said; and its name."""
    upper = text.upper()
    found = _KOTA.match(upper)
    kind = (found[1] or "") if found else ""
    name = _letters(upper[found.end() :] if found else upper)
    return ("kab" if kind.startswith("KAB") else "kota" if kind else ""), name


def _is_near(one: str, other: str) -> bool:
    """Whether at most one letter was mistyped, left out or put in."""
    if one == other:
        return True
    if abs(len(one) - len(other)) > 1:
        return False
    shorter, longer = sorted((one, other), key=len)
    same = 0
    while same < len(shorter) and shorter[same] == longer[same]:
        same += 1
    rest = shorter[same:] if len(shorter) < len(longer) else shorter[same + 1 :]
    return longer[same + 1 :] == rest
