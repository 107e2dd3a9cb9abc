"""Written reasons for officers' decisions, kept in the batch and in the audit log."""

from __future__ import annotations

from typing import Final

from shared.platform.audit.log import check_text
from shared.platform.errors import Invalid

_SHORTEST: Final = 5
_LONGEST: Final = 500


def checked_reason(reason: str | None, *, needed: bool) -> str:
    """Return the reason with tidied spaces; raises Invalid where missing or naming a person."""
    text = " ".join((reason or "").split())[:_LONGEST]
    if needed and len(text) < _SHORTEST:
        detail = f"Tuliskan alasannya, sekurang-kurangnya {_SHORTEST} huruf."
        raise Invalid(detail, errors=[{"pointer": "#/reason", "detail": detail}])
    check_text(text)
    return text
