"""Detection of rows that list no person: totals, notes, signatures, repeated headers.

Whoever is listed must not vanish here: a row with a NIK, or with a name that isn't under a
signature, is a row whatever else it lacks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from shared.platform.indonesian_dates import MONTHS
from shared.recipients.model.nik import clean, is_nothing
from shared.recipients.reading.sheets.headers import ALIASES, Column, folded

_TOTAL_WORD = r"(?:SUB[\s._-]*|GRAND\s*)?(?:JUMLAH|TOTAL|JML)\b"
_UNIT = r"(?:KPM|ORANG|ORG|JIWA|KK|PM|PENERIMA|WARGA|KELUARGA)\b\.?"
_TOTAL = re.compile(rf"\W*{_TOTAL_WORD}", re.IGNORECASE)
_LABEL = re.compile(
    rf"\W*R\W*[TW]\W*(?:[0-9]{{1,3}}|[IVX]{{1,6}})\W*(?:{_TOTAL_WORD}\W*)?(?:[0-9]+\s*{_UNIT})?\W*",
    re.IGNORECASE,
)
_COUNT = re.compile(rf"\W*(?:RP\.?\s*)?[0-9][0-9.,]*\s*(?P<unit>{_UNIT})?\W*", re.IGNORECASE)
_NIP = re.compile(r"\W*NIP\b", re.IGNORECASE)
_SIGNATURE = re.compile(
    r"\W*(?:MENGETAHUI|MENYETUJUI|MENGESAHKAN|DISAHKAN|DISETUJUI|DIKETAHUI|DIBUAT|YANG MEMBUAT|"
    r"PEMBUAT|HORMAT KAMI|TTD|TANDA TANGAN|LURAH|CAMAT|PLT|PLH|A\W*N\W+(?:LURAH|CAMAT|KEPALA)|"
    r"SEKRETARIS|KEPALA (?:DESA|KELURAHAN|SEKSI|DINAS|DUSUN|BIDANG|URUSAN)|KETUA (?:RT|RW|TIM|"
    r"PANITIA|SATGAS|LPM|PKK|KELOMPOK)|KASIE?\.? (?:KES|PEM|EK|TRAN|PEL)\w*|PENDAMPING|OPERATOR|"
    r"PETUGAS|KOORDINATOR|NIP|PENATA|PEMBINA|CATATAN|KETERANGAN|KET|SUMBER|NB|DATA PER|DICETAK)\b"
    r"|\*\)?\s*\w",
    re.IGNORECASE,
)
_PLACE_AND_DAY = re.compile(
    rf"[A-Z .]{{3,40}},[\s0-9._…/-]*(?:{'|'.join(MONTHS)})?[\s._…]*20[0-9]{{2}}\W*", re.IGNORECASE
)
_NUMBER_DIGITS = 8
"""With so many digits it was meant as a NIK, whatever else is in the cell."""
_SIGNED_CELLS = 3
_LONGEST = 120
"""Enough to tell what a text is, and too short for a pattern to take long over it."""
_LISTED = frozenset(("programme", "grant"))
_PLACED = frozenset(("rw", "rt", "rt_rw", "rw_rt"))


class NonDataRows:
    """Tells rows of people from all others. Ask for every row without a whole NIK, in order."""

    def __init__(self, columns: Sequence[Column], header_row: int) -> None:
        at = {column.field: column.index for column in columns}
        self._headers = [folded(column.header) for column in columns]
        self._nik, self._name, self._kk = at["nik"], at.get("name"), at.get("kk")
        self._listed = [column.index for column in columns if column.field in _LISTED]
        self._placed = [column.index for column in columns if column.field in _PLACED]
        self._is_narrow = len(columns) <= 3
        self._header_at = header_row
        self._signed_at = 0

    def is_aside(self, number: int, cells: Sequence[str]) -> bool:
        """Whether a row is to be passed over."""
        if _is_number(cells[self._nik]):
            return False
        filled = {
            index: text[:_LONGEST] for index, cell in enumerate(cells) if (text := cell.strip())
        }
        if not filled:
            self._carry_on(number)
            return True
        if self._kk is not None and _is_number(cells[self._kk]):
            return False
        texts = list(filled.values())
        if self._is_header(filled):
            self._header_at = number
            return True
        if number == self._header_at + 1 and len(texts) > 2 and _counts_up(texts):
            return True
        if _TOTAL.match(texts[0]) or self._is_subtotal(filled):
            return True
        if self._is_signature(number, filled):
            self._signed_at = number
            return True
        if self._is_narrow or len(set(texts)) > 1:
            return False
        return len(texts) > 1 or not self._has_name(filled)

    def _carry_on(self, number: int) -> None:
        if self._signed_at == number - 1:
            self._signed_at = number

    def _is_header(self, filled: dict[int, str]) -> bool:
        width = len(self._headers)
        same = [
            index < width and folded(text) == self._headers[index] for index, text in filled.items()
        ]
        if len(same) > 1 and all(same):
            return True
        return _is_titled(filled.get(self._nik), "nik") and (
            self._name is None or _is_titled(filled.get(self._name), "name")
        )

    def _is_subtotal(self, filled: dict[int, str]) -> bool:
        """Whether a row like "RW 02 ... 2 KPM" holds only labels and counts, and names its kind."""
        says = False
        for index, text in filled.items():
            count = _COUNT.fullmatch(text)
            if not (count or _LABEL.fullmatch(text) or _TOTAL.match(text)):
                return False
            says = says or (bool(count["unit"]) if count else index not in self._placed)
        return says

    def _is_signature(self, number: int, filled: dict[int, str]) -> bool:
        has_name = self._has_name(filled)
        listed = any(
            index in filled and not is_nothing(filled[index]) and not _is_signed(filled[index])
            for index in self._listed
        )
        placed = any(any(map(str.isdigit, filled.get(index, ""))) for index in self._placed)
        if any(map(_is_signed, filled.values())):
            return not (listed and placed) and not (has_name and (listed or placed))
        is_below = self._signed_at == number - 1
        return (
            is_below and len(filled) <= _SIGNED_CELLS and not placed and not (has_name and listed)
        )

    def _has_name(self, filled: dict[int, str]) -> bool:
        name = filled.get(self._name, "") if self._name is not None else ""
        return any(map(str.isalpha, name)) and not _is_signed(name)


def _is_number(text: str) -> bool:
    return not _NIP.match(text) and sum(map(str.isdigit, clean(text))) >= _NUMBER_DIGITS


def _is_signed(text: str) -> bool:
    return bool(_SIGNATURE.match(text) or _PLACE_AND_DAY.fullmatch(text))


def _is_titled(text: str | None, field: str) -> bool:
    return text is not None and folded(text) in _TITLES[field]


def _counts_up(texts: Sequence[str]) -> bool:
    """Whether they count 1 2 3 or a b c, as in the row that numbers the columns."""
    bare = [text.strip("() .").lower() for text in texts]
    if all(text.isdecimal() for text in bare):
        numbers = list(map(int, bare))
    elif all(len(text) == 1 and text.isalpha() for text in bare):
        numbers = list(map(ord, bare))
    else:
        return False
    return numbers == list(range(numbers[0], numbers[0] + len(numbers)))


_TITLES = {field: frozenset(map(folded, ALIASES[field])) for field in ("nik", "name")}
