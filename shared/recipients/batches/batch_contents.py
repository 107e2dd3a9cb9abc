"""Sealed contents of a batch, kept for a time: its differences, and the rows with problems."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import islice
from typing import Final

from shared.kelurahan.configuration import Kelurahan
from shared.platform.errors import Conflict
from shared.recipients.batches import serialization
from shared.recipients.batches.sealed_chunks import SealedChunks
from shared.recipients.model.batch import Batch, Batches
from shared.recipients.model.differences import ChangeKind, Difference, fingerprint
from shared.recipients.model.reading_result import Reading

_KEEP_WAITING_DAYS: Final = 60
_FINGERPRINT: Final = "differences"


class BatchContents:
    """The contents of a kelurahan's batches. They expire 60 days after the time for an undo."""

    def __init__(self, batches: Batches, kelurahan: Kelurahan) -> None:
        self._batches = batches
        self._keys = batches.keys
        self._kept_for = timedelta(days=kelurahan.limits.undo_days + _KEEP_WAITING_DAYS)

    def chunks(self, batch: Batch) -> SealedChunks:
        """Return the sealed lists of one batch, chunk by chunk."""
        return SealedChunks(self._batches.store, self._keys, self._batches.path(batch.id))

    def differences(self, batch: Batch) -> Iterator[Difference]:
        """Yield what a batch changes, person by person.

        Raises SealBroken where a part can't be read.
        """
        return serialization.differences(self.chunks(batch), batch.difference_chunks)

    def page(self, batch: Batch, kind: ChangeKind, skip: int, limit: int) -> list[Difference]:
        """Return a page of differences of one kind; only those are decoded into people."""
        items = self.chunks(batch).load(serialization.DIFFERENCES, batch.difference_chunks)
        wanted = (item for item in items if serialization.kind_of(item) == kind)
        return [serialization.difference_from(item) for item in islice(wanted, skip, skip + limit)]

    def approved_differences(self, batch: Batch) -> list[Difference]:
        """Return the differences, verified as those that were shown; raises Conflict otherwise."""
        differences = list(self.differences(batch))
        keys = self._keys.subkeys(_FINGERPRINT)
        if batch.differences_hash not in [self._fingerprint(batch, differences, k) for k in keys]:
            raise Conflict("Isi batch tidak sama dengan yang diperiksa. Sinkronkan lagi berkasnya.")
        return differences

    def faulty_rows(self, batch: Batch) -> serialization.FaultyRows:
        """Return the rows of a batch's file that have problems, with the officer's own cells."""
        return serialization.faulty_rows(self.chunks(batch), batch.problem_chunks)

    def keep_differences(self, batch: Batch, differences: Sequence[Difference]) -> int:
        """Save what a batch changes; return the number of chunks."""
        items = map(serialization.difference_item, differences)
        return self._save(batch, serialization.DIFFERENCES, items)

    def keep_problems(self, batch: Batch, reading: Reading) -> int:
        """Save the rows that have problems; return the number of chunks."""
        items = serialization.problem_items(reading.headers, reading.faulty_rows())
        return self._save(batch, serialization.PROBLEMS, items)

    def fingerprint(self, batch: Batch, differences: Sequence[Difference]) -> str:
        """Return the hash that an approval approves: of the differences, their day and source."""
        return self._fingerprint(batch, differences, self._keys.subkey(_FINGERPRINT))

    def _fingerprint(self, batch: Batch, differences: Sequence[Difference], key: bytes) -> str:
        return fingerprint(differences, key, batch.as_of, batch.source, str(batch.base))

    def _save(self, batch: Batch, collection: str, items: Iterable[object]) -> int:
        return self.chunks(batch).save(
            collection, items, now=batch.created_at, expires_at=batch.created_at + self._kept_for
        )
