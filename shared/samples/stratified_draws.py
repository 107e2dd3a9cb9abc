"""Stratified draws: evenly spread, so that a small list has the rates of a large one.

A list of a hundred then has the rates of a million.

Drawn by lot, 136 people would have anything from 15 to 31 bad KK numbers. These are additive
recurrences: multiples of an irrational number, from a start that the seed gives. The three steps
are independent of each other, so that who has which programme says nothing of their defects.
"""

from __future__ import annotations

from functools import lru_cache
from random import Random
from typing import Final, Literal

Purpose = Literal["row", "card", "share"]

_STEPS: Final[dict[Purpose, float]] = {
    "row": 2**0.5 - 1,
    "card": 3**0.5 - 1,
    "share": (13**0.5 - 3) / 2,
}


def draw(seed: int, purpose: Purpose, number: int) -> float:
    """Return a number from 0 to below 1, always the same for the same seed, purpose and number."""
    return (_start(seed, purpose) + number * _STEPS[purpose]) % 1


@lru_cache(maxsize=64)
def _start(seed: int, purpose: Purpose) -> float:
    return Random(f"{seed}:{purpose}").random()  # noqa: S311
