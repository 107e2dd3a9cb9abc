"""Guides to programmes for residents: one TOML file for each in `guides/`.

Each section keeps what is known apart from what nobody has verified yet: the second is shown as
"perlu dicek ke kelurahan". A section may not be empty, so that nothing is left out unnoticed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from shared.programmes.catalogue import Catalogue

FOLDER = Path(__file__).parent / "guides"

# Groups that a ministerial decision excludes: told once, for all programmes that it concerns
_EXCLUSIONS = "exclusions.toml"


@dataclass(frozen=True)
class Section:
    """Sentences under one heading: `known` from the source, `to_check` told as unverified."""

    known: tuple[str, ...] = ()
    to_check: tuple[str, ...] = ()


@dataclass(frozen=True)
class Guide:
    """One programme as residents read it. `disagreements`: where sources contradict each other."""

    code: str
    summary: str
    gives: Section
    who_may: Section
    who_may_not: Section
    papers: Section
    steps: Section
    paid: Section
    overlaps: Section
    legal_basis: Section
    disagreements: tuple[str, ...] = ()


def _sentence(**kwargs: Any) -> fields.String:
    return fields.String(validate=validate.Regexp(r"\S.*[.?]\Z"), **kwargs)


def _sentences() -> fields.List[str]:
    return fields.List(_sentence(), load_default=list)


class _SectionSchema(Schema):
    known = _sentences()
    to_check = _sentences()

    @validates_schema
    def _says_something(self, data: dict[str, list[str]], **_: object) -> None:
        if not data["known"] and not data["to_check"]:
            raise ValidationError("either a known sentence or one to check")

    @post_load
    def _make(self, data: dict[str, list[str]], **_: object) -> Section:
        return Section(tuple(data["known"]), tuple(data["to_check"]))


def _section() -> fields.Nested:
    return fields.Nested(_SectionSchema, required=True)


class _GuideSchema(Schema):
    code = fields.String(required=True)
    summary = _sentence(required=True)
    gives = _section()
    who_may = _section()
    who_may_not = _section()
    papers = _section()
    steps = _section()
    paid = _section()
    overlaps = _section()
    legal_basis = _section()
    disagreements = _sentences()
    excluded_groups = fields.Boolean(load_default=False)


class _ExclusionsSchema(Schema):
    known = fields.List(_sentence(), required=True)
    to_check = fields.List(_sentence(), required=True)
    legal_basis = _sentence(required=True)


def load_guides(catalogue: Catalogue, folder: Path = FOLDER) -> Mapping[str, Guide]:
    """Load every programme's guide by code, in the catalogue's order.

    Raises marshmallow's ValidationError for a faulty file, ValueError where a programme has no
    guide or a guide no programme.
    """
    exclusions = _ExclusionsSchema().load(_read(folder / _EXCLUSIONS))
    found = {path.stem: path for path in folder.glob("*.toml") if path.name != _EXCLUSIONS}
    if found.keys() != catalogue.programmes.keys():
        differing = ", ".join(sorted(found.keys() ^ catalogue.programmes.keys()))
        raise ValueError(f"one guide for each programme; differs in {differing}")
    return {code: _guide(found[code], exclusions) for code in catalogue.programmes}


def _guide(path: Path, exclusions: dict[str, Any]) -> Guide:
    try:
        given = cast(dict[str, Any], _GuideSchema().load(_read(path)))
    except ValidationError as fault:
        raise ValidationError({path.name: fault.messages}) from None
    if given["code"] != path.stem:
        raise ValueError(f"guide {path.name} holds another code")
    if given.pop("excluded_groups"):
        given["who_may_not"] = Section(
            (*given["who_may_not"].known, *exclusions["known"]),
            (*given["who_may_not"].to_check, *exclusions["to_check"]),
        )
        basis = given["legal_basis"]
        given["legal_basis"] = Section((*basis.known, exclusions["legal_basis"]), basis.to_check)
    given["disagreements"] = tuple(given["disagreements"])
    return Guide(**given)


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8"))
