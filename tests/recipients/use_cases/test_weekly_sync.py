"""A list from its file to the answer at the public lookup, on both stores."""

from __future__ import annotations

import pytest

from shared.platform.errors import (
    Busy,
    Conflict,
    FileRejected,
    Forbidden,
    Invalid,
    NotFound,
    OwnWork,
    WrongState,
)
from shared.platform.leases import Leases
from shared.recipients.model.batch import State
from shared.recipients.publishing import register_documents
from tests.recipients.office import Office, nik, row

PEOPLE = 30


def test_a_list_is_found_only_after_a_second_officer_approved_it(office: Office) -> None:
    path = office.csv(row(n) for n in range(PEOPLE))
    batch = office.sync.prepare(path, path.name, office.operator)
    assert (batch.state, batch.added, batch.errors) == (State.WAITING, PEOPLE, 0)
    assert not office.finds(nik(3), "WARGA").listed
    published = office.approved(batch.id)
    assert published.state is State.PUBLISHED
    answer = office.finds(nik(3), "Warga")
    assert answer.listed
    assert [each.programme for each in answer.entitlements] == ["pkh"]
    assert answer.as_of == "2026-11-20"
    assert answer.source == "daftar Kelurahan Taman Sari"
    assert set(office.register()) == {nik(n) for n in range(PEOPLE)}
    assert len(office.projected()) == PEOPLE
    assert office.audit.verify().ok


def test_who_prepared_a_batch_cannot_approve_it(office: Office) -> None:
    path = office.csv(row(n) for n in range(PEOPLE))
    batch = office.sync.prepare(path, path.name, office.verifier)
    with pytest.raises(OwnWork):
        office.sync.approve(batch.id, office.verifier)
    assert office.sync.batch(batch.id).state is State.WAITING
    assert office.approved(batch.id, office.other_verifier).state is State.PUBLISHED


def test_only_a_verifier_of_the_kelurahan_decides(office: Office) -> None:
    path = office.csv(row(n) for n in range(PEOPLE))
    batch = office.sync.prepare(path, path.name, office.operator)
    stranger = office.officer("x", office.verifier.role)
    stranger = type(stranger)("x", "X", office.verifier.role, "3273091003")
    for officer in (office.operator, office.auditor, stranger):
        with pytest.raises(Forbidden):
            office.sync.approve(batch.id, officer)
    for officer in (office.auditor, stranger):
        with pytest.raises(Forbidden):
            office.sync.prepare(path, path.name, officer)
        with pytest.raises(Forbidden):
            office.sync.reject(batch.id, officer, "tidak cocok")


def test_the_same_file_twice_is_the_same_batch(office: Office) -> None:
    path = office.csv(row(n) for n in range(PEOPLE))
    first = office.sync.prepare(path, path.name, office.operator)
    assert office.sync.prepare(path, "nama lain.csv", office.operator).id == first.id
    office.approved(first.id)
    again = office.sync.prepare(path, path.name, office.operator)
    assert (again.id, again.state) == (first.id, State.PUBLISHED)
    assert len(office.sync.batches()) == 1


def test_the_same_list_a_week_later_only_moves_the_date(office: Office) -> None:
    office.publish(row(n) for n in range(PEOPLE))
    office.later(days=7)
    batch = office.publish(row(n) for n in range(PEOPLE))
    assert (batch.added, batch.changed, batch.removed, batch.unchanged) == (0, 0, 0, PEOPLE)
    assert office.finds(nik(3), "warga").as_of == "2026-11-27"


def test_a_file_rejected_by_the_verifier_can_be_brought_in_again(office: Office) -> None:
    path = office.csv(row(n) for n in range(PEOPLE))
    first = office.sync.prepare(path, path.name, office.operator)
    office.sync.reject(first.id, office.verifier, "tanggalnya salah")
    second = office.sync.prepare(path, path.name, office.operator)
    assert second.id != first.id
    with pytest.raises(WrongState):
        office.sync.approve(first.id, office.verifier)


def test_changes_are_found_field_by_field_and_nothing_else_is_written(office: Office) -> None:
    office.publish(row(n) for n in range(PEOPLE))
    before = office.registry.get(_path(office, 5))
    untouched = office.registry.get(_path(office, 6))
    office.later(days=7)
    rows = [row(n) for n in range(1, PEOPLE + 1)]
    rows[4] = row(5, alamat="Gg. Baru", program="BPNT")
    batch = office.publish(rows)
    assert (batch.added, batch.changed, batch.removed) == (1, 1, 1)
    changed = next(d for d in office.sync.differences(batch) if d.kind == "changed")
    assert changed.before is not None
    assert changed.after is not None
    assert (changed.before.address, changed.after.address) == ("Gg. Contoh", "Gg. Baru")
    after = office.registry.get(_path(office, 5))
    assert before.data is not None
    assert after.data is not None
    assert after.data["created_at"] == before.data["created_at"]
    assert after.data["updated_at"] > before.data["updated_at"]  # type: ignore[operator]
    assert office.registry.get(_path(office, 6)) == untouched
    assert not office.finds(nik(0), "WARGA").listed
    assert [e.programme for e in office.finds(nik(5), "WARGA").entitlements] == ["bpnt"]


def test_a_week_with_few_changes_costs_few_reads_and_writes(office: Office) -> None:
    people = 600
    office.publish(row(n) for n in range(people))
    office.later(days=7)
    registry, lookup = office.meters()
    office.sync = office.opened(registry, lookup)
    office.publish(row(n) if n % 50 else row(n, rt="09") for n in range(people))
    changed = people // 50
    # two manifests of 16 shards, the documents that changed, the batch, the audit and the lease
    assert registry.reads + lookup.reads < changed + 32 + 32 + 30
    assert registry.writes + lookup.writes < 2 * changed + 32 + 25


def test_a_batch_that_removes_too_many_waits_for_a_reason(office: Office) -> None:
    office.publish(row(n) for n in range(PEOPLE))
    path = office.csv(row(n) for n in range(PEOPLE - 4))
    batch = office.sync.prepare(path, path.name, office.operator)
    assert (batch.state, batch.blocked_for) == (State.BLOCKED, ("REMOVED_TOO_MANY",))
    office.sent(batch)
    for reason in (None, "  ", "ya"):
        with pytest.raises(Invalid):
            office.sync.approve(batch.id, office.verifier, reason)
    assert len(office.register()) == PEOPLE
    office.sync.approve(batch.id, office.verifier, "Daftar baru dari dinas sosial")
    assert len(office.register()) == PEOPLE - 4


def test_removing_exactly_a_tenth_is_not_blocked(office: Office) -> None:
    office.publish(row(n) for n in range(PEOPLE))
    path = office.csv(row(n) for n in range(PEOPLE - 3))
    assert office.sync.prepare(path, path.name, office.operator).state is State.WAITING


def test_a_batch_with_too_many_errors_or_nothing_valid_is_blocked(office: Office) -> None:
    rows = [row(n) if n % 3 else row(n, nik="123") for n in range(PEOPLE)]
    path = office.csv(rows)
    batch = office.sync.prepare(path, path.name, office.operator)
    assert batch.blocked_for == ("ERRORS_TOO_MANY",)
    assert (batch.errors, batch.problem_counts["NIK_LENGTH"]) == (10, 10)
    path = office.csv([row(n, nik="123") for n in range(PEOPLE)])
    batch = office.sync.prepare(path, path.name, office.operator)
    assert batch.blocked_for == ("ERRORS_TOO_MANY", "NOTHING_VALID")
    assert office.register() == {}


def test_a_reason_must_not_carry_a_nik(office: Office) -> None:
    path = office.csv(row(n) for n in range(PEOPLE))
    batch = office.sync.prepare(path, path.name, office.operator)
    with pytest.raises(Invalid):
        office.sync.reject(batch.id, office.verifier, f"lihat {nik(3)}")


def test_a_batch_made_before_another_publication_is_stale(office: Office) -> None:
    first = office.csv([row(n) for n in range(PEOPLE)], "satu.csv")
    second = office.csv([row(n) for n in range(PEOPLE + 1)], "dua.csv")
    one = office.sync.prepare(first, first.name, office.operator)
    two = office.sync.prepare(second, second.name, office.operator)
    office.sent(one)
    office.approved(two.id)
    with pytest.raises(WrongState):
        office.sync.approve(one.id, office.verifier)
    assert len(office.register()) == PEOPLE + 1


def test_a_file_changed_after_the_preview_does_not_slip_in(office: Office) -> None:
    path = office.csv(row(n) for n in range(PEOPLE))
    batch = office.sync.prepare(path, path.name, office.operator)
    office.csv(row(n) for n in range(PEOPLE + 50))
    office.approved(batch.id)
    assert len(office.register()) == PEOPLE


def test_differences_changed_in_the_store_do_not_slip_in(office: Office) -> None:
    path = office.csv(row(n) for n in range(PEOPLE))
    batch = office.sync.prepare(path, path.name, office.operator)
    office.sent(batch)
    chunks = office.sync._contents.chunks(batch)
    items = list(chunks.load("differences", batch.difference_chunks))[:-1]
    chunks.save("differences", items, expires_at=office.now, now=office.now)
    with pytest.raises(Conflict):
        office.sync.approve(batch.id, office.verifier)
    with pytest.raises(Conflict):
        office.sync.approve(batch.id, office.verifier, differences_hash="0" * 64)
    assert office.register() == {}


def test_two_syncs_at_once_one_is_told_to_wait(office: Office) -> None:
    path = office.csv(row(n) for n in range(PEOPLE))
    leases = Leases(office.registry, office.kelurahan.key, office.clock)
    with leases.hold("sync", "op2", 60), pytest.raises(Busy):
        office.sync.prepare(path, path.name, office.operator)
    assert office.sync.batches() == []
    assert office.sync.prepare(path, path.name, office.operator).added == PEOPLE


def test_a_file_that_cannot_be_used_leaves_nothing_behind(office: Office) -> None:
    path = office.folder / "bukan.xlsx"
    path.write_bytes(b"PK\x03\x04 bukan lembar kerja")
    with pytest.raises(FileRejected):
        office.sync.prepare(path, path.name, office.operator)
    assert office.sync.batches() == []
    assert office.audit.head() is None or office.audit.verify().entries == 0


def test_a_row_that_cannot_be_read_takes_nobody_off_the_list(office: Office) -> None:
    office.publish(row(n) for n in range(PEOPLE))
    rows = [row(n) for n in range(PEOPLE)]
    rows[1] = row(1, program="Bantuan Entah")
    rows[2] = row(2, rw="99")
    rows[3] = row(3, nama="")
    rows.append(row(4, nama="Orang Lain"))
    batch = office.publish(rows)
    assert (batch.added, batch.changed, batch.removed, batch.unchanged) == (0, 0, 0, PEOPLE)
    assert all(office.finds(nik(n), "WARGA").listed for n in range(1, 5))


def test_a_temporary_nik_is_kept_and_never_searchable(office: Office) -> None:
    temporary = "0" + office.kelurahan.key + "00001"
    office.publish([*(row(n) for n in range(PEOPLE)), row(900, nik=temporary, nama="Tanpa KTP")])
    assert office.register()[temporary].temporary
    assert len(office.projected()) == PEOPLE
    assert not office.finds(temporary, "TANPA").listed


def test_an_unknown_batch_is_not_found(office: Office) -> None:
    for identifier in ("abc", "../../x", "", "a" * 99, "é"):
        with pytest.raises(NotFound):
            office.sync.batch(identifier)


def _path(office: Office, number: int) -> str:
    identifier = register_documents.identifier(
        office.registry_keys, office.kelurahan.key, nik(number)
    )
    return register_documents.path(office.kelurahan.key, identifier)
