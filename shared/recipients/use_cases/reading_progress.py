"""How far is the reading of a list? Told to whoever waits for it."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum


class Stage(StrEnum):
    """Where a reading is; READY and REFUSED are its ends. STALLED: nobody works on it any more."""

    READING = "reading"
    COMPARING = "comparing"
    KEEPING = "keeping"
    READY = "ready"
    REFUSED = "refused"
    STALLED = "stalled"


Report = Callable[[Stage, int], None]
"""Told of a stage that begins, and how many rows the list has."""


def no_report(stage: Stage, rows: int) -> None:
    """Nobody waits."""
