"""The collections with a time to live are named in three places, and are the same in each."""

from __future__ import annotations

import json
from pathlib import Path

from shared.housekeeping.expiry import KINDS, delete_expired
from shared.platform.store import Store
from shared.platform.store.sqlite.store import SqliteStore
from tests.complaints.office import ROOT, Office
from tests.store.test_indexes import EXPIRING


def test_what_expires_here_expires_on_firestore_too() -> None:
    overrides = json.loads((ROOT / "firestore.indexes.json").read_text())["fieldOverrides"]
    policies = {each["collectionGroup"] for each in overrides if each.get("ttl")}
    assert {*KINDS} == EXPIRING == policies


def test_a_receipt_goes_after_its_days_and_the_complaint_stays(
    store: Store, tmp_path: Path
) -> None:
    office = Office(store, tmp_path)
    case = office.receive().case
    office.later(days=29)
    assert delete_expired((store,), office.now) == 0
    office.later(days=2)
    # Firestore does it by itself
    over = int(isinstance(store, SqliteStore))
    assert delete_expired((store,), office.now, dry_run=True) == over
    assert delete_expired((store,), office.now, lambda: False) == 0
    assert delete_expired((store,), office.now) == over
    assert delete_expired((store,), office.now) == 0
    assert office.book.get(case.id).ticket == case.ticket
