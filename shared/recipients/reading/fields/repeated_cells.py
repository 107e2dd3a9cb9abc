"""Memoised meaning of cells that repeat from row to row.

A list of 100,000 rows has a few thousand combinations of programme, period, RW and the like.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from shared.recipients.model.entitlements import Entitlement
from shared.recipients.reading.fields.assistance import Fault
from shared.recipients.reading.fields.row_schema import Rules, desil_of

_REMEMBERED = 50_000

Cells = Sequence[str]


class RepeatedCells(NamedTuple):
    """The meaning of a row's repeating columns.

    `clashes` asks for a closer look: programmes that exclude each other, or none at all. `known`
    are the fields of the schema that are right and give no cause to say anything.
    """

    entitlements: tuple[Entitlement, ...] = ()
    warnings: tuple[Fault, ...] = ()
    is_refused: bool = False
    clashes: bool = False
    known: tuple[str, ...] = ()
    rw: str = ""
    rt: str = ""
    desil: int | None = None


class Memo(dict[Any, Any]):
    """A memo of what a few columns mean, worked out once for each combination of their cells."""

    def __init__(self, indices: Sequence[int], work_out: Callable[[Cells], Any]) -> None:
        super().__init__()
        self._work_out = work_out
        self.key: Callable[[Cells], Any] = itemgetter(*indices) if indices else lambda _: None

    def learn(self, cells: Cells) -> Any:
        """Work out the meaning of this row's cells, and remember it."""
        if len(self) >= _REMEMBERED:
            self.clear()
        meaning = self[self.key(cells)] = self._work_out(cells)
        return meaning


def remembered(rules: Rules, has_clash: Callable[[tuple[Entitlement, ...]], bool]) -> Memo:
    """Return the memo of the repeating columns, at two levels.

    Programmes and region on the one hand, RW, RT and decile on the other have few combinations;
    both together can have many.
    """
    lists = Memo(rules.listing_columns, lambda cells: _listing(rules, has_clash, cells))
    homes = Memo(rules.home_columns, lambda cells: _home(rules, cells))

    def both(cells: Cells) -> RepeatedCells:
        listing: RepeatedCells = lists.get(lists.key(cells)) or lists.learn(cells)
        home: RepeatedCells = homes.get(homes.key(cells)) or homes.learn(cells)
        return listing._replace(
            is_refused=listing.is_refused or home.is_refused,
            known=listing.known + home.known,
            rw=home.rw,
            rt=home.rt,
            desil=home.desil,
        )

    return Memo(sorted({*rules.listing_columns, *rules.home_columns}), both)


def _listing(
    rules: Rules, has_clash: Callable[[tuple[Entitlement, ...]], bool], cells: Cells
) -> RepeatedCells:
    read = rules.assistance.read(cells)
    is_elsewhere = rules.elsewhere(cells) is not None
    known: tuple[str, ...] = () if is_elsewhere else ("region",)
    if not read.errors and not read.warnings:
        known += ("entitlements",)
    return RepeatedCells(
        read.entitlements,
        read.warnings,
        bool(read.errors) or is_elsewhere,
        has_clash(read.entitlements) or not read.entitlements,
        known,
    )


def _home(rules: Rules, cells: Cells) -> RepeatedCells:
    place = rules.place(cells, "")
    is_known = bool(place.rw) and not place.is_unknown
    return RepeatedCells(
        is_refused=place.is_unknown,
        known=("place",) if is_known else (),
        rw=place.rw,
        rt=place.rt,
        desil=desil_of(rules.cell(cells, "desil")),
    )


class Origins(dict[str, tuple[str, ...]]):
    """Warnings about the place of issue of a NIK, by its first six digits."""

    def __init__(self, rules: Rules) -> None:
        super().__init__()
        self._rules = rules

    def __missing__(self, prefix: str) -> tuple[str, ...]:
        said = self[prefix] = self._rules.origin(prefix)
        return said
