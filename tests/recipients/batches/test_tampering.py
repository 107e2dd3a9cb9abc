"""Tampering by somebody who may write to the databases but has no key."""

from __future__ import annotations

from typing import Any

import pytest

from shared.platform.errors import Conflict, SealBroken, WrongState
from shared.platform.store import Value
from shared.recipients.lookup import projection
from shared.recipients.publishing import register_documents
from tests.recipients.office import Office, nik, row

PEOPLE = 30
WHY = "Disetujui untuk uji coba"


def _waiting(office: Office) -> Any:
    path = office.csv(row(n) for n in range(PEOPLE))
    return office.sent(office.sync.prepare(path, path.name, office.verifier))


@pytest.mark.parametrize(
    "forged",
    [
        {"prepared_by": "somebody"},
        {"submitted_by": "somebody"},
        {"removal_reason": "Dikarang kemudian"},
        {"state": "publishing", "approved_by": "ver2"},
        {"as_of": "2026-01-01"},
        {"blocked_for": []},
        {"base": 5},
        {"added": 1},
        {"undo_of": "x"},
    ],
)
def test_a_forged_batch_is_published_by_nobody(office: Office, forged: dict[str, Value]) -> None:
    batch = _waiting(office)
    path = office.sync._batches.path(batch.id)
    data = office.registry.get(path).data
    assert data is not None
    office.registry.update(path, {name: v for name, v in forged.items() if data[name] != v})
    if forged == {"blocked_for": []}:  # it was empty: then nothing was forged
        return
    for officer in (office.verifier, office.other_verifier):
        with pytest.raises(SealBroken):
            office.sync.approve(batch.id, officer, WHY)
    assert office.register() == {}


def test_a_forged_head_publishes_nothing(office: Office) -> None:
    batch = _waiting(office)
    office.registry.set(
        office.sync._publication.heads.path, {"schema": 1, "publishing": batch.id, "bits": 4}
    )
    with pytest.raises(SealBroken):
        office.sync.approve(batch.id, office.other_verifier, WHY)
    assert (
        office.registry.get(register_documents.path(office.kelurahan.key, _id(office, 3))).data
        is None
    )


def test_a_batch_of_another_place_is_not_taken(office: Office) -> None:
    batch = _waiting(office)
    data = office.registry.get(office.sync._batches.path(batch.id)).data
    assert data is not None
    office.registry.set(office.sync._batches.path("b" * 16), data)
    with pytest.raises(SealBroken):
        office.sync.approve("b" * 16, office.other_verifier, WHY)


def test_an_edited_person_does_not_become_public(office: Office) -> None:
    office.publish(row(n) for n in range(PEOPLE))
    path = register_documents.path(office.kelurahan.key, _id(office, 3))
    more: Value = [{"programme": "bpnt", "period": "", "status": ""}]
    office.registry.update(path, {"entitlements": more})
    rows = [row(n) for n in range(PEOPLE)]
    rows[3] = row(3, rt="09")
    file = office.csv(rows)
    with pytest.raises(WrongState) as refused:
        office.sync.prepare(file, file.name, office.operator)
    assert refused.value.code == "REGISTER_DAMAGED"
    assert [e.programme for e in office.finds(nik(3), "WARGA").entitlements] == ["pkh"]


def test_sealed_numbers_cannot_be_moved_to_another_person(office: Office) -> None:
    office.publish(row(n) for n in range(PEOPLE))
    mine, theirs = (register_documents.path(office.kelurahan.key, _id(office, n)) for n in (3, 4))
    data = office.registry.get(theirs).data
    assert data is not None
    office.registry.update(mine, {"sealed": data["sealed"]})
    with pytest.raises(SealBroken):
        register_documents.person(office.registry.get(mine), office.registry_keys)


def test_differences_of_another_batch_are_not_taken(office: Office) -> None:
    first = _waiting(office)
    path = office.csv(row(n) for n in range(PEOPLE + 5))
    second = office.sync.prepare(path, path.name, office.verifier)
    chunk = office.registry.get(office.sync._contents.chunks(second).path("differences", 0)).data
    assert chunk is not None
    office.registry.set(office.sync._contents.chunks(first).path("differences", 0), chunk)
    with pytest.raises((SealBroken, Conflict)):
        office.sync.approve(first.id, office.other_verifier, WHY)


def test_nothing_in_either_database_names_anybody_who_was_not_asked_to_be_named(
    office: Office,
) -> None:
    """No NIK and no KK number in the clear anywhere; no name in the lookup database."""
    odd = [row(90, nik="123", alamat=nik(91)), row(92, alamat=f"Gg. Mawar {nik(93)} No. 5")]
    odd.append(row(94, nama=f"SITI {nik(95)}"))
    batch = office.publish([*(row(n) for n in range(PEOPLE)), *odd])
    assert batch.people == PEOPLE + 2
    assert office.register()[nik(92)].address == "Gg. Mawar No. 5"
    assert office.register()[nik(94)].name == "SITI"
    registry, lookup = (_dump(office, store) for store in (office.registry, office.lookup))
    for number in range(PEOPLE):
        assert nik(number) not in registry + lookup
        assert row(number)[1] not in registry + lookup
        assert row(number)[2] not in lookup
    assert not any(nik(number) in registry for number in (91, 93, 95))


def _id(office: Office, number: int) -> str:
    return register_documents.identifier(office.registry_keys, office.kelurahan.key, nik(number))


def _dump(office: Office, store: Any) -> str:
    """Every document that a publication leaves, as text."""
    key = office.kelurahan.key
    head = office.sync.head()
    paths = [f"kelurahan/{key}/state/register", f"kelurahan/{key}/state/recipients"]
    batch = office.sync._batches.path(head.batch)
    paths += [batch, f"{batch}/differences/000000", f"{batch}/problems/000000"]
    paths += [f"kelurahan/{key}/recipients_manifest/{shard:04x}" for shard in range(16)]
    paths += [f"kelurahan/{key}/audit/{number:012d}" for number in range(1, 5)]
    for number in (*range(PEOPLE), 92, 94):
        paths.append(register_documents.path(key, _id(office, number)))
        public = projection.identifier(office.lookup_keys, key, nik(number))
        paths.append(projection.path(key, public))
    found = store.get_many(paths)
    assert any(each.exists for each in found)
    return repr([each.data for each in found])
