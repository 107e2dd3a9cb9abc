"""The subset of JsonLogic: the public vectors, and what a rule is made of."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shared.programmes.rules import OPERATORS, judge, operators, variables
from tests.programmes import cases


@pytest.mark.parametrize("vector", cases.vectors(), ids=json.dumps)
def test_public_vectors_hold(vector: list[Any]) -> None:
    rule, data, result = vector
    # as JSON, since Python takes 1 for True
    assert json.dumps(judge(rule, data)) == json.dumps(result)


def test_vectors_cover_every_operator() -> None:
    used = {operator for rule, _, _ in cases.vectors() for operator in operators(rule)}
    assert used == OPERATORS


def test_a_rule_tells_its_operators_and_variables() -> None:
    rule = {"if": [{"and": [{"!": {"var": "b"}}, {"var": ["a", 1]}]}, "x", {"var": "b"}]}
    assert sorted(operators(rule)) == ["!", "and", "if", "var", "var", "var"]
    assert variables(rule) == ["b", "a"]


def test_a_word_or_a_list_has_no_operator() -> None:
    for rule in ("if", ["if"], {}, {"if": 1, "or": 2}, None, 7):
        assert list(operators(rule)) == []
