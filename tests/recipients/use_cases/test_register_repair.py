"""Repair of the register and of the public list."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.platform.audit.entries import Entry
from shared.platform.audit.log import AuditLog
from shared.platform.errors import Forbidden, Invalid, WrongState
from shared.platform.leases import Leases
from shared.platform.store import Write
from shared.recipients.lookup import projection
from shared.recipients.model.batch import Batch, State
from shared.recipients.publishing import manifest, register_documents
from shared.recipients.publishing.databases import Databases
from shared.recipients.use_cases.register_repair import RegisterRepair
from tests.recipients.office import Office, nik, row
from tests.recipients.publishing.test_stalled import Stalling
from tests.rotation import rotated

PEOPLE = 60
WHY = "Perbaikan sesudah gangguan"


class Dies(BaseException):
    """Stands for a process that is gone."""


def _repair(office: Office, audit: AuditLog | None = None) -> RegisterRepair:
    databases = Databases(office.registry, office.registry_keys, office.lookup, office.lookup_keys)
    leases = Leases(office.registry, office.kelurahan.key, office.clock)
    return RegisterRepair(office.kelurahan, databases, audit or office.audit, leases, office.clock)


def _published(office: Office) -> None:
    office.publish([*(row(n) for n in range(PEOPLE)), row(900, nik=_temporary(office))])


def _temporary(office: Office) -> str:
    return "0" + office.kelurahan.key + "00001"


def _record(office: Office, number: int) -> str:
    identifier = register_documents.identifier(
        office.registry_keys, office.kelurahan.key, nik(number)
    )
    return register_documents.path(office.kelurahan.key, identifier)


def _public(office: Office, number: int) -> str:
    identifier = projection.identifier(office.lookup_keys, office.kelurahan.key, nik(number))
    return projection.path(office.kelurahan.key, identifier)


def _whole(office: Office) -> None:
    found = _repair(office).verify()
    assert found.is_whole
    assert len(office.register()) == found.people
    next_week = office.publish(row(n, rt="07") for n in range(PEOPLE))
    assert next_week.state is State.PUBLISHED
    assert len(office.projected()) == PEOPLE


def test_a_whole_register_is_left_as_it_is(office: Office) -> None:
    assert _repair(office).verify().is_whole
    _published(office)
    sequence = office.sync.head().sequence
    found = _repair(office).repair(office.verifier, WHY)
    assert (found.is_whole, found.people) == (True, PEOPLE + 1)
    assert office.sync.head().sequence == sequence


def test_a_public_list_that_drifted_becomes_the_register_s_again(office: Office) -> None:
    _published(office)
    office.lookup.delete(_public(office, 1))
    office.lookup.merge(_public(office, 2), {"entitlements": []})
    office.lookup.set(projection.path(office.kelurahan.key, "a" * 26), {"schema": 1})
    found = _repair(office).verify()
    assert (found.public_missing, found.public_wrong, found.public_extra) == (1, 1, 1)
    assert not office.finds(nik(1), "WARGA").listed
    assert _repair(office).repair(office.verifier, WHY) == found
    assert office.finds(nik(1), "WARGA").listed
    assert office.finds(nik(2), "WARGA").entitlements
    _whole(office)


def test_damaged_people_are_taken_out_and_come_back_with_the_next_list(office: Office) -> None:
    _published(office)
    office.registry.commit(
        [
            Write("merge", _record(office, 1), {"sealed": b"x"}),
            Write("merge", _record(office, 2), {"rw": "19"}),
            Write("delete", _record(office, 3)),
            Write("set", register_documents.path(office.kelurahan.key, "b" * 26), {"schema": 1}),
        ]
    )
    path = office.csv(row(n, rt="07") for n in range(PEOPLE))
    with pytest.raises(WrongState) as refused:
        office.sync.prepare(path, path.name, office.operator)
    assert refused.value.code == "REGISTER_DAMAGED"
    found = _repair(office).repair(office.verifier, WHY)
    assert (found.damaged, found.missing, found.people) == (3, 1, PEOPLE + 1 - 3)
    assert len(office.projected()) == PEOPLE - 3
    _whole(office)


def test_a_damaged_manifest_is_made_anew_from_the_documents(office: Office) -> None:
    _published(office)
    for store in (office.registry, office.lookup):
        store.set(manifest.path(office.kelurahan.key, 3), {"schema": 1, "entries": b"short"})
    found = _repair(office).repair(office.verifier, WHY)
    assert found.shards_wrong == 2
    _whole(office)


def test_an_older_registry_beside_a_newer_public_list_is_noticed(office: Office) -> None:
    _published(office)
    path = state_path(office)
    document = office.lookup.get(path).data
    assert document is not None
    office.lookup.merge(path, {"sequence": 7})
    file = office.csv(row(n) for n in range(PEOPLE))
    with pytest.raises(WrongState) as refused:
        office.sync.prepare(file, file.name, office.operator)
    assert refused.value.code == "PROJECTION_BEHIND"
    _repair(office).repair(office.verifier, WHY)
    assert office.sync.head().sequence == 8
    _whole(office)


def _stuck(office: Office, people: int = PEOPLE) -> tuple[Batch, Path]:
    """A batch whose publication was interrupted, and the file it was made of."""
    _published(office)
    path = office.csv(row(n, rt="05") for n in range(people))
    batch = office.sent(office.sync.prepare(path, path.name, office.operator))

    def dies() -> None:
        raise Dies

    stalled = Stalling(office.registry, 12, dies)
    with pytest.raises(Dies):
        office.opened(registry=stalled).approve(batch.id, office.verifier, WHY)  # type: ignore[arg-type]
    office.opened()
    assert office.sync.head().publishing == batch.id
    office.later(minutes=3)
    return batch, path


def _chunk(office: Office, batch: Batch) -> str:
    return office.sync._contents.chunks(batch).path("differences", 0)


@pytest.mark.parametrize("lost", ["chunk", "batch"])
def test_a_publication_that_cannot_be_finished_is_given_up(office: Office, lost: str) -> None:
    batch, path = _stuck(office)
    chunk = _chunk(office, batch)
    office.registry.delete(chunk if lost == "chunk" else office.sync._batches.path(batch.id))
    with pytest.raises(WrongState) as refused:
        office.sync.prepare(path, path.name, office.operator)
    assert refused.value.code == "PUBLICATION_STUCK"
    found = _repair(office).repair(office.verifier, WHY)
    assert found.interrupted == batch.id
    if lost == "chunk":
        assert office.sync.batch(batch.id).state is State.FAILED
    _whole(office)


class _Killed(AuditLog):
    """Stands for a process that is gone once the publication is given up."""

    def append(self, *_: object, **__: object) -> Entry:
        raise Dies


def test_after_a_killed_repair_the_same_file_makes_a_new_batch(office: Office) -> None:
    batch, path = _stuck(office, PEOPLE + 40)
    office.registry.delete(_chunk(office, batch))
    killed = _Killed(office.registry, office.registry_keys, office.kelurahan.key, office.clock)
    with pytest.raises(Dies):
        _repair(office, killed).repair(office.verifier, WHY)
    assert office.sync.batch(batch.id).state is State.FAILED
    office.later(minutes=11)
    again = office.sync.prepare(path, path.name, office.operator)
    assert again.id != batch.id
    assert office.approved(again.id, reason=WHY).state is State.PUBLISHED
    assert {each.rt for each in office.register().values()} == {"05"}
    assert office.sync.head().people == len(office.register()) == PEOPLE + 40
    assert office.sync.prepare(path, path.name, office.operator).id == again.id


def test_a_publication_that_was_only_interrupted_is_finished(office: Office) -> None:
    _published(office)
    path = office.csv(row(n, rt="05") for n in range(PEOPLE))
    batch = office.sent(office.sync.prepare(path, path.name, office.operator))

    def dies() -> None:
        raise Dies

    with pytest.raises(Dies):
        office.opened(lookup=Stalling(office.lookup, 5, dies)).approve(  # type: ignore[arg-type]
            batch.id, office.verifier, WHY
        )
    office.opened()
    office.later(minutes=3)
    assert _repair(office).verify().interrupted == batch.id
    _repair(office).repair(office.verifier, WHY)
    assert office.sync.batch(batch.id).state is State.PUBLISHED
    _whole(office)


def test_a_key_changed_in_the_middle_stops_nothing(office: Office) -> None:
    _published(office)
    path = office.csv(row(n, rt="05") for n in range(PEOPLE))
    batch = office.sent(office.sync.prepare(path, path.name, office.operator))
    office.registry_keys = rotated(office.registry_keys)
    office.lookup_keys = rotated(office.lookup_keys)
    office.audit.__init__(  # type: ignore[misc]
        office.registry, office.registry_keys, office.kelurahan.key, office.clock
    )
    office.sync = office.opened()
    assert office.sync.approve(batch.id, office.verifier, WHY).state is State.PUBLISHED
    assert office.finds(nik(3), "WARGA").listed
    assert {each.rt for each in office.register().values()} == {"05"}
    _whole(office)


def test_a_repair_needs_a_right_and_a_reason(office: Office) -> None:
    _published(office)
    for officer in (office.operator, office.auditor):
        with pytest.raises(Forbidden):
            _repair(office).repair(officer, WHY)
    with pytest.raises(Invalid):
        _repair(office).repair(office.verifier, "")


def state_path(office: Office) -> str:
    from shared.recipients.lookup import public_state

    return public_state.path(office.kelurahan.key)
