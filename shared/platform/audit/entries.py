"""Entries of the audit log: fields, digest, and the check that keeps personal data out."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from shared.platform.document_format import DocumentFormat
from shared.platform.errors import Invalid
from shared.platform.store.port import Snapshot, Value

Detail = str | int | bool | None | list[str] | list[int]

FORMAT: Final = DocumentFormat("registry", "audit", schema=1)
_ACTION = re.compile(r"[a-z][a-z0-9_-]*(\.[a-z][a-z0-9_-]*)*")
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,39}")
_PERSONAL = re.compile(r"\d(?:[ .\-]?\d){15}|[^\s@]+@[^\s@]+\.[^\s@]+")
_MAX_TEXT = 500
_MAX_DETAILS = 20
_MAX_LIST = 50


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: `actor` is a staff id or a job's name, `subject` what the action was done to."""

    seq: int
    at: datetime
    actor: str
    action: str
    subject: str
    details: Mapping[str, Any]
    salt: bytes = field(repr=False)
    key_id: str
    digest: bytes = field(default=b"", repr=False)
    mac: bytes = field(default=b"", repr=False)

    @classmethod
    def read(cls, snapshot: Snapshot) -> Entry:
        """Return the entry in a document, as stored; raises KeyError where a field is missing."""
        data: Any = snapshot.data
        names = ("seq", "created_at", "actor", "action", "subject", "details", "salt", "key_id")
        return cls(*(data[name] for name in (*names, "digest", "mac")))

    def document(self) -> dict[str, Value]:
        """Return the document to store."""
        return {
            "schema": FORMAT.schema,
            "seq": self.seq,
            "created_at": self.at,
            "actor": self.actor,
            "action": self.action,
            "subject": self.subject,
            "details": dict(self.details),
            "salt": self.salt,
            "key_id": self.key_id,
            "digest": self.digest,
            "mac": self.mac,
        }

    def digest_after(self, before: bytes, kelurahan_key: str) -> bytes:
        """Return SHA-256 over the content, the kelurahan, and the digest of the entry before.

        Not over the key's id: the log can be keyed anew, and digests that were published stay.
        """
        moment = self.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        content = [1, kelurahan_key, self.seq, moment, self.actor, self.action, self.subject]
        content += [self.details, self.salt.hex(), before.hex()]
        text = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode("ascii")).digest()


def check_text(text: str) -> None:
    """Raise Invalid where a text may not enter the log: too long, or it may name a person."""
    if len(text) > _MAX_TEXT:
        raise Invalid(f"Tulisan terlalu panjang. Paling banyak {_MAX_TEXT} huruf.")
    if _PERSONAL.search(text):
        raise Invalid("Jangan menuliskan NIK, nomor KK, atau alamat surel.")


def check(actor: str, action: str, subject: str, details: Mapping[str, Detail]) -> None:
    """Raise ValueError for a value of a kind that may not be kept; Invalid as in `check_text`."""
    if not _ACTION.fullmatch(action) or not actor or not subject:
        raise ValueError("an entry needs an actor, an action like batch.approve, and a subject")
    if len(details) > _MAX_DETAILS or not all(_FIELD.fullmatch(name) for name in details):
        raise ValueError("details have at most 20 fields with plain names")
    for text in (actor, action, subject, *details):
        check_text(text)
    for value in details.values():
        _check_value(value)


def _check_value(value: Any) -> None:
    if isinstance(value, list) and len(value) <= _MAX_LIST:
        for each in value:
            if type(each) not in (str, int):
                raise ValueError("a list in details holds texts or whole numbers")
            check_text(str(each))
    elif type(value) in (str, int):
        check_text(str(value))
    elif value is not None and type(value) is not bool:
        raise ValueError("details hold texts, whole numbers, yes or no, or lists of them")
