"""The catalogue of programmes: status, unit, aliases in lists, and forbidden overlaps.

The catalogue is data: one TOML file for each programme in `catalogue/`, with the source and the day
it was checked, so that a change of rules is a change of a file that anyone can review.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal, cast

from marshmallow import Schema, fields, post_load, validate

FOLDER = Path(__file__).parent / "catalogue"

Status = Literal["active", "ended", "one-off", "by-assignment", "local", "yearly", "elsewhere"]
Unit = Literal["family", "person", "house", "pupil"]

_NOT_A_LETTER_OR_DIGIT = re.compile(r"[\W_]+")


def alias_key(text: str) -> str:
    """Return the form in which programme names are compared: capital letters and digits only."""
    return _NOT_A_LETTER_OR_DIGIT.sub("", text).upper()


@dataclass(frozen=True)
class Programme:
    """One programme. `unit` is whom it pays; `not_with` are codes it may not overlap with.

    `area` is the beginning of the Kemendagri code where it is given, as "32.73"; empty: everywhere.
    """

    code: str
    name: str
    status: Status
    unit: Unit
    source: str
    checked_on: str
    aliases: tuple[str, ...] = ()
    not_with: tuple[str, ...] = ()
    note: str = ""
    area: str = ""

    @property
    def is_open(self) -> bool:
        """Whether somebody can still enter the programme in a kelurahan."""
        return self.status not in ("ended", "one-off", "elsewhere")

    def is_given_in(self, code: str) -> bool:
        """Whether this programme is given in the kelurahan of that Kemendagri code."""
        return f"{code}.".startswith(f"{self.area}." if self.area else "")


class _ProgrammeSchema(Schema):
    code = fields.String(required=True, validate=validate.Regexp(r"^[a-z][a-z0-9-]*\Z"))
    name = fields.String(required=True, validate=validate.Length(min=1))
    status = fields.String(
        required=True,
        validate=validate.OneOf(
            ("active", "ended", "one-off", "by-assignment", "local", "yearly", "elsewhere")
        ),
    )
    unit = fields.String(
        required=True, validate=validate.OneOf(("family", "person", "house", "pupil"))
    )
    source = fields.String(required=True, validate=validate.Length(min=1))
    checked_on = fields.Date(required=True)
    aliases = fields.List(fields.String(), load_default=list)
    not_with = fields.List(fields.String(), load_default=list)
    note = fields.String(load_default="")
    area = fields.String(load_default="", validate=validate.Regexp(r"(\d\d(\.\d\d){0,2})?\Z"))

    @post_load
    def _make(self, data: dict[str, object], **_: object) -> Programme:
        aliases = tuple(cast(list[str], data.pop("aliases")))
        not_with = tuple(cast(list[str], data.pop("not_with")))
        checked_on = str(data.pop("checked_on"))
        return Programme(
            **cast(dict[str, str], data),  # type: ignore[arg-type]
            checked_on=checked_on,
            aliases=aliases,
            not_with=not_with,
        )


@dataclass(frozen=True)
class Catalogue:
    """All programmes by code, in the order of their codes."""

    programmes: Mapping[str, Programme]
    _by_alias: Mapping[str, str] = field(init=False, repr=False)
    _excluded: frozenset[frozenset[str]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        by_alias: dict[str, str] = {}
        for code, programme in self.programmes.items():
            for alias in (code, programme.name, *programme.aliases):
                other = by_alias.setdefault(alias_key(alias), code)
                if other != code:
                    raise ValueError(f"programmes {other} and {code} share an alias")
            for excluded in programme.not_with:
                if excluded not in self.programmes:
                    raise ValueError(f"programme {code} excludes one that isn't in the catalogue")
        pairs = frozenset(
            frozenset((code, other))
            for code, programme in self.programmes.items()
            for other in programme.not_with
        )
        object.__setattr__(self, "_by_alias", by_alias)
        object.__setattr__(self, "_excluded", pairs)

    def __getitem__(self, code: str) -> Programme:
        return self.programmes[code]

    def by_alias(self, text: str) -> str | None:
        """Return the code of the programme that a list calls so, or None."""
        return self._by_alias.get(alias_key(text))

    @property
    def aliases(self) -> Mapping[str, str]:
        """Every known name of a programme (capital letters and digits only) -> its code."""
        return self._by_alias

    def not_allowed_together(self, codes: Iterable[str]) -> list[tuple[str, str]]:
        """Return the pairs among these codes that one recipient may not hold at the same time."""
        held = sorted(set(codes))
        return [
            (one, other)
            for index, one in enumerate(held)
            for other in held[index + 1 :]
            if frozenset((one, other)) in self._excluded
        ]

    def with_aliases(self, extra: Mapping[str, Iterable[str]]) -> Catalogue:
        """Return this catalogue with a kelurahan's own names for programmes, code -> aliases.

        Raises ValueError for an unknown code or an alias that two programmes would share.
        """
        if not extra:
            return self
        programmes = dict(self.programmes)
        for code, aliases in extra.items():
            if code not in programmes:
                raise ValueError("programme aliases name a code that isn't in the catalogue")
            known = programmes[code]
            programmes[code] = replace(known, aliases=(*known.aliases, *aliases))
        return Catalogue(programmes)


@lru_cache(maxsize=4)
def load_catalogue(folder: Path = FOLDER) -> Catalogue:
    """Load the catalogue in the folder.

    Raises marshmallow's ValidationError or ValueError if faulty.
    """
    schema = _ProgrammeSchema()
    programmes: dict[str, Programme] = {}
    for path in sorted(folder.glob("*.toml")):
        with path.open("rb") as file:
            programme = cast(Programme, schema.load(tomllib.load(file)))
        if programme.code != path.stem:
            raise ValueError(f"catalogue file {path.name} holds another code")
        programmes[programme.code] = programme
    return Catalogue(programmes)
