"""What has to be done every day, whether anybody thinks of it or not."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from shared.housekeeping.daily import Daily, Report

_MODULES: Final = {"Daily": "daily", "Report": "daily"}

__all__ = ["Daily", "Report"]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(name)
    return getattr(importlib.import_module(f"shared.housekeeping.{_MODULES[name]}"), name)
