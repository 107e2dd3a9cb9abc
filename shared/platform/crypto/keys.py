"""Keysets: keyed identifiers, message authentication codes (MAC) and AES-GCM sealing.

A `Keyset` holds a current root key of 32 random bytes and perhaps a previous one. Roots are never
used themselves: each purpose has a key of its own, derived with HMAC-SHA-256 (the expand step of
HKDF, RFC 5869, for a root that is uniformly random). What goes into a MAC is joined with length
prefixes, so that no two lists of parts can meet.

New identifiers and seals use the current key. After a rotation readers still find what the
previous key made: `identifiers` and `tags` give both, and a seal says which key it needs.

A database that was split off from another one inherits the key of that one's tags, and nothing else
(`heir`): marks that were handed out before can be recognised, while neither its seals nor its
identifiers can be opened or made.

`cryptography` is imported at the first seal only: the public lookup never loads it.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import re
import secrets
from collections.abc import Iterable
from typing import TYPE_CHECKING

from shared.platform.errors import SealBroken

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_ROOT_BYTES = 32
_ROOT_TEXT = re.compile(r"nutera1-[A-Za-z0-9_-]{43}")
_INHERITED_TEXT = re.compile(r"tags1-[a-z2-7]{8}-[A-Za-z0-9_-]{43}")
_SEAL_VERSION = b"\x01"
_ID_BYTES = 5
_NONCE_BYTES = 12
_HEADER_BYTES = len(_SEAL_VERSION) + _ID_BYTES


class KeysInvalid(ValueError):
    """The error for an unusable key text or key file; its message never holds a part of it."""


def _joined(*parts: bytes) -> bytes:
    """Join parts with their lengths, so that no two lists of parts give the same bytes."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def _as_bytes(parts: Iterable[str]) -> tuple[bytes, ...]:
    # "surrogatepass": JSON may carry half a character, which must not become an exception
    return tuple(part.encode("utf-8", "surrogatepass") for part in parts)


def _base32(data: bytes) -> str:
    return base64.b32encode(data).rstrip(b"=").decode("ascii").lower()


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


class _Root:
    """One root key and the keys derived from it."""

    __slots__ = ("_identifier", "_root", "_seal", "_tag", "id_bytes", "key_id")

    def __init__(self, root: bytes) -> None:
        self._root = root
        self.id_bytes = self._derived("key id")[:_ID_BYTES]
        self.key_id = _base32(self.id_bytes)
        # a keyed object is copied for each use: much cheaper than keying one anew
        self._identifier = hmac.new(self._derived("identifier"), digestmod="sha256")
        self._tag = hmac.new(self._derived("tag"), digestmod="sha256")
        self._seal: AESGCM | None = None

    def _derived(self, *purpose: str) -> bytes:
        return hmac.digest(self._root, _joined(b"nutera 1", *_as_bytes(purpose)), "sha256")

    def subkey(self, purpose: str) -> bytes:
        return self._derived("subkey", purpose)

    def identifier(self, parts: bytes) -> str:
        mac = self._identifier.copy()
        mac.update(parts)
        return _base32(mac.digest()[:16])

    def tag(self, parts: bytes, length: int) -> bytes:
        mac = self._tag.copy()
        mac.update(parts)
        return mac.digest()[:length]

    def cipher(self) -> AESGCM:
        if self._seal is None:
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM

            self._seal = AESGCM(self._derived("seal"))
        return self._seal

    def same_as(self, other: _Root) -> bool:
        return hmac.compare_digest(self._root, other._root)

    def inherited_tags(self) -> InheritedTags:
        return InheritedTags(self.key_id, self._derived("tag"))

    def text(self) -> str:
        return f"nutera1-{_base64(self._root)}"


class InheritedTags:
    """The key of another database's tags, by which marks made before a split are recognised.

    `key_id` is the public name of the root that it was derived from.
    """

    __slots__ = ("_key", "key_id")

    def __init__(self, key_id: str, key: bytes) -> None:
        self.key_id = key_id
        self._key = key

    def tag(self, domain: str, data: bytes, length: int = 16) -> bytes:
        """Return the keyed MAC that the other database's `Keyset.tag` made of the same data."""
        return hmac.digest(self._key, _tag_input(domain, data, length), "sha256")[:length]

    def text(self) -> str:
        """Return what `Keyset.parse` reads."""
        return f"tags1-{self.key_id}-{_base64(self._key)}"

    @classmethod
    def parse(cls, text: str) -> InheritedTags:
        """Return the key of `text()`; raises binascii.Error for anything else."""
        _, key_id, key = text.split("-", 2)
        return cls(key_id, base64.urlsafe_b64decode(key + "="))


class Keyset:
    """The keys of one database: a current root, perhaps the previous one, and inherited tag keys.

    `inherited`: of the database that this one was split off from; empty for all others.
    """

    __slots__ = ("_current", "_previous", "inherited")

    def __init__(
        self,
        current: bytes,
        previous: bytes | None = None,
        inherited: tuple[InheritedTags, ...] = (),
    ) -> None:
        self.inherited = inherited
        if any(len(root) != _ROOT_BYTES for root in (current, previous) if root is not None):
            raise KeysInvalid("Kunci harus tepat 32 bita.")
        self._current = _Root(current)
        self._previous = _Root(previous) if previous is not None else None
        if self._previous and self._previous.same_as(self._current):
            raise KeysInvalid("Kunci lama sama dengan kunci baru.")

    def __repr__(self) -> str:
        return f"<Keyset {', '.join(root.key_id for root in self._roots())}>"

    def __reduce__(self) -> str:
        raise TypeError("a keyset is never pickled")

    @classmethod
    def generate(cls) -> Keyset:
        """Make a new keyset with one random root."""
        return cls(secrets.token_bytes(_ROOT_BYTES))

    @classmethod
    def parse(cls, secret_text: str) -> Keyset:
        """Return the keyset of a secret text: "nutera1-...", or current and previous, spaced.

        Raises KeysInvalid, with a sentence that never repeats the text.
        """
        every = secret_text.split()
        texts = [text for text in every if not _INHERITED_TEXT.fullmatch(text)]
        if len(texts) not in (1, 2) or not all(_ROOT_TEXT.fullmatch(text) for text in texts):
            raise KeysInvalid(
                "Isi dengan satu kunci berawalan nutera1-, atau kunci baru lalu kunci lama, "
                "dipisah spasi."
            )
        try:
            roots = [base64.urlsafe_b64decode(text[len("nutera1-") :] + "=") for text in texts]
            inherited = tuple(InheritedTags.parse(text) for text in every if text not in texts)
        except binascii.Error:
            raise KeysInvalid("Kunci tidak terbaca.") from None
        return cls(roots[0], roots[1] if len(roots) == 2 else None, inherited)

    def secret_text(self) -> str:
        """Return what `parse` reads: for the key file and Secret Manager, never for a log."""
        texts = [root.text() for root in self._roots()]
        return " ".join([*texts, *(tags.text() for tags in self.inherited)])

    def heir(self) -> Keyset:
        """Make a keyset for a database split off from this one, which inherits its tag keys."""
        inherited = tuple(root.inherited_tags() for root in self._roots())
        return Keyset(secrets.token_bytes(_ROOT_BYTES), inherited=inherited)

    def under(self, key_id: str) -> Keyset:
        """Return a keyset with only the root of that key id.

        Raises KeysInvalid where it isn't held.
        """
        return Keyset(self._named(key_id)._root)

    def shares_root_with(self, other: Keyset) -> bool:
        """Whether the two share a root key; two databases must never be joinable."""
        return any(a.same_as(b) for a in self._roots() for b in other._roots())

    @property
    def key_id(self) -> str:
        """The key id: the public name of the current root, 8 characters."""
        return self._current.key_id

    @property
    def key_ids(self) -> tuple[str, ...]:
        """The key ids of the roots, the current one first."""
        return tuple(root.key_id for root in self._roots())

    def identifier(self, domain: str, *parts: str) -> str:
        """Return a document id: HMAC-SHA-256 under the current key, 26 base32 characters."""
        return self._current.identifier(_joined(*_as_bytes((domain, *parts))))

    def identifiers(self, domain: str, *parts: str) -> tuple[str, ...]:
        """Return the id under the current key, then under the previous one, if there is one."""
        joined = _joined(*_as_bytes((domain, *parts)))
        return tuple(root.identifier(joined) for root in self._roots())

    def tag(self, domain: str, data: bytes, length: int = 16) -> bytes:
        """Return a keyed MAC of data under the current key, cut to `length` (4 to 32) bytes."""
        return self._current.tag(_tag_input(domain, data, length), length)

    def tags(self, domain: str, data: bytes, length: int = 16) -> tuple[bytes, ...]:
        """Return the MAC under the current key, then under the previous one, if there is one."""
        joined = _tag_input(domain, data, length)
        return tuple(root.tag(joined, length) for root in self._roots())

    def tag_under(self, key_id: str, domain: str, data: bytes, length: int = 16) -> bytes:
        """Return the MAC under the key of that key id; raises KeysInvalid where it isn't held."""
        return self._named(key_id).tag(_tag_input(domain, data, length), length)

    def tag_fits(self, tag: bytes, domain: str, data: bytes) -> bool:
        """Whether the tag was made of this data by a key of this keyset, in constant time."""
        if not 4 <= len(tag) <= 32:
            return False
        fits = [hmac.compare_digest(tag, own) for own in self.tags(domain, data, len(tag))]
        return any(fits)

    def subkey(self, purpose: str) -> bytes:
        """Return 32 bytes for another library's use (signing a cookie), from the current key."""
        return self._current.subkey(purpose)

    def subkeys(self, purpose: str) -> tuple[bytes, ...]:
        """Return the subkeys of the current and, if there is one, the previous key."""
        return tuple(root.subkey(purpose) for root in self._roots())

    def seal(self, plaintext: bytes, context: str) -> bytes:
        """Encrypt with AES-256-GCM for one place; `context` names it (path and field).

        1 byte version, 5 bytes key id, 12 bytes nonce, then the text and its tag: 34 bytes more.
        """
        root = self._current
        header = _SEAL_VERSION + root.id_bytes
        nonce = os.urandom(_NONCE_BYTES)
        bound = _joined(header, *_as_bytes((context,)))
        return header + nonce + root.cipher().encrypt(nonce, plaintext, bound)

    def unseal(self, sealed: bytes, context: str) -> bytes:
        """Decrypt what `seal` made for the same context.

        Raises SealBroken where it doesn't open.
        """
        from cryptography.exceptions import InvalidTag

        header, body = sealed[:_HEADER_BYTES], sealed[_HEADER_BYTES:]
        for root in self._roots():
            if header == _SEAL_VERSION + root.id_bytes and len(body) >= _NONCE_BYTES + 16:
                bound = _joined(header, *_as_bytes((context,)))
                nonce, text = body[:_NONCE_BYTES], body[_NONCE_BYTES:]
                try:
                    return root.cipher().decrypt(nonce, text, bound)
                except InvalidTag:
                    raise SealBroken from None
        raise SealBroken

    def _roots(self) -> tuple[_Root, ...]:
        return (self._current,) if self._previous is None else (self._current, self._previous)

    def _named(self, key_id: str) -> _Root:
        for root in self._roots():
            if root.key_id == key_id:
                return root
        raise KeysInvalid("Kunci dengan nama itu tidak ada di sini.")


def _tag_input(domain: str, data: bytes, length: int) -> bytes:
    if not 4 <= length <= 32:
        raise ValueError("a tag has 4 to 32 bytes")
    return _joined(*_as_bytes((domain,)), data)
