"""Store port: the operations on a document database that the application uses.

It speaks Firestore's own terms, and promises no more than Firestore does. A path alternates
collection and document ids (`kelurahan/3273091002/batches/b1`); a document is a map of Firestore
values; a commit is atomic, at most 10 MiB; one document holds at most 1 MiB.

Both adapters (`sqlite`, `firestore`) pass the same contract suite in `tests/store/`. They raise
only `shared.platform.errors` types: AlreadyExists, DocumentMissing, Contended, Unavailable, and
ValueError for a path or a value that no Firestore would take.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, TypeAlias, TypeVar

Value: TypeAlias = (
    "bool | int | float | str | bytes | datetime | Sequence[Value] | Mapping[str, Value] | None"
)
Data = Mapping[str, Value]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Increment:
    """Increment of a stored number by `by`, as a top-level field's value in `merge` or `update`.

    What is missing or no number counts as 0. An integer stays within 64 bits, at the bound.
    """

    by: int = 1


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Document as it was read; `data` is None where there is none."""

    path: str
    data: dict[str, Value] | None

    @property
    def exists(self) -> bool:
        """Whether there is a document."""
        return self.data is not None

    @property
    def id(self) -> str:
        """The last part of the path."""
        return self.path.rsplit("/", 1)[-1]


@dataclass(frozen=True, slots=True)
class Write:
    """Write of one document within a commit.

    create: fails the commit with AlreadyExists; set: replaces the whole document; merge: sets the
    named top-level fields, making the document if need be; update: the same, DocumentMissing where
    there is none; delete: never fails. Only merge and update take `Increment`. The writes of a
    commit are carried out in their order; to one document, a create comes before all but a delete,
    and an update doesn't follow a delete.
    """

    kind: Literal["create", "set", "merge", "update", "delete"]
    path: str
    data: Mapping[str, Value | Increment] = field(default_factory=dict)


Operator = Literal["==", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Query:
    """Query for documents of one collection, by filters, in an order.

    `where`: (field, operator, value); `order`: (field, "asc" | "desc"), ties by document id in the
    direction of the last order. One field at most has ranges, and comes first in the order.
    `after`: the snapshot to go on behind. Documents that lack a filtered or ordered field are not
    found. Made by a `QueryShape`, so that its index is known. `open_names`: fields of `where` whose
    names are data (compared with == only); no index is made for them.
    """

    collection: str
    where: tuple[tuple[str, Operator, Value], ...] = ()
    order: tuple[tuple[str, Literal["asc", "desc"]], ...] = ()
    limit: int | None = None
    after: Snapshot | None = None
    open_names: frozenset[str] = frozenset()


class Transaction(Protocol):
    """Transaction inside `Store.run`: all reads come before the first write, else ValueError."""

    def get(self, path: str) -> Snapshot:
        """Read one document; the commit holds only if it stays unchanged."""

    def get_many(self, paths: Sequence[str]) -> list[Snapshot]:
        """Read several, in the order asked."""

    def write(self, *writes: Write) -> None:
        """Add writes, all carried out at the end, or none."""


class Store(Protocol):
    """Document database, safe to use from several threads.

    Every method raises Unavailable where the database doesn't answer, is closed or full, and
    ValueError for a path, value, size or query that Firestore doesn't take.
    """

    def get(self, path: str) -> Snapshot:
        """Read one document."""

    def get_many(self, paths: Sequence[str]) -> list[Snapshot]:
        """Read several in one round trip, in the order asked."""

    def create(self, path: str, data: Data) -> None:
        """Create a document; AlreadyExists where there is one."""

    def set(self, path: str, data: Data) -> None:
        """Replace a document, or create it."""

    def merge(self, path: str, fields: Mapping[str, Value | Increment]) -> None:
        """Set top-level fields, creating the document if need be."""

    def update(self, path: str, fields: Mapping[str, Value | Increment]) -> None:
        """Set top-level fields; DocumentMissing where there is no document."""

    def delete(self, path: str) -> None:
        """Delete a document, if it is there."""

    def query(self, query: Query) -> list[Snapshot]:
        """Find documents, in the query's order."""

    def count(self, query: Query) -> int:
        """Count the documents that a query finds (billed as one read per 1,000)."""

    def counts(self, queries: Sequence[Query]) -> list[int]:
        """Count the documents that each query finds, at the same time where that is quicker."""

    def commit(self, writes: Iterable[Write]) -> None:
        """Carry out all writes, or none; AlreadyExists, DocumentMissing, Contended."""

    def run(self, work: Callable[[Transaction], T]) -> T:
        """Read, then write, as one; Contended after losing to other writers too often.

        `work` may be called several times; its result of the last time is returned.
        """

    def close(self) -> None:
        """Close all connections."""
