"""The paper form of an eligibility rule: rows to go through from the top, in Indonesian.

Made from the rule itself, so that the list on paper can't say anything else than the rule does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.programmes.eligibility import Assessment, Outcome, Question


@dataclass(frozen=True)
class PaperRow:
    """If `condition` fits, `outcome` it is; else go on to the next row."""

    condition: str
    outcome: Outcome


def paper_rows(assessment: Assessment, questions: Sequence[Question]) -> list[PaperRow]:
    """Return the rule as rows; questions are called by their number in `questions`.

    ValueError for a rule that can't be told so: anything but `if` over simple conditions.
    """
    outcomes = assessment.outcomes
    if isinstance(assessment.rule, str):
        return [PaperRow("Apa pun jawaban Anda", outcomes[assessment.rule])]
    (steps,) = assessment.rule.values()
    told = _Teller(questions)
    pairs = zip(steps[:-1:2], steps[1::2], strict=True)
    rows = [PaperRow(_begun(told.tell(when)), outcomes[name]) for when, name in pairs]
    return [*rows, PaperRow("Selain itu", outcomes[steps[-1]])]


class _Teller:
    """Puts conditions into Indonesian words."""

    def __init__(self, questions: Sequence[Question]) -> None:
        self._number = {question.id: place for place, question in enumerate(questions, 1)}
        self._labels = {
            (question.id, answer.value): answer.label
            for question in questions
            for answer in question.answers
        }

    def tell(self, condition: Any) -> str:
        """Put a condition into words: `===` or `in` over answers, or `and`, `or`, `!` of such."""
        match condition:
            case {"===": [{"var": str(name)}, str(value)]}:
                return self._answers([name], [value])
            case {"in": [{"var": str(name)}, list(values)]}:
                return self._answers([name], values)
            case {"in": [str(value), list(answers)]}:
                return self._answers([answer["var"] for answer in answers], [value])
            case {"and": list(parts)}:
                return " dan ".join(self.tell(part) for part in parts)
            case {"or": list(parts)}:
                return " atau ".join(self.tell(part) for part in parts)
            case {"!": [inner] | (Mapping() as inner)}:
                return f"bukan ({self.tell(inner)})"
        raise ValueError("a rule has a condition that can't be put into words")

    def _answers(self, names: Sequence[str], values: Sequence[str]) -> str:
        numbers = _either([str(self._number[name]) for name in names])
        labels = _either([f"“{self._labels[names[0], value]}”" for value in values])
        return f"nomor {numbers} dijawab {labels}"


def _either(words: Sequence[str]) -> str:
    if len(words) < 3:
        return " atau ".join(words)
    return f"{', '.join(words[:-1])}, atau {words[-1]}"


def _begun(text: str) -> str:
    return text[0].upper() + text[1:]
