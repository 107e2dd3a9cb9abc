"""Entry points of all functions, resolved by name for functions-framework.

`functions-framework --target nik_lookup` looks here. A function's upload has to hold `shared/` too,
so the repository's root is the source of all of them. The name asked for is resolved on demand,
`functions/<name>/main.py:<name>`, so that one function never loads what another needs. Why so:
docs/decisions/0003-root-main.md.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import FunctionType

_ROOT = Path(__file__).resolve().parent

# The framework appends the root to sys.path, so an installed package named `shared` or `functions`
# would win over ours.
if sys.path[:1] != [str(_ROOT)]:
    sys.path.insert(0, str(_ROOT))


def __getattr__(name: str) -> FunctionType:
    """Return the function of this name, ready to serve; raises AttributeError where there is none.

    Raises SettingsInvalid where this process must not serve it.
    """
    if not name.isidentifier() or not (_ROOT / "functions" / name / "main.py").is_file():
        raise AttributeError(f"no function named {name!r}")
    try:
        return _load(name)
    except AttributeError as error:
        # hasattr() would take it for "no such function" and hide where it comes from
        raise ImportError(f"functions/{name}/main.py can't be loaded: {error}") from error


def _load(name: str) -> FunctionType:
    module = importlib.import_module(f"functions.{name}.main")
    start = importlib.import_module("shared.http.startup")
    start.start_logging()
    start.refuse_unsafe_settings(module.service)
    function = getattr(module, name)
    assert isinstance(function, FunctionType)
    return function
