"""The service standard: how long each kind of complaint takes.

The figures are those that complaints live by; kinds with the same figures are told together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from shared.complaints.model.kinds import Kind


@dataclass(frozen=True)
class DeadlineTerm:
    """Kinds of complaints that take the same time, and that time in words."""

    kinds: tuple[Kind, ...]

    @property
    def headline(self) -> str:
        """The time until the decision."""
        kind = self.kinds[0]
        return f"Diputuskan dalam {_hours(kind.hours) if kind.hours else _days(kind.resolve_days)}"

    @property
    def lines(self) -> tuple[str, ...]:
        """What else is promised."""
        kind = self.kinds[0]
        if kind.hours:
            return ("Dihitung per jam, juga pada hari libur.",)
        return (
            f"Sebelumnya dicek dalam {_days(kind.verify_days)}: apakah dapat diproses.",
            f"Bila petugas harus memeriksa di lapangan: {_days(kind.field_check_days)}.",
        )


def terms(kinds: Iterable[Kind]) -> tuple[DeadlineTerm, ...]:
    """Return the terms, the shortest first; within one, the order of the complaint form."""
    groups: dict[tuple[int, int, int], list[Kind]] = {}
    for kind in kinds:
        figures = (kind.hours or kind.resolve_days * 24, kind.verify_days, kind.field_check_days)
        groups.setdefault(figures, []).append(kind)
    return tuple(DeadlineTerm(tuple(groups[figures])) for figures in sorted(groups))


def _days(number: int) -> str:
    return f"{number} hari kerja"


def _hours(number: int) -> str:
    return f"{number // 24} x 24 jam" if number % 24 == 0 else f"{number} jam"
