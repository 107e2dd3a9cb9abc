"""The schema of one row: its rules field by field, with every fault found at once.

`RowSchema` is what a valid row is. Reading a million rows through it would take half a minute, so
rows.py passes plain rows by a quicker way; a test holds the two against each other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast

from marshmallow import EXCLUDE, Schema, ValidationError, fields

from shared.kelurahan.configuration import Kelurahan
from shared.recipients.model import nik as niks
from shared.recipients.model.names import is_searchable
from shared.recipients.reading.fields import birth_dates
from shared.recipients.reading.fields.assistance import AssistanceReader, Fault
from shared.recipients.reading.fields.residence import Place, Residences
from shared.recipients.reading.sheets.cell_kinds import NumericText
from shared.recipients.reading.sheets.headers import Column

LONGEST_NAME, LONGEST_ADDRESS = 120, 200

_LONG_NUMBER = re.compile(r"\d(?:[ .\-]?\d){9,}")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u0000-\u001f]")
_LETTER = re.compile(r"[^\W\d_]")
_PLAIN_NUMBER = re.compile(r"(10|[1-9])(?:[.,]0+)?")


class Kk(NamedTuple):
    """A KK number, "" where there is none that can be used, and what is wrong with it."""

    number: str
    code: str | None = None


def text_of(cell: str, longest: int) -> str:
    """Return a cell's text on one line, without invisible characters; "" if it means nothing.

    Long numbers are left out: a NIK or a telephone number in a name or an address would be kept
    in the clear.
    """
    text = cell if cell.isascii() and cell.isprintable() else _INVISIBLE.sub(" ", cell)
    text = " ".join(_LONG_NUMBER.sub("", text).split())[:longest]
    return "" if niks.is_nothing(text) else text


def name_of(cell: str) -> str:
    """Return the name in a cell, "" where there is no letter in it."""
    name = text_of(cell, LONGEST_NAME)
    return name if _LETTER.search(name) else ""


def kk_of(cell: str, nik: str) -> Kk:
    """Return the KK number in a cell. An empty one is no fault: not every list has them.

    A NIK written in both columns is no KK number.
    """
    if niks.is_nothing(cell):
        return Kk("")
    if isinstance(cell, NumericText) or niks.looks_numeric(cell):
        return Kk("", "KK_NUMERIC_CELL")
    number = niks.clean(cell)
    if niks.is_valid_kk(number) and number != nik:
        return Kk(number)
    return Kk("", None if niks.is_nothing(number) else "KK_INVALID")


def nik_of(cell: str) -> tuple[str, str | None]:
    """Return the cleaned NIK in a cell, and the code of its fault, if any."""
    if niks.is_nothing(cell):
        return "", "NIK_MISSING"
    if isinstance(cell, NumericText) or niks.looks_numeric(cell):
        return "", "NIK_NUMERIC_CELL"
    number = niks.clean(cell)
    if niks.is_nothing(number):
        return "", "NIK_MISSING"
    return number, niks.nik_fault(number)


def desil_of(cell: str) -> int | None:
    """Return the decile from 1 to 10, None for anything else."""
    found = _PLAIN_NUMBER.fullmatch(cell.strip())
    return int(found[1]) if found else None


class Rules:
    """The rules of one table: its columns, the kelurahan, the programmes."""

    def __init__(
        self, columns: Sequence[Column], kelurahan: Kelurahan, assistance: AssistanceReader
    ) -> None:
        self.columns = columns
        self.at: dict[str, int] = {
            column.field: column.index
            for column in columns
            if column.field and column.programme is None
        }
        self.assistance = assistance
        self.places = Residences(kelurahan)
        self._prefixes = frozenset(kelurahan.nik_prefixes)
        self._districts = frozenset(kelurahan.nik_districts)
        self._regencies = frozenset(district[:4] for district in self._districts)
        self.place_fields = self.having("rw", "rt", "rt_rw", "rw_rt")
        self.place_at = next((index for _, index in self.place_fields), None)
        self.region_fields = self.having(
            "kelurahan_code", "region_id", "kelurahan_name", "kecamatan_code", "kecamatan_name",
            "kota_code", "kota_name",
        )  # fmt: skip

        region = [index for _, index in self.region_fields]
        home = [index for _, index in (*self.place_fields, *self.having("desil"))]
        self.listing_columns = sorted({*assistance.indices, *region})
        self.home_columns = sorted(home)

    def having(self, *names: str) -> tuple[tuple[str, int], ...]:
        """Return those of the fields that the table has a column for, with its index."""
        return tuple((name, self.at[name]) for name in names if name in self.at)

    def origin(self, nik: str) -> tuple[str, ...]:
        """Return the warnings about where a NIK was issued."""
        if nik[:6] in self._prefixes:
            return ()
        if nik[:4] in self._regencies and nik[:6] not in self._districts:
            return ("NIK_ELSEWHERE", "NIK_DISTRICT_UNKNOWN")
        return ("NIK_ELSEWHERE",)

    def agrees(self, nik: str, cells: Sequence[str]) -> bool:
        """Whether the row's own birth date and sex are those of its NIK, as far as it has them."""
        born = birth_dates.ddmmyy(self.cell(cells, "birth_date"))
        sex = birth_dates.sex(self.cell(cells, "sex"))
        return (not born or born == niks.birth_text(nik)) and (
            not sex or (sex == "P") == niks.is_female(nik)
        )

    def place(self, cells: Sequence[str], address: str) -> Place:
        """Return RW and RT of a row, from the address where the columns say nothing."""
        place = self.places.place({name: cells[index] for name, index in self.place_fields})
        if place.rw or place.is_unknown or not address:
            return place
        return self.places.in_address(address) or place

    def elsewhere(self, cells: Sequence[str]) -> int | None:
        """Return the column by which a row belongs to another kelurahan, or None."""
        field = self.places.elsewhere({name: cells[index] for name, index in self.region_fields})
        return None if field is None else self.at[field]

    def cell(self, cells: Sequence[str], field: str) -> str:
        """Return the cell of a field, "" where the table has no such column."""
        index = self.at.get(field)
        return "" if index is None else cells[index]


class _CellsField(fields.Field[Any]):
    """A field that reads the cells of a whole row: `data` has them under every field's name."""

    parent: RowSchema

    def _fail(self, *faults: Fault) -> None:
        raise ValidationError(list(faults))


class _NikField(_CellsField):
    def _deserialize(self, value: Any, attr: Any, data: Any, **_: Any) -> str:
        rules, say = self.parent.rules, self.parent.warn
        at = rules.at["nik"]
        number, code = nik_of(value[at])
        if code:
            self._fail(Fault(code, at))
        if niks.is_temporary(number):
            say("NIK_TEMPORARY", at)
            return number
        born = birth_dates.ddmmyy(rules.cell(value, "birth_date"))
        sex = birth_dates.sex(rules.cell(value, "sex"))
        differs = bool(born) and born != niks.birth_text(number)
        card = niks.clean(rules.cell(value, "kk"))
        if born:
            swapped = differs and niks.is_valid_nik(card) and niks.birth_text(card) == born
        else:  # a man's NIK could be a KK number, so a man's row proves nothing
            swapped = niks.are_swapped(number, card) and sex != "L"
        if swapped:
            self._fail(Fault("NIK_KK_SWAPPED", at))
        for warning in rules.origin(number):
            say(warning, at)
        if differs:
            say("NIK_BIRTH_DATE_DIFFERS", rules.at["birth_date"])
        if sex and (sex == "P") != niks.is_female(number):
            say("NIK_SEX_DIFFERS", rules.at["sex"])
        return number


class _NameField(_CellsField):
    def _deserialize(self, value: Any, attr: Any, data: Any, **_: Any) -> str:
        at = self.parent.rules.at["name"]
        name = name_of(value[at])
        if not name:
            self._fail(Fault("NAME_MISSING", at))
        if not is_searchable(name):
            self.parent.warn("NAME_NOT_SEARCHABLE", at)
        return name


class _KkField(_CellsField):
    def _deserialize(self, value: Any, attr: Any, data: Any, **_: Any) -> str:
        rules = self.parent.rules
        at = rules.at.get("kk")
        if at is None:
            return ""
        number, code = kk_of(value[at], niks.clean(value[rules.at["nik"]]))
        if code:
            self.parent.warn(code, at)
        return number


class _PlaceField(_CellsField):
    def _deserialize(self, value: Any, attr: Any, data: Any, **_: Any) -> Place:
        rules = self.parent.rules
        at = rules.place_at
        place = rules.place(value, rules.cell(value, "address"))
        if place.is_unknown:
            self._fail(Fault("RW_UNKNOWN", at))
        if not place.rw:
            self.parent.warn("RW_MISSING", at)
        return place


class _RegionField(_CellsField):
    def _deserialize(self, value: Any, attr: Any, data: Any, **_: Any) -> None:
        at = self.parent.rules.elsewhere(value)
        if at is not None:
            self._fail(Fault("OTHER_KELURAHAN", at))


class _AssistanceField(_CellsField):
    def _deserialize(self, value: Any, attr: Any, data: Any, **_: Any) -> Any:
        read = self.parent.rules.assistance.read(value)
        for code, at in read.warnings:
            self.parent.warn(code, at)
        self.parent.is_declined = read.is_declined
        if read.errors:
            self._fail(*read.errors)
        return read.entitlements


class _ShapeField(_CellsField):
    def _deserialize(self, value: Any, attr: Any, data: Any, **_: Any) -> None:
        if len(value) > len(self.parent.rules.columns):
            self._fail(Fault("ROW_TOO_WIDE", None))


class Judgement(NamedTuple):
    """The schema's result for a row. `values` are of the fields that are right."""

    values: Mapping[str, Any]
    errors: tuple[Fault, ...]
    warnings: tuple[Fault, ...]
    is_declined: bool


class RowSchema(Schema):
    """A row that goes in. Every field reads the row's cells; faults come as `Fault`s.

    Address and decile aren't here: whatever stands there, the row goes in.
    """

    class Meta:
        unknown = EXCLUDE

    shape = _ShapeField(required=True)
    nik = _NikField(required=True)
    name = _NameField(required=True)
    kk = _KkField(required=True)
    place = _PlaceField(required=True)
    region = _RegionField(required=True)
    entitlements = _AssistanceField(required=True)

    def __init__(self, rules: Rules) -> None:
        super().__init__()
        self.rules = rules
        self._warnings: list[Fault] = []
        self.is_declined = False

    def warn(self, code: str, column: int | None) -> None:
        """Note a warning about the row; the row still goes in."""
        self._warnings.append(Fault(code, column))

    def judge(self, cells: Sequence[str], known: Sequence[str] = ()) -> Judgement:
        """Apply the schema to a row, except to fields that are known to be right."""
        self._warnings, self.is_declined = [], False
        errors: list[Fault] = []
        asked = {name: cells for name in self.fields if name not in known}
        try:
            values = self.load(asked, partial=known)
        except ValidationError as refusal:
            values = refusal.valid_data
            messages = cast(Mapping[str, list[Fault]], refusal.messages)
            errors = [fault for faults in messages.values() for fault in faults]
        return Judgement(values, tuple(errors), tuple(self._warnings), self.is_declined)
