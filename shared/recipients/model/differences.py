"""Differences between a list and what is published: people added, changed and removed."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Literal

from shared.recipients.model.person import Person

ChangeKind = Literal["added", "changed", "removed"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One person's change. `id` is the register's document id; None means not on the list."""

    id: str
    before: Person | None
    after: Person | None

    @property
    def kind(self) -> ChangeKind:
        """The kind of change."""
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"

    def reversed(self) -> Difference:
        """Return the change that reverses this one."""
        return Difference(self.id, before=self.after, after=self.before)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Ids of the register's documents, sorted; `unchanged` counts the people left as they are."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: int


def compare(
    wished: Mapping[str, bytes], published: Mapping[str, bytes], held: Set[str]
) -> Comparison:
    """Compare content hashes by document id.

    `held` are people whose row could not be taken although their NIK was readable: an unreadable
    row is no proof that somebody lost their entitlement, so what is published of them stays until
    an officer has mended the row.
    """
    added = sorted(wished.keys() - published.keys())
    removed = sorted(published.keys() - wished.keys() - held)
    changed = sorted(
        key for key, content in wished.items() if published.get(key, content) != content
    )
    return Comparison(
        tuple(added),
        tuple(changed),
        tuple(removed),
        len(published) - len(removed) - len(changed),
    )


def fingerprint(differences: Iterable[Difference], key: bytes, *said: str) -> str:
    """Return one keyed hash over all differences in the order of their ids, for an approval.

    `said` is what else was shown with them. HMAC-SHA-256 over it, ids and canonical contents, each
    with its length before it; keyed, since a plain hash of a small batch would let a NIK be
    guessed. In base32, whose few digits never look like a NIK.
    """
    mac = hmac.new(key, digestmod=hashlib.sha256)

    def add(part: bytes) -> None:
        mac.update(len(part).to_bytes(4, "big"))
        mac.update(part)

    for text in said:
        add(text.encode())
    for difference in differences:
        add(difference.id.encode())
        add(difference.before.to_bytes() if difference.before else b"")
        add(difference.after.to_bytes() if difference.after else b"")
    return base64.b32encode(mac.digest()).rstrip(b"=").decode().lower()
