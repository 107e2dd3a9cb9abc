"""Signed documents: a keyed MAC over a document's path and all its fields.

Who can write to the database, but lacks the key, can't change, move or make such a document. They
can still put back an older version of it as a whole, or delete it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from shared.platform.crypto.keys import Keyset
from shared.platform.errors import SealBroken
from shared.platform.store.port import Snapshot, Value

FIELD: Final = "mac"
_DOMAIN: Final = "document"


def signed(keys: Keyset, path: str, data: Mapping[str, Value]) -> dict[str, Value]:
    """Return the document for this path with its MAC, under the current key."""
    return {**data, FIELD: keys.tag(_DOMAIN, _canonical(path, data), 16)}


def verified(keys: Keyset, snapshot: Snapshot) -> dict[str, Value]:
    """Return the fields of a document signed here; raises SealBroken for any other."""
    data = dict(snapshot.data or {})
    mac = data.pop(FIELD, None)
    content = _canonical(snapshot.path, data)
    if not isinstance(mac, bytes) or not keys.tag_fits(mac, _DOMAIN, content):
        raise SealBroken(code="DOCUMENT_TAMPERED")
    return data


def _canonical(path: str, data: Mapping[str, Value]) -> bytes:
    return json.dumps([path, _plain(data)], ensure_ascii=False, sort_keys=True).encode(
        "utf-8", "surrogatepass"
    )


def _plain(value: Any) -> Any:
    """Return the value in JSON's terms; times and bytes become unambiguous lists."""
    if isinstance(value, datetime):
        return ["time", value.timestamp()]
    if isinstance(value, bytes):
        return ["bytes", value.hex()]
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ["list", [_plain(each) for each in value]]
    return value
