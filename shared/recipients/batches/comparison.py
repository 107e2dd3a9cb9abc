"""Comparison of a list that was read with what is published: which people would change, and how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shared.platform.errors import SealBroken
from shared.recipients.model.differences import Comparison, Difference, compare
from shared.recipients.model.person import Person
from shared.recipients.model.reading_result import Reading
from shared.recipients.publishing import register_documents
from shared.recipients.publishing.databases import Databases
from shared.recipients.publishing.document_writer import Publisher

_DOCUMENTS_PER_READ = 300


@dataclass(frozen=True, slots=True)
class Changes:
    """What a reading would change in the register."""

    comparison: Comparison
    differences: Sequence[Difference]


def changes(
    reading: Reading,
    publisher: Publisher,
    published: Mapping[str, bytes],
    databases: Databases,
    kelurahan_key: str,
) -> Changes:
    """Compare a reading with what is published; reads only the documents that differ."""
    record_id = publisher.record_id
    wished = {record_id(nik): person for nik, person in reading.people.items()}
    comparison = compare(
        {key: publisher.content_hash(person) for key, person in wished.items()},
        published,
        set(map(record_id, reading.held)),
    )
    touched = [*comparison.changed, *comparison.removed]
    before = _people_at(databases, kelurahan_key, touched, publisher, published)
    touched = sorted([*comparison.added, *comparison.changed, *comparison.removed])
    differences = [Difference(key, before.get(key), wished.get(key)) for key in touched]
    return Changes(comparison, differences)


def _people_at(
    databases: Databases,
    kelurahan_key: str,
    ids: Sequence[str],
    publisher: Publisher,
    published: Mapping[str, bytes],
) -> dict[str, Person]:
    """Return the people in documents.

    Raises SealBroken where one isn't what was published there.
    """
    found: dict[str, Person] = {}
    for start in range(0, len(ids), _DOCUMENTS_PER_READ):
        part = ids[start : start + _DOCUMENTS_PER_READ]
        for snapshot in databases.registry.get_many(
            [register_documents.path(kelurahan_key, key) for key in part]
        ):
            person = register_documents.person(snapshot, databases.registry_keys)
            if publisher.content_hash(person) != published[snapshot.id]:
                raise SealBroken(code="RECORD_DAMAGED")
            found[snapshot.id] = person
    return found
