"""The audit log: an append-only hash chain of every staff action, with its verification.

An entry holds a digest over its own content and the digest before it, and a keyed MAC over that
digest: whoever owns the database without the key can't write, change, move or take out an entry
unseen. The head (number and digest of the newest entry) is kept and keyed too. Cutting off the
newest entries together with putting back an older head shows against the heads that were published
on earlier days. Each entry has random salt in its digest, so that a published head tells nothing.

Details take short plain values only, and never what looks like a NIK, a KK number or an e-mail
address: the log must be kept whole, so nothing that has to be forgotten may enter it.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from shared.platform.audit import channel
from shared.platform.audit.entries import Detail, Entry, check, check_text
from shared.platform.clock import Clock
from shared.platform.crypto.keys import Keyset, KeysInvalid
from shared.platform.document_format import DocumentFormat
from shared.platform.errors import Broken
from shared.platform.store.port import Operator, Snapshot, Store, Transaction, Value, Write
from shared.platform.store.query_shapes import QueryShape, declare

__all__ = ["AuditLog", "ChainReport", "Detail", "Entry", "Head", "check_text"]

HEAD_FORMAT: Final = DocumentFormat("registry", "chains", schema=1)
_FORWARD = declare("audit", ranged="seq", order=(("seq", "asc"),))
_BACKWARD = declare("audit", order=(("seq", "desc"),))
_NEWEST = declare("audit", ranged="seq", order=(("seq", "desc"),))
_BY_ACTION = declare("audit", equal=("action",), ranged="seq", order=(("seq", "desc"),))
_BY_ACTOR = declare("audit", equal=("actor",), ranged="seq", order=(("seq", "desc"),))
_BY_SUBJECT = declare("audit", equal=("subject",), ranged="seq", order=(("seq", "desc"),))
_BY_SUBJECT_AND_ACTION = declare(
    "audit", equal=("subject", "action"), ranged="seq", order=(("seq", "desc"),)
)
_BY_ACTOR_AND_ACTION = declare(
    "audit", equal=("actor", "action"), ranged="seq", order=(("seq", "desc"),)
)
_SINCE = declare("audit", ranged="created_at", order=(("created_at", "asc"),))
_UNTIL = declare("audit", ranged="created_at", order=(("created_at", "desc"),))
_FILTERED: Mapping[tuple[str, ...], QueryShape] = {
    each.equal: each
    for each in (
        *(_NEWEST, _BY_ACTOR, _BY_ACTION, _BY_SUBJECT),
        *(_BY_ACTOR_AND_ACTION, _BY_SUBJECT_AND_ACTION),
    )
}
"""The shapes by the fields that they compare."""
_PAGE = 500
_NO_DIGEST = bytes(32)


@dataclass(frozen=True, slots=True)
class Head:
    """The head of the log: the newest entry's number (0 for an empty log) and digest (hex)."""

    seq: int
    digest: str


@dataclass(frozen=True, slots=True)
class ChainReport:
    """Result of a verification; `first_bad` is the number of the first entry that was altered.

    `entries` counts those found good before it.
    """

    ok: bool
    entries: int
    first_bad: int | None
    head: Head


class AuditLog:
    """The audit log of one kelurahan, at kelurahan/<key>/audit/<seq>, head at chains/audit."""

    def __init__(
        self,
        store: Store,
        keyset: Keyset,
        kelurahan_key: str,
        clock: Clock,
        new_salt: Callable[[], bytes] = lambda: secrets.token_bytes(16),
    ) -> None:
        self._store = store
        self._keyset = keyset
        self._kelurahan_key = kelurahan_key
        self._clock = clock
        self._new_salt = new_salt
        self._collection = f"kelurahan/{kelurahan_key}/audit"
        self._head_path = f"kelurahan/{kelurahan_key}/chains/audit"

    def append(
        self, actor: str, action: str, subject: str, details: Mapping[str, Detail] | None = None
    ) -> Entry:
        """Append one entry; raises Invalid where a text holds a NIK, KK number or e-mail address.

        Its details also get the channel of the request or command, in the field `via`.
        ValueError where a value isn't of a kind that may be kept; Broken where the head of the
        log has been tampered with.
        """
        kept = dict(details or {})
        if (via := channel.current()) is not None:
            kept[channel.FIELD] = via
        check(actor, action, subject, kept)
        salt = self._new_salt()

        def work(transaction: Transaction) -> Entry:
            seq, before = self._opened_head(transaction.get(self._head_path))
            at, key_id = self._clock(), self._keyset.key_id
            bare = Entry(seq + 1, at, actor, action, subject, kept, salt, key_id)
            digest = bare.digest_after(before, self._kelurahan_key)
            mac = self._keyset.tag("audit", digest, 32)
            entry = replace(bare, digest=digest, mac=mac)
            transaction.write(
                Write("create", self._path(entry.seq), entry.document()),
                Write("set", self._head_path, self._head_document(entry)),
            )
            return entry

        return self._store.run(work)

    def entries(
        self, *, after: int = 0, limit: int = 100, newest_first: bool = False
    ) -> list[Entry]:
        """Return up to `limit` entries: from behind number `after` on, or the newest ones."""
        if newest_first:
            query = _BACKWARD.on(self._collection, limit=limit)
        else:
            query = _FORWARD.on(self._collection, ranged=((">", after),), limit=limit)
        return [Entry.read(snapshot) for snapshot in self._store.query(query)]

    def newest(
        self,
        *,
        actor: str | None = None,
        action: str | None = None,
        subject: str | None = None,
        after: int = 0,
        before: int | None = None,
        limit: int = 50,
    ) -> list[Entry]:
        """Return the newest entries first, of one actor, one action or one subject.

        An action of one actor or on one subject may be asked for too; ValueError for other filters
        together.

        `before`: the number of the last one already seen. `after`: only those behind that number.
        """
        wanted = {"actor": actor, "subject": subject, "action": action}
        given = {name: value for name, value in wanted.items() if value is not None}
        shape = _FILTERED.get(tuple(given))
        if shape is None:
            raise ValueError("these filters can't be put together")
        equal = tuple(given.values())
        ranged: tuple[tuple[Operator, int], ...] = ((">", after),)
        if before is not None:
            ranged = (*ranged, ("<", before))
        found = self._store.query(
            shape.on(self._collection, equal=equal, ranged=ranged, limit=limit)
        )
        return [Entry.read(snapshot) for snapshot in found]

    def numbers(self, since: datetime | None, until: datetime | None) -> tuple[int, int | None]:
        """Return the entry numbers between which a time range lies, as `newest` takes them.

        The entries are those behind the first number and before the second (None: no end). `until`
        is the first moment after the range.

        Entries are numbered as they come, so what is among them is of that time, as far as the
        clocks of those who wrote it agree.
        """
        after, before = 0, None
        if since is not None:
            query = _SINCE.on(self._collection, ranged=((">=", since),), limit=1)
            found = self._store.query(query)
            after = Entry.read(found[0]).seq - 1 if found else self.head().seq
        if until is not None:
            query = _UNTIL.on(self._collection, ranged=(("<", until),), limit=1)
            found = self._store.query(query)
            before = Entry.read(found[0]).seq + 1 if found else 1
        return after, before

    def head(self) -> Head:
        """Return the newest entry's number and digest: what is published, day by day."""
        seq, digest = self._opened_head(self._store.get(self._head_path))
        return Head(seq, digest.hex())

    def verify(self, published: Iterable[Head] = ()) -> ChainReport:
        """Read the whole log, page by page, and report whether it is as it was written.

        `published`: heads that were made known on earlier days; the log must still hold each.
        """
        expected: dict[int, str] = {}
        for head in published:
            if head.seq and expected.setdefault(head.seq, head.digest) != head.digest:
                return ChainReport(False, 0, head.seq, Head(0, _NO_DIGEST.hex()))  # not both can be
        seq, digest, found = 0, _NO_DIGEST, Head(0, _NO_DIGEST.hex())
        try:
            # entries may be added while the pages are read, so the head is read before and after
            before = self.head()
            for snapshot in self._all():
                good = self._verified(snapshot, seq + 1, digest)
                if good is None or expected.pop(seq + 1, good.hex()) != good.hex():
                    return ChainReport(False, seq, seq + 1, found)
                seq, digest, found = seq + 1, good, Head(seq + 1, good.hex())
                if seq == before.seq and before != found:
                    return ChainReport(False, seq - 1, seq, found)
            after = self.head()
        except Broken:
            return ChainReport(False, seq, seq + 1, found)
        whole = not expected and before.seq <= seq <= after.seq
        return ChainReport(whole, seq, None if whole else seq + 1, found)

    def _path(self, seq: int) -> str:
        return f"{self._collection}/{seq:012d}"

    def _all(self) -> Iterator[Snapshot]:
        after: Snapshot | None = None
        while True:
            page = self._store.query(_FORWARD.on(self._collection, limit=_PAGE, after=after))
            yield from page
            if len(page) < _PAGE:
                return
            after = page[-1]

    def _verified(self, snapshot: Snapshot, seq: int, before: bytes) -> bytes | None:
        """Return the digest of the entry if it belongs at this place of the log, else None."""
        try:
            entry = Entry.read(snapshot)
            digest = entry.digest_after(before, self._kelurahan_key)
            mac = self._keyset.tag_under(entry.key_id, "audit", digest, 32)
            whole = (
                snapshot.path == self._path(seq)
                and entry.seq == seq
                and hmac.compare_digest(mac, entry.mac)
                and hmac.compare_digest(digest, entry.digest)
            )
        except (KeyError, TypeError, ValueError, AttributeError, KeysInvalid):
            return None  # a field is gone or of another kind, or the key is none of ours
        return digest if whole else None

    def _head_mac(self, seq: int, digest: bytes) -> bytes:
        content = f"{self._kelurahan_key}|{seq}|".encode() + digest
        return self._keyset.tag("audit head", content, 32)

    def _head_document(self, entry: Entry) -> dict[str, Value]:
        return {
            "schema": HEAD_FORMAT.schema,
            "seq": entry.seq,
            "digest": entry.digest,
            "mac": self._head_mac(entry.seq, entry.digest),
            "key_id": self._keyset.key_id,
            "updated_at": entry.at,
        }

    def _opened_head(self, snapshot: Snapshot) -> tuple[int, bytes]:
        data = snapshot.data
        if data is None:
            return 0, _NO_DIGEST
        seq, digest, mac = data.get("seq"), data.get("digest"), data.get("mac")
        if not (isinstance(seq, int) and isinstance(digest, bytes) and isinstance(mac, bytes)):
            raise Broken
        content = f"{self._kelurahan_key}|{seq}|".encode() + digest
        if not self._keyset.tag_fits(mac, "audit head", content):
            raise Broken
        return seq, digest
