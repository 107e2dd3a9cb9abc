"""Sending a batch to the second officer, and its changes page by page, on both stores."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import get_args

import pytest

from shared.platform.errors import Conflict, Forbidden, Invalid, NotFound, OwnWork, WrongState
from shared.recipients.model.batch import Batch, State
from shared.recipients.model.differences import ChangeKind, Difference
from shared.staff.accounts import Role
from tests.recipients.office import Office, nik, row

PEOPLE = 20
WHY = "Hasil pemutakhiran bulan ini"
KINDS: tuple[ChangeKind, ...] = get_args(ChangeKind)


def prepared(office: Office, *people: list[str], name: str = "daftar.csv") -> Batch:
    path = office.csv(people, name)
    return office.sync.prepare(path, path.name, office.operator)


def clean(office: Office) -> Batch:
    """A batch that only adds people."""
    return prepared(office, *(row(n) for n in range(PEOPLE)))


def removing(office: Office) -> Batch:
    """A batch that takes one person off a list that is published."""
    office.publish(row(n) for n in range(PEOPLE))
    office.later(minutes=1)
    batch = prepared(office, *(row(n) for n in range(1, PEOPLE)))
    assert (batch.state, batch.removed) == (State.WAITING, 1)
    return batch


def sent(office: Office, batch: Batch) -> list[tuple[str, object]]:
    """Who sent it, and why, as the audit log tells it."""
    found = office.audit.newest(subject=batch.id)
    return [(each.actor, each.details["reason"]) for each in found if each.action == "batch.submit"]


def test_a_batch_is_sent_to_the_second_officer(office: Office) -> None:
    batch = clean(office)
    assert (batch.submitted_by, batch.submitted_at) == ("", None)
    office.later(minutes=5)
    submitted = office.sync.submit(batch.id, office.operator)
    assert submitted == office.sync.batch(batch.id)
    assert submitted == replace(
        batch, submitted_by="op1", submitted_at=office.now, updated_at=office.now
    )
    assert sent(office, batch) == [("op1", "")]
    assert office.register() == {}
    assert office.sync.approve(batch.id, office.verifier).state is State.PUBLISHED


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.OPERATOR, True),
        (Role.VERIFIER, True),
        (Role.AUDITOR, False),
        (Role.ADMIN, False),
        (Role.SURVEYOR, False),
    ],
)
def test_only_whoever_prepares_lists_sends_them(office: Office, role: Role, may: bool) -> None:
    batch = clean(office)
    officer = office.officer("who1", role)
    if may:
        assert office.sync.submit(batch.id, officer).submitted_by == "who1"
        assert sent(office, batch) == [("who1", "")]
        return
    with pytest.raises(Forbidden):
        office.sync.submit(batch.id, officer, WHY)
    assert office.sync.batch(batch.id) == batch
    assert sent(office, batch) == []


@pytest.mark.parametrize("role", list(Role))
def test_another_kelurahan_s_officer_sends_nothing(office: Office, role: Role) -> None:
    batch = clean(office)
    stranger = replace(office.officer("x1", role), kelurahan="3273091003")
    with pytest.raises(Forbidden):
        office.sync.submit(batch.id, stranger, WHY)
    assert office.sync.batch(batch.id) == batch
    assert sent(office, batch) == []


def test_sent_twice_it_is_sent_once(office: Office) -> None:
    batch = removing(office)
    first = office.sync.submit(batch.id, office.operator, WHY)
    office.later(minutes=5)
    assert office.sync.submit(batch.id, office.operator, "Alasan yang lain") == first
    assert office.sync.submit(batch.id, office.verifier, "Alasan orang lain") == first
    assert office.sync.submit(batch.id, office.operator) == first
    assert office.sync.batch(batch.id) == first
    assert sent(office, batch) == [("op1", WHY)]


@pytest.mark.parametrize("reason", [None, "", "   ", "ya", " a  b \n"])
def test_without_a_reason_nobody_is_sent_off_the_list(office: Office, reason: str | None) -> None:
    batch = removing(office)
    with pytest.raises(Invalid) as caught:
        office.sync.submit(batch.id, office.operator, reason)
    assert [each["pointer"] for each in caught.value.errors] == ["#/reason"]
    assert office.sync.batch(batch.id) == batch
    assert sent(office, batch) == []
    assert office.sync.submit(batch.id, office.operator, WHY).removal_reason == WHY


@pytest.mark.parametrize(
    "reason", [f"lihat {nik(3)}", f"KK {nik(4)}", "tanya siapa@contoh.example"]
)
@pytest.mark.parametrize("leaves", [True, False])
def test_a_reason_names_no_person(office: Office, reason: str, leaves: bool) -> None:
    batch = removing(office) if leaves else clean(office)
    with pytest.raises(Invalid) as caught:
        office.sync.submit(batch.id, office.operator, reason)
    assert reason not in caught.value.detail
    assert office.sync.batch(batch.id) == batch
    assert sent(office, batch) == []


def test_a_reason_is_kept_with_single_spaces(office: Office) -> None:
    batch = removing(office)
    submitted = office.sync.submit(batch.id, office.operator, "  Pindah\n dan   meninggal ")
    assert submitted.removal_reason == "Pindah dan meninggal"
    assert sent(office, batch) == [("op1", "Pindah dan meninggal")]


def test_where_nobody_leaves_a_reason_may_be_short_or_missing(office: Office) -> None:
    batch = clean(office)
    assert office.sync.submit(batch.id, office.operator, "ya").removal_reason == "ya"
    other = prepared(office, *(row(n) for n in range(PEOPLE + 1)), name="lain.csv")
    assert office.sync.submit(other.id, office.operator, None).removal_reason == ""


def test_a_batch_that_is_held_is_sent_as_well(office: Office) -> None:
    office.publish(row(n) for n in range(PEOPLE))
    office.later(minutes=1)
    batch = prepared(office, *(row(n) for n in range(PEOPLE // 2)))
    assert batch.state is State.BLOCKED
    submitted = office.sync.submit(batch.id, office.operator, WHY)
    assert (submitted.state, submitted.submitted_by) == (State.BLOCKED, "op1")
    with pytest.raises(Invalid):
        office.sync.approve(batch.id, office.verifier)
    approved = office.sync.approve(batch.id, office.verifier, "Daftar baru dari dinas sosial")
    assert (approved.state, approved.removal_reason) == (State.PUBLISHED, WHY)


@pytest.mark.parametrize(
    ("ending", "was_sent"),
    [("approved", True), ("rejected", True), ("rejected", False), ("undone", True)],
)
def test_a_batch_that_waits_for_nobody_is_not_sent(
    office: Office, ending: str, was_sent: bool
) -> None:
    batch = clean(office)
    if was_sent:
        office.sync.submit(batch.id, office.operator, WHY)
    if ending == "rejected":
        office.sync.reject(batch.id, office.verifier, "Tanggalnya salah")
    else:
        office.sync.approve(batch.id, office.verifier)
    if ending == "undone":
        office.later(minutes=1)
        office.sync.undo(batch.id, office.verifier, "Berkasnya keliru")
    before, entries = office.sync.batch(batch.id), sent(office, batch)
    with pytest.raises(WrongState):
        office.sync.submit(batch.id, office.operator, WHY)
    assert office.sync.batch(batch.id) == before
    assert sent(office, batch) == entries
    assert len(entries) == was_sent


@pytest.mark.parametrize("who", ["op1", "scheduler"])
def test_what_was_not_sent_is_not_approved(office: Office, who: str) -> None:
    path = office.csv(row(n) for n in range(PEOPLE))
    batch = office.sync.prepare(path, path.name, office.officer(who, Role.OPERATOR))
    with pytest.raises(Conflict) as refused:
        office.sync.approve(batch.id, office.verifier, WHY, batch.differences_hash)
    assert "belum dikirim" in refused.value.detail
    assert office.sync.batch(batch.id) == batch
    assert office.register() == {}
    assert [each.action for each in office.audit.newest(subject=batch.id)] == ["batch.prepare"]
    office.sync.submit(batch.id, office.operator)
    approved = office.sync.approve(batch.id, office.verifier, WHY, batch.differences_hash)
    assert approved.state is State.PUBLISHED


@pytest.mark.parametrize("preparer", ["scheduler", "op1", "ver2"])
def test_who_sent_a_batch_cannot_approve_it(office: Office, preparer: str) -> None:
    path = office.csv(row(n) for n in range(PEOPLE))
    batch = office.sync.prepare(path, path.name, office.officer(preparer, Role.VERIFIER))
    office.sync.submit(batch.id, office.verifier)
    with pytest.raises(OwnWork):
        office.sync.approve(batch.id, office.verifier, WHY)
    if preparer == "ver2":
        with pytest.raises(OwnWork):
            office.sync.approve(batch.id, office.other_verifier, WHY)
    assert office.register() == {}
    third = office.officer("ver3", Role.VERIFIER)
    assert office.sync.approve(batch.id, third, WHY).state is State.PUBLISHED


def test_nobody_is_approved_off_the_list_without_a_reason(office: Office) -> None:
    batch = office.sync.submit(removing(office).id, office.operator, WHY)
    # as a program before this rule may have left it
    unexplained = replace(batch, removal_reason="")
    office.registry.run(
        lambda transaction: transaction.write(office.sync._batches.write(unexplained))
    )
    with pytest.raises(Conflict) as refused:
        office.sync.approve(batch.id, office.verifier, WHY)
    assert "tanpa alasan" in refused.value.detail
    assert office.sync.batch(batch.id) == unexplained
    assert len(office.register()) == PEOPLE


@pytest.mark.parametrize("identifier", ["abcdefghij", "../../x", "", "é", "a" * 99])
def test_a_batch_that_is_not_there_is_not_sent(office: Office, identifier: str) -> None:
    with pytest.raises(NotFound):
        office.sync.submit(identifier, office.operator, WHY)
    assert office.audit.head().seq == 0


def mixed(office: Office) -> Batch:
    """A batch with more than 2,000 changes of all kinds, in three parts, that waits."""
    office.publish(row(n) for n in range(1_300))
    office.later(days=7)
    after = (row(n, rt="09") if n < 1_100 else row(n) for n in range(400, 2_300))
    batch = prepared(office, *after)
    assert (batch.added, batch.changed, batch.removed, batch.unchanged) == (1_000, 700, 400, 200)
    assert batch.difference_chunks == 3
    return batch


def pages(office: Office, batch: Batch, kind: ChangeKind, limit: int) -> list[list[Difference]]:
    found: list[list[Difference]] = []
    while page := office.sync.page(batch, kind, skip=len(found) * limit, limit=limit):
        assert len(found) < 100, "it goes on and on"
        found.append(page)
    return found


def test_each_change_of_a_kind_is_on_one_page_alone(office: Office) -> None:
    batch = mixed(office)
    everything = list(office.sync.differences(batch))
    assert len(everything) == 2_100
    for kind in KINDS:
        expected = [each for each in everything if each.kind == kind]
        total = getattr(batch, kind)
        assert len(expected) == total
        for limit in (50, 333, 1_000):
            found = pages(office, batch, kind, limit)
            assert [len(page) for page in found[:-1]] == [limit] * (len(found) - 1)
            assert [each for page in found for each in page] == expected, (kind, limit)
        ids = [each.id for each in expected]
        assert ids == sorted(set(ids))
        assert office.sync.page(batch, kind) == expected[:50]
        assert office.sync.page(batch, kind, skip=total - 1) == expected[-1:]
        assert office.sync.page(batch, kind, skip=total - 5, limit=9) == expected[-5:]
        assert office.sync.page(batch, kind, limit=total + 1) == expected
        for skip in (total, total + 1, 10 * total):
            assert office.sync.page(batch, kind, skip=skip) == []
    # around the borders of the parts that the list is kept in, one by one
    for border in (1_000, 2_000):
        for place in range(border - 2, border + 2):
            each = everything[place]
            rank = sum(other.kind == each.kind for other in everything[:place])
            assert office.sync.page(batch, each.kind, skip=rank, limit=1) == [each]


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_of_a_kind_that_a_batch_has_none_of_is_empty(
    office: Office, kind: ChangeKind
) -> None:
    batch = clean(office)
    found = office.sync.page(batch, kind)
    assert len(found) == (PEOPLE if kind == "added" else 0)
    assert {each.kind for each in found} <= {kind}


def test_a_list_that_changes_nothing_has_no_page(office: Office) -> None:
    office.publish(row(n) for n in range(PEOPLE))
    office.later(days=7)
    batch = prepared(office, *(row(n) for n in range(PEOPLE)))
    assert [office.sync.page(batch, kind) for kind in KINDS] == [[], [], []]


def test_a_page_tells_who_and_what_changes(office: Office) -> None:
    office.publish([row(1), row(2), row(3)])
    office.later(minutes=1)
    batch = prepared(office, row(1), row(2, rt="09"), row(4))
    [added] = office.sync.page(batch, "added")
    [changed] = office.sync.page(batch, "changed")
    [removed] = office.sync.page(batch, "removed")
    assert added.before is None
    assert added.after is not None
    assert added.after.nik == nik(4)
    assert changed.before is not None
    assert changed.after is not None
    assert (changed.after.nik, changed.before.rt, changed.after.rt) == (nik(2), "02", "09")
    assert removed.before is not None
    assert removed.after is None
    assert removed.before.nik == nik(3)


def test_the_pages_stay_after_publishing_and_tell_an_undo_backwards(office: Office) -> None:
    office.publish([row(1), row(2), row(3)])
    second = office.publish([row(1), row(2, rt="09"), row(4)])
    before = {kind: office.sync.page(second, kind) for kind in KINDS}
    office.later(minutes=1)
    reversal = office.sync.undo(second.id, office.verifier, "Berkasnya keliru")
    assert {kind: office.sync.page(second, kind) for kind in KINDS} == before
    opposite: dict[ChangeKind, ChangeKind] = {"added": "removed", "removed": "added"}
    for kind in KINDS:
        back = opposite.get(kind, kind)
        assert [each.reversed() for each in office.sync.page(second, kind)] == office.sync.page(
            reversal, back
        )
    assert reversal.published_at == second.published_at + timedelta(minutes=1)
