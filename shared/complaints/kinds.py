"""Which kinds of complaints are there, what does each need, and by when is it answered?

The defaults are data (`kinds.toml`); a kelurahan changes numbers and needs in its own file.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, cast

from shared.platform.kelurahan import Kelurahan, KelurahanInvalid

_FILE: Final = Path(__file__).with_name("kinds.toml")
_ONWARD: Final = "_onward"


@dataclass(frozen=True, slots=True)
class Onward:
    """Where else somebody can turn to; `url` is None for an office."""

    name: str
    url: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of complaint.

    `verify_days`, `resolve_days`, `field_check_days`: working days from its reception until it is
    verified, decided, and decided where somebody has to go and see; `hours` counts clock hours
    instead. `guards_staff`: it may be about staff, so whoever is named can't handle it. `needs` are
    the fields that must be given, `asks` those that may be: of programme, rw, rt, name, nik and
    contact.
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
    onward: tuple[Onward, ...]


def load(kelurahan: Kelurahan) -> Mapping[str, Kind]:
    """All kinds by code, in the order of the form, with the kelurahan's own figures.

    Raises KelurahanInvalid where its file names a kind that there isn't.
    """
    own = kelurahan.complaints.kinds
    unknown = sorted(own.keys() - _defaults().keys())
    if unknown:
        known = ", ".join(_defaults())
        raise KelurahanInvalid(
            [f"complaints.kinds.{code}: tidak dikenal. Yang ada: {known}." for code in unknown]
        )
    return MappingProxyType(
        {
            code: replace(kind, **cast(dict[str, Any], own.get(code, {})))
            for code, kind in _defaults().items()
        }
    )


@cache
def _defaults() -> Mapping[str, Kind]:
    content = tomllib.loads(_FILE.read_text("utf-8"))
    places = {
        code: Onward(given["name"], given.get("url"), given["text"])
        for code, given in content.pop(_ONWARD).items()
    }
    return {code: _kind(code, given, places) for code, given in content.items()}


def _kind(code: str, given: dict[str, Any], places: Mapping[str, Onward]) -> Kind:
    lists = {
        "needs": tuple(given["needs"]),
        "asks": tuple(given["asks"]),
        "onward": tuple(places[each] for each in given["onward"]),
    }
    return Kind(**{"code": code, "hours": None, **given, **lists})
