"""One publication from its approval to its end, over both databases, whatever dies in between.

It begins in one transaction of the registry (the batch is `publishing`, the head names it), goes on
with the documents, and ends in another (the batch is `published`, the head counts one more). What
lies between can be done again any number of times, so that a publication that died is finished by
carrying it out once more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.platform.audit import AuditLog
from shared.platform.clock import Clock
from shared.platform.errors import WrongState
from shared.platform.kelurahan import Kelurahan
from shared.platform.keys import Keyset
from shared.platform.leases import Lease
from shared.platform.store import Store, Transaction
from shared.recipients import manifest, state
from shared.recipients.batches import Batch, Batches, State
from shared.recipients.differences import Difference
from shared.recipients.head import Head, Heads
from shared.recipients.publishing import Publisher

_RENEW_LEASE_AFTER = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Databases:
    """The registry and the lookup database, each with its keys."""

    registry: Store
    registry_keys: Keyset
    lookup: Store
    lookup_keys: Keyset


class Publication:
    """What is published of one kelurahan, and how a batch becomes part of it."""

    def __init__(
        self, kelurahan: Kelurahan, databases: Databases, audit: AuditLog, clock: Clock
    ) -> None:
        self._kelurahan = kelurahan
        self._databases = databases
        self._audit = audit
        self._clock = clock
        self._batches = Batches(databases.registry, kelurahan.key)
        self._heads = Heads(databases.registry, kelurahan.key)

    def head(self) -> Head:
        """The head as it stands."""
        return self._heads.get()

    def laid_out(self, head: Head) -> Head:
        """The head with shards and keys settled: as they are, or as a first batch makes them."""
        if head.is_laid_out:
            return head
        return head.with_(
            bits=manifest.bits_for(self._kelurahan.residents),
            registry_key_id=self._databases.registry_keys.key_id,
            lookup_key_id=self._databases.lookup_keys.key_id,
        )

    def publisher(self, head: Head) -> Publisher:
        """Who writes the documents, under the keys and shards of the head."""
        laid_out = self.laid_out(head)
        databases = self._databases
        return Publisher(
            self._kelurahan.key,
            laid_out.bits,
            databases.registry,
            databases.lookup,
            databases.registry_keys.under(laid_out.registry_key_id),
            databases.lookup_keys.under(laid_out.lookup_key_id),
            databases.registry_keys,
        )

    def publish(
        self,
        batch: Batch,
        differences: Sequence[Difference],
        lease: Lease,
        *,
        approved_by: str,
        reason: str,
    ) -> Batch:
        """Begin, carry out and end; WrongState where the list has moved on since the batch."""
        now = self._clock()

        def begin(transaction: Transaction) -> tuple[Batch, Head]:
            head = self._heads.read(transaction)
            stored = self._batches.find_in(transaction, batch.id) or batch
            if head.sequence != batch.base or head.publishing:
                raise WrongState(
                    "Daftar sudah berubah sejak batch ini dibuat. Sinkronkan lagi berkasnya."
                )
            begun = stored.stepped(
                State.PUBLISHING,
                approved_by=approved_by,
                approved_at=now,
                reason=reason,
                as_of_before=head.as_of,
                updated_at=now,
            )
            laid_out = self.laid_out(head).with_(publishing=batch.id)
            transaction.write(self._batches.write(begun), self._heads.write(laid_out, now))
            return begun, laid_out

        begun, head = self._databases.registry.run(begin)
        return self._carry_out(begun, differences, head, lease)

    def finish_interrupted(
        self, differences_of: Callable[[Batch], Sequence[Difference]], lease: Lease
    ) -> None:
        """Carry out once more what was begun and not ended, if there is such a batch."""
        head = self.head()
        if head.publishing:
            batch = self._batches.get(head.publishing)
            self._carry_out(batch, differences_of(batch), head, lease)

    def _carry_out(
        self, batch: Batch, differences: Sequence[Difference], head: Head, lease: Lease
    ) -> Batch:
        at = _approval(batch)
        self.publisher(head).publish(differences, batch.id, at, self._renewing(lease))
        published = head.with_(
            sequence=batch.base + 1,
            batch=batch.id,
            content=batch.content,
            as_of=batch.as_of,
            source=batch.source,
            people=head.people + batch.added - batch.removed,
            entitlements=head.entitlements + sum(map(_entitlements_gained, differences)),
            publishing="",
            published_at=at,
        )
        self._databases.lookup.set(
            state.path(self._kelurahan.key),
            state.document(
                as_of=published.as_of,
                source=self._source_title(published.source),
                people=published.people,
                key_id=published.lookup_key_id,
                published_at=at,
            ),
        )
        self._audit.append(
            batch.approved_by,
            "batch.publish",
            batch.id,
            {"added": batch.added, "changed": batch.changed, "removed": batch.removed},
        )
        return self._databases.registry.run(lambda each: self._end(each, batch, published))

    def _source_title(self, source: str) -> str:
        """What residents read as the source: its title in the TOML, or the kelurahan's own list."""
        configured = self._kelurahan.sources.get(source)
        own = f"daftar {self._kelurahan.title}"
        return configured.title or own if configured else own

    def _end(self, transaction: Transaction, batch: Batch, head: Head) -> Batch:
        at = _approval(batch)
        undone = self._batches.read(transaction, batch.undo_of) if batch.undo_of else None
        done = batch.stepped(State.PUBLISHED, published_at=at, updated_at=at)
        transaction.write(self._batches.write(done), self._heads.write(head, at))
        if undone is not None:
            taken_back = undone.stepped(State.UNDONE, undone_by=batch.id, updated_at=at)
            transaction.write(self._batches.write(taken_back))
        return done

    def _renewing(self, lease: Lease) -> Callable[[], None]:
        renewed_at = self._clock()

        def on_commit() -> None:
            nonlocal renewed_at
            now = self._clock()
            if now - renewed_at > _RENEW_LEASE_AFTER:
                lease.renew()
                renewed_at = now

        return on_commit


def _approval(batch: Batch) -> datetime:
    if batch.approved_at is None:
        raise WrongState()
    return batch.approved_at


def _entitlements_gained(difference: Difference) -> int:
    after = difference.after.entitlements if difference.after else ()
    before = difference.before.entitlements if difference.before else ()
    return len(after) - len(before)
