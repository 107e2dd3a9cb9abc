"""Progress of a reading: its stages, and the report to whoever waits."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum


class Stage(StrEnum):
    """The stages of a reading; READY and REFUSED end it. STALLED: nobody works on it any more."""

    READING = "reading"
    COMPARING = "comparing"
    KEEPING = "keeping"
    READY = "ready"
    REFUSED = "refused"
    STALLED = "stalled"


Report = Callable[[Stage, int], None]
"""Told of a stage that begins, and how many rows the list has."""


def no_report(stage: Stage, rows: int) -> None:
    """Report to nobody."""
