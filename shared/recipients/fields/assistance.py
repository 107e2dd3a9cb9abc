"""Which programmes a row lists, for which period and in which state."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from shared.programmes import Catalogue
from shared.recipients.fields import period, status
from shared.recipients.fields.entitlements import Entitlement
from shared.recipients.nik import is_nothing
from shared.recipients.sheets.headers import Column

YES: Final = frozenset(
    "YA Y IYA YES 1 X V √ ✓ ✔ ☑ ✅ ADA SUDAH TRUE BENAR DAPAT MENERIMA TERIMA PENERIMA "  # noqa: SIM905
    "KPM OK ● ■ *".split()
)
NO: Final = frozenset(
    "TIDAK TDK TAK NO N T FALSE SALAH BELUM BUKAN NON ✗ ✘ ☐ ❌".split()  # noqa: SIM905
) | {"TIDAK ADA", "TIDAK DAPAT", "TIDAK MENERIMA", "BELUM ADA", "BELUM MENERIMA", "BUKAN PENERIMA"}

_AMOUNT = re.compile(r"(?:RP\.?\s*)?([0-9][0-9.,\s]*)", re.IGNORECASE)
_SPLIT = re.compile(r"\s*(?:[,;/+&|\n]|\bDAN\b)\s*", re.IGNORECASE)
_PARENTHESES = re.compile(r"\([^()]*\)")
_WORD = re.compile(r"[A-Z0-9]+")
_ALIAS_WORDS = 6
_LONGEST_NAME = 12


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
        self, columns: Sequence[Column], preamble: Sequence[str], catalogue: Catalogue
    ) -> None:
        self._catalogue = catalogue
        by_field = {
            (column.field, column.programme): column.index for column in columns if column.field
        }
        self._programme = by_field.get(("programme", None))
        self._period = by_field.get(("period", None))
        self._year = by_field.get(("year", None))
        self._status = by_field.get(("status", None))
        self._grants = [
            (programme, index, by_field.get(("grant_period", programme)),
             by_field.get(("grant_status", programme)))
            for (field, programme), index in by_field.items()
            if field == "grant" and programme
        ]  # fmt: skip
        self.indices = sorted(
            index
            for (field, _), index in by_field.items()
            if field in _FIELDS and index is not None
        )
        self._titled = ""
        if self._programme is None and not self._grants:
            self._titled = _named_in(preamble, catalogue)
        self._titled_period = ""
        if self._period is None:
            self._titled_period = next(filter(None, map(period.found_in, preamble)), "")

    def read(self, cells: Sequence[str]) -> Assistance:
        """What one row lists; `cells` are those of the whole row."""
        errors: list[Fault] = []
        warnings: list[Fault] = []
        when = self._when(cells, warnings)
        state = status.canonical(cells[self._status]) if self._status is not None else ""
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
        declined = 0
        for programme, mark, period_at, status_at in self._grants:
            given = _mark(cells[mark], programme, self._catalogue)
            if given is None:
                errors.append(Fault("PROGRAMME_MARK_UNKNOWN", mark))
            elif given.is_given:
                own = given.period or self._period_of(cells, period_at, warnings) or when
                said = status.canonical(cells[status_at]) if status_at is not None else ""
                found.setdefault(
                    (programme, own), Entitlement(programme, own, said or given.status or state)
                )
            elif cells[mark].strip():
                declined += 1
        if self._titled:
            found[self._titled, when] = Entitlement(self._titled, when, state)
        is_declined = bool(declined) and not found and not errors
        if not found and not errors:
            errors.append(Fault("PROGRAMME_MISSING", self._programme))
        return Assistance(tuple(found.values()), tuple(errors), tuple(warnings), is_declined)

    def _with_period(self, text: str) -> tuple[str, str] | None:
        """The programme and the period of a text like "PKH Tahap 3 2026"."""
        words = text.split()[:_LONGEST_NAME]
        for length in range(len(words) - 1, 0, -1):
            code = self._catalogue.by_alias(" ".join(words[:length]))
            when = period.canonical(" ".join(words[length:])) if code else None
            if code and when:
                return code, when
        return None

    def _programmes(self, text: str) -> list[str] | None:
        whole = self._catalogue.by_alias(text)
        if whole:
            return [whole]
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
            return self._titled_period or (period.canonical(year) or "")
        text = cells[self._period]
        if is_nothing(text):
            return period.canonical(year) or ""
        read = period.canonical(text)
        if read is None:
            warnings.append(Fault("PERIOD_UNREADABLE", self._period))
            return ""
        if year and not period.year_of(read):
            return period.canonical(f"{read} {year}") or read
        return read

    @staticmethod
    def _period_of(cells: Sequence[str], index: int | None, warnings: list[Fault]) -> str:
        if index is None or is_nothing(cells[index]):
            return ""
        read = period.canonical(cells[index])
        if read is None:
            warnings.append(Fault("PERIOD_UNREADABLE", index))
        return read or ""


_FIELDS = frozenset(
    ("programme", "period", "year", "status", "grant", "grant_period", "grant_status")
)


class _Mark(NamedTuple):
    is_given: bool
    period: str = ""
    status: str = ""


def _mark(text: str, programme: str, catalogue: Catalogue) -> _Mark | None:
    """What a cell in a programme's own column says; None where that can't be told."""
    word = " ".join(text.upper().split())
    if is_nothing(word) or word in NO:
        return _Mark(False)
    if word in YES or catalogue.by_alias(word) == programme:
        return _Mark(True)
    if amount := _AMOUNT.fullmatch(word):
        digits = re.sub(r"[^0-9]", "", re.sub(r"[.,]0{1,2}$", "", amount[1].strip()))
        if len(digits) > 1 or not digits.strip("0"):
            return _Mark(bool(digits.strip("0")))
        return _Mark(True)
    state = status.canonical(word)
    if state:
        return _Mark(True, status=state)
    when = period.canonical(text)
    return _Mark(True, period=when) if when else None


def _named_in(texts: Iterable[str], catalogue: Catalogue) -> str:
    """The one programme that the titles name, "" for none or several. The first to name any wins.

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
