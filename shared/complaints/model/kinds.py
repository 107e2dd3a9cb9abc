"""Kinds of complaints: required fields and deadlines, from `kinds.toml` and the kelurahan.

The defaults are data (`kinds.toml`); a kelurahan changes numbers and needs in its own file, as long
as they make sense together: nothing is decided before it is verified.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, cast

from shared.kelurahan.configuration import Kelurahan, KelurahanInvalid
from shared.programmes.catalogue import load_catalogue

_FILE: Final = Path(__file__).with_name("kinds.toml")
_ONWARD: Final = "_onward"
_WHERE: Final = "_where"
_FIELDS: Final = ("programme", "rw", "rt", "name", "nik", "contact")
_PERSONAL: Final = "personal-data"


@dataclass(frozen=True, slots=True)
class Referral:
    """Another place to turn to; `url` is None for an office."""

    name: str
    url: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of complaint.

    `verify_days`, `resolve_days`, `field_check_days`: working days from its reception until it is
    verified, decided, and decided where somebody has to go and see; `hours` counts clock hours
    instead. `guards_staff`: it may be about staff, so one word of a name bars whom it names.
    `needs` are the fields that must be given, `asks` those that may be: of programme, rw, rt, name,
    nik and contact.
    """

    code: str
    title: str
    explains: str
    verify_days: int
    resolve_days: int
    field_check_days: int
    hours: int | None
    may_be_anonymous: bool
    guards_staff: bool
    needs: tuple[str, ...]
    asks: tuple[str, ...]
    onward: tuple[Referral, ...]


def load(kelurahan: Kelurahan) -> Mapping[str, Kind]:
    """Return all kinds by code, in the order of the form, with the kelurahan's own figures.

    Raises KelurahanInvalid where its file names a kind that there isn't, or figures that
    contradict each other.
    """
    own = kelurahan.complaints.kinds
    known = ", ".join(_defaults())
    faults = [
        f"complaints.kinds.{code}: tidak dikenal. Yang ada: {known}."
        for code in sorted(own.keys() - _defaults().keys())
    ]
    kinds = {
        code: _changed(_named(kind, kelurahan), own.get(code, {}))
        for code, kind in _defaults().items()
    }
    for kind in kinds.values():
        faults += [f"complaints.kinds.{kind.code}.{fault}" for fault in _faults(kind)]
    if faults:
        raise KelurahanInvalid(faults)
    return MappingProxyType(kinds)


def _named(kind: Kind, kelurahan: Kelurahan) -> Kind:
    """Return the kind, titled for where a programme of one region is given."""
    there = _where().get(kind.code)
    if there is None:
        return kind
    programme = load_catalogue().programmes[there["programme"]]
    if not programme.is_given_in(kelurahan.code):
        return kind
    return replace(kind, title=there["title"], explains=there["explains"])


def _changed(kind: Kind, own: Mapping[str, Any]) -> Kind:
    changed = replace(kind, **cast(dict[str, Any], own))
    # a field that is needed no longer can still be given, and none is on the form twice
    asks = (*kind.asks, *(name for name in _FIELDS if name in kind.needs and name not in kind.asks))
    return replace(changed, asks=tuple(name for name in asks if name not in changed.needs))


def _faults(kind: Kind) -> Iterator[str]:
    if kind.hours is None:
        if kind.resolve_days < kind.verify_days:
            yield "resolve_days: tidak boleh kurang dari verify_days."
        if kind.field_check_days < kind.resolve_days:
            yield "field_check_days: tidak boleh kurang dari resolve_days."
    if kind.code == _PERSONAL and kind.may_be_anonymous:
        yield "may_be_anonymous: data pribadi hanya diberikan kepada pemiliknya. Isi false."


@cache
def onward() -> Mapping[str, Referral]:
    """Return the other places to turn to, by code."""
    return {
        code: Referral(given["name"], given.get("url"), given["text"])
        for code, given in _content()[_ONWARD].items()
    }


@cache
def _defaults() -> Mapping[str, Kind]:
    return {
        code: _kind(code, given, onward())
        for code, given in _content().items()
        if code not in (_ONWARD, _WHERE)
    }


def _where() -> Mapping[str, Mapping[str, str]]:
    found: Mapping[str, Mapping[str, str]] = _content()[_WHERE]
    return found


@cache
def _content() -> Mapping[str, Any]:
    return tomllib.loads(_FILE.read_text("utf-8"))


def _kind(code: str, given: dict[str, Any], places: Mapping[str, Referral]) -> Kind:
    lists = {
        "needs": tuple(given["needs"]),
        "asks": tuple(given["asks"]),
        "onward": tuple(places[each] for each in given["onward"]),
    }
    return Kind(**{"code": code, "hours": None, **given, **lists})
