"""Every layout that offices send goes from the file to the answer, with the same counts."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from shared import samples
from shared.recipients.model.batch import State
from tests.recipients.office import Office

HOUSEHOLDS = 400
WHY = "Daftar buatan untuk uji coba"


@pytest.mark.parametrize("stores", ["sqlite"], indirect=True)
@pytest.mark.parametrize("defects", [False, True], ids=["clean", "with defects"])
def test_every_layout_is_found_by_the_lookup_with_the_same_counts(
    office: Office, defects: bool
) -> None:
    _are_found_with_the_same_counts(office, samples.LAYOUTS, defects)


@pytest.mark.parametrize(
    "stores", [pytest.param("firestore", marks=pytest.mark.emulator)], indirect=True
)
def test_two_layouts_are_found_by_the_lookup_on_firestore(office: Office) -> None:
    _are_found_with_the_same_counts(office, ("siks", "bnba"), defects=True)


def _are_found_with_the_same_counts(office: Office, layouts: Iterable[str], defects: bool) -> None:
    made = samples.make(office.kelurahan, households=HOUSEHOLDS, seed=7)
    counts = set()
    for layout in layouts:
        path = office.folder / f"{layout}.xlsx"
        ledger = samples.write(made, path, layout=layout, defects=defects)
        batch = office.sync.prepare(path, path.name, office.operator)
        assert batch.people == ledger.people
        assert batch.entitlements == ledger.entitlements
        assert batch.problem_counts == ledger.counts()
        published = office.approved(batch.id, reason=WHY)
        assert published.state is State.PUBLISHED
        register = office.register()
        assert len(register) == len(office.projected()) + _temporary(register) == ledger.people
        _everybody_sampled_is_found(office, made, register)
        counts.add((batch.people, batch.entitlements))
        _back_to_nothing(office, published.id)
    assert len(counts) == 1


def _temporary(register: dict[str, object]) -> int:
    return sum(person.temporary for person in register.values())  # type: ignore[attr-defined]


def _everybody_sampled_is_found(
    office: Office, made: samples.Sample, register: dict[str, object]
) -> None:
    listed = [person for person in made.people if person.nik in register]
    assert listed
    for person in listed[:: max(1, len(listed) // 10)]:
        answer = office.finds(person.nik, person.name.split()[-1])
        assert answer.listed
        assert {each.programme for each in answer.entitlements} == set(person.programmes)


def _back_to_nothing(office: Office, batch_id: str) -> None:
    office.later(minutes=5)
    office.sync.undo(batch_id, office.verifier, WHY)
    assert office.register() == {}
    office.later(minutes=5)


def test_a_file_of_another_format_is_the_same_list(office: Office) -> None:
    made = samples.make(office.kelurahan, households=HOUSEHOLDS, seed=7)
    batches = []
    for suffix in (".xlsx", ".csv"):
        path: Path = office.folder / f"daftar{suffix}"
        samples.write(made, path, defects=False)
        batches.append(office.sync.prepare(path, path.name, office.operator))
    assert batches[0].people == batches[1].people
    assert batches[0].differences_hash == batches[1].differences_hash
