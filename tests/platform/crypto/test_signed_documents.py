"""Signed documents, on both stores."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shared.platform.crypto.keys import Keyset
from shared.platform.crypto.signed_documents import signed, verified
from shared.platform.errors import SealBroken
from shared.platform.store import Snapshot, Store, Value
from tests.rotation import rotated

KEYS = Keyset(bytes(range(32)))
PATH = "kelurahan/k/things/a"
DATA: dict[str, Value] = {
    "text": "Siti",
    "none": None,
    "yes": True,
    "number": 3,
    "share": 0.25,
    "at": datetime(2026, 11, 20, 3, 4, 5, 678901, tzinfo=UTC),
    "bytes": b"\x00\xff",
    "list": ["a", 1, {"b": None}],
    "map": {"z": 1, "a": [1, 2]},
}


def test_a_document_comes_back_from_the_store_as_it_was_vouched_for(store: Store) -> None:
    store.set(PATH, signed(KEYS, PATH, DATA))
    assert verified(KEYS, store.get(PATH)) == DATA


@pytest.mark.parametrize("field", list(DATA))
def test_no_field_can_be_changed_added_or_left_out(field: str) -> None:
    document = signed(KEYS, PATH, DATA)
    for changed in (
        {**document, field: "other"},
        {**document, field + "x": 1},
        {name: value for name, value in document.items() if name != field},
    ):
        with pytest.raises(SealBroken):
            verified(KEYS, Snapshot(PATH, changed))


def test_a_document_cannot_be_moved_made_or_kept_without_its_mac() -> None:
    document = signed(KEYS, PATH, DATA)
    for snapshot in (
        Snapshot(PATH + "b", document),
        Snapshot(PATH, dict(DATA)),
        Snapshot(PATH, signed(Keyset(bytes(range(1, 33))), PATH, DATA)),
        Snapshot(PATH, {**document, "mac": "text"}),
    ):
        with pytest.raises(SealBroken):
            verified(KEYS, snapshot)


def test_the_previous_key_still_vouches_after_a_rotation() -> None:
    document = signed(KEYS, PATH, DATA)
    assert verified(rotated(KEYS), Snapshot(PATH, document)) == DATA


def test_values_of_different_kinds_are_not_mistaken_for_each_other() -> None:
    twins: list[tuple[Value, Value]] = [
        ("1", 1), (b"a", "61"), (["a"], "a"), (1, True), (None, ""), ([], {}),
    ]  # fmt: skip
    for one, other in twins:
        document = signed(KEYS, PATH, {"field": one})
        with pytest.raises(SealBroken):
            verified(KEYS, Snapshot(PATH, {**document, "field": other}))
