"""Undo of a publication, also after later ones changed the same people."""

from __future__ import annotations

import pytest

from shared.platform.errors import Forbidden, Invalid, WrongState
from shared.recipients.model.batch import State
from tests.recipients.office import Office, nik, row

PEOPLE = 40
WHY = "Berkasnya keliru"


def test_undo_brings_back_what_was_there(office: Office) -> None:
    office.publish(row(n) for n in range(PEOPLE))
    before, projected = office.register(), office.projected()
    office.later(days=7)
    rows = [row(n) for n in range(2, PEOPLE + 1)]
    rows[3] = row(5, rt="09")
    batch = office.publish(rows)
    assert office.register() != before
    undone = office.sync.undo(batch.id, office.verifier, WHY)
    assert undone.undo_result == {"reversed": 4, "kept": 0, "failed": 0}
    assert (undone.added, undone.changed, undone.removed) == (2, 1, 1)
    assert office.register() == before
    assert office.projected() == projected
    assert office.sync.batch(batch.id).state is State.UNDONE
    assert office.finds(nik(3), "WARGA").as_of == "2026-11-20"


def test_undo_leaves_alone_whom_a_later_batch_changed(office: Office) -> None:
    office.publish(row(n) for n in range(PEOPLE))
    rows = [row(n) for n in range(PEOPLE)]
    rows[1], rows[2], rows[3] = row(1, rt="09"), row(2, rt="09"), row(3, rt="09")
    second = office.publish(rows)
    rows[2] = row(2, rt="08")
    rows[4] = row(4, rt="08")
    office.publish(rows)
    undone = office.sync.undo(second.id, office.other_verifier, WHY)
    assert undone.undo_result == {"reversed": 2, "kept": 1, "failed": 0}
    people = office.register()
    assert [people[nik(n)].rt for n in range(5)] == ["02", "02", "08", "02", "08"]


def test_a_first_publication_can_be_undone(office: Office) -> None:
    batch = office.publish(row(n) for n in range(PEOPLE))
    office.sync.undo(batch.id, office.verifier, WHY)
    assert office.register() == {}
    assert office.projected() == set()
    assert not office.finds(nik(3), "WARGA").listed
    again = office.publish(row(n) for n in range(PEOPLE))
    assert again.id != batch.id
    assert len(office.register()) == PEOPLE


def test_an_undo_can_be_undone(office: Office) -> None:
    office.publish(row(n) for n in range(PEOPLE))
    second = office.publish(row(n, rt="05") if n < 3 else row(n) for n in range(PEOPLE))
    undone = office.sync.undo(second.id, office.verifier, WHY)
    office.sync.undo(undone.id, office.verifier, "Ternyata benar")
    assert [office.register()[nik(n)].rt for n in range(4)] == ["05", "05", "05", "02"]


def test_what_cannot_be_read_any_more_is_counted_as_failed(office: Office) -> None:
    batch = office.publish(row(n) for n in range(1_200))
    chunks = office.sync._contents.chunks(batch)
    office.registry.delete(chunks.path("differences", 0))
    undone = office.sync.undo(batch.id, office.verifier, WHY)
    assert undone.undo_result == {"reversed": 200, "kept": 0, "failed": 1_000}
    assert len(office.register()) == 1_000


def test_an_undo_with_nothing_left_to_undo_says_so(office: Office) -> None:
    office.publish(row(n) for n in range(PEOPLE))
    second = office.publish(row(n, rt="05") if n < 3 else row(n) for n in range(PEOPLE))
    office.publish(row(n, rt="06") if n < 3 else row(n) for n in range(PEOPLE))
    before = office.register()
    undone = office.sync.undo(second.id, office.verifier, WHY)
    assert undone.undo_result == {"reversed": 0, "kept": 3, "failed": 0}
    assert (undone.added, undone.changed, undone.removed) == (0, 0, 0)
    assert office.register() == before


def test_undo_has_its_time_and_its_right(office: Office) -> None:
    batch = office.publish(row(n) for n in range(PEOPLE))
    with pytest.raises(Forbidden):
        office.sync.undo(batch.id, office.operator, WHY)
    with pytest.raises(Invalid):
        office.sync.undo(batch.id, office.verifier, "")
    office.later(days=30, minutes=1)
    with pytest.raises(WrongState):
        office.sync.undo(batch.id, office.verifier, WHY)
    assert len(office.register()) == PEOPLE


def test_a_batch_is_undone_once(office: Office) -> None:
    batch = office.publish(row(n) for n in range(PEOPLE))
    office.sync.undo(batch.id, office.verifier, WHY)
    with pytest.raises(WrongState):
        office.sync.undo(batch.id, office.verifier, WHY)
