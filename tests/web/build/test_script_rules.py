"""The rules of ESLint in `make lint`: each kind of script is held to the right ones."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.web.office import ROOT

MODULES = ROOT / ".venv" / "node" / "node_modules"
ESLINT = MODULES / ".bin" / "eslint"


@pytest.fixture(scope="module")
def eslint() -> Path:
    """ESLint, which needs Node.js."""
    lack = "" if ESLINT.is_file() else "ESLint is not installed (make dev)"
    lack = lack or ("" if shutil.which("node") else "no node")
    if lack and os.environ.get("NUTERA_REQUIRE") == "1":
        pytest.fail(lack, pytrace=False)
    if lack:
        pytest.skip(lack)
    return ESLINT


def _broken_rules(eslint: Path, name: str, script: str) -> list[str | None]:
    """Which rules a script of this name breaks; None is one that can't be parsed."""
    done = subprocess.run(
        [eslint, "--format", "json", "--stdin", "--stdin-filename", name],
        input=script,
        cwd=ROOT,
        env={**os.environ, "NODE_PATH": str(MODULES)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    [told] = json.loads(done.stdout)
    return [one["ruleId"] for one in told["messages"]]


@pytest.mark.parametrize(
    ("name", "script", "rules"),
    [
        ("web/static/x.js", "document.title = indexedDB;\n", []),
        ("web/static/x.js", "self.x = unknown == 1;\n", ["eqeqeq", "no-undef"]),
        ("web/static/x.js", "function f() {}\nf();\n", ["no-implicit-globals"]),
        ("web/static/x.js", "self.x = eval('1');\n", ["no-eval"]),
        ("web/static/x.js", "if (self.x ?? 1) self.x = 2;\n", [None]),
        ("web/static/x.js", 'import { a } from "./a.js";\na();\n', [None]),
        ("web/static/solver.js", "postMessage(document);\n", ["no-undef"]),
        ("web/static/y/x.js", 'import { a } from "./a.js";\na();\n', []),
        ("web/static/y/x.js", 'import { a } from "./a.js";\n', ["no-unused-vars"]),
        ("web/static/y/x.js", "open();\n", ["no-restricted-globals"]),
        ("web/templates/sw.js", "const a = {{ a|tojson }};\ncaches.open(a);\n", []),
        ("web/templates/sw.js", "localStorage.a = {{ a|tojson }};\n", ["no-undef"]),
        ("bench/x.mjs", "process.stdout.write(document);\n", ["no-undef"]),
    ],
)
def test_each_kind_of_script_has_its_rules(
    eslint: Path, name: str, script: str, rules: list[str | None]
) -> None:
    assert sorted(set(_broken_rules(eslint, name, script)), key=str) == rules
