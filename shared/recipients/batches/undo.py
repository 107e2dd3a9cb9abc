"""Undo of a publication: its differences reversed, unless a later batch changed the person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from shared.platform.errors import SealBroken
from shared.recipients.batches.sealed_chunks import SealedChunks
from shared.recipients.batches.serialization import DIFFERENCES, difference_from
from shared.recipients.model.batch import Batch
from shared.recipients.model.differences import Difference
from shared.recipients.model.person import Person


@dataclass(frozen=True, slots=True)
class UndoPlan:
    """The differences that reverse a batch, and the number of people in each group."""

    differences: tuple[Difference, ...]
    reversed: int
    kept: int
    failed: int

    @property
    def result(self) -> Mapping[str, int]:
        """The counts, as a batch keeps them."""
        return {"reversed": self.reversed, "kept": self.kept, "failed": self.failed}

    def counts(self) -> Mapping[str, int]:
        """Return how many people go back onto the list, change, and leave it."""
        kinds = Counter(difference.kind for difference in self.differences)
        return {kind: kinds[kind] for kind in ("added", "changed", "removed")}


def undo_plan(
    batch: Batch,
    chunks: SealedChunks,
    published: Mapping[str, bytes],
    content_hash: Callable[[Person], bytes],
) -> UndoPlan:
    """Plan the undo of a batch against what is published now.

    reversed: the person is as the batch left them, and goes back; kept: a later batch has changed
    them since; failed: what they were can't be read any more (a damaged or expired chunk).
    """
    back: list[Difference] = []
    kept = seen = 0
    for number in range(batch.difference_chunks):
        try:
            items = chunks.load_one(DIFFERENCES, number)
        except SealBroken:
            continue
        for item in items:
            seen += 1
            difference = difference_from(item)
            left = content_hash(difference.after) if difference.after else None
            if published.get(difference.id) == left:
                back.append(difference.reversed())
            else:
                kept += 1
    total = batch.added + batch.changed + batch.removed
    return UndoPlan(tuple(back), len(back), kept, total - seen)
