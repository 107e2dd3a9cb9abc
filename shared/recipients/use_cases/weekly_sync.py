"""The weekly sync: prepare a batch from a file, submit, approve, reject or undo it.

Who prepared or sent a batch can't approve it; what is approved is what was shown and sent; one sync
at a time; and a publication that died is finished before anything else begins.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from shared.kelurahan.configuration import Kelurahan
from shared.platform.audit.log import AuditLog
from shared.platform.clock import Clock, today
from shared.platform.errors import Broken, Conflict, Forbidden, Invalid, OwnWork, WrongState
from shared.platform.leases import Lease, Leases
from shared.platform.store import Transaction
from shared.programmes.catalogue import Catalogue
from shared.recipients.batches import comparison, serialization
from shared.recipients.batches.batch_contents import BatchContents
from shared.recipients.batches.comparison import Changes
from shared.recipients.batches.drafts import Drafts
from shared.recipients.batches.reasons import checked_reason
from shared.recipients.batches.undo import UndoPlan, undo_plan
from shared.recipients.model.batch import Batch, State
from shared.recipients.model.differences import ChangeKind, Difference
from shared.recipients.model.reading_result import Reading
from shared.recipients.publishing.databases import Databases
from shared.recipients.publishing.publication import Publication
from shared.recipients.publishing.register_head import RegisterHead
from shared.recipients.reading import list_reader
from shared.recipients.use_cases.reading_progress import Report, Stage, no_report
from shared.staff.accounts import Role, Staff
from shared.staff.confirmation import require_confirmed

if TYPE_CHECKING:
    from shared.deployment import Deployment

PREPARE: Final = frozenset({Role.OPERATOR, Role.VERIFIER})
DECIDE: Final = frozenset({Role.VERIFIER})

LEASE: Final = "sync"
LEASE_SECONDS: Final = 120
_OLDEST: Final = timedelta(days=400)
_CLOSED: Final = (State.REJECTED, State.FAILED)
_NOT_SENT: Final = "Batch ini belum dikirim untuk persetujuan. Minta petugas mengirimnya dulu."
_NO_REMOVAL_REASON: Final = (
    "Batch ini mengeluarkan warga tanpa alasan tertulis. Tolak, lalu minta dikirim lagi."
)


class RecipientSync:
    """The use cases around the register of one kelurahan."""

    def __init__(
        self,
        kelurahan: Kelurahan,
        catalogue: Catalogue,
        databases: Databases,
        audit: AuditLog,
        leases: Leases,
        clock: Clock,
    ) -> None:
        self._kelurahan = kelurahan
        self._catalogue = catalogue
        self._databases = databases
        self._audit = audit
        self._leases = leases
        self._clock = clock
        self._publication = Publication(kelurahan, databases, audit, clock)
        self._batches = self._publication.batches
        self._contents = BatchContents(self._batches, kelurahan)
        self._drafts = Drafts(kelurahan, self._batches, self._contents, audit)

    @classmethod
    def of(cls, deployment: Deployment, catalogue: Catalogue) -> RecipientSync:
        """Return the sync of a deployment's kelurahan."""
        databases = Databases.of(deployment)
        return cls(
            deployment.kelurahan,
            catalogue,
            databases,
            deployment.audit,
            deployment.leases,
            deployment.clock,
        )

    def head(self) -> RegisterHead:
        """Return what is published now."""
        return self._publication.head()

    def batch(self, batch_id: str) -> Batch:
        """Return one batch; raises NotFound where there is none."""
        return self._batches.get(batch_id)

    def batches(self, limit: int = 52, after: str | None = None) -> list[Batch]:
        """Return the newest batches first; `after` is the id of the last one already seen."""
        return self._batches.newest(limit, after)

    def waiting(self, limit: int) -> list[Batch]:
        """Return the newest undecided batches: `limit` waiting ones, and as many blocked ones."""
        found = [self._batches.in_state(each, limit) for each in (State.WAITING, State.BLOCKED)]
        return sorted((*found[0], *found[1]), key=lambda each: each.created_at, reverse=True)

    def differences(self, batch: Batch) -> Iterator[Difference]:
        """Yield what a batch changes, person by person.

        Whoever shows it records that (audit log).
        """
        return self._contents.differences(batch)

    def faulty_rows(self, batch: Batch) -> serialization.FaultyRows:
        """Return the rows of a batch's file that have problems, with the officer's own cells."""
        return self._contents.faulty_rows(batch)

    def prepare(
        self,
        path: Path,
        filename: str,
        staff: Staff,
        *,
        as_of: date | None = None,
        source: str = "upload",
        report: Report = no_report,
    ) -> Batch:
        """Read a file and save its changes as a batch, waiting or blocked.

        The same content for the same date against the same publication is the same batch, unless
        that was rejected or given up by a repair. `report` is told of each stage. Raises
        FileRejected (nothing is stored), Busy, Forbidden, Invalid for a date to come.
        """
        self._require(staff, PREPARE)
        day = self._day_of(as_of)
        with self._exclusive(staff) as lease:
            head = self._publication.head()
            self._publication.require_projection(head)
            rules = list_reader.fingerprint(path, self._kelurahan, self._catalogue)
            content = self._databases.registry_keys.identifier("content", rules, day, source)
            if head.batch and head.content == content:
                return self._batches.get(head.batch)
            batch_id, known = self._place_for(content, head)
            if known is not None:
                return known
            reading = list_reader.read(path, filename, self._kelurahan, self._catalogue)
            report(Stage.COMPARING, reading.rows)
            lease.renew()
            now = self._clock()
            batch = Batch(
                id=batch_id,
                state=State.DRAFT,
                kind="sync",
                content=content,
                base=head.sequence,
                as_of=day,
                source=source,
                prepared_by=staff.id,
                created_at=now,
                updated_at=now,
            )
            try:
                changes = self._changes(reading, head)
            except Broken:
                raise self._publication.damaged() from None
            report(Stage.KEEPING, reading.rows)
            return self._drafts.keep(batch, reading, changes, head, lease)

    def submit(self, batch_id: str, staff: Staff, reason: str | None = None) -> Batch:
        """Send a batch that was looked through to the second officer.

        A batch that takes people off the list needs a reason. Again, it is the same. Raises
        WrongState where it waits for nobody any more, Invalid, Forbidden.
        """
        self._require(staff, PREPARE)
        now = self._clock()

        def step(transaction: Transaction) -> tuple[Batch, bool]:
            batch = self._batches.read(transaction, batch_id)
            if batch.state not in (State.WAITING, State.BLOCKED):
                raise WrongState()
            if batch.submitted_at is not None:
                return batch, False
            why = checked_reason(reason, needed=batch.removed > 0)
            sent = replace(
                batch,
                submitted_by=staff.id,
                submitted_at=now,
                removal_reason=why,
                updated_at=now,
            )
            transaction.write(self._batches.write(sent))
            return sent, True

        sent, is_new = self._databases.registry.run(step)
        if is_new:
            self._audit.append(staff.id, "batch.submit", batch_id, {"reason": sent.removal_reason})
        return sent

    def page(
        self, batch: Batch, kind: ChangeKind, *, skip: int = 0, limit: int = 50
    ) -> list[Difference]:
        """Return a page of differences of one kind, in the order of their ids.

        Personal data, so whoever shows it audits it.
        """
        return self._contents.page(batch, kind, skip, limit)

    def approve(
        self,
        batch_id: str,
        staff: Staff,
        reason: str | None = None,
        differences_hash: str | None = None,
    ) -> Batch:
        """Approve a batch and publish it; also finishes an interrupted publication.

        Only what was sent (`submit`) is approved, whoever prepared it, the scheduler too; and who
        leaves the list does so for a written reason. A blocked batch needs one of the approval's
        own. `differences_hash`, where given, has to be that of the batch as it is stored now.
        Raises OwnWork, Forbidden, WrongState, Conflict, Busy.
        """
        self._require(staff, DECIDE)
        with self._exclusive(staff) as lease:
            batch = self._batches.get(batch_id)
            if batch.state is State.PUBLISHED and batch.approved_by == staff.id:
                return batch
            if batch.state not in (State.WAITING, State.BLOCKED):
                raise WrongState()
            if batch.is_of(staff.id):
                raise OwnWork()
            if batch.submitted_at is None:
                raise Conflict(_NOT_SENT)
            if batch.removed and not batch.removal_reason:
                raise Conflict(_NO_REMOVAL_REASON)
            why = checked_reason(reason, needed=batch.state is State.BLOCKED)
            if differences_hash not in (None, batch.differences_hash):
                raise Conflict("Isi batch berbeda dari yang Anda lihat. Muat ulang, lalu periksa.")
            differences = self._contents.approved_differences(batch)
            self._publication.require_current(batch)
            details = {"differences_hash": batch.differences_hash, "reason": why}
            self._audit.append(staff.id, "batch.approve", batch.id, details)
            return self._publication.publish(
                batch, differences, lease, approved_by=staff.id, reason=why
            )

    def reject(self, batch_id: str, staff: Staff, reason: str) -> Batch:
        """Close a waiting batch for good; whoever prepared it may take it back as well."""
        if self._batches.get(batch_id).prepared_by != staff.id:
            self._require(staff, DECIDE)
        why = checked_reason(reason, needed=True)
        now = self._clock()

        def step(transaction: Transaction) -> Batch:
            closed = self._batches.read(transaction, batch_id).stepped(
                State.REJECTED,
                reason=why,
                approved_by=staff.id,
                approved_at=now,
                updated_at=now,
            )
            transaction.write(self._batches.write(closed))
            return closed

        closed = self._databases.registry.run(step)
        self._audit.append(staff.id, "batch.reject", batch_id, {"reason": why})
        return closed

    def undo(self, batch_id: str, staff: Staff, reason: str) -> Batch:
        """Reverse a published batch by a new batch; return that new batch.

        Its `undo_result` counts people: reversed, kept because a later batch changed them, failed.
        Raises WrongState outside the days the kelurahan allows, or for a batch not published.
        """
        self._require(staff, DECIDE)
        why = checked_reason(reason, needed=True)
        with self._exclusive(staff) as lease:
            batch = self._batches.get(batch_id)
            now = self._clock()
            if batch.state is not State.PUBLISHED or batch.published_at is None:
                raise WrongState("Hanya batch yang sudah terbit yang dapat dibatalkan.")
            if now > batch.published_at + timedelta(days=self._kelurahan.limits.undo_days):
                raise WrongState("Batas waktu untuk membatalkan batch ini sudah lewat.")
            head = self._publication.head()
            publisher = self._publication.publisher(head)
            chunks = self._contents.chunks(batch)
            plan = undo_plan(batch, chunks, publisher.published(), publisher.content_hash)
            reversal = self._reversal(batch, plan, head, staff, now)
            self._audit.append(staff.id, "batch.undo", batch.id, {"reason": why, **plan.result})
            return self._publication.publish(
                reversal, plan.differences, lease, approved_by=staff.id, reason=why
            )

    def _changes(self, reading: Reading, head: RegisterHead) -> Changes:
        publisher = self._publication.publisher(head)
        return comparison.changes(
            reading,
            publisher,
            publisher.published() if head.is_laid_out else {},
            self._databases,
            self._kelurahan.key,
        )

    def _reversal(
        self, batch: Batch, plan: UndoPlan, head: RegisterHead, staff: Staff, now: datetime
    ) -> Batch:
        counts = plan.counts()
        keys = self._databases.registry_keys
        draft = Batch(
            id=keys.identifier("undo", self._kelurahan.key, batch.id)[:16],
            state=State.DRAFT,
            kind="undo",
            content=f"undo:{batch.id}",
            base=head.sequence,
            as_of=batch.as_of_before if head.batch == batch.id else head.as_of,
            source=head.source,
            prepared_by=staff.id,
            created_at=now,
            updated_at=now,
            added=counts["added"],
            changed=counts["changed"],
            removed=counts["removed"],
            people=head.people + counts["added"] - counts["removed"],
            unchanged=head.people - counts["changed"] - counts["removed"],
            undo_of=batch.id,
            undo_result=plan.result,
        )
        return replace(
            draft,
            differences_hash=self._contents.fingerprint(draft, plan.differences),
            difference_chunks=self._contents.keep_differences(draft, plan.differences),
        )

    @contextmanager
    def _exclusive(self, staff: Staff) -> Iterator[Lease]:
        with self._leases.hold(LEASE, staff.id, LEASE_SECONDS) as lease:
            self._publication.finish_interrupted(self._contents.approved_differences, lease)
            yield lease

    def _place_for(self, content: str, head: RegisterHead) -> tuple[str, Batch | None]:
        """Return the id for this content against this publication.

        With the batch, if there is one.
        """
        attempt = 0
        while True:
            batch_id = self._databases.registry_keys.identifier(
                "batch", self._kelurahan.key, content, str(head.sequence), str(attempt)
            )[:16]
            known = self._batches.find(batch_id)
            if known is None or known.state is State.DRAFT:
                return batch_id, None
            if known.state not in _CLOSED:
                return batch_id, known
            attempt += 1

    def _day_of(self, as_of: date | None) -> str:
        latest = today(self._clock, self._kelurahan.timezone)
        if as_of is not None and not latest - _OLDEST <= as_of <= latest:
            detail = "Tanggal data harus dalam 400 hari terakhir, sampai dengan hari ini."
            raise Invalid(detail, errors=[{"pointer": "#/as_of", "detail": detail}])
        return (as_of or latest).isoformat()

    def _require(self, staff: Staff, roles: frozenset[Role]) -> None:
        if staff.role not in roles or staff.kelurahan != self._kelurahan.key:
            raise Forbidden()
        if roles is DECIDE:
            require_confirmed(staff)
