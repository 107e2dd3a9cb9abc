"""What every store does, on SQLite and on Firestore alike."""

from __future__ import annotations

from shared.platform.store import Store, Write


def test_what_was_set_is_read(store: Store) -> None:
    store.set("kelurahan/k/things/a", {"n": 1})
    assert store.get("kelurahan/k/things/a").data == {"n": 1}
