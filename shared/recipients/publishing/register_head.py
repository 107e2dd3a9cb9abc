"""The head of the register: the current publication, and the keys of its document ids."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Any, Final, cast

from shared.platform.crypto.keys import Keyset
from shared.platform.crypto.signed_documents import signed, verified
from shared.platform.document_format import DocumentFormat
from shared.platform.store import Snapshot, Store, Transaction, Value, Write

FORMAT: Final = DocumentFormat("registry", "state", schema=1, document="register", is_signed=True)


@dataclass(frozen=True, slots=True)
class RegisterHead:
    """The head of the register: the current publication, and its settled shards and keys.

    `sequence` counts publications, 0 before the first. `publishing`: a batch not yet finished.

    `bits` and the key ids are fixed when the first batch is approved: document ids and content
    hashes go on being made with these keys, also after a rotation, until everything is made anew.
    """

    sequence: int = 0
    batch: str = ""
    content: str = ""
    as_of: str = ""
    source: str = ""
    people: int = 0
    bits: int = 0
    registry_key_id: str = ""
    lookup_key_id: str = ""
    publishing: str = ""
    published_at: datetime | None = None

    @property
    def is_laid_out(self) -> bool:
        """Whether a first publication was approved, so that shards and keys are settled."""
        return self.bits > 0

    def with_(self, **changes: Any) -> RegisterHead:
        """Return the head after a step."""
        return replace(self, **changes)


class RegisterHeads:
    """The head of a kelurahan's register, one signed document of the registry."""

    def __init__(self, store: Store, keys: Keyset, kelurahan_key: str) -> None:
        self._store = store
        self._keys = keys
        self.path = f"kelurahan/{kelurahan_key}/state/register"

    def get(self) -> RegisterHead:
        """Return the head; an empty one before the first publication."""
        return self._head(self._store.get(self.path))

    def read(self, transaction: Transaction) -> RegisterHead:
        """Return the head inside a transaction."""
        return self._head(transaction.get(self.path))

    def write(self, head: RegisterHead, now: datetime) -> Write:
        """Return the write that keeps a head."""
        data = cast(dict[str, Value], {"schema": FORMAT.schema, **asdict(head), "updated_at": now})
        return Write("set", self.path, signed(self._keys, self.path, data))

    def _head(self, snapshot: Snapshot) -> RegisterHead:
        if not snapshot.exists:
            return RegisterHead()
        known = {each.name for each in fields(RegisterHead)}
        document = FORMAT.current(verified(self._keys, snapshot))
        return RegisterHead(**cast(Any, {k: v for k, v in document.items() if k in known}))
