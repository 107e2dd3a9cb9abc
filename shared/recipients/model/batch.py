"""Batches: one file's changes, their preparation and approval, and the states of a batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, Literal, cast

from shared.platform.crypto.keys import Keyset
from shared.platform.crypto.signed_documents import signed, verified
from shared.platform.document_format import DocumentFormat
from shared.platform.errors import NotFound, WrongState
from shared.platform.store import Snapshot, Store, Transaction, Write, declare

FORMAT: Final = DocumentFormat("registry", "batches", schema=1, is_signed=True)
_NOT_THERE = "Batch ini tidak ada. Periksa nomornya."


class State(StrEnum):
    """The states of a batch."""

    DRAFT = "draft"
    WAITING = "waiting"
    BLOCKED = "blocked"
    PUBLISHING = "publishing"
    PUBLISHED = "published"
    FAILED = "failed"
    UNDONE = "undone"
    REJECTED = "rejected"


TRANSITIONS: Mapping[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.DRAFT, State.WAITING, State.BLOCKED, State.PUBLISHING}),
    State.WAITING: frozenset({State.PUBLISHING, State.REJECTED}),
    State.BLOCKED: frozenset({State.PUBLISHING, State.REJECTED}),
    State.PUBLISHING: frozenset({State.PUBLISHED, State.FAILED}),
    State.PUBLISHED: frozenset({State.UNDONE}),
    State.FAILED: frozenset(),
    State.UNDONE: frozenset(),
    State.REJECTED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch. Staff are named by their ids; counts are people, but for problems and rows.

    `base`: the sequence number of the publication that it was compared with. `blocked_for`: codes
    of the guards that it ran into. `undo_result`: for each person of the undone batch, reversed,
    kept (a later batch changed it) or failed. `as_of_before`: the day of the data that it replaced.
    `submitted_by`: who sent it to the second officer after looking through it; `removal_reason`:
    why people leave the list.
    """

    id: str
    state: State
    kind: Literal["sync", "undo"]
    content: str
    base: int
    as_of: str
    source: str
    prepared_by: str
    created_at: datetime
    updated_at: datetime
    differences_hash: str = ""
    difference_chunks: int = 0
    problem_chunks: int = 0
    rows: int = 0
    error_rows: int = 0
    people: int = 0
    entitlements: int = 0
    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    errors: int = 0
    warnings: int = 0
    problem_counts: Mapping[str, int] = field(default_factory=dict)
    blocked_for: tuple[str, ...] = ()
    approved_by: str = ""
    approved_at: datetime | None = None
    reason: str = ""
    published_at: datetime | None = None
    as_of_before: str = ""
    undo_of: str = ""
    undone_by: str = ""
    undo_result: Mapping[str, int] | None = None
    submitted_by: str = ""
    submitted_at: datetime | None = None
    removal_reason: str = ""

    def is_overtaken(self, sequence: int) -> bool:
        """Whether it waits although another list has been published since its comparison.

        `sequence`: the number of the publication that stands.
        """
        return self.state in (State.WAITING, State.BLOCKED) and self.base != sequence

    def is_of(self, staff_id: str) -> bool:
        """Whether this person prepared or sent it, so that somebody else has to approve it."""
        return staff_id in (self.prepared_by, self.submitted_by)

    def stepped(self, state: State, **changes: Any) -> Batch:
        """Return the batch after a step.

        Raises WrongState where the transition isn't in the table.
        """
        if state not in TRANSITIONS[self.state]:
            raise WrongState()
        return replace(self, state=state, **changes)


_NEWEST_FIRST = declare("batches", order=(("created_at", "desc"),))
_IN_STATE = declare("batches", equal=("state",), order=(("created_at", "desc"),))
_PUBLISHED = declare("batches", ranged="published_at", order=(("published_at", "desc"),))
# a range holds values of its bound's type only: every time, and not the null of the others
_EVER = datetime(1970, 1, 1, tzinfo=UTC)


class Batches:
    """The batches of one kelurahan, in the registry, as signed documents."""

    def __init__(self, store: Store, keys: Keyset, kelurahan_key: str) -> None:
        self.store = store
        self.keys = keys
        self.collection = f"kelurahan/{kelurahan_key}/batches"

    def path(self, batch_id: str) -> str:
        """Return the path of a batch; raises NotFound for what can't be a batch's id."""
        if not batch_id.isalnum() or not batch_id.isascii() or len(batch_id) > 40:
            raise NotFound(_NOT_THERE)
        return f"{self.collection}/{batch_id}"

    def get(self, batch_id: str) -> Batch:
        """Return one batch.

        Raises NotFound where there is none, SealBroken where it was altered.
        """
        return self._known(self.store.get(self.path(batch_id)))

    def find(self, batch_id: str) -> Batch | None:
        """Return one batch, or None."""
        snapshot = self.store.get(self.path(batch_id))
        return self._known(snapshot) if snapshot.exists else None

    def newest(self, limit: int = 52, after: str | None = None) -> list[Batch]:
        """Return the newest batches first; `after` is the id of the last one already seen."""
        cursor = self.store.get(self.path(after)) if after else None
        if cursor is not None and not cursor.exists:
            raise NotFound(_NOT_THERE)
        query = _NEWEST_FIRST.on(self.collection, limit=limit, after=cursor)
        return [self._known(snapshot) for snapshot in self.store.query(query)]

    def in_state(self, state: State, limit: int) -> list[Batch]:
        """Return the newest batches in a state."""
        query = _IN_STATE.on(self.collection, equal=(state.value,), limit=limit)
        return [self._known(snapshot) for snapshot in self.store.query(query)]

    def published(self, limit: int) -> list[Batch]:
        """Return the newest published batches first, those undone since included."""
        query = _PUBLISHED.on(self.collection, ranged=((">", _EVER),), limit=limit)
        return [self._known(snapshot) for snapshot in self.store.query(query)]

    def read(self, transaction: Transaction, batch_id: str) -> Batch:
        """Return one batch inside a transaction; raises NotFound."""
        return self._known(transaction.get(self.path(batch_id)))

    def find_in(self, transaction: Transaction, batch_id: str) -> Batch | None:
        """Return one batch inside a transaction, or None."""
        snapshot = transaction.get(self.path(batch_id))
        return self._known(snapshot) if snapshot.exists else None

    def write(self, batch: Batch) -> Write:
        """Return the write that keeps a batch, for a transaction or a commit."""
        path = self.path(batch.id)
        data = asdict(batch)
        data.pop("id")
        data["state"] = batch.state.value
        data["blocked_for"] = list(batch.blocked_for)
        return Write("set", path, signed(self.keys, path, {"schema": FORMAT.schema, **data}))

    def _known(self, snapshot: Snapshot) -> Batch:
        if not snapshot.exists:
            raise NotFound(_NOT_THERE)
        known = {each.name for each in fields(Batch)}
        document = FORMAT.current(verified(self.keys, snapshot))
        data = cast(dict[str, Any], {k: v for k, v in document.items() if k in known})
        data["state"] = State(data["state"])
        data["blocked_for"] = tuple(data["blocked_for"])
        return Batch(id=snapshot.id, **data)
