"""The catalogue of programmes: what there is, what lists call it, what excludes what, and for whom.

`Catalogue` is what the lookup and the sync read. What residents read and the rules of eligibility
are larger, lie in files of their own, and are loaded at their first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

from shared.programmes.catalogue import Catalogue, Programme, alias_key, load

if TYPE_CHECKING:
    from shared.programmes.eligibility import (
        Assessment,
        Eligibility,
        Question,
        load_eligibility,
        local_priority,
    )
    from shared.programmes.guides import Guide, load_guides
    from shared.programmes.wording import PaperRow, paper_rows

_MODULES: Final = {
    "Assessment": "eligibility",
    "Eligibility": "eligibility",
    "Guide": "guides",
    "PaperRow": "wording",
    "Question": "eligibility",
    "load_eligibility": "eligibility",
    "load_guides": "guides",
    "local_priority": "eligibility",
    "paper_rows": "wording",
}

__all__ = [
    "Assessment",
    "Catalogue",
    "Eligibility",
    "Guide",
    "PaperRow",
    "Programme",
    "Question",
    "alias_key",
    "load",
    "load_eligibility",
    "load_guides",
    "local_priority",
    "paper_rows",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(name)
    return getattr(importlib.import_module(f"shared.programmes.{_MODULES[name]}"), name)
