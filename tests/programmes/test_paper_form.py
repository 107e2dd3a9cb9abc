"""The paper form of a rule: filled in by hand, it gives the rule's outcome."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.programmes.eligibility import Assessment
from shared.programmes.paper_form import PaperRow, paper_rows
from tests.programmes import cases

LOADED = cases.eligibility()
ANSWERS = st.tuples(*(st.sampled_from(question.answers) for question in LOADED.questions))


def _pencil(rows: list[PaperRow], labels: list[str]) -> str:
    """Goes through the rows by their words alone; `labels` are the ticked answers in order."""
    for row in rows:
        if row.condition in ("Selain itu", "Apa pun jawaban Anda"):
            return row.outcome.name
        if all(_fits(part, labels) for part in row.condition.split(" dan ")):
            return row.outcome.name
    raise AssertionError("no row fits")


def _fits(condition: str, labels: list[str]) -> bool:
    numbers, wanted = condition.split(" dijawab ")
    ticked = {labels[int(number) - 1] for number in re.findall(r"\d+", numbers)}
    return bool(ticked & set(re.findall("“(.*?)”", wanted)))


@given(ANSWERS)
def test_paper_and_rule_say_the_same(ticked: tuple[Any, ...]) -> None:
    values = {
        question.id: one.value for question, one in zip(LOADED.questions, ticked, strict=True)
    }
    labels = [one.label for one in ticked]
    for assessment in cases.assessments().values():
        rows = paper_rows(assessment, LOADED.questions)
        assert _pencil(rows, labels) == assessment.judge(values).name, assessment.code


def _told(condition: Any) -> str:
    outcome = next(iter(LOADED.priority.values()))
    rule = {"if": [condition, "a", "b"]}
    made = Assessment("x", rule, {"a": outcome, "b": outcome})
    return paper_rows(made, LOADED.questions)[0].condition


def test_conditions_are_told_in_words() -> None:
    one, two = {"===": [{"var": "aparat"}, "ya"]}, {"in": [{"var": "desil"}, ["1-4", "5"]]}
    assert _told(one) == "Nomor 1 dijawab “Ya”"
    assert _told({"in": ["tidak", [{"var": "aparat"}, {"var": "usaha"}]]}) == (
        "Nomor 1 atau 3 dijawab “Tidak”"
    )
    assert _told({"and": [one, {"!": [two]}]}) == (
        "Nomor 1 dijawab “Ya” dan bukan (nomor 4 dijawab “Desil 1 sampai 4” atau “Desil 5”)"
    )
    assert _told({"or": [one, {"!": one}]}) == (
        "Nomor 1 dijawab “Ya” atau bukan (nomor 1 dijawab “Ya”)"
    )


def test_what_can_not_be_told_is_refused() -> None:
    with pytest.raises(ValueError, match="put into words"):
        _told({"var": "aparat"})
