"""What is kept beside a batch: its differences and the rows with problems, sealed, for a time."""

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
    """The lists of all batches of a kelurahan. They expire 60 days after the time for an undo."""

    def __init__(self, batches: Batches, kelurahan: Kelurahan) -> None:
        self._batches = batches
        self._keys = batches.keys
        self._kept_for = timedelta(days=kelurahan.limits.undo_days + _KEEP_WAITING_DAYS)

    def chunks(self, batch: Batch) -> SealedChunks:
        """The lists of one batch, chunk by chunk."""
        return SealedChunks(self._batches.store, self._keys, self._batches.path(batch.id))

    def differences(self, batch: Batch) -> Iterator[Difference]:
        """What a batch changes, person by person; SealBroken where a part can't be read."""
        return serialization.differences(self.chunks(batch), batch.difference_chunks)

    def page(self, batch: Batch, kind: ChangeKind, skip: int, limit: int) -> list[Difference]:
        """Some differences of one kind; people are made of those alone."""
        items = self.chunks(batch).load(serialization.DIFFERENCES, batch.difference_chunks)
        wanted = (item for item in items if serialization.kind_of(item) == kind)
        return [serialization.difference_from(item) for item in islice(wanted, skip, skip + limit)]

    def approved_differences(self, batch: Batch) -> list[Difference]:
        """The same, once they have proved to be those that were shown; Conflict otherwise."""
        differences = list(self.differences(batch))
        keys = self._keys.subkeys(_FINGERPRINT)
        if batch.differences_hash not in [self._fingerprint(batch, differences, k) for k in keys]:
            raise Conflict("Isi batch tidak sama dengan yang diperiksa. Sinkronkan lagi berkasnya.")
        return differences

    def faulty_rows(self, batch: Batch) -> serialization.FaultyRows:
        """The rows of a batch's file that have problems, with the officer's own cells."""
        return serialization.faulty_rows(self.chunks(batch), batch.problem_chunks)

    def keep_differences(self, batch: Batch, differences: Sequence[Difference]) -> int:
        """Keep what a batch changes; the number of chunks."""
        items = map(serialization.difference_item, differences)
        return self._save(batch, serialization.DIFFERENCES, items)

    def keep_problems(self, batch: Batch, reading: Reading) -> int:
        """Keep the rows that have problems; the number of chunks."""
        items = serialization.problem_items(reading.headers, reading.faulty_rows())
        return self._save(batch, serialization.PROBLEMS, items)

    def fingerprint(self, batch: Batch, differences: Sequence[Difference]) -> str:
        """The hash that an approval approves: of the differences, their day and their source."""
        return self._fingerprint(batch, differences, self._keys.subkey(_FINGERPRINT))

    def _fingerprint(self, batch: Batch, differences: Sequence[Difference], key: bytes) -> str:
        return fingerprint(differences, key, batch.as_of, batch.source, str(batch.base))

    def _save(self, batch: Batch, collection: str, items: Iterable[object]) -> int:
        return self.chunks(batch).save(
            collection, items, now=batch.created_at, expires_at=batch.created_at + self._kept_for
        )
