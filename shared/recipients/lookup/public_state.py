"""The public state of the publication: the day of its data. One document of the lookup database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shared.platform.document_format import DocumentFormat
from shared.platform.store.port import Snapshot, Value

FORMAT: Final = DocumentFormat("lookup", "state", schema=1, document="recipients")


@dataclass(frozen=True, slots=True)
class PublicState:
    """The published list's day, source and publication.

    `as_of`: ISO day of the data, "" before the first publication; `source`: for residents.
    `sequence` is that of the register's head: the projection shows this publication.
    """

    as_of: str = ""
    source: str = ""
    published_at: datetime | None = None
    sequence: int = 0


def path(kelurahan_key: str) -> str:
    """Return the path of the state."""
    return f"kelurahan/{kelurahan_key}/state/recipients"


def document(
    *, as_of: str, source: str, people: int, key_id: str, sequence: int, published_at: datetime
) -> Mapping[str, Value]:
    """Return the state to store. `people` is for staff and figures; it is never shown as it is."""
    return {
        "schema": FORMAT.schema,
        "as_of": as_of,
        "source": source,
        "people": people,
        "key_id": key_id,
        "sequence": sequence,
        "published_at": published_at,
        "updated_at": published_at,
    }


def from_snapshot(snapshot: Snapshot) -> PublicState:
    """Return the stored state; an empty one before the first publication."""
    data = FORMAT.current(snapshot.data) if snapshot.data else {}
    as_of, source, published_at = data.get("as_of"), data.get("source"), data.get("published_at")
    sequence = data.get("sequence")
    return PublicState(
        as_of if isinstance(as_of, str) else "",
        source if isinstance(source, str) else "",
        published_at if isinstance(published_at, datetime) else None,
        sequence if isinstance(sequence, int) else 0,
    )
