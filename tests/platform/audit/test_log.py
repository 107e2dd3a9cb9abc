"""The audit log: every change made without the key is detected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.platform.audit.log import AuditLog, Head
from shared.platform.crypto.keys import Keyset
from shared.platform.errors import Broken, Invalid
from shared.platform.store import Snapshot, Store
from shared.platform.store.sqlite.store import SqliteStore
from tests.hand_clock import KELURAHAN, HandClock
from tests.metered import Metered
from tests.rotation import rotated, without_previous

FOLDER = f"kelurahan/{KELURAHAN}/audit"
HEAD = f"kelurahan/{KELURAHAN}/chains/audit"
DIGITS = "9" * 16


@pytest.fixture
def log(store: Store, keyset: Keyset, clock: HandClock) -> AuditLog:
    return AuditLog(store, keyset, KELURAHAN, clock)


@dataclass
class Tampering:
    """A log of six entries in SQLite, and hands in its database."""

    store: SqliteStore
    log: AuditLog

    def read(self, seq: int) -> dict[str, object]:
        data = self.store.get(f"{FOLDER}/{seq:012d}").data
        assert data is not None
        return dict(data)

    def write(self, seq: int, data: dict[str, object]) -> None:
        self.store.set(f"{FOLDER}/{seq:012d}", data)  # type: ignore[arg-type]

    def change(self, seq: int, /, **fields: object) -> None:
        self.write(seq, {**self.read(seq), **fields})

    def remove(self, *seqs: int) -> None:
        for seq in seqs:
            self.store.delete(f"{FOLDER}/{seq:012d}")

    def head(self) -> dict[str, object]:
        return dict(self.store.get(HEAD).data or {})

    def put_head(self, data: dict[str, object]) -> None:
        self.store.set(HEAD, data)  # type: ignore[arg-type]


@pytest.fixture
def tampering(sqlite_store: SqliteStore, keyset: Keyset, clock: HandClock) -> Tampering:
    log = AuditLog(sqlite_store, keyset, KELURAHAN, clock)
    for i in range(6):
        log.append("staff1", "batch.approve", f"b{i}", {"rows": i, "reason": "sesuai"})
        clock.forward(minutes=1)
    assert log.verify().ok
    return Tampering(sqlite_store, log)


def test_an_empty_log_is_whole(log: AuditLog) -> None:
    verdict = log.verify()
    assert (verdict.ok, verdict.entries, verdict.first_bad) == (True, 0, None)
    assert log.head() == Head(0, "0" * 64)
    assert log.entries() == []


def test_what_was_appended_is_found_in_order(log: AuditLog, clock: HandClock) -> None:
    for i in range(5):
        log.append("staff1", "batch.prepare", f"b{i}", {"rows": i, "yes": True, "no": None})
        clock.forward(seconds=1)
    log.append("staff2", "batch.approve", "b1", {"codes": ["NIK_LENGTH"], "counts": [1, 2]})
    assert [entry.seq for entry in log.entries()] == [1, 2, 3, 4, 5, 6]
    assert [entry.subject for entry in log.entries(after=3, limit=2)] == ["b3", "b4"]
    newest = log.entries(newest_first=True, limit=1)[0]
    assert (newest.actor, newest.action) == ("staff2", "batch.approve")
    assert newest.details == {"codes": ["NIK_LENGTH"], "counts": [1, 2]}
    assert newest.at == clock.now
    verdict = log.verify()
    assert (verdict.ok, verdict.entries, verdict.head) == (True, 6, log.head())


def test_an_entry_and_its_head_are_one_transaction(
    store: Store, keyset: Keyset, clock: HandClock
) -> None:
    metered = Metered(store)
    AuditLog(metered, keyset, KELURAHAN, clock).append("s", "staff.add", "x")
    assert (metered.reads, metered.writes) == (1, 2)


def test_a_log_is_verified_over_several_pages(
    sqlite_store: SqliteStore,
    keyset: Keyset,
    clock: HandClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shared.platform.audit.log._PAGE", 4)
    log = AuditLog(sqlite_store, keyset, KELURAHAN, clock)
    for i in range(12):
        log.append("s", "a.b", f"x{i}")
    assert log.verify().entries == 12
    sqlite_store.update(f"{FOLDER}/000000000009", {"subject": "other"})
    assert log.verify().first_bad == 9


CHANGES: dict[str, object] = {
    "actor": "someone else",
    "action": "batch.reject",
    "subject": "b9",
    "details": {"rows": 99, "reason": "sesuai"},
    "salt": bytes(16),
    "digest": bytes(32),
    "mac": bytes(32),
    "key_id": "aaaaaaaa",
    "seq": 4,
    "created_at": None,
}


@pytest.mark.parametrize("field", CHANGES)
def test_a_changed_field_is_found(tampering: Tampering, field: str) -> None:
    tampering.change(3, **{field: CHANGES[field]})
    verdict = tampering.log.verify()
    assert not verdict.ok
    assert verdict.first_bad == 3
    assert verdict.entries == 2


@pytest.mark.parametrize("field", CHANGES)
def test_a_field_taken_away_is_found(tampering: Tampering, field: str) -> None:
    data = tampering.read(3)
    del data[field]
    tampering.write(3, data)
    assert tampering.log.verify().first_bad == 3


def test_a_removed_entry_is_found(tampering: Tampering) -> None:
    tampering.remove(3)
    assert tampering.log.verify().first_bad == 3


def test_a_removed_entry_is_found_though_the_rest_move_up(tampering: Tampering) -> None:
    for seq in (3, 4, 5):
        tampering.write(seq, {**tampering.read(seq + 1), "seq": seq})
    tampering.remove(6)
    assert tampering.log.verify().first_bad == 3


def test_exchanged_entries_are_found(tampering: Tampering) -> None:
    second, fourth = tampering.read(2), tampering.read(4)
    tampering.write(2, {**fourth, "seq": 2})
    tampering.write(4, {**second, "seq": 4})
    assert tampering.log.verify().first_bad == 2


def test_an_entry_under_another_name_is_found(tampering: Tampering) -> None:
    data = tampering.read(3)
    tampering.remove(3)
    tampering.store.set(f"{FOLDER}/000000000003x", data)  # type: ignore[arg-type]
    assert tampering.log.verify().first_bad == 3


@pytest.mark.parametrize("put_back", [4, 5, 6])
def test_genuine_entries_of_a_past_that_was_taken_back_are_found(
    tampering: Tampering, put_back: int
) -> None:
    """All of it was written with the key: only the chain tells that it doesn't belong together."""
    past = tampering.read(put_back)
    tampering.store.delete(HEAD)
    tampering.remove(1, 2, 3, 4, 5, 6)
    for i in range(6):
        tampering.log.append("staff1", "batch.approve", f"another {i}")
    assert tampering.log.verify().ok
    tampering.write(put_back, past)
    assert tampering.log.verify().first_bad == put_back


def test_a_newest_entry_that_was_taken_back_and_put_back_is_found(tampering: Tampering) -> None:
    old_head = tampering.head()
    tampering.log.append("s", "a.b", "one way")
    one_way = tampering.read(7)
    tampering.remove(7)
    tampering.put_head(old_head)
    tampering.log.append("s", "a.b", "another way")
    tampering.write(7, one_way)
    assert tampering.log.verify().first_bad == 7


def test_an_inserted_entry_is_found(tampering: Tampering) -> None:
    tampering.write(7, {**tampering.read(6), "seq": 7})
    assert tampering.log.verify().first_bad == 7


def test_a_cut_off_end_is_found(tampering: Tampering) -> None:
    tampering.remove(5, 6)
    verdict = tampering.log.verify()
    assert (verdict.ok, verdict.entries, verdict.first_bad) == (False, 4, 5)


def test_a_removed_head_is_found(tampering: Tampering) -> None:
    tampering.store.delete(HEAD)
    assert not tampering.log.verify().ok


@pytest.mark.parametrize("field", ["seq", "digest", "mac"])
def test_a_changed_head_is_found_and_nothing_is_put_upon_it(
    tampering: Tampering, field: str
) -> None:
    changed = {"seq": 4, "digest": bytes(32), "mac": bytes(32)}
    tampering.put_head({**tampering.head(), field: changed[field]})
    assert not tampering.log.verify().ok
    with pytest.raises(Broken):
        tampering.log.append("s", "a.b", "x")
    with pytest.raises(Broken):
        tampering.log.head()


def test_a_whole_old_state_shows_against_the_published_heads(tampering: Tampering) -> None:
    old_head = tampering.head()
    tampering.log.append("s", "a.b", "to be hidden")
    published = [Head(3, tampering.read(3)["digest"].hex()), tampering.log.head()]  # type: ignore[attr-defined]
    assert tampering.log.verify(published).ok
    tampering.remove(7)
    tampering.put_head(old_head)
    assert tampering.log.verify().ok  # nothing in the database tells
    verdict = tampering.log.verify(published)
    assert (verdict.ok, verdict.first_bad) == (False, 7)
    tampering.log.append("s", "a.b", "put in its place")
    assert tampering.log.verify(published).first_bad == 7


def test_an_old_head_in_front_of_all_entries_is_found(tampering: Tampering) -> None:
    old_head = tampering.head()
    tampering.log.append("s", "a.b", "x")
    tampering.put_head(old_head)
    assert not tampering.log.verify().ok


def test_whoever_has_no_key_can_not_write_an_entry(tampering: Tampering, clock: HandClock) -> None:
    forger = AuditLog(tampering.store, Keyset(b"f" * 32), KELURAHAN, clock)
    with pytest.raises(Broken):
        forger.append("s", "a.b", "x")
    tampering.store.delete(HEAD)
    tampering.remove(1, 2, 3, 4, 5, 6)
    forger.append("s", "a.b", "x")
    assert tampering.log.verify().first_bad == 1


def test_an_entry_of_another_kelurahan_is_found(tampering: Tampering, clock: HandClock) -> None:
    other = AuditLog(tampering.store, Keyset(b"k" * 32), "9901021003", clock)
    other.append("s", "a.b", "x")
    for source, target in (
        ("kelurahan/9901021003/audit/000000000001", f"{FOLDER}/000000000001"),
        ("kelurahan/9901021003/chains/audit", HEAD),
    ):
        data = tampering.store.get(source).data
        assert data is not None
        tampering.store.set(target, data)
    assert tampering.log.verify().first_bad == 1


def test_entries_added_while_it_is_read_are_no_fault(
    sqlite_store: SqliteStore, keyset: Keyset, clock: HandClock
) -> None:
    writer = AuditLog(sqlite_store, keyset, KELURAHAN, clock)

    class Busy(Metered):
        def query(self, query: object) -> list[Snapshot]:
            writer.append("s", "a.b", "meanwhile")
            found = super().query(query)  # type: ignore[arg-type]
            writer.append("s", "a.b", "meanwhile")
            return found

    for _ in range(3):
        writer.append("s", "a.b", "x")
    assert AuditLog(Busy(sqlite_store), keyset, KELURAHAN, clock).verify().ok
    assert writer.verify().entries == 5


def test_after_a_rotation_the_log_is_whole_while_both_keys_are_held(
    store: Store, keyset: Keyset, clock: HandClock
) -> None:
    log = AuditLog(store, keyset, KELURAHAN, clock)
    log.append("s", "a.b", "under the old key")
    published = [log.head()]
    both = rotated(keyset)
    later = AuditLog(store, both, KELURAHAN, clock)
    later.append("s", "a.b", "under the new key")
    published.append(later.head())
    assert later.verify(published).ok
    new_only = AuditLog(store, without_previous(both), KELURAHAN, clock)
    assert new_only.verify().first_bad == 1


PERSONAL = [
    DIGITS,
    f"nomor {DIGITS} benar",
    "9999 9999 9999 9999",
    "99.99.99-999999-9999",
    DIGITS + "1",
    "٩" * 16,
    "siapa@contoh.example",
    f"x{DIGITS}y",
]


@pytest.mark.parametrize("text", PERSONAL)
def test_nothing_personal_enters_the_log(
    sqlite_store: SqliteStore, keyset: Keyset, clock: HandClock, text: str
) -> None:
    log = AuditLog(sqlite_store, keyset, KELURAHAN, clock)
    attempts: list[Callable[[], object]] = [
        lambda: log.append("s", "a.b", "x", {"reason": text}),
        lambda: log.append("s", "a.b", "x", {"codes": ["ok", text]}),
        lambda: log.append("s", "a.b", text),
        lambda: log.append(text, "a.b", "x"),
    ]
    for attempt in attempts:
        with pytest.raises(Invalid) as caught:
            attempt()
        assert text not in caught.value.detail
    with pytest.raises((ValueError, Invalid)):
        log.append("s", "a.b", "x", {text: 1})
    if text.isascii() and text.isdigit():
        with pytest.raises(Invalid):
            log.append("s", "a.b", "x", {"rows": int(text)})
    assert log.head().seq == 0


@pytest.mark.parametrize(
    "value", [1.5, b"x", {"a": 1}, ("a",), [["a"]], [True], [None], ["a"] * 51, object()]
)
def test_details_hold_short_plain_values_only(
    sqlite_store: SqliteStore, keyset: Keyset, clock: HandClock, value: object
) -> None:
    log = AuditLog(sqlite_store, keyset, KELURAHAN, clock)
    with pytest.raises(ValueError, match=r"details|list"):
        log.append("s", "a.b", "x", {"field": value})  # type: ignore[dict-item]
    assert log.head().seq == 0


@pytest.mark.parametrize("action", ["", "Batch", "batch approve", "batch..x", "9", "a@b.c"])
def test_an_action_has_a_plain_name(
    sqlite_store: SqliteStore, keyset: Keyset, clock: HandClock, action: str
) -> None:
    with pytest.raises(ValueError, match="action"):
        AuditLog(sqlite_store, keyset, KELURAHAN, clock).append("s", action, "x")


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.dictionaries(
        st.sampled_from(["reason", "rows", "ok", "codes"]),
        st.one_of(
            st.text(st.characters(exclude_categories=["Nd", "Cs"], exclude_characters="@\x00")),
            st.integers(-(10**9), 10**9),
            st.booleans(),
            st.none(),
            st.lists(st.integers(0, 9), max_size=3),
        ),
    )
)
def test_whatever_was_kept_verifies(
    sqlite_store: SqliteStore, keyset: Keyset, details: dict[str, object]
) -> None:
    log = AuditLog(sqlite_store, keyset, KELURAHAN, HandClock())
    log.append("s", "a.b", "x", details)  # type: ignore[arg-type]
    assert log.verify().ok
    assert log.entries(newest_first=True, limit=1)[0].details == details
