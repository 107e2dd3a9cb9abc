"""Where a programme is given, and how little of the catalogue the lookup has to load."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from shared.programmes.catalogue import Programme, load_catalogue

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("code", "given"),
    [
        ("32.73.09.1002", {"pkh", "atm-beras", "rutilahu"}),
        ("32.04.01.2001", {"pkh", "rutilahu"}),
        ("91.01.02.2003", {"pkh"}),
    ],
)
def test_regional_programmes_are_given_in_their_region_alone(code: str, given: set[str]) -> None:
    looked_at = {"pkh", "atm-beras", "rutilahu"}
    catalogue = load_catalogue()
    assert {one for one in looked_at if catalogue[one].is_given_in(code)} == given


def test_each_programme_names_its_source_or_says_that_it_has_none() -> None:
    known = {"Inpres 4/2025", "Kepmensos 73/2024"}
    for code, one in load_catalogue().programmes.items():
        assert "perlu dicek ke kelurahan" in one.source, code
        assert set(re.findall(r"\w+ \d+/\d+", one.source)) <= known, code
    named = {code for code, one in load_catalogue().programmes.items() if "/" in one.source}
    assert named == {"pkh", "bpnt", "pbi"}


def test_an_area_does_not_reach_into_one_with_a_longer_number() -> None:
    programme = Programme("x", "X", "local", "family", "s", "2026-01-01", area="32.7")
    assert not programme.is_given_in("32.73.09.1002")


def test_ended_programmes_and_those_of_villages_are_not_open() -> None:
    catalogue = load_catalogue()
    closed = {code for code, one in catalogue.programmes.items() if not one.is_open}
    assert closed == {"bst", "blts", "blt-dd"}


def test_the_catalogue_loads_without_guides_and_rules() -> None:
    code = (
        "import json, sys; from shared.programmes.catalogue import load_catalogue; "
        "load_catalogue(); print(json.dumps(sorted(sys.modules)))"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    loaded = set(json.loads(said.stdout))
    assert "shared.programmes.catalogue" in loaded
    heavy = {"guides", "eligibility", "rules", "wording"}
    assert loaded & {"datalogic_py", *(f"shared.programmes.{one}" for one in heavy)} == set()
