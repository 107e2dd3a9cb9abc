"""The head of the register: which publication stands, and which keys name its documents."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Any, cast

from shared.platform.crypto.keys import Keyset
from shared.platform.crypto.signed_documents import signed, verified
from shared.platform.store import Snapshot, Store, Transaction, Value, Write

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class RegisterHead:
    """`sequence` counts publications, 0 before the first. `publishing`: a batch not yet finished.

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
        """Has a first publication been approved, so that shards and keys are settled?"""
        return self.bits > 0

    def with_(self, **changes: Any) -> RegisterHead:
        """The head after a step."""
        return replace(self, **changes)


class RegisterHeads:
    """The one head of a kelurahan, in the registry. It vouches for itself."""

    def __init__(self, store: Store, keys: Keyset, kelurahan_key: str) -> None:
        self._store = store
        self._keys = keys
        self.path = f"kelurahan/{kelurahan_key}/state/register"

    def get(self) -> RegisterHead:
        """The head as it stands; an empty one before the first publication."""
        return self._head(self._store.get(self.path))

    def read(self, transaction: Transaction) -> RegisterHead:
        """The same inside a transaction."""
        return self._head(transaction.get(self.path))

    def write(self, head: RegisterHead, now: datetime) -> Write:
        """The write that keeps a head."""
        data = cast(dict[str, Value], {"schema": SCHEMA, **asdict(head), "updated_at": now})
        return Write("set", self.path, signed(self._keys, self.path, data))

    def _head(self, snapshot: Snapshot) -> RegisterHead:
        if not snapshot.exists:
            return RegisterHead()
        known = {each.name for each in fields(RegisterHead)}
        document = verified(self._keys, snapshot)
        return RegisterHead(**cast(Any, {k: v for k, v in document.items() if k in known}))
