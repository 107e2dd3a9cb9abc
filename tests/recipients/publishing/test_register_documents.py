"""Documents of the register: what lies in the clear, and what the version before wrote."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from shared.platform.crypto.keys import Keyset
from shared.platform.errors import SealBroken
from shared.platform.store import Snapshot
from shared.recipients.model.entitlements import Entitlement
from shared.recipients.model.person import Person
from shared.recipients.publishing import register_documents

KEYS = Keyset(bytes(range(32)))
NOW = datetime(2026, 11, 24, tzinfo=UTC)
PLACE = "kelurahan/3273091002/recipients/jhz6lhy3ox4xf2idemfumshpwm"
PERSON = Person(
    nik="3273090101900003",
    name="SITI AMINAH",
    kk="3273090000000003",
    rw="03",
    rt="07",
    address="JL. TAMANSARI NO. 3",
    temporary=False,
    entitlements=(Entitlement("pkh", "", ""),),
)
CONTENT = bytes.fromhex("ed2a702f81ff4d65")
OF_SCHEMA_1: dict[str, Any] = {
    "schema": 1,
    "name": "SITI AMINAH",
    "name_folded": "SITI AMINAH",
    "rw": "03",
    "rt": "07",
    "address": "JL. TAMANSARI NO. 3",
    "temporary": False,
    "entitlements": [{"programme": "pkh", "period": "", "status": ""}],
    "programmes": ["pkh"],
    "sealed": bytes.fromhex(
        "01d055dba25e629c609d5ba0da6e17f9e9fb8480ff230c63f7e4ada355c322a429b74fd7df2250e379457aa7"
        "3c6fbc854fba610f1be7bacdc6e73348340d9e8a28e88b14f89f1cb23d10"
    ),
    "content": CONTENT,
    "batch": "b1",
    "updated_at": NOW,
}


def _document(person: Person = PERSON) -> dict[str, Any]:
    return dict(register_documents.document(person, PLACE, KEYS, CONTENT, "b1", NOW))


def _read(data: dict[str, Any], place: str = PLACE) -> Person:
    return register_documents.person(Snapshot(place, data), KEYS)


def test_numbers_and_address_are_in_no_field_of_a_document() -> None:
    said = repr(_document())
    for secret in (PERSON.nik, PERSON.kk, "TAMANSARI"):
        assert secret not in said
    assert _read(_document()) == PERSON


def test_a_document_of_the_version_before_is_read() -> None:
    assert _read(OF_SCHEMA_1) == PERSON


def test_a_person_s_content_hash_is_what_it_was_before_addresses_were_sealed() -> None:
    assert KEYS.tag("content", PERSON.to_bytes(), 8) == CONTENT


def test_a_new_document_over_one_of_before_leaves_no_address_in_the_clear() -> None:
    """A publication merges the fields of a changed person."""
    merged = {**OF_SCHEMA_1, **_document(replace(PERSON, rt="08"))}
    assert "TAMANSARI" not in repr(merged)


@pytest.mark.parametrize("address", ["JL. LAIN NO. 9", b"", b"x" * 60, None, 3])
def test_an_address_that_was_put_in_by_hand_is_damage(address: Any) -> None:
    with pytest.raises(SealBroken):
        _read({**_document(), "address": address})


def test_an_address_cannot_be_moved_to_another_person_or_field() -> None:
    other = PLACE[:-1] + "a"
    theirs = register_documents.document(PERSON, other, KEYS, CONTENT, "b1", NOW)
    with pytest.raises(SealBroken):
        _read({**_document(), "address": theirs["address"]})
    with pytest.raises(SealBroken):
        _read({**_document(), "address": _document()["sealed"]})
