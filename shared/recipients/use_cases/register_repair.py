"""Repair of the register and of the public list, and their verification.

For what a publication can't mend by being carried out again: documents lost or changed by hand, one
of the two databases put back from an older copy, differences of an interrupted publication that
can't be read any more. Every document is read, in both databases, so this isn't for every week.

What can't be proved to be as it was published is taken out of the register, and comes back with the
next list; nothing is invented.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from shared.kelurahan.configuration import Kelurahan
from shared.platform.audit.log import AuditLog
from shared.platform.clock import Clock
from shared.platform.errors import Broken, Forbidden, NotFound, SealBroken, WrongState
from shared.platform.leases import Lease, Leases
from shared.platform.store import Snapshot, Store, Transaction, Write, declare
from shared.recipients.batches.batch_contents import BatchContents
from shared.recipients.batches.reasons import checked_reason
from shared.recipients.lookup import projection, public_state
from shared.recipients.model.batch import State
from shared.recipients.model.person import Person
from shared.recipients.publishing import manifest, register_documents
from shared.recipients.publishing.databases import Databases
from shared.recipients.publishing.document_writer import Collection, Publisher, Stamp, Target
from shared.recipients.publishing.publication import Publication
from shared.recipients.publishing.register_head import RegisterHead
from shared.staff.accounts import Role, Staff
from shared.staff.confirmation import require_confirmed

if TYPE_CHECKING:
    from shared.deployment import Deployment

DECIDE: Final = frozenset({Role.VERIFIER, Role.ADMIN})

_EVERYBODY = declare("recipients")
_PAGE: Final = 300
_LEASE_SECONDS: Final = 600
_WRITES_PER_COMMIT: Final = 400


@dataclass(frozen=True, slots=True)
class Findings:
    """What is wrong. `interrupted`: the id of a publication that was begun and not ended, or "".

    Register and public documents are counted: those that aren't what was published, those that
    the manifest names and aren't there, those that nobody should see, and shards that don't tell.
    """

    interrupted: str = ""
    people: int = 0
    damaged: int = 0
    missing: int = 0
    public_wrong: int = 0
    public_missing: int = 0
    public_extra: int = 0
    shards_wrong: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether everything is as it should be."""
        return not self.interrupted and not any(
            count for name, count in asdict(self).items() if name not in ("interrupted", "people")
        )


@dataclass(frozen=True, slots=True)
class _Picture:
    """What both databases should hold, and what has to be written or deleted for it."""

    people: Mapping[str, Person]
    drop: frozenset[str]
    missing: int
    public: Mapping[str, Target]
    public_write: frozenset[str]
    public_drop: frozenset[str]
    public_missing: int


class RegisterRepair:
    """Verifies and repairs the register of one kelurahan."""

    def __init__(
        self,
        kelurahan: Kelurahan,
        databases: Databases,
        audit: AuditLog,
        leases: Leases,
        clock: Clock,
    ) -> None:
        self._kelurahan = kelurahan
        self._databases = databases
        self._audit = audit
        self._leases = leases
        self._clock = clock
        self._publication = Publication(kelurahan, databases, audit, clock)
        self._batches, self._heads = self._publication.batches, self._publication.heads
        self._contents = BatchContents(self._batches, kelurahan)

    @classmethod
    def of(cls, deployment: Deployment) -> RegisterRepair:
        """Return the repair of a deployment's kelurahan."""
        return cls(
            deployment.kelurahan,
            Databases.of(deployment),
            deployment.audit,
            deployment.leases,
            deployment.clock,
        )

    def verify(self) -> Findings:
        """Read everything and change nothing. Meant for a moment when nobody publishes."""
        head = self._heads.get()
        if not head.is_laid_out:
            return Findings(interrupted=head.publishing)
        publisher = self._publication.publisher(head)
        return self._findings(head, self._picture(publisher), publisher)

    def repair(self, staff: Staff, reason: str) -> Findings:
        """Repair everything; return what was found wrong before. Recorded in the audit log.

        A publication that was interrupted is finished if it can be, else given up: its batch is
        failed. Raises Forbidden, Invalid without a reason, Busy.
        """
        if staff.role not in DECIDE or staff.kelurahan != self._kelurahan.key:
            raise Forbidden()
        require_confirmed(staff)
        why = checked_reason(reason, needed=True)
        with self._leases.hold("sync", staff.id, _LEASE_SECONDS) as lease:
            before = self._heads.get()
            given_up = self._settle(lease)
            head = self._heads.get()
            if not head.is_laid_out:
                return Findings(interrupted=given_up)
            publisher = self._publication.publisher(head)
            picture = self._picture(publisher)
            found = self._findings(before, picture, publisher)
            if found.is_whole and self._shown() == head.sequence:
                return found
            details = {"reason": why, **asdict(found)}
            self._audit.append(staff.id, "register.repair", "register", details)
            self._carry_out(head, picture, publisher, lease)
            return found

    def _settle(self, lease: Lease) -> str:
        """Finish what was interrupted, or give it up; return the id of a batch given up."""
        head = self._heads.get()
        if not head.publishing:
            return ""
        try:
            self._publication.finish_interrupted(self._contents.approved_differences, lease)
        except (WrongState, Broken):
            self._databases.registry.run(self._give_up)
            return head.publishing
        return ""

    def _give_up(self, transaction: Transaction) -> None:
        head = self._heads.read(transaction)
        now = self._clock()
        try:
            batch = self._batches.read(transaction, head.publishing)
        except (NotFound, SealBroken):
            batch = None
        if batch is not None and batch.state is State.PUBLISHING:
            failed = batch.stepped(State.FAILED, updated_at=now)
            transaction.write(self._batches.write(failed))
        transaction.write(self._heads.write(head.with_(publishing=""), now))

    def _picture(self, publisher: Publisher) -> _Picture:
        people: dict[str, Person] = {}
        drop: set[str] = set()
        for snapshot in self._documents(self._databases.registry):
            person = self._proved(snapshot, publisher)
            if person is None:
                drop.add(snapshot.id)
            else:
                people[snapshot.id] = person
        listed = _listed(publisher.registry)
        now = self._clock()
        public = dict(publisher.projection(person, now) for person in people.values())
        wished = {key: target for key, target in public.items() if target.document is not None}
        there, public_write, public_drop = set(), set(), set()
        for snapshot in self._documents(self._databases.lookup):
            there.add(snapshot.id)
            target = wished.get(snapshot.id)
            if target is None:
                public_drop.add(snapshot.id)
            elif not _is(snapshot, target):
                public_write.add(snapshot.id)
        missing = wished.keys() - there
        return _Picture(
            people=people,
            drop=frozenset(drop),
            missing=len(listed - people.keys() - drop),
            public=wished,
            public_write=frozenset(public_write | missing),
            public_drop=frozenset(public_drop),
            public_missing=len(missing),
        )

    def _proved(self, snapshot: Snapshot, publisher: Publisher) -> Person | None:
        """Return the person in a document, if it is as a publication wrote it for that person."""
        try:
            person = register_documents.person(snapshot, self._databases.registry_keys)
        except Broken:
            return None
        data = snapshot.data or {}
        is_theirs = publisher.record_id(person.nik) == snapshot.id
        fits = data.get("content") == publisher.content_hash(person)
        return person if is_theirs and fits else None

    def _documents(self, store: Store) -> Iterator[Snapshot]:
        collection = f"kelurahan/{self._kelurahan.key}/recipients"
        last: Snapshot | None = None
        while page := store.query(_EVERYBODY.on(collection, limit=_PAGE, after=last)):
            yield from page
            last = page[-1]

    def _findings(self, head: RegisterHead, picture: _Picture, publisher: Publisher) -> Findings:
        return Findings(
            interrupted=head.publishing,
            people=len(picture.people),
            damaged=len(picture.drop),
            missing=picture.missing,
            public_wrong=len(picture.public_write) - picture.public_missing,
            public_missing=picture.public_missing,
            public_extra=len(picture.public_drop),
            shards_wrong=sum(len(wrong) for _, wrong in _wrong_shards(picture, publisher)),
        )

    def _shown(self) -> int:
        lookup = self._databases.lookup
        return public_state.from_snapshot(
            lookup.get(public_state.path(self._kelurahan.key))
        ).sequence

    def _carry_out(
        self, head: RegisterHead, picture: _Picture, publisher: Publisher, lease: Lease
    ) -> None:
        """Write what is wrong, then the manifests, then the head. If it dies, repair again."""
        stamp = Stamp(max(head.sequence, self._shown()) + 1, self._clock())
        registry, lookup = self._databases.registry, self._databases.lookup
        self._commit(registry, [self._delete(key) for key in sorted(picture.drop)], lease)
        public = [self._delete(key) for key in sorted(picture.public_drop)]
        for key in sorted(picture.public_write):
            document = {**(picture.public[key].document or {}), "created_at": stamp.at}
            public.append(Write("set", projection.path(self._kelurahan.key, key), document))
        self._commit(lookup, public, lease)
        for collection, wrong in _wrong_shards(picture, publisher):
            for shard, entries in wrong.items():
                collection.put(shard, entries, stamp)
            lease.renew()
        whole = head.with_(
            sequence=stamp.sequence,
            batch="",
            content="",
            people=len(picture.people),
        )
        self._publication.show(whole, head.published_at or stamp.at)
        registry.commit([self._heads.write(whole, stamp.at)])

    def _delete(self, key: str) -> Write:
        return Write("delete", register_documents.path(self._kelurahan.key, key))

    def _commit(self, store: Store, writes: list[Write], lease: Lease) -> None:
        for start in range(0, len(writes), _WRITES_PER_COMMIT):
            store.commit(writes[start : start + _WRITES_PER_COMMIT])
            lease.renew()


def _wrong_shards(
    picture: _Picture, publisher: Publisher
) -> Iterator[tuple[Collection, dict[int, manifest.Entries]]]:
    """Yield, for each database, the shards that differ from what they should say."""
    hashes = {key: publisher.content_hash(person) for key, person in picture.people.items()}
    public = {key: target.content_hash for key, target in picture.public.items()}
    for collection, entries in ((publisher.registry, hashes), (publisher.lookup, public)):
        shards: dict[int, manifest.Entries] = {shard: {} for shard in collection.shards()}
        for key, content_hash in entries.items():
            assert content_hash is not None
            shards[collection.shard_of(key)][key] = content_hash
        yield (
            collection,
            {
                shard: wished
                for shard, wished in shards.items()
                if collection.shard(shard) != wished
            },
        )


def _is(snapshot: Snapshot, target: Target) -> bool:
    """Whether a document is as it should be, but for the times it was written."""
    times = ("created_at", "updated_at")
    data = {name: value for name, value in (snapshot.data or {}).items() if name not in times}
    wished = {name: v for name, v in (target.document or {}).items() if name not in times}
    return data == wished


def _listed(collection: Collection) -> set[str]:
    """Return the ids of everybody whom the manifest names, as far as it can be read."""
    return {key for shard in collection.shards() for key in collection.shard(shard) or {}}
