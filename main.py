"""The entry point of every function: `functions-framework --target nik_lookup` looks here.

A function's upload has to hold `shared/` too, so the repository's root is the source of all of
them. The name asked for is resolved on demand, `functions/<name>/main.py:<name>`, so that one
function never loads what another needs. Why so: docs/decisions/0003-root-main.md.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import FunctionType

_ROOT = Path(__file__).resolve().parent

# The framework appends the root to sys.path: an installed package named `shared` or `functions`
# would win over ours.
if sys.path[:1] != [str(_ROOT)]:
    sys.path.insert(0, str(_ROOT))


def __getattr__(name: str) -> FunctionType:
    """The function of this name; AttributeError where there is no such folder."""
    if not name.isidentifier() or not (_ROOT / "functions" / name / "main.py").is_file():
        raise AttributeError(f"no function named {name!r}")
    function = getattr(importlib.import_module(f"functions.{name}.main"), name)
    assert isinstance(function, FunctionType)
    return function
