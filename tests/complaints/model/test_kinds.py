"""Kinds of complaints: what the defaults promise, and what a kelurahan may change of them."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest

from shared.complaints.model import kinds
from shared.complaints.model.kinds import Kind
from shared.kelurahan import configuration
from shared.kelurahan.configuration import Kelurahan, KelurahanInvalid

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = (ROOT / "kelurahan" / "tamansari.toml").read_text("utf-8")
DEFAULTS = kinds.load(configuration.parse(EXAMPLE, "uji"))
FIELDS = {"programme", "rw", "rt", "name", "nik", "contact"}


def own(code: str, lines: str) -> Kelurahan:
    return configuration.parse(f"{EXAMPLE}\n[complaints.kinds.{code}]\n{lines}\n", "uji")


def faults(code: str, lines: str) -> list[str]:
    with pytest.raises(KelurahanInvalid) as caught:
        kinds.load(own(code, lines))
    return caught.value.faults


def test_whoever_is_on_no_list_finds_their_kind_first() -> None:
    assert list(DEFAULTS) == [
        "not-listed",
        "not-received",
        "not-eligible",
        "deduction",
        "wrong-data",
        "service",
        "personal-data",
        "other",
    ]
    assert all(code == kind.code for code, kind in DEFAULTS.items())


@pytest.mark.parametrize(
    ("code", "verify", "resolve", "field_check", "hours"),
    [
        ("not-listed", 3, 14, 60, None),
        ("not-received", 3, 5, 60, None),
        ("not-eligible", 3, 14, 60, None),
        ("deduction", 3, 14, 60, None),
        ("wrong-data", 3, 5, 60, None),
        ("service", 3, 5, 60, None),
        ("personal-data", 3, 3, 3, 72),
        ("other", 3, 14, 60, None),
    ],
)
def test_the_published_figures(
    code: str, verify: int, resolve: int, field_check: int, hours: int | None
) -> None:
    kind = DEFAULTS[code]
    days = (kind.verify_days, kind.resolve_days, kind.field_check_days)
    assert days == (verify, resolve, field_check)
    assert kind.hours == hours


def test_the_days_beside_hours_promise_no_more_time_than_the_hours() -> None:
    kind = DEFAULTS["personal-data"]
    assert kind.hours is not None
    assert {kind.verify_days, kind.resolve_days, kind.field_check_days} == {kind.hours // 24}


def test_who_may_stay_anonymous_and_where_staff_may_be_meant() -> None:
    anonymous = {code for code, kind in DEFAULTS.items() if kind.may_be_anonymous}
    assert anonymous == {"not-eligible", "deduction", "service", "other"}
    guarded = {code for code, kind in DEFAULTS.items() if kind.guards_staff}
    assert guarded == {"not-eligible", "deduction", "service", "personal-data", "other"}


@pytest.mark.parametrize(
    ("code", "needs"),
    [
        ("not-listed", {"name", "rw"}),
        ("not-received", {"name", "programme"}),
        ("not-eligible", set()),
        ("deduction", set()),
        ("wrong-data", {"name"}),
        ("service", set()),
        ("personal-data", {"name", "nik", "contact"}),
        ("other", set()),
    ],
)
def test_what_must_be_given(code: str, needs: set[str]) -> None:
    assert set(DEFAULTS[code].needs) == needs


def test_only_a_request_for_personal_data_needs_a_nik_or_a_phone() -> None:
    for code, kind in DEFAULTS.items():
        assert ({"nik", "contact"} & set(kind.needs) != set()) == (code == "personal-data"), code


@pytest.mark.parametrize("kind", DEFAULTS.values(), ids=DEFAULTS)
def test_no_field_is_on_the_form_twice(kind: Kind) -> None:
    shown = [*kind.needs, *kind.asks]
    assert len(shown) == len(set(shown))
    assert set(shown) <= FIELDS


@pytest.mark.parametrize("kind", DEFAULTS.values(), ids=DEFAULTS)
def test_each_kind_is_told_in_plain_sentences(kind: Kind) -> None:
    assert kind.title[0].isupper()
    sentences = re.split(r"(?<=\.)\s", kind.explains)
    assert 1 <= len(sentences) <= 2
    assert all(each.endswith(".") and len(each.split()) <= 16 for each in sentences)


def test_onward_goes_to_known_addresses_alone() -> None:
    addresses = {each.url for kind in DEFAULTS.values() for each in kind.onward}
    assert addresses == {"https://www.lapor.go.id", "https://cekbansos.kemensos.go.id", None}
    for kind in DEFAULTS.values():
        assert all(each.name and each.text.endswith(".") for each in kind.onward)
    names = [each.name for each in DEFAULTS["not-listed"].onward]
    assert any("Puskesos" in name for name in names)
    assert any("LAPOR" in name for name in names)
    assert any("Cek Bansos" in name for name in names)


@pytest.mark.parametrize(
    ("name", "written", "value"),
    [
        ("verify_days", "2", 2),
        ("resolve_days", "7", 7),
        ("field_check_days", "30", 30),
        ("hours", "24", 24),
        ("may_be_anonymous", "false", False),
    ],
)
def test_a_kelurahan_changes_one_figure_and_nothing_else(
    name: str, written: str, value: Any
) -> None:
    changed = kinds.load(own("service", f"{name} = {written}"))
    assert changed["service"] == dataclasses.replace(DEFAULTS["service"], **{name: value})
    assert {**changed, "service": DEFAULTS["service"]} == dict(DEFAULTS)
    assert list(changed) == list(DEFAULTS)


def test_a_field_needed_no_longer_can_still_be_given() -> None:
    changed = kinds.load(own("not-received", 'needs = ["contact"]'))["not-received"]
    assert changed.needs == ("contact",)
    assert set(changed.asks) == {"rw", "rt", "nik", "programme", "name"}


def test_a_field_that_becomes_needed_is_asked_once() -> None:
    changed = kinds.load(own("not-listed", 'needs = ["rw", "name", "contact"]'))["not-listed"]
    assert changed.needs == ("rw", "name", "contact")
    assert changed.asks == ("rt", "nik", "programme")


def test_the_numbers_of_other_kelurahan_stay_their_own() -> None:
    kinds.load(own("service", "resolve_days = 9"))
    assert kinds.load(configuration.parse(EXAMPLE, "uji")) == DEFAULTS


def test_an_unknown_kind_is_told_with_those_that_there_are() -> None:
    (fault,) = faults("sevice", "resolve_days = 4")
    assert fault.startswith("complaints.kinds.sevice: tidak dikenal. Yang ada: not-listed, ")


@pytest.mark.parametrize(
    ("code", "lines", "told"),
    [
        ("service", "resolve_days = 2", "complaints.kinds.service.resolve_days: "),
        ("service", "verify_days = 6", "complaints.kinds.service.resolve_days: "),
        ("other", "field_check_days = 13", "complaints.kinds.other.field_check_days: "),
        (
            "personal-data",
            "may_be_anonymous = true",
            "complaints.kinds.personal-data.may_be_anonymous: ",
        ),
    ],
)
def test_figures_that_contradict_each_other_are_told(code: str, lines: str, told: str) -> None:
    (fault,) = faults(code, lines)
    assert fault.startswith(told)


def test_all_contradictions_are_told_at_once() -> None:
    text = f"{EXAMPLE}\n[complaints.kinds.x]\n[complaints.kinds.service]\nresolve_days = 1\n"
    with pytest.raises(KelurahanInvalid) as caught:
        kinds.load(configuration.parse(text, "uji"))
    assert len(caught.value.faults) == 2


def test_the_change_that_the_example_suggests_is_a_good_one() -> None:
    _, _, suggested = EXAMPLE.partition("# [complaints.kinds.service]\n")
    lines = suggested.partition("\n\n")[0].replace("# ", "")
    changed = kinds.load(own("service", lines))["service"]
    assert (changed.verify_days, changed.resolve_days) == (1, 2)


def test_kinds_can_not_be_changed() -> None:
    with pytest.raises(TypeError):
        DEFAULTS["x"] = DEFAULTS["other"]  # type: ignore[index]
    with pytest.raises(dataclasses.FrozenInstanceError):
        DEFAULTS["other"].hours = 1  # type: ignore[misc]
