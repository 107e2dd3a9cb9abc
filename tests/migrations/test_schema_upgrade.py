"""Documents of the previous schema are rewritten, signed ones with a new signature."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from shared.migrations.formats import FORMATS
from shared.migrations.schema_upgrade import upgrade_documents
from shared.platform.crypto.signed_documents import signed, verified
from shared.platform.document_format import DocumentFormat
from shared.platform.errors import SealBroken, Unavailable
from tests.complaints import dumping
from tests.migrations.old_office import OldOffice


def _upgrade(data: Any) -> Any:
    return {**data, "size": data["length"]}


PLAIN = DocumentFormat("registry", "things", schema=2, upgrade=_upgrade)
NESTED = replace(PLAIN, collection="things/*/parts")
ALONE = replace(PLAIN, collection="others", document="one")
SIGNED = DocumentFormat("intake", "marks", schema=2, upgrade=_upgrade, is_signed=True)
ALL = (PLAIN, NESTED, ALONE, SIGNED)


def _written(old: OldOffice) -> dict[str, str]:
    """Documents of the previous schema, one of today's, and one of none of the formats."""
    root = f"kelurahan/{old.office.kelurahan.key}"
    registry, intake = old.stores["registry"], old.stores["intake"]
    before = {"schema": 1, "length": 3}
    for number in range(400):
        registry.set(f"{root}/things/{number:03d}", before)
    registry.set(f"{root}/things/current", {"schema": 2, "length": 1, "size": 1})
    registry.set(f"{root}/things/000/parts/a", before)
    registry.set(f"{root}/others/one", before)
    registry.set(f"{root}/others/two", {"schema": 9})
    path = f"{root}/marks/m"
    intake.set(path, signed(old.intake_keys, path, before))
    return {"mark": path, "part": f"{root}/things/000/parts/a", "one": f"{root}/others/one"}


def test_every_document_of_every_collection_becomes_today_s(old: OldOffice) -> None:
    paths = _written(old)
    deployment = old.deployment()
    upgraded, read = upgrade_documents(deployment, ALL, ("registry", "intake"))
    assert upgraded == {"things": 400, "things/*/parts": 1, "others": 1, "marks": 1}
    assert read == 404
    mark = verified(old.intake_keys, old.stores["intake"].get(paths["mark"]))
    assert mark == {"schema": 2, "length": 3, "size": 3}
    assert old.stores["registry"].get(paths["part"]).data == mark
    assert upgrade_documents(deployment, ALL, ("registry", "intake")) == ({}, 404)


def test_a_dry_run_counts_the_same_and_writes_nothing(old: OldOffice) -> None:
    _written(old)
    before = {name: dumping.documents(store) for name, store in old.stores.items()}
    dry = upgrade_documents(old.deployment(), ALL, ("registry", "intake"), dry_run=True)
    assert {name: dumping.documents(store) for name, store in old.stores.items()} == before
    assert dry == upgrade_documents(old.deployment(), ALL, ("registry", "intake"))


def test_a_document_that_is_newer_than_the_code_stops_it(old: OldOffice) -> None:
    root = f"kelurahan/{old.office.kelurahan.key}"
    old.stores["registry"].set(f"{root}/things/x", {"schema": 3})
    with pytest.raises(Unavailable) as caught:
        upgrade_documents(old.deployment(), ALL, ("registry",))
    assert caught.value.code == "DATA_NEWER"


def test_a_signed_document_that_was_changed_by_somebody_gets_no_new_signature(
    old: OldOffice,
) -> None:
    path = _written(old)["mark"]
    old.stores["intake"].update(path, {"length": 4})
    with pytest.raises(SealBroken):
        upgrade_documents(old.deployment(), ALL, ("intake",))


def test_what_the_code_writes_today_is_all_of_a_format_that_is_known(old: OldOffice) -> None:
    old.complaints(4)
    old.migrate()
    upgraded, read = upgrade_documents(old.deployment(), FORMATS, ("registry", "intake"))
    assert upgraded == {}
    written = [
        path
        for name in ("registry", "intake")
        for path in dumping.documents(old.stores[name])
        if not path.endswith("/state/data_version")
    ]
    assert read == len(written)
