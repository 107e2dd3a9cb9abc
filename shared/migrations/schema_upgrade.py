"""Upgrade of stored documents from the previous schema of their collection to today's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Final

from shared.platform.crypto.signed_documents import signed, verified
from shared.platform.document_format import DocumentFormat
from shared.platform.store import QueryShape, Snapshot, Store, Transaction, Write

if TYPE_CHECKING:
    from shared.deployment import Deployment

_PAGE: Final = 300


def upgrade_documents(
    deployment: Deployment,
    formats: Iterable[DocumentFormat],
    databases: Iterable[str],
    *,
    dry_run: bool = False,
) -> tuple[dict[str, int], int]:
    """Rewrite what is of the previous schema: counts by collection, and how many were read.

    Raises Unavailable (DATA_NEWER) for a document that is newer than the code, Broken for one whose
    schema is unknown, SealBroken for a signed one that was tampered with.
    """
    upgraded: Counter[str] = Counter()
    read = 0
    for each in formats:
        if each.database not in databases:
            continue
        store = deployment.store(each.database)
        for snapshot in _documents(store, f"kelurahan/{deployment.kelurahan.key}", each):
            read += 1
            data = snapshot.data or {}
            if data.get("schema") == each.schema:
                continue
            each.current(data)  # refuses what it doesn't know
            upgraded[each.collection] += 1
            if not dry_run:
                store.run(partial(_rewrite, deployment, each, snapshot.path))
    return dict(upgraded), read


def _rewrite(
    deployment: Deployment, form: DocumentFormat, path: str, transaction: Transaction
) -> None:
    snapshot = transaction.get(path)
    if snapshot.data is None or snapshot.data.get("schema") == form.schema:
        return  # somebody else was quicker
    if form.is_signed:
        keys = deployment.keysets[form.database]
        fields = signed(keys, path, form.current(verified(keys, snapshot)))
    else:
        fields = form.current(snapshot.data)
    transaction.write(Write("set", path, fields))


def _documents(store: Store, root: str, form: DocumentFormat) -> Iterator[Snapshot]:
    """All documents of a format; every * in its collection stands for each document there."""
    parents = [root]
    *above, last = form.collection.split("/*/")
    for name in above:
        parents = [each.path for parent in parents for each in _pages(store, f"{parent}/{name}")]
    for parent in parents:
        if form.document is None:
            yield from _pages(store, f"{parent}/{last}")
            continue
        snapshot = store.get(f"{parent}/{last}/{form.document}")
        if snapshot.exists:
            yield snapshot


def _pages(store: Store, collection: str) -> Iterator[Snapshot]:
    """All documents of a collection by their ids, so that one that is rewritten keeps its place."""
    shape = QueryShape(collection.rsplit("/", 1)[-1])
    after: Snapshot | None = None
    while page := store.query(shape.on(collection, limit=_PAGE, after=after)):
        yield from page
        after = page[-1]
