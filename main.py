"""Entry points of all functions, resolved by name for functions-framework.

`functions-framework --target nik_lookup` looks here. A function's upload has to hold `shared/` too,
so the repository's root is the source of all of them. The name asked for is resolved on demand,
`functions/<name>/main.py:<name>`, so that one function never loads what another needs. Why so:
docs/decisions/0003-root-main.md.
"""

from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def _garbage_collection_paused() -> Iterator[None]:
    """Spare a cold start the collections of what stays anyway: modules, classes and functions."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.freeze()


@_garbage_collection_paused()
def _load(name: str) -> FunctionType:
    module = importlib.import_module(f"functions.{name}.main")
    start = importlib.import_module("shared.http.startup")
    start.start_logging()
    start.load_store_adapter(start.checked_settings(module.service))
    function = getattr(module, name)
    assert isinstance(function, FunctionType)
    return function
