"""Every alarm in the log has its section in docs/runbooks.md, word for word."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
_QUIET = {"DEBUG", "INFO", "NOTICE"}


def alarms(source: str) -> set[str]:
    """The messages that code writes to the log at WARNING and above, or may."""
    tree = ast.parse(source)
    constants = dict(_constants(tree))
    return {constants.get(said, said) for said in _alarms(tree)}


def _constants(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """The texts that a module has names for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name) and isinstance(node.value.value, str):
                    yield target.id, node.value.value


def _alarms(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or ast.unparse(node.func) != "logs.event":
            continue
        severity = next((each.value for each in node.keywords if each.arg == "severity"), None)
        is_quiet = severity is None or (
            isinstance(severity, ast.Constant) and severity.value in _QUIET
        )
        if not is_quiet:
            message = node.args[0]
            yield message.value if isinstance(message, ast.Constant) else ast.unparse(message)


def test_every_alarm_has_its_runbook_and_every_runbook_its_alarm() -> None:
    code = [
        path
        for folder in ("shared", "functions", "commands")
        for path in (ROOT / folder).rglob("*.py")
    ]
    said = set().union(*(alarms(path.read_text("utf-8")) for path in code))
    page = (ROOT / "docs/runbooks.md").read_text("utf-8")
    headings = re.findall(r"^### (.+)$", page, re.MULTILINE)
    assert sorted(headings) == sorted(said)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('logs.event("loud", severity="ERROR", count=1)', {"loud"}),
        ('logs.event("perhaps", severity=severity)', {"perhaps"}),
        ('_NAMED = "by its name"\nlogs.event(_NAMED, severity="ALERT")', {"by its name"}),
        ('_N: Final = "typed"\nlogs.event(_N, severity="WARNING")', {"typed"}),
        ('logs.event("quiet")\nlogs.event("too", severity="NOTICE")', set()),
        ('other.event("not ours", severity="ERROR")', set()),
    ],
)
def test_alarms_are_found_in_code(source: str, found: set[str]) -> None:
    assert alarms(source) == found
