"""The table of cases and JsonLogic's vectors, for Python's tests and the browser's."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.programmes.catalogue import load_catalogue
from shared.programmes.eligibility import Assessment, Eligibility, load_eligibility, local_priority

_HERE = Path(__file__).parent
EXCLUDED = ("aparat",)


@dataclass(frozen=True)
class Case:
    """A family's answers, question -> value, and the verdict that each programme has to give."""

    about: str
    answers: dict[str, str]
    says: dict[str, str]


def cases() -> list[Case]:
    """The table in cases.toml."""
    table = tomllib.loads((_HERE / "cases.toml").read_text("utf-8"))
    return [
        Case(one["about"], {**table["families"][one["family"]], **one["answers"]}, one["says"])
        for one in table["cases"]
    ]


def vectors() -> list[list[Any]]:
    """JsonLogic's public vectors for our operators: rule, data, result."""
    return json.loads((_HERE / "vectors.json").read_text("utf-8"))["vectors"]


def eligibility() -> Eligibility:
    """The rules of the catalogue."""
    return load_eligibility(load_catalogue())


def assessments() -> dict[str, Assessment]:
    """All rules by code, the kelurahan's own priority among them."""
    loaded = eligibility()
    return {
        **loaded.assessments,
        "local-priority": local_priority(loaded, EXCLUDED),
    }
