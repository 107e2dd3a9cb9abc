"""What a valid row of a list says: a person, and the assistance listed for them."""

from __future__ import annotations

from typing import NamedTuple


class Entitlement(NamedTuple):
    """One programme for one period. `period` and `status` are canonical texts, "" if not given."""

    programme: str
    period: str
    status: str


class Row(NamedTuple):
    """A row that goes in. `number` is the spreadsheet's own; texts are "" where nothing is given.

    `rw` and `rt` have two digits, `kk` sixteen; `desil` is 1 to 10 or None.
    """

    number: int
    nik: str
    name: str
    kk: str
    rw: str
    rt: str
    address: str
    temporary: bool
    entitlements: tuple[Entitlement, ...]
    desil: int | None = None
