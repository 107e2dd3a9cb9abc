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
from collections.abc import Mapping, Sequence
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
from shared.platform.store import Store, Value, Write

RECEIPT_DAYS: Final = 30
"""For so long the same submission sent again is known as the same."""
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
        for snapshot in self._store.get_many(self._paths(idempotency_key)):
            if not snapshot.exists:
                continue
            data = verified(self._keys, snapshot)
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
            "schema": 1,
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
        source = f"{self._kelurahan.key}|{attempt}|{idempotency_key}".encode()
        year = now.astimezone(ZoneInfo(self._kelurahan.timezone)).year
        drawn = self._keys.tag("complaint number", source, 5)
        return ticket.from_bytes(self._kelurahan.ticket_prefix, year, drawn)

    def secret(self, idempotency_key: str, key_id: str | None = None) -> str:
        """Return the secret, under the current key or the one of that key id."""
        source = f"{self._kelurahan.key}|{idempotency_key}".encode()
        drawn = self._keys.tag_under(key_id or self._keys.key_id, "complaint secret", source, 10)
        return ticket.secret_from_bytes(drawn)

    def kept(self, number: str, secret: str) -> bytes:
        """Return the keyed mark of a secret: all that the complaint's document holds of it."""
        return self._keys.tag("complaint secret kept", f"{number}|{secret}".encode())

    def fits(self, kept: bytes | None, number: str, secret: str) -> bool:
        """Whether a secret belongs to a stored mark; without a mark the same work is done."""
        typed = f"{number}|{secret}".encode()
        return self._keys.tag_fits(kept or bytes(16), "complaint secret kept", typed) and (
            kept is not None
        )

    def _fingerprint(self, content: bytes, key_id: str) -> bytes:
        return self._keys.tag_under(key_id, "complaint content", content)

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
