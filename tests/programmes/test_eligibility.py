"""Eligibility rules: the table of cases, and faults that loading must refuse."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from shared.programmes import eligibility as rules
from shared.programmes.catalogue import load_catalogue
from shared.programmes.eligibility import load_eligibility, local_priority
from tests.programmes import cases

LOADED = cases.eligibility()
ASSESSMENTS = cases.assessments()
ANSWERS = st.fixed_dictionaries(
    {
        question.id: st.sampled_from([answer.value for answer in question.answers])
        for question in LOADED.questions
    }
)


@pytest.mark.parametrize("case", cases.cases(), ids=lambda case: case.about)
def test_the_table_of_cases_holds(case: cases.Case) -> None:
    said = {code: ASSESSMENTS[code].judge(case.answers).verdict for code in case.says}
    assert said == case.says


def test_the_table_has_each_verdict_that_a_programme_can_give() -> None:
    possible = {
        (code, outcome.verdict)
        for code, one in ASSESSMENTS.items()
        for outcome in one.outcomes.values()
    }
    assert {pair for case in cases.cases() for pair in case.says.items()} == possible


def test_there_are_ten_questions_at_most_and_not_knowing_is_always_an_answer() -> None:
    assert len(LOADED.questions) <= 10
    for question in LOADED.questions:
        assert question.answers[-1].value == "tidak-tahu"


@given(ANSWERS)
def test_an_unknown_decile_never_decides(answers: dict[str, str]) -> None:
    # Nobody is told likely for a programme that depends on the decile while it is not known
    for code in ("pkh", "bpnt", "pbi"):
        outcome = ASSESSMENTS[code].judge({**answers, "desil": "tidak-tahu"})
        assert outcome.verdict != "likely"
        if outcome.verdict == "unlikely":
            assert "desil" not in outcome.reason.lower()


@given(ANSWERS)
def test_nobody_is_told_to_ask_for_what_they_receive(answers: dict[str, str]) -> None:
    outcome = ASSESSMENTS["bpnt"].judge({**answers, "bpnt": "ya"})
    assert "usulan" not in outcome.next_step
    if outcome.verdict != "unlikely":
        assert outcome.reason.startswith("Anda sudah menerima BPNT")


def test_an_unknown_answer_that_decides_is_named() -> None:
    for one in ASSESSMENTS.values():
        assert not any("yang menentukan" in each.reason for each in one.outcomes.values())


@given(ANSWERS)
def test_the_kelurahan_s_priority_changes_no_programme(answers: dict[str, str]) -> None:
    for code, one in LOADED.assessments.items():
        assert LOADED.priority_question not in one.asks, code
    for value in ("ya", "tidak"):
        changed = {**answers, LOADED.priority_question: value}
        for one in LOADED.assessments.values():
            assert one.judge(changed) == one.judge(answers)


def test_a_priority_without_exclusions_asks_one_question() -> None:
    assert local_priority(LOADED, ()).asks == ["prioritas"]


def test_a_priority_that_excludes_by_an_unknown_question_is_refused() -> None:
    with pytest.raises(ValueError, match="agama"):
        local_priority(LOADED, ["agama"])


@pytest.fixture
def edited(tmp_path: Path) -> Callable[[str, str, str], None]:
    """Loads the rules after replacing a text in one file."""
    folder = tmp_path / "eligibility"
    shutil.copytree(rules.FOLDER, folder)

    def edit(name: str, before: str, after: str) -> None:
        file = folder / f"{name}.toml"
        text = file.read_text("utf-8")
        assert before in text
        file.write_text(text.replace(before, after, 1), "utf-8")
        load_eligibility(load_catalogue(), folder)

    return edit


@pytest.mark.parametrize(
    ("name", "before", "after", "said"),
    [
        ("rutilahu", '"==="', '"=="', "uses ==: not understood"),
        ("pip", 'var = "siswa"', 'var = "murid"', "needs murid: nobody asks"),
        ("pip", '"lewat-sekolah",', '"lewat",', "differ in lewat, lewat-sekolah"),
        ("pip", '"tidak"] }, "tanpa-siswa"', '"nanti"] }, "tanpa-siswa"', "differ in tanpa-siswa"),
        ("pip", 'code = "pip"', 'code = "pkh"', "holds another code"),
        ("questions", 'id = "siswa"', 'id = "murid"', "needs siswa: nobody asks"),
        ("questions", 'value = "tidak-tahu"', 'value = "entah"', "must be tidak-tahu"),
        (
            "pip",
            '{ "===" = [{ var = "siswa" }, "tidak"] }, "tanpa-siswa",',
            '"tanpa-siswa", "tanpa-siswa",',
            "differ in lewat-sekolah",
        ),
    ],
)  # fmt: skip
def test_a_faulty_rule_fails_loading(
    edited: Callable[[str, str, str], None], name: str, before: str, after: str, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        edited(name, before, after)


@pytest.mark.parametrize(
    ("name", "before", "after", "said"),
    [
        ("pkh", 'verdict = "likely"', 'verdict = "certain"', "verdict"),
        ("pkh", 'code = "pkh"', 'code = "pkh"\nlaw = "x"', "Unknown field"),
        ("questions", "[[q", '[[questions]]\nid = "x"\ntext = "x?"\n[[q', "between 1 and 10"),
    ],
)  # fmt: skip
def test_a_file_of_another_shape_fails_loading(
    edited: Callable[[str, str, str], None], name: str, before: str, after: str, said: str
) -> None:
    with pytest.raises(ValidationError, match=said):
        edited(name, before, after)


def test_an_open_programme_without_a_rule_fails_loading(tmp_path: Path) -> None:
    folder = tmp_path / "eligibility"
    shutil.copytree(rules.FOLDER, folder)
    (folder / "pip.toml").unlink()
    with pytest.raises(ValueError, match="differs in pip"):
        load_eligibility(load_catalogue(), folder)


def test_a_question_that_no_rule_needs_fails_loading(tmp_path: Path) -> None:
    folder = tmp_path / "eligibility"
    shutil.copytree(rules.FOLDER, folder)
    rule = folder / "pip.toml"
    rule.write_text(
        'code = "pip"\nrule = "sama"\n[outcomes.sama]\nverdict = "unclear"\nreason = "x"\n', "utf-8"
    )
    with pytest.raises(ValueError, match="no rule asks for siswa"):
        load_eligibility(load_catalogue(), folder)
