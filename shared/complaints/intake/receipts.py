"""Receipts and idempotency: number and secret derived from the client's idempotency key.

Both are keyed derivations of the idempotency key, which is kept nowhere: whoever repeats the same
submission with the same key gets the same receipt, and nobody else can make it. The same without
its photos is a repeat too, since a browser forgets which were picked. The record of a submission
lives for 30 days.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, cast
from zoneinfo import ZoneInfo

from shared.complaints.intake.submission import Submission
from shared.complaints.model import ticket
from shared.complaints.model.case import Case
from shared.kelurahan.configuration import Kelurahan
from shared.platform.crypto.keys import Keyset
from shared.platform.crypto.signed_documents import signed, verified
from shared.platform.document_format import DocumentFormat
from shared.platform.store import Store, Value, Write

FORMAT: Final = DocumentFormat("intake", "receipts", schema=1, is_signed=True)
RECEIPT_DAYS: Final = 30
"""For so long the same submission sent again is known as the same."""
ATTEMPTS: Final = 5
"""So many numbers are tried for a complaint, in case one is taken."""
_FINGERPRINTS: Final = ("fingerprint", "without_photos")


@dataclass(frozen=True, slots=True)
class IssuedReceipt:
    """What was made of an idempotency key.

    `fingerprints`: keyed marks of the submission as it was, and without its photos.
    """

    case_id: str
    ticket: str
    fingerprints: tuple[bytes, ...]
    key_id: str


class Receipts:
    """The receipts of one kelurahan, at kelurahan/<key>/receipts/<id>."""

    def __init__(self, store: Store, keys: Keyset, kelurahan: Kelurahan) -> None:
        self._store = store
        self._keys = keys
        self._kelurahan = kelurahan

    def find(self, idempotency_key: str, now: datetime) -> IssuedReceipt | None:
        """Return what was made of a key in the last 30 days; an older record is deleted."""
        paths = [*self._paths(idempotency_key), *self._inherited_paths(idempotency_key, now)]
        for snapshot in self._store.get_many(paths):
            if not snapshot.exists:
                continue
            data = FORMAT.current(verified(self._keys, snapshot))
            if cast(datetime, data["expires_at"]) > now:
                return IssuedReceipt(
                    cast(str, data["case"]),
                    cast(str, data["ticket"]),
                    tuple(cast(bytes, data[name]) for name in _FINGERPRINTS if name in data),
                    cast(str, data["key_id"]),
                )
            self._store.delete(snapshot.path)
        return None

    def record(self, idempotency_key: str, case: Case, content: bytes, now: datetime) -> Write:
        """Return the write that records a submission; its commit fails where the key was used."""
        path, key_id = self._paths(idempotency_key)[0], self._keys.key_id
        data: dict[str, Value] = {
            "schema": FORMAT.schema,
            "case": case.id,
            "ticket": case.ticket,
            "fingerprint": self._fingerprint(content, key_id),
            "without_photos": self._fingerprint(_without_photos(content), key_id),
            "key_id": key_id,
            "created_at": now,
            "updated_at": now,
            "expires_at": now + timedelta(days=RECEIPT_DAYS),
        }
        return Write("create", path, signed(self._keys, path, data))

    def is_same(self, made: IssuedReceipt, content: bytes) -> bool:
        """Whether it was made of this very submission, which may lack its photos now."""
        found = self._fingerprint(content, made.key_id)
        return any(hmac.compare_digest(found, each) for each in made.fingerprints)

    def number(self, idempotency_key: str, attempt: int, now: datetime) -> str:
        """Return the ticket; another one for each attempt, in case one is taken."""
        return self._number(self._keys.tag, idempotency_key, attempt, self._year(now))

    def secret(self, idempotency_key: str, key_id: str | None = None) -> str:
        """Return the secret, under the current key or the one of that key id."""
        source = f"{self._kelurahan.key}|{idempotency_key}".encode()
        drawn = self._tag_under(key_id or self._keys.key_id, "complaint secret", source, 10)
        return ticket.secret_from_bytes(drawn)

    def kept(self, number: str, secret: str) -> bytes:
        """Return the keyed mark of a secret: all that the complaint's document holds of it."""
        return self._keys.tag("complaint secret kept", f"{number}|{secret}".encode())

    def fits(self, kept: bytes | None, number: str, secret: str) -> bool:
        """Whether a secret belongs to a stored mark; without a mark the same work is done."""
        typed, mark = f"{number}|{secret}".encode(), kept or bytes(16)
        fits = [self._keys.tag_fits(mark, "complaint secret kept", typed)]
        for inherited in self._keys.inherited:
            fits.append(hmac.compare_digest(mark, inherited.tag("complaint secret kept", typed)))
        return any(fits) and kept is not None

    def moved_to(self, number: str) -> list[str]:
        """Return where the record of a ticket may lie that was moved from the registry.

        Under the current key first, as it is written.
        """
        key = self._kelurahan.key
        moved = self._keys.identifiers("complaint receipt moved", key, number)
        return [f"kelurahan/{key}/receipts/{each}" for each in moved]

    def _fingerprint(self, content: bytes, key_id: str) -> bytes:
        return self._tag_under(key_id, "complaint content", content)

    def _tag_under(self, key_id: str, domain: str, data: bytes, length: int = 16) -> bytes:
        for inherited in self._keys.inherited:
            if inherited.key_id == key_id:
                return inherited.tag(domain, data, length)
        return self._keys.tag_under(key_id, domain, data, length)

    def _inherited_paths(self, idempotency_key: str, now: datetime) -> list[str]:
        """Where a record that was moved from the registry may lie: by the number made of its key.

        Such a record is at most 30 days old, so the year may be the one before.
        """
        years = sorted({self._year(now), self._year(now - timedelta(days=RECEIPT_DAYS))})
        numbers = [
            self._number(inherited.tag, idempotency_key, attempt, year)
            for inherited in self._keys.inherited
            for year in years
            for attempt in range(ATTEMPTS)
        ]
        return [path for each in numbers for path in self.moved_to(each)]

    def _number(
        self, tag: Callable[[str, bytes, int], bytes], idempotency_key: str, attempt: int, year: int
    ) -> str:
        source = f"{self._kelurahan.key}|{attempt}|{idempotency_key}".encode()
        drawn = tag("complaint number", source, 5)
        return ticket.from_bytes(self._kelurahan.ticket_prefix, year, drawn)

    def _year(self, moment: datetime) -> int:
        return moment.astimezone(ZoneInfo(self._kelurahan.timezone)).year

    def _paths(self, idempotency_key: str) -> list[str]:
        key = self._kelurahan.key
        ids = self._keys.identifiers("complaint receipt", key, idempotency_key)
        return [f"kelurahan/{key}/receipts/{each}" for each in ids]


def content_of(submission: Submission, photos: Sequence[Path]) -> bytes:
    """Return the bytes by which two submissions are compared."""
    hashes = [hashlib.sha256(photo.read_bytes()).hexdigest() for photo in photos]
    return _encoded(asdict(submission), hashes)


def _without_photos(content: bytes) -> bytes:
    said, _ = json.loads(content)
    return _encoded(said, [])


def _encoded(said: Mapping[str, str | bool], hashes: Sequence[str]) -> bytes:
    return json.dumps([said, hashes], ensure_ascii=False, sort_keys=True).encode()
