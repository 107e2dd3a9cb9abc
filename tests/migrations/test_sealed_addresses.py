"""Addresses of the register, which lay in the clear, are sealed by the migration."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from shared.migrations.runner import migrate
from shared.platform.data_version import CURRENT, check, read
from shared.platform.errors import Unavailable
from shared.platform.store import Write
from shared.recipients.publishing import register_documents
from tests.complaints import dumping
from tests.migrations.old_office import OldOffice
from tests.migrations.test_killed import KILLS, _run
from tests.recipients.office import Office, row

PEOPLE = 60
STREET = "JALAN KEMBANG SEPATU"


@pytest.fixture
def office(old: OldOffice, tmp_path: Path) -> Office:
    """An office with a published list, its register as the version before kept it."""
    made = Office(old.stores["registry"], old.stores["lookup"], tmp_path)
    made.publish(_rows())
    for path, data in _register(made).items():
        person = register_documents.person(made.registry.get(path), made.registry_keys)
        made.registry.set(path, {**data, "schema": 1, "address": person.address})
    root = f"kelurahan/{made.kelurahan.key}"
    for store in old.stores.values():
        store.set(f"{root}/state/data_version", {"schema": 1, "version": CURRENT - 1})
    return made


def _rows() -> list[list[str]]:
    return [row(number, alamat=f"{STREET} {number}") for number in range(PEOPLE)]


def _register(office: Office) -> dict[str, Any]:
    root = f"kelurahan/{office.kelurahan.key}/recipients/"
    found = dumping.documents(office.registry)
    return {path: data for path, data in found.items() if path.startswith(root)}


def _has_no_address(office: Office) -> bool:
    return STREET not in "\n".join(map(repr, dumping.documents(office.registry).values()))


def test_addresses_are_sealed_and_nobody_has_changed(old: OldOffice, office: Office) -> None:
    people, contents = office.register(), {p: d["content"] for p, d in _register(office).items()}
    assert len(people) == PEOPLE
    assert not _has_no_address(office)
    with pytest.raises(Unavailable) as caught:
        check(office.registry, office.kelurahan.key, is_fresh_without=True)
    assert caught.value.code == "DATA_OLDER"

    dry = migrate(old.deployment(), dry_run=True)
    assert dry.upgraded == {"recipients": PEOPLE}
    assert not _has_no_address(office)
    done = migrate(old.deployment())
    assert done.upgraded == dry.upgraded
    assert _has_no_address(office)
    assert office.register() == people
    assert {p: d["content"] for p, d in _register(office).items()} == contents
    assert migrate(old.deployment()).upgraded == {}
    assert read(office.registry, office.kelurahan.key) == CURRENT

    office.later(days=7)
    path = office.csv(_rows(), "minggu-depan.csv")
    batch = office.sync.prepare(path, path.name, office.operator)
    assert (batch.added, batch.changed, batch.removed) == (0, 0, 0)


def test_a_migration_killed_at_thirty_moments_seals_every_address_once(
    old: OldOffice, office: Office
) -> None:
    people = office.register()
    chance, killed = random.Random(20261125), 0
    while killed < KILLS and _run(old, chance.randrange(4), chance):
        killed += 1
    assert killed == KILLS
    migrate(old.deployment())
    assert office.register() == people
    assert _has_no_address(office)
    assert migrate(old.deployment()).upgraded == {}


def test_a_document_that_is_damaged_is_left_for_the_repair_and_stops_no_other(
    old: OldOffice, office: Office
) -> None:
    path = min(_register(office))
    office.registry.commit([Write("update", path, {"address": 5})])
    for _ in range(2):
        migrate(old.deployment())
        assert office.registry.get(path).data is not None
        assert [p for p, d in _register(office).items() if d["schema"] == 1] == [path]
    assert _has_no_address(office)
