"""Publications: from approval to end over both databases, resumed after a crash.

It begins in one transaction of the registry (the batch is `publishing`, the head names it), goes on
with the documents, and ends in another (the batch is `published`, the head counts one more). What
lies between can be done again any number of times, so that a publication that died is finished by
carrying it out once more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from shared.kelurahan.configuration import Kelurahan
from shared.platform import logs
from shared.platform.audit.log import AuditLog
from shared.platform.clock import Clock
from shared.platform.errors import Busy, Conflict, Contended, NotFound, SealBroken, WrongState
from shared.platform.leases import Lease
from shared.platform.store import Transaction, Write
from shared.recipients.lookup import public_state
from shared.recipients.model.batch import Batch, Batches, State
from shared.recipients.model.differences import Difference
from shared.recipients.publishing import manifest
from shared.recipients.publishing.databases import Databases
from shared.recipients.publishing.document_writer import Publisher, Stamp
from shared.recipients.publishing.register_head import RegisterHead, RegisterHeads

_RENEW_LEASE_AFTER = timedelta(seconds=20)
_STALE = "Daftar sudah berubah sejak batch ini dibuat. Sinkronkan lagi berkasnya."
_STUCK = (
    "Penerbitan yang terputus tidak dapat dilanjutkan. Minta verifikator memperbaiki daftar dengan "
    "perintah register repair."
)
_DAMAGED = (
    "Ada data warga di daftar induk yang rusak. Minta verifikator memperbaiki daftar dengan "
    "perintah register repair."
)
_BEHIND = (
    "Daftar untuk warga tidak sama dengan daftar induk. Minta verifikator memperbaiki daftar "
    "dengan perintah register repair."
)


class Publication:
    """What is published of one kelurahan, and how a batch becomes part of it.

    `batches` and `heads` are the documents that it keeps this in.
    """

    def __init__(
        self, kelurahan: Kelurahan, databases: Databases, audit: AuditLog, clock: Clock
    ) -> None:
        self._kelurahan = kelurahan
        self._databases = databases
        self._audit = audit
        self._clock = clock
        self.batches = Batches(databases.registry, databases.registry_keys, kelurahan.key)
        self.heads = RegisterHeads(databases.registry, databases.registry_keys, kelurahan.key)

    def head(self) -> RegisterHead:
        """Return the head of the register."""
        return self.heads.get()

    def laid_out(self, head: RegisterHead) -> RegisterHead:
        """Return the head with shards and keys settled, stored or as a first batch makes them."""
        if head.is_laid_out:
            return head
        return head.with_(
            bits=manifest.bits_for(self._kelurahan.residents),
            registry_key_id=self._databases.registry_keys.key_id,
            lookup_key_id=self._databases.lookup_keys.key_id,
        )

    def publisher(self, head: RegisterHead) -> Publisher:
        """Return the writer of documents, under the head's keys and shards."""
        return Publisher(self._kelurahan.key, self._databases, self.laid_out(head))

    def publish(
        self,
        batch: Batch,
        differences: Sequence[Difference],
        lease: Lease,
        *,
        approved_by: str,
        reason: str,
    ) -> Batch:
        """Publish a batch; raises WrongState where the list has moved on since the batch."""
        now = self._clock()

        def begin(transaction: Transaction) -> tuple[Batch, RegisterHead]:
            head = self.heads.read(transaction)
            stored = self.batches.find_in(transaction, batch.id) or batch
            if head.sequence != batch.base or head.publishing:
                raise WrongState(_STALE)
            begun = stored.stepped(
                State.PUBLISHING,
                approved_by=approved_by,
                approved_at=now,
                reason=reason,
                as_of_before=head.as_of,
                updated_at=now,
            )
            laid_out = self.laid_out(head).with_(publishing=batch.id)
            transaction.write(self.batches.write(begun), self.heads.write(laid_out, now))
            return begun, laid_out

        begun, head = self._databases.registry.run(begin)
        return self._carry_out(begun, differences, head, lease)

    def finish_interrupted(
        self, differences_of: Callable[[Batch], Sequence[Difference]], lease: Lease
    ) -> None:
        """Finish a publication that was begun and not ended, if there is one.

        WrongState with the code PUBLICATION_STUCK where that can't be done: then only a repair of
        the register helps.
        """
        head = self.head()
        if not head.publishing:
            return
        try:
            batch = self.batches.get(head.publishing)
            self._carry_out(batch, differences_of(batch), head, lease)
        except (Busy, Contended):
            raise
        except (SealBroken, NotFound, Conflict):
            logs.event("a publication can't be finished", severity="ALERT")
            raise WrongState(_STUCK, code="PUBLICATION_STUCK") from None

    def damaged(self) -> WrongState:
        """Log an alarm; return the error (REGISTER_DAMAGED) for documents that can't be read."""
        logs.event("documents of the register are damaged", severity="ALERT")
        return WrongState(_DAMAGED, code="REGISTER_DAMAGED")

    def require_current(self, batch: Batch) -> None:
        """Raise WrongState where the list has moved on since the batch was compared with it."""
        head = self.head()
        if head.sequence != batch.base or head.publishing:
            raise WrongState(_STALE)

    def require_projection(self, head: RegisterHead) -> None:
        """Raise WrongState (PROJECTION_BEHIND) where the public list isn't this register's."""
        shown = public_state.from_snapshot(
            self._databases.lookup.get(public_state.path(self._kelurahan.key))
        ).sequence
        if shown != head.sequence:
            logs.event("the public list is not that of the register", severity="ALERT")
            raise WrongState(_BEHIND, code="PROJECTION_BEHIND")

    def _carry_out(
        self, batch: Batch, differences: Sequence[Difference], head: RegisterHead, lease: Lease
    ) -> Batch:
        at = _approval(batch)
        stamp = Stamp(batch.base + 1, at)
        self.publisher(head).publish(differences, batch.id, stamp, self._renewing(lease))
        published = head.with_(
            sequence=stamp.sequence,
            batch=batch.id,
            content=batch.content,
            as_of=batch.as_of,
            source=batch.source,
            people=batch.unchanged + batch.changed + batch.added,
            publishing="",
            published_at=at,
        )
        self.show(published, at)
        self._audit.append(
            batch.approved_by,
            "batch.publish",
            batch.id,
            {"added": batch.added, "changed": batch.changed, "removed": batch.removed},
        )
        return self._databases.registry.run(lambda each: self._end(each, batch, published))

    def show(self, head: RegisterHead, at: datetime) -> None:
        """Update the public state in the lookup database.

        Raises Busy where it shows a later one.
        """
        path = public_state.path(self._kelurahan.key)
        document = public_state.document(
            as_of=head.as_of,
            source=self._source_title(head.source),
            people=head.people,
            key_id=head.lookup_key_id,
            sequence=head.sequence,
            published_at=at,
        )

        def work(transaction: Transaction) -> None:
            if public_state.from_snapshot(transaction.get(path)).sequence > head.sequence:
                raise Busy
            transaction.write(Write("set", path, document))

        self._databases.lookup.run(work)

    def _end(self, transaction: Transaction, batch: Batch, head: RegisterHead) -> Batch:
        at = _approval(batch)
        now_published = self.heads.read(transaction)
        stored = self.batches.read(transaction, batch.id)
        undone = self.batches.read(transaction, batch.undo_of) if batch.undo_of else None
        if now_published.publishing != batch.id:
            if stored.state in (State.PUBLISHED, State.UNDONE):
                return stored  # somebody else finished it
            raise WrongState()
        done = stored.stepped(State.PUBLISHED, published_at=at, updated_at=at)
        transaction.write(self.batches.write(done), self.heads.write(head, at))
        if undone is not None:
            taken_back = undone.stepped(State.UNDONE, undone_by=batch.id, updated_at=at)
            transaction.write(self.batches.write(taken_back))
        return done

    def _source_title(self, source: str) -> str:
        """Return the source's title for residents: from the TOML, or the kelurahan's own list."""
        configured = self._kelurahan.sources.get(source)
        own = f"daftar {self._kelurahan.title}"
        return configured.title or own if configured else own

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
