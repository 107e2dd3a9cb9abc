"""Expiry: deletion of documents whose `expires_at` has passed.

Firestore deletes documents with a time to live automatically (`firestore.indexes.json`), within
about a day. SQLite does not, so on one PC it is done here. Readers ignore expired documents either
way.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from shared.platform.store import Store
from shared.platform.store.sqlite.store import SqliteStore

KINDS: Final = ("differences", "failures", "problems", "readings", "receipts", "sign_ins")
"""The collections with a time to live."""
_AT_ONCE: Final = 2_000  # of one kind in one transaction: others who write don't wait for long


def delete_expired(
    stores: tuple[Store, ...],
    now: datetime,
    goes_on: Callable[[], bool] = lambda: True,
    *,
    dry_run: bool = False,
) -> int:
    """Delete expired documents of these stores; return how many, or in a dry run would be.

    It stops when `goes_on` returns False; the rest is deleted by the next run.
    """
    own = [store for store in stores if isinstance(store, SqliteStore)]
    if dry_run:
        return sum(store.count_expired(KINDS, now) for store in own)
    deleted = 0
    for store in own:
        while goes_on():
            some = store.delete_expired(KINDS, now, limit=_AT_ONCE)
            deleted += some
            if not some:
                break
        store.settle()
    return deleted
