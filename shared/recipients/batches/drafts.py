"""Drafts of batches: contents saved, counts made, guards applied, until the batch waits.

A process may sleep in the middle and wake when others have gone on, so both ends look at what is
there: a draft is begun over nothing or over a draft, and ended only over its own.
"""

from __future__ import annotations

from shared.kelurahan.configuration import Kelurahan
from shared.platform.audit.log import AuditLog
from shared.platform.errors import Busy
from shared.platform.leases import Lease
from shared.platform.store import Transaction
from shared.recipients.batches import guards
from shared.recipients.batches.batch_contents import BatchContents
from shared.recipients.batches.comparison import Changes
from shared.recipients.model.batch import Batch, Batches, State
from shared.recipients.model.reading_result import Reading
from shared.recipients.publishing.register_head import RegisterHead


class Drafts:
    """The drafts of one kelurahan's batches."""

    def __init__(
        self, kelurahan: Kelurahan, batches: Batches, contents: BatchContents, audit: AuditLog
    ) -> None:
        self._kelurahan = kelurahan
        self._batches = batches
        self._contents = contents
        self._audit = audit

    def keep(
        self, batch: Batch, reading: Reading, changes: Changes, head: RegisterHead, lease: Lease
    ) -> Batch:
        """Save what a reading would change, and make the batch wait or block it.

        Where the same list was made a batch meanwhile, the answer is that one. Raises Busy where
        somebody else works on the same draft.
        """
        comparison = changes.comparison
        lease.renew()
        other = self._begin_draft(batch)
        if other is not None:
            return other
        difference_chunks = self._contents.keep_differences(batch, changes.differences)
        problem_chunks = self._contents.keep_problems(batch, reading)
        lease.renew()
        blocked_for = guards.guard(
            self._kelurahan.limits,
            published=head.people,
            removed=len(comparison.removed),
            rows=reading.rows,
            error_rows=reading.error_rows,
            people=len(reading.people),
            as_of=batch.as_of,
            published_as_of=head.as_of,
            other_sheets=reading.other_sheets,
        )
        errors = sum(problem.severity == "error" for problem in reading.problems)
        ready = batch.stepped(
            State.BLOCKED if blocked_for else State.WAITING,
            differences_hash=self._contents.fingerprint(batch, changes.differences),
            difference_chunks=difference_chunks,
            problem_chunks=problem_chunks,
            rows=reading.rows,
            error_rows=reading.error_rows,
            people=len(reading.people),
            entitlements=reading.entitlements,
            added=len(comparison.added),
            changed=len(comparison.changed),
            removed=len(comparison.removed),
            unchanged=comparison.unchanged,
            errors=errors,
            warnings=len(reading.problems) - errors,
            problem_counts=reading.problem_counts(),
            blocked_for=blocked_for,
        )
        self._end_draft(ready)
        details = {"state": ready.state.value, "differences_hash": ready.differences_hash}
        self._audit.append(batch.prepared_by, "batch.prepare", batch.id, details)
        return ready

    def _begin_draft(self, batch: Batch) -> Batch | None:
        """Save the draft, or return the batch that the same list was made meanwhile."""

        def step(transaction: Transaction) -> Batch | None:
            there = self._batches.find_in(transaction, batch.id)
            if there is not None and there.state is not State.DRAFT:
                return there
            transaction.write(self._batches.write(batch))
            return None

        return self._batches.store.run(step)

    def _end_draft(self, batch: Batch) -> None:
        """Save the finished batch over its draft.

        Raises Busy where somebody else made it meanwhile.
        """

        def step(transaction: Transaction) -> None:
            there = self._batches.read(transaction, batch.id)
            ours = (State.DRAFT, batch.prepared_by, batch.created_at)
            if (there.state, there.prepared_by, there.created_at) != ours:
                raise Busy
            transaction.write(self._batches.write(batch))

        self._batches.store.run(step)
