"""Eligibility check: questions, rules for each programme, and what each outcome means.

All of it is data in `eligibility/`: the questions, and for each open programme a JsonLogic rule
that turns the answers into the name of an outcome. An outcome says likely, unlikely or unclear,
why, and what to do next. It is never a decision.

Loading proves the rules by trying every combination of the answers that a rule asks for: each leads
to an outcome that is described, and each described outcome can come about.
"""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from marshmallow import Schema, ValidationError, fields, post_load, validate

from shared.kelurahan.configuration import KelurahanInvalid
from shared.programmes.catalogue import Catalogue
from shared.programmes.rules import OPERATORS, judge, operators, variables

FOLDER = Path(__file__).parent / "eligibility"
MOST_QUESTIONS = 10
YES, NO, UNKNOWN = "ya", "tidak", "tidak-tahu"

Verdict = Literal["likely", "unclear", "unlikely"]
VERDICTS: tuple[Verdict, ...] = ("likely", "unclear", "unlikely")

_PRIORITY = "local-priority"


@dataclass(frozen=True)
class Answer:
    """One possible answer: the value that rules know, and the words that residents read."""

    value: str
    label: str


@dataclass(frozen=True)
class Question:
    """One question. `any_of`: what it asks about, as a list; `hint`: a word of help."""

    id: str
    text: str
    answers: tuple[Answer, ...]
    any_of: tuple[str, ...] = ()
    hint: str = ""


@dataclass(frozen=True)
class Outcome:
    """What a rule concludes: the verdict, the reason, the next step."""

    name: str
    verdict: Verdict
    reason: str
    next_step: str


@dataclass(frozen=True)
class Assessment:
    """A rule and its outcomes by name. `judge` returns the outcome for somebody's answers."""

    code: str
    rule: Any
    outcomes: Mapping[str, Outcome]

    @property
    def asks(self) -> list[str]:
        """The ids of the questions that the rule depends on."""
        return variables(self.rule)

    def judge(self, answers: Mapping[str, str]) -> Outcome:
        """Return the outcome for these answers, question id -> value; one left out is not known."""
        asked = {name: answers.get(name, UNKNOWN) for name in self.asks}
        return self.outcomes[judge(self.rule, asked)]


@dataclass(frozen=True)
class Eligibility:
    """All questions, and an assessment for each open programme by its code.

    `priority` are the outcomes of a kelurahan's own policy, for `local_priority` to make a rule of.
    """

    questions: tuple[Question, ...]
    assessments: Mapping[str, Assessment]
    priority: Mapping[str, Outcome]
    priority_question: str


class _OutcomeSchema(Schema):
    verdict = fields.String(required=True, validate=validate.OneOf(VERDICTS))
    reason = fields.String(required=True, validate=validate.Length(min=1))
    next_step = fields.String()


class _AssessmentSchema(Schema):
    code = fields.String(required=True)
    question = fields.String()
    rule = fields.Raw()
    outcomes = fields.Dict(
        keys=fields.String(validate=validate.Regexp(r"[a-z]+(-[a-z0-9]+)*\Z")),
        values=fields.Nested(_OutcomeSchema),
        required=True,
    )


class _AnswerSchema(Schema):
    value = fields.String(required=True)
    label = fields.String(required=True)

    @post_load
    def _make(self, data: dict[str, str], **_: object) -> Answer:
        return Answer(**data)


class _QuestionSchema(Schema):
    id = fields.String(required=True, validate=validate.Regexp(r"[a-z]+\Z"))
    text = fields.String(required=True, validate=validate.Regexp(r"\S.*\?\Z"))
    any_of = fields.List(fields.String(), load_default=list)
    hint = fields.String(load_default="")
    answers = fields.List(fields.Nested(_AnswerSchema), load_default=None)


class _QuestionsSchema(Schema):
    answers = fields.List(fields.Nested(_AnswerSchema), required=True)
    next_step = fields.Dict(
        keys=fields.String(validate=validate.OneOf(VERDICTS)), values=fields.String(), required=True
    )
    questions = fields.List(
        fields.Nested(_QuestionSchema),
        required=True,
        validate=validate.Length(min=1, max=MOST_QUESTIONS),
    )


def load_eligibility(catalogue: Catalogue, folder: Path = FOLDER) -> Eligibility:
    """Load the folder's questions and rules.

    Raises marshmallow's ValidationError for a faulty file, ValueError for a rule that isn't
    understood, an outcome that is missing or never comes about, an open programme without a rule.
    """
    head = cast(dict[str, Any], _QuestionsSchema().load(_read(folder / "questions.toml")))
    questions = tuple(_question(given, tuple(head["answers"])) for given in head["questions"])
    files = {path.stem: path for path in folder.glob("*.toml") if path.stem != "questions"}
    given = {code: _assessment(path) for code, path in sorted(files.items())}
    policy = given.pop(_PRIORITY)
    is_open = {code for code, programme in catalogue.programmes.items() if programme.is_open}
    if given.keys() != is_open:
        differing = ", ".join(sorted(given.keys() ^ is_open))
        raise ValueError(f"one file for each open programme; differs in {differing}")
    steps = cast(Mapping[str, str], head["next_step"])
    found = Eligibility(
        questions,
        {code: Assessment(code, one["rule"], _outcomes(one, steps)) for code, one in given.items()},
        _outcomes(policy, steps),
        policy["question"],
    )
    for assessment in found.assessments.values():
        _prove(assessment, questions)
    _prove(local_priority(found, [questions[0].id]), questions)
    unasked = _ids(questions) - {found.priority_question} - _asked(found.assessments.values())
    if unasked:
        raise ValueError(f"no rule asks for {', '.join(sorted(unasked))}")
    return found


def local_priority(eligibility: Eligibility, excluded: Sequence[str]) -> Assessment:
    """Return the kelurahan's own priority policy as a rule, apart from any law.

    `excluded`: ids of questions that rule the priority out when answered with yes. KelurahanInvalid
    for an unknown one, since the kelurahan's file names them.
    """
    asked = eligibility.priority_question
    ruled_out = sorted(set(excluded) - {asked})
    unknown = set(ruled_out) - _ids(eligibility.questions)
    if unknown:
        known = ", ".join(question.id for question in eligibility.questions if question.id != asked)
        raise KelurahanInvalid(
            [
                f"local_priority.excluded: {one} tidak dikenal. Yang ada: {known}."
                for one in sorted(unknown)
            ]
        )
    steps: list[Any] = []
    if ruled_out:
        steps += [{"in": [YES, [{"var": one} for one in ruled_out]]}, "dikecualikan"]
    steps += [{"===": [{"var": asked}, NO]}, "tidak-termasuk"]
    if ruled_out:
        steps += [{"in": [UNKNOWN, [{"var": one} for one in ruled_out]]}, "belum-pasti"]
    steps += [{"===": [{"var": asked}, YES]}, "termasuk", "belum-pasti"]
    return Assessment(_PRIORITY, {"if": steps}, eligibility.priority)


def _prove(assessment: Assessment, questions: Sequence[Question]) -> None:
    code = assessment.code
    strange = set(operators(assessment.rule)) - OPERATORS
    if strange:
        raise ValueError(f"the rule of {code} uses {', '.join(sorted(strange))}: not understood")
    values = {question.id: [answer.value for answer in question.answers] for question in questions}
    names = assessment.asks
    unasked = set(names) - values.keys()
    if unasked:
        raise ValueError(f"the rule of {code} needs {', '.join(sorted(unasked))}: nobody asks")
    reached = {
        judge(assessment.rule, dict(zip(names, answers, strict=True)))
        for answers in itertools.product(*(values[name] for name in names))
    }
    if reached != assessment.outcomes.keys():
        differing = ", ".join(sorted(map(str, reached ^ assessment.outcomes.keys())))
        raise ValueError(f"outcomes of {code} and what its rule comes to differ in {differing}")


def _asked(assessments: Iterable[Assessment]) -> set[str]:
    return {name for one in assessments for name in one.asks}


def _ids(questions: Sequence[Question]) -> set[str]:
    return {question.id for question in questions}


def _question(given: dict[str, Any], usual: tuple[Answer, ...]) -> Question:
    answers = usual if given["answers"] is None else tuple(given["answers"])
    if answers[-1].value != UNKNOWN:
        raise ValueError(f"the last answer to {given['id']} must be {UNKNOWN}")
    return Question(given["id"], given["text"], answers, tuple(given["any_of"]), given["hint"])


def _assessment(path: Path) -> dict[str, Any]:
    try:
        given = cast(dict[str, Any], _AssessmentSchema().load(_read(path)))
    except ValidationError as fault:
        raise ValidationError({path.name: fault.messages}) from None
    if given["code"] != path.stem:
        raise ValueError(f"{path.name} holds another code")
    return given


def _outcomes(given: dict[str, Any], steps: Mapping[str, str]) -> dict[str, Outcome]:
    return {
        name: Outcome(
            name, one["verdict"], one["reason"], one.get("next_step", steps[one["verdict"]])
        )
        for name, one in given["outcomes"].items()
    }


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8"))
