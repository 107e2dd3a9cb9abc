"""Upgrade of stored documents from the previous schema of their collection to today's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

from shared.platform.crypto.signed_documents import signed, verified
from shared.platform.document_format import DocumentFormat, Fields
from shared.platform.errors import SealBroken
from shared.platform.store import QueryShape, Snapshot, Store, Transaction, Write

if TYPE_CHECKING:
    from shared.deployment import Deployment

_PAGE: Final = 300
_AT_ONCE: Final = 8  # of at most 1 MiB each, and a commit holds 10


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
        store, outdated = deployment.store(each.database), list[str]()
        for snapshot in _documents(store, f"kelurahan/{deployment.kelurahan.key}", each):
            read += 1
            data = snapshot.data or {}
            if data.get("schema") == each.schema:
                continue
            if _today_s(deployment, each, snapshot) is None:
                continue
            upgraded[each.collection] += 1
            if not dry_run:
                outdated.append(snapshot.path)
            if len(outdated) == _AT_ONCE:
                store.run(partial(_rewrite, deployment, each, outdated))
                outdated = []
        if outdated:
            store.run(partial(_rewrite, deployment, each, outdated))
    return dict(upgraded), read


def _rewrite(
    deployment: Deployment, form: DocumentFormat, paths: list[str], transaction: Transaction
) -> None:
    writes: list[Write] = []
    for snapshot in transaction.get_many(paths):
        if snapshot.data is None or snapshot.data.get("schema") == form.schema:
            continue  # somebody else was quicker
        fields = _today_s(deployment, form, snapshot)
        if fields is not None:
            writes.append(Write("set", snapshot.path, fields))
    transaction.write(*writes)


def _today_s(deployment: Deployment, form: DocumentFormat, snapshot: Snapshot) -> Fields | None:
    """Return a document's fields in today's schema; None for one to be left as damaged."""
    keys = deployment.keysets[form.database]
    if form.is_signed:
        return signed(keys, snapshot.path, form.current(verified(keys, snapshot)))
    fields = form.current(snapshot.data or {})
    if form.sealed_upgrade is None:
        return fields
    with suppress(SealBroken):
        return form.sealed_upgrade(fields, snapshot.path, keys)
    return None


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
