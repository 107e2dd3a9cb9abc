"""Alarms in the log for what only a person can put right.

docs/runbooks.md says what to do for each line.
"""

from __future__ import annotations

from typing import Final

from shared.platform import logs
from shared.platform.store import Store, declare
from shared.recipients.lookup.freshness import FreshnessReader

WARN_AFTER_DAYS: Final = 8
ERROR_AFTER_DAYS: Final = 15
_COMPLAINTS: Final = declare("complaints")


def check_freshness(board: FreshnessReader) -> dict[str, int]:
    """Log an alarm where the published list is older than 8 days, a graver one above 15."""
    fresh = board.read()
    if fresh is None:
        logs.event("no list was ever published", severity="WARNING")
        return {"age_days": -1}
    if fresh.age_days > WARN_AFTER_DAYS:
        severity = "ERROR" if fresh.age_days > ERROR_AFTER_DAYS else "WARNING"
        logs.event("the weekly sync is late", severity=severity, age_days=fresh.age_days)
    return {"age_days": fresh.age_days}


def check_registry(registry: Store, kelurahan_key: str) -> None:
    """Log an alarm for complaints that a migration has left in the registry, where nobody looks."""
    left = registry.count(_COMPLAINTS.on(f"kelurahan/{kelurahan_key}/complaints"))
    if left:
        logs.event("complaints are left in the registry", severity="ERROR", count=left)


def check_complaints(*, highest: int, damaged: int) -> None:
    """Log an alarm for complaints at the highest level, and for complaints altered from outside."""
    if highest:
        logs.event("complaints wait at the highest level", severity="ERROR", count=highest)
    if damaged:
        logs.event("complaints are damaged", severity="ALERT", count=damaged)
