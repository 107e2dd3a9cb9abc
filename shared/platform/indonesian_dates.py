"""Dates in Indonesian words, as residents read them."""

from __future__ import annotations

from datetime import date
from typing import Final

MONTHS: Final = (
    *("Januari", "Februari", "Maret", "April", "Mei", "Juni"),
    *("Juli", "Agustus", "September", "Oktober", "November", "Desember"),
)


def in_words(day: date) -> str:
    """Return a day as "20 November 2026"."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
