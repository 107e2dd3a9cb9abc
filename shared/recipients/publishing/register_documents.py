"""Documents of the register: one per person, with NIK, KK number and address sealed.

`kelurahan/<key>/recipients/<id>` in the registry; the id is a keyed hash of the NIK. Name, RW, RT
and programmes are in the clear, so that staff can search by them; only staff functions open this
database.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Final, cast

from shared.platform.crypto.keys import Keyset
from shared.platform.document_format import DocumentFormat, Fields
from shared.platform.errors import Broken, SealBroken
from shared.platform.store import Snapshot, Value
from shared.recipients.model import names
from shared.recipients.model.entitlements import Entitlement
from shared.recipients.model.person import Person


def _sealed_address(fields: Fields, place: str, keys: Keyset) -> Fields:
    """Seal the address, which lay in the clear in schema 1."""
    address = fields.get("address")
    if not isinstance(address, str):
        raise SealBroken(code="RECORD_DAMAGED")
    return {**fields, "address": _seal_address(address, place, keys)}


FORMAT: Final = DocumentFormat(
    "registry", "recipients", schema=2, upgrade=dict, sealed_upgrade=_sealed_address
)


def path(kelurahan_key: str, document_id: str) -> str:
    """Return the path of a person's document."""
    return f"kelurahan/{kelurahan_key}/recipients/{document_id}"


def identifier(keys: Keyset, kelurahan_key: str, nik: str) -> str:
    """Return the id of a person's document."""
    return keys.identifier("nik", kelurahan_key, nik)


def document(
    person: Person, place: str, keys: Keyset, content: bytes, batch_id: str, now: datetime
) -> dict[str, Value]:
    """Return the document of a person at a path. `created_at` is left to the first writer.

    `content` is the keyed hash of the person, the same as in the manifest: by it a document that
    was changed by hand is told.
    """
    numbers = json.dumps([person.nik, person.kk]).encode()
    return {
        "schema": FORMAT.schema,
        "name": person.name,
        "name_folded": names.folded(person.name),
        "rw": person.rw,
        "rt": person.rt,
        "address": _seal_address(person.address, place, keys),
        "temporary": person.temporary,
        "entitlements": [entitlement._asdict() for entitlement in person.entitlements],
        "programmes": sorted({entitlement.programme for entitlement in person.entitlements}),
        "sealed": keys.seal(numbers, place),
        "content": content,
        "batch": batch_id,
        "updated_at": now,
    }


def person(snapshot: Snapshot, keys: Keyset) -> Person:
    """Return the person in a document; raises SealBroken where it is missing or was altered."""
    try:
        data = cast(dict[str, Any], FORMAT.current(snapshot.data or {}))
        address = data["address"]  # in the clear in schema 1
        if cast(Fields, snapshot.data)["schema"] == FORMAT.schema:
            address = keys.unseal(address, f"{snapshot.path}#address").decode()
        nik, kk = json.loads(keys.unseal(data["sealed"], snapshot.path))
        return Person(
            nik,
            data["name"],
            kk,
            data["rw"],
            data["rt"],
            address,
            data["temporary"],
            tuple(Entitlement(**each) for each in data["entitlements"]),
        )
    except (KeyError, TypeError, Broken):
        raise SealBroken(code="RECORD_DAMAGED") from None


def _seal_address(address: str, place: str, keys: Keyset) -> bytes:
    return keys.seal(address.encode(), f"{place}#address")
