"""Entitlements: what a list grants a person."""

from __future__ import annotations

from typing import NamedTuple


class Entitlement(NamedTuple):
    """One programme for one period. `period` and `status` are canonical texts, "" if not given."""

    programme: str
    period: str
    status: str
