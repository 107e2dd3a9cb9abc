"""Integrity check of complaints: every kind of alteration is found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, Final

import pytest

from shared.complaints.casework.integrity_check import (
    DamageTolerantContext,
    IntegrityReport,
    find_damaged,
)
from shared.complaints.casework.service import Casework, Filter
from shared.complaints.model.case import Case
from shared.complaints.model.lifecycle import Step
from shared.complaints.photos.storage import PhotoStorage
from shared.platform.crypto.keys import Keyset
from shared.platform.files.storage import Folder
from shared.platform.store import Query, Snapshot, Write
from tests.complaints import pictures
from tests.complaints.office import Office, typed

HARMS: Final[Mapping[str, Callable[[str], Write]]] = {
    "a field": lambda path: Write("update", path, {"rw": "09"}),
    "the words": lambda path: Write("update", path, {"sealed": None}),
    "no field by which it is listed": lambda path: Write("set", path, {"rw": "03"}),
    "an event": lambda path: Write("update", f"{path}/events/0002", {"state": "closed"}),
    "an event is gone": lambda path: Write("delete", f"{path}/events/0001"),
    "the last event is gone": lambda path: Write("delete", f"{path}/events/0002"),
    "an event too many": lambda path: Write("create", f"{path}/events/0003", {"number": 3}),
    "an event of no number": lambda path: Write("create", f"{path}/events/x", {"at": None}),
}


def verified(office: Office) -> IntegrityReport:
    return find_damaged(office.premises)


def path_of(office: Office, case: Case) -> str:
    return office.book.documents.path(case.id)


def worked_on(office: Office) -> Case:
    return office.take("operator", office.receive().case, Step.VERIFY)


@pytest.mark.parametrize("harm", HARMS)
def test_what_was_harmed_is_named_and_nothing_else(office: Office, harm: str) -> None:
    office.hire("operator")
    _, broken, _ = (worked_on(office) for _ in range(3))
    assert verified(office) == IntegrityReport(complaints=3, events=6, damaged=())
    office.registry.commit([HARMS[harm](path_of(office, broken))])
    assert verified(office) == IntegrityReport(complaints=3, events=4, damaged=(broken.id,))


def test_what_is_none_of_ours_is_named(office: Office) -> None:
    office.receive()
    foreign = f"{office.book.documents.collection}/not-one-of-ours"
    office.registry.create(foreign, {"rw": "03"})
    assert verified(office) == IntegrityReport(2, 1, ("not-one-of-ours",))


def test_the_events_of_another_complaint_are_no_stand_in(office: Office) -> None:
    office.hire("operator")
    one, other = worked_on(office), worked_on(office)
    event = office.registry.get(f"{path_of(office, other)}/events/0002")
    assert event.data is not None
    office.registry.set(f"{path_of(office, one)}/events/0002", event.data)
    assert verified(office).damaged == (one.id,)


def test_what_was_erased_in_time_is_whole(office: Office) -> None:
    case = office.receive().case
    office.book.erase(case.id, lambda _: True)
    assert verified(office) == IntegrityReport(1, 1, ())


def test_under_other_keys_all_are_damaged(office: Office) -> None:
    cases = [office.receive().case.id for _ in range(2)]
    office.open_with(Keyset(bytes(32)))
    assert verified(office) == IntegrityReport(2, 0, tuple(sorted(cases)))


def test_all_of_many_are_read(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.complaints.casework.integrity_check._PAGE", 2)
    for count in range(5):
        assert verified(office).complaints == count
        office.receive()


def test_a_step_taken_meanwhile_is_no_damage(office: Office) -> None:
    office.hire("operator")
    case = office.receive().case

    class Meanwhile:
        """A store on which a step is taken between a complaint's reading and its events'."""

        def __getattr__(self, name: str) -> Any:
            return getattr(office.registry, name)

        def query(self, query: Query) -> list[Snapshot]:
            if query.collection.endswith("/events"):
                office.take("operator", case, Step.NOTE, internal="Sedang diperiksa.")
            return office.registry.query(query)

    object.__setattr__(office.premises, "store", Meanwhile())
    assert verified(office) == IntegrityReport(1, 2, ())


def test_lists_leave_it_out_and_remember_it(office: Office) -> None:
    office.hire("operator")
    first, broken, last = (office.receive().case for _ in range(3))
    office.registry.update(path_of(office, broken), {"rw": "09"})
    ports = [each.name for each in fields(office.premises) if each.init]
    premises = DamageTolerantContext(**{name: getattr(office.premises, name) for name in ports})
    work, officer = Casework(premises, office.accounts, office.audit), office.staff["operator"]
    assert {case.id for case in work.cases(officer)} == {first.id, last.id}
    assert premises.damaged == {broken.id}
    assert {case.id for case, _ in work.files(officer, Filter(), "laporan")} == {first.id, last.id}


def with_photos(office: Office, count: int) -> Case:
    taken = [office.folder / f"{number}.jpg" for number in range(count)]
    for each in taken:
        each.write_bytes(pictures.telling())
    return office.desk.receive(typed(), office.key(), taken).case


def photo_file(office: Office, case: Case, number: int) -> Path:
    (found,) = (office.folder / "files").rglob(f"{case.photo_folder}/{number}.sealed")
    return found


def test_photos_are_read_too(office: Office) -> None:
    with_photos(office, 3)
    with_photos(office, 1)
    assert verified(office) == IntegrityReport(2, 2, (), photos=4)


def test_a_photo_that_is_gone_is_named(office: Office) -> None:
    with_photos(office, 1)
    case = with_photos(office, 3)
    photo_file(office, case, 2).unlink()
    assert verified(office) == IntegrityReport(2, 2, (case.id,), photos=1)


def test_a_photo_that_was_changed_or_exchanged_is_named(office: Office) -> None:
    one, other = with_photos(office, 2), with_photos(office, 2)
    changed, first, second = (
        photo_file(office, case, number) for case, number in ((one, 1), (other, 1), (other, 2))
    )
    changed.write_bytes(changed.read_bytes()[:-1] + b"x")
    second.write_bytes(first.read_bytes())
    assert verified(office).damaged == tuple(sorted((one.id, other.id)))


def test_photos_that_were_deleted_in_time_meanwhile_are_no_damage(office: Office) -> None:
    case = with_photos(office, 2)

    class Meanwhile(PhotoStorage):
        def photo(self, folder: str, number: int) -> bytes:
            office.book.amend(
                case.id,
                lambda snapshot, there: office.book.documents.changed(
                    snapshot, replace(there, photos=0, photo_folder="")
                ),
            )
            office.album.delete(folder)
            return super().photo(folder, number)

    album = Meanwhile(Folder(office.folder / "files"), office.keys, office.kelurahan.key)
    found = find_damaged(replace(office.premises, album=album))
    assert found == IntegrityReport(1, 1, (), photos=0)
