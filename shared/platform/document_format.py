"""Stored document formats: which schema a reader takes, and how the previous one becomes current.

Each module that keeps documents declares its `DocumentFormat`. Readers pass what they read through
`current`, so that data of the previous schema is read until `manage.py migrate` has rewritten it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from shared.platform.errors import Broken, Unavailable
from shared.platform.store.port import Value

if TYPE_CHECKING:
    from shared.platform.crypto.keys import Keyset

Fields = Mapping[str, Value]
UPDATING: Final = "Sistem ini sedang diperbarui, dan data Anda aman. Silakan coba lagi besok."
"""What residents read while code and data are of different versions."""


@dataclass(frozen=True, slots=True)
class DocumentFormat:
    """The format of one collection's documents.

    `collection`: its path below kelurahan/<key>, with * for an id ("batches/*/differences");
    `document`: the one document in it of this format, where others there have formats of their own.
    `schema`: the number that is written today. `upgrade`: makes the fields of schema - 1 those of
    `schema`; None where there was no earlier one. Sealed fields stay as they are, and a MAC over
    the document is made anew by whoever writes it. `sealed_upgrade`: what a migration does besides,
    with the document's path and its database's keys: it seals what lay in the clear. Readers do
    without it, and take both. SealBroken where the fields aren't as this system wrote them.
    """

    database: Literal["registry", "intake", "lookup"]
    collection: str
    schema: int
    document: str | None = None
    upgrade: Callable[[Fields], Fields] | None = None
    sealed_upgrade: Callable[[Fields, str, Keyset], Fields] | None = None
    is_signed: bool = False

    def current(self, data: Fields) -> dict[str, Value]:
        """The fields in today's schema.

        Raises Unavailable (DATA_NEWER) for one that this code doesn't know yet, Broken
        (FORMAT_UNKNOWN) for any other.
        """
        found = data.get("schema")
        if found == self.schema:
            return dict(data)
        if found == self.schema - 1 and self.upgrade is not None:
            return {**self.upgrade(data), "schema": self.schema}
        if isinstance(found, int) and found > self.schema:
            raise newer_data()
        raise Broken(code="FORMAT_UNKNOWN")


def newer_data() -> Unavailable:
    """The error for data that was written by a later version than this code."""
    return Unavailable(UPDATING, code="DATA_NEWER")
