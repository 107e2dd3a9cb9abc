"""Programmes of a row, with period and status, from one column or a column for each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Final, NamedTuple

from shared.programmes.catalogue import Catalogue
from shared.recipients.model import entitlement_status, periods
from shared.recipients.model.entitlements import Entitlement
from shared.recipients.model.nik import is_nothing
from shared.recipients.reading.sheets.headers import Column

YES: Final = frozenset(
    "YA Y IYA YES 1 V √ ✓ ✔ ☑ ✅ ADA SUDAH TRUE BENAR DAPAT MENERIMA TERIMA PENERIMA "  # noqa: SIM905
    "KPM OK ● ■ *".split()
)
CROSS: Final = "X"
"""Yes where a sheet has no other mark for it; beside ticks it can mean no, so it is asked about."""
NO: Final = frozenset(
    "TIDAK TDK TAK NO N T FALSE SALAH BELUM BUKAN NON ✗ ✘ ☐ ❌".split()  # noqa: SIM905
) | {"BELUM ADA", "BELUM MENERIMA", "BELUM DAPAT", "BUKAN PENERIMA", "BUKAN KPM", "NON PENERIMA"}
_NOT = re.compile(
    r"(?:TIDAK|TDK|TAK|GA|GAK|NGGAK)[ .]+(?:ADA|DAPAT|MENDAPAT|MENDAPATKAN|MENERIMA|TERIMA|LAYAK|"
    r"ELIGIBLE|MEMENUHI SYARAT|TERDAFTAR|LOLOS|TERMASUK)(?: BANTUAN| BANSOS)?"
)
"""Never given. "Tidak aktif" and "graduasi" are none of these: an entitlement that has stopped."""

_AMOUNT = re.compile(r"(?:RP\.?\s*)?([0-9][0-9.,\s]*)", re.IGNORECASE)
_SPLIT = re.compile(r"\s*(?:[,;/+&|\n]|\bDAN\b)\s*", re.IGNORECASE)
_PARENTHESES = re.compile(r"\([^()]*\)")
_WORD = re.compile(r"[A-Z0-9]+")
_ALIAS_WORDS = 6
_LONGEST_NAME = 12
_LONGEST_TEXT = 500


class Fault(NamedTuple):
    """A problem code and the column (its index, None for the row) where it was found."""

    code: str
    column: int | None


class Assistance(NamedTuple):
    """What a row lists. `is_declined` where every programme's column says no outright."""

    entitlements: tuple[Entitlement, ...]
    errors: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()
    is_declined: bool = False


class AssistanceReader:
    """Reads programmes out of a table's columns: one column for all, or a column for each.

    Where there is neither, the title of the list may name its one programme.
    """

    def __init__(
        self,
        columns: Sequence[Column],
        preamble: Sequence[str],
        catalogue: Catalogue,
        rows: Callable[[], Iterable[Sequence[str]]] = tuple,
    ) -> None:
        """Take the columns; `rows` gives all rows, called once, and only if a cross is met."""
        self._catalogue = catalogue
        self._rows = rows
        by_field = {
            (column.field, column.programme): column.index
            for column in columns
            if column.field and not column.period
        }
        self._programme = by_field.get(("programme", None))
        self._period = by_field.get(("period", None))
        self._year = by_field.get(("year", None))
        self._status = by_field.get(("status", None))
        self._grants = [
            _Grant(
                column.programme,
                column.index,
                column.period,
                by_field.get(("grant_period", column.programme)),
                by_field.get(("grant_status", column.programme)),
            )
            for column in columns
            if column.field == "grant" and column.programme
        ]
        self.indices = sorted(column.index for column in columns if column.field in _FIELDS)
        self._titled = ""
        if self._programme is None and not self._grants:
            self._titled = _named_in(preamble, catalogue)
        self._titled_period = ""
        if self._period is None:
            self._titled_period = next(filter(None, map(periods.found_in, preamble)), "")

    def read(self, cells: Sequence[str]) -> Assistance:
        """Return what one row lists; `cells` are those of the whole row."""
        errors: list[Fault] = []
        warnings: list[Fault] = []
        when = self._when(cells, warnings)
        state = (
            entitlement_status.canonical(cells[self._status]) if self._status is not None else ""
        )
        found: dict[tuple[str, str], Entitlement] = {}
        if self._programme is not None and not is_nothing(cells[self._programme]):
            codes = self._programmes(cells[self._programme])
            if not codes:
                named = self._with_period(cells[self._programme])
                codes, own = [named[0]] if named else [], named[1] if named else ""
                when = when or own
            if not codes:
                errors.append(Fault("PROGRAMME_UNKNOWN", self._programme))
            for code in codes:
                found.setdefault((code, when), Entitlement(code, when, state))
        declined, staged = 0, set[str]()
        for programme, mark, stage, period_at, status_at in self._grants:
            given = _mark(cells[mark], programme, self._catalogue)
            if given is None or (given.is_crossed and self._has_ticks):
                errors.append(Fault("PROGRAMME_MARK_UNKNOWN", mark))
            elif given.is_given:
                own = self._staged(stage, cells, when) if stage else given.period
                own = own or self._period_of(cells, period_at, warnings) or when
                said = (
                    entitlement_status.canonical(cells[status_at]) if status_at is not None else ""
                )
                found.setdefault(
                    (programme, own), Entitlement(programme, own, said or given.status or state)
                )
                staged |= {programme} if stage else set()
            elif cells[mark].strip():
                declined += 1
        for programme in staged:  # the stages say it better than a column for the whole
            for whole in ("", periods.year_of(when)):
                found.pop((programme, whole), None)
        if self._titled:
            found[self._titled, when] = Entitlement(self._titled, when, state)
        is_declined = bool(declined) and not found and not errors
        if is_declined:
            warnings.append(Fault("NO_PROGRAMME", None))
        elif not found and not errors:
            errors.append(Fault("PROGRAMME_MISSING", self._programme))
        return Assistance(tuple(found.values()), tuple(errors), tuple(warnings), is_declined)

    @cached_property
    def _has_ticks(self) -> bool:
        """Whether any programme's column holds another mark for yes than a cross."""
        marks = [grant.mark for grant in self._grants]
        return any(_word(cells[at]) in YES for cells in self._rows() for at in marks)

    def _staged(self, stage: str, cells: Sequence[str], when: str) -> str:
        """Return the period of a stage's column, with the row's year if the header has none."""
        if periods.year_of(stage):
            return stage
        year = cells[self._year].strip() if self._year is not None else ""
        year = periods.year_of(periods.canonical(year) or "") or periods.year_of(when)
        return periods.canonical(f"{stage} {year}") or stage

    def _with_period(self, text: str) -> tuple[str, str] | None:
        """Return the programme and the period of a text like "PKH Tahap 3 2026"."""
        words = text.split()[:_LONGEST_NAME]
        for length in range(len(words) - 1, 0, -1):
            code = self._catalogue.by_alias(" ".join(words[:length]))
            when = periods.canonical(" ".join(words[length:])) if code else None
            if code and when:
                return code, when
        return None

    def _programmes(self, text: str) -> list[str] | None:
        whole = self._catalogue.by_alias(text)
        if whole:
            return [whole]
        if len(text) > _LONGEST_TEXT:
            return None
        codes: list[str] = []
        for part in _SPLIT.split(_PARENTHESES.sub("", text)):
            if not part.strip():
                continue
            code = self._catalogue.by_alias(part)
            if code is None:
                return None
            if code not in codes:
                codes.append(code)
        return codes or None

    def _when(self, cells: Sequence[str], warnings: list[Fault]) -> str:
        year = cells[self._year].strip() if self._year is not None else ""
        if is_nothing(year):
            year = ""
        if self._period is None:
            return self._titled_period or (periods.canonical(year) or "")
        text = cells[self._period]
        if is_nothing(text):
            return periods.canonical(year) or ""
        read = periods.canonical(text)
        if read is None:
            warnings.append(Fault("PERIOD_UNREADABLE", self._period))
            return ""
        if year and not periods.year_of(read):
            return periods.canonical(f"{read} {year}") or read
        return read

    @staticmethod
    def _period_of(cells: Sequence[str], index: int | None, warnings: list[Fault]) -> str:
        if index is None or is_nothing(cells[index]):
            return ""
        read = periods.canonical(cells[index])
        if read is None:
            warnings.append(Fault("PERIOD_UNREADABLE", index))
        return read or ""


_FIELDS = frozenset(
    ("programme", "period", "year", "status", "grant", "grant_period", "grant_status")
)


class _Grant(NamedTuple):
    """A programme's own column, and those beside it (by index)."""

    programme: str
    mark: int
    stage: str
    period_at: int | None
    status_at: int | None


class _Mark(NamedTuple):
    is_given: bool
    period: str = ""
    status: str = ""
    is_crossed: bool = False


def _word(text: str) -> str:
    return " ".join(text.upper().split())


def _mark(text: str, programme: str, catalogue: Catalogue) -> _Mark | None:
    """Return what a cell in a programme's own column says; None where that can't be told."""
    word = _word(text)
    if is_nothing(word) or word in NO or _NOT.fullmatch(word):
        return _Mark(False)
    if word == CROSS:
        return _Mark(True, is_crossed=True)
    if word in YES or catalogue.by_alias(word) == programme:
        return _Mark(True)
    if amount := _AMOUNT.fullmatch(word):
        digits = re.sub(r"[^0-9]", "", re.sub(r"[.,]0{1,2}$", "", amount[1].strip()))
        number = digits.strip("0") and digits.lstrip("0")
        # a single digit is a code of the office's own, and may mean no
        return _Mark(bool(number)) if len(number) != 1 or number == "1" else None
    state = entitlement_status.canonical(word)
    if state:
        return _Mark(True, status=state)
    when = periods.canonical(text)
    return _Mark(True, period=when) if when else None


def _named_in(texts: Iterable[str], catalogue: Catalogue) -> str:
    """Return the one programme that the titles name, "" for none or several; the first wins.

    `texts` begin with the titles above the header and end with the names of sheet and file.
    """
    *titles, sheet, file = texts
    for group in (titles, (sheet,), (file,)):
        codes = {code for text in group for code in _codes_in(text, catalogue)}
        if codes:
            return codes.pop() if len(codes) == 1 else ""
    return ""


def _codes_in(text: str, catalogue: Catalogue) -> set[str]:
    words = _WORD.findall(text.upper())[:60]
    codes: set[str] = set()
    place = 0
    while place < len(words):
        for length in range(_ALIAS_WORDS, 0, -1):
            code = catalogue.aliases.get("".join(words[place : place + length]))
            if code:
                codes.add(code)
                place += length - 1
                break
        place += 1
    return codes
