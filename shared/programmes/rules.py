"""JsonLogic rules: evaluation, and the subset of operators that is supported.

Rules are JsonLogic (https://jsonlogic.com) in the subset below. It is small because the browser
reads the same rules with an evaluator of its own: both pass JsonLogic's public test vectors for it.
Why this library: docs/decisions/0009-eligibility-rules.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import datalogic_py

OPERATORS = frozenset({"var", "===", "!", "and", "or", "if", "in"})

_ENGINE = datalogic_py.Engine()


def judge(rule: Any, answers: Any) -> Any:
    """Return what a rule yields for these answers, question -> answer."""
    return json.loads(_ENGINE.compile(json.dumps(rule)).evaluate_str(json.dumps(answers)))


def operators(rule: Any) -> Iterator[str]:
    """Yield every operator in a rule, repeated ones included."""
    for operator, _ in _operations(rule):
        yield operator


def variables(rule: Any) -> list[str]:
    """Return the names of the answers that a rule asks for, each once, in their order."""
    names = [
        operand[0] if isinstance(operand, list) else operand
        for operator, operand in _operations(rule)
        if operator == "var"
    ]
    return list(dict.fromkeys(names))


def _operations(rule: Any) -> Iterator[tuple[str, Any]]:
    """Yield the operations: in JsonLogic, maps of one key; all other values are literals."""
    if isinstance(rule, Mapping) and len(rule) == 1:
        for operator, operand in rule.items():
            yield operator, operand
            yield from _operations(operand)
    elif isinstance(rule, list):
        for part in rule:
            yield from _operations(part)
