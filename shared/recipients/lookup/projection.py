"""The public projection of one person: its document, and the check of a claim against it.

The document is built here for publishing, and read here for the lookup. It lies in the lookup
database at `kelurahan/<key>/recipients/<id>`, and the id is a keyed hash of the NIK:

    {"schema": 1, "name": "S*** A***", "words": [8 bytes, ...], "kk": 8 bytes or b"",
     "entitlements": [{"programme", "period", "status"}, ...], "updated_at": timestamp,
     "tag": 16 bytes}

`words` holds a keyed tag for each word of the name, bound to the id, so that equal names in two
documents don't look alike. The list is filled up to a multiple of four with tags of no word (keyed
too, so that building the same person twice gives the same document) and sorted, so that neither its
length nor its order says much about the name. Whoever takes the database without the key learns no
NIK, no name beyond its first letters, no address. A person with a temporary NIK has no document.

`tag` is keyed too, over the id and the content: whoever can write to the database, but has no key,
can take documents away or put back older ones, and not have the lookup show what he wrote.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from hmac import compare_digest
from typing import Final, Literal, cast

from shared.platform.crypto.keys import Keyset
from shared.platform.document_format import DocumentFormat
from shared.platform.store.port import Snapshot, Value
from shared.recipients.model import names

FORMAT: Final = DocumentFormat("lookup", "recipients", schema=1)
SCHEMA: Final = FORMAT.schema
TAG_BYTES: Final = 8
OWN_TAG_BYTES: Final = 16
WORDS_STORED: Final = 12
_WORDS_STEP: Final = 4

# Give way to the next word: how people are called, and the one name that every list spells anew.
_GIVES_WAY = frozenset(
    "PAK BU MAS MBAK MBA BANG KANG KAK NENG TEH AA NI MUHAMMAD MUHAMAD MUHAMMED MUHAMED "  # noqa: SIM905
    "MOHAMMAD MOHAMAD MOHAMMED MOHAMED MOCHAMMAD MOCHAMAD MUCHAMMAD MUCHAMAD MUH MOH MOCH MUCH "
    "MHD MD".split()
)

Factor = Literal["name", "kk", "both", "either"]


@dataclass(frozen=True, slots=True)
class Claim:
    """What somebody claims about the person of a NIK: a word of the name, end of the KK number.

    Either is "" where it isn't said.
    """

    word: str
    kk_last6: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """One entitlement as the lookup may show it."""

    programme: str
    period: str
    status: str


def identifier(keys: Keyset, kelurahan_key: str, nik: str) -> str:
    """Return the id of a person's document under the current key."""
    return keys.identifier("nik", kelurahan_key, nik)


def identifiers(keys: Keyset, kelurahan_key: str, nik: str) -> tuple[str, ...]:
    """Return the ids a person's document may have: under the current key, then the previous."""
    return keys.identifiers("nik", kelurahan_key, nik)


def path(kelurahan_key: str, document_id: str) -> str:
    """Return the document's path in the lookup database."""
    return f"kelurahan/{kelurahan_key}/recipients/{document_id}"


def build(
    nik: str,
    name: str,
    kk: str,
    entitlements: Iterable[tuple[str, str, str]],
    keys: Keyset,
    kelurahan_key: str,
    now: datetime,
) -> tuple[str, dict[str, Value]]:
    """Build the document of one person for publishing; return its id and content.

    `entitlements`: (programme code, period, status). The same person under the same key gives the
    same document but for `updated_at`, so that a hash over the rest tells whether anything changed.
    """
    document_id = keys.identifier("nik", kelurahan_key, nik)
    tags = _Tags(keys.tag("projection", document_id.encode(), 32))
    name_words = names.words(name)
    words = [tags.word(word) for word in [*dict.fromkeys(name_words)][:WORDS_STORED]]
    words += [tags.filling(at) for at in range(-len(words) % _WORDS_STEP)]
    words.sort()
    document: dict[str, Value] = {
        "schema": SCHEMA,
        "name": names.masked_words(name_words),
        "words": words,
        "kk": tags.kk(kk[-6:]) if len(kk) >= 6 else b"",
        "entitlements": [
            {"programme": programme, "period": period, "status": status}
            for programme, period, status in sorted(entitlements)
        ],
        "updated_at": now,
    }
    document["tag"] = tags.document(content(document))
    return document_id, document


def content(document: Mapping[str, Value]) -> bytes:
    """Return the part of a document that the manifest's hash covers: all but times and tag.

    Keys are sorted, since a store may give a map back in another order.
    """
    words, kk = document["words"], document["kk"]
    return json.dumps(
        [
            document["schema"],
            document["name"],
            [tag.hex() for tag in cast(list[bytes], words)],
            cast(bytes, kk).hex(),
            document["entitlements"],
        ],
        ensure_ascii=False,
        separators=(",", ":"),
        sort_keys=True,
    ).encode()


def claim(name: str, kk_last6: str = "") -> Claim:
    """Return the claim in what was typed: the first word of two letters or more, without titles.

    One word, because each is a guess, and only one miss is counted. Whoever types a whole name
    isn't hurt by what follows, misspelt or a husband's. A few words give way to the next.
    """
    words = [word for word in names.words(name) if len(word) >= 2]
    telling = [word for word in words if word not in _GIVES_WAY]
    return Claim((telling or words or [""])[0], kk_last6)


def matching(
    snapshots: Sequence[Snapshot], claim: Claim, keys: Keyset, factor: Factor
) -> Snapshot | None:
    """Return the one of a person's snapshots (ordered as `identifiers`) that the claim fits.

    The claim's word may be any word of the name. The work is the same whether there is a document,
    whether anything matches, and however many words are stored: every question computes the same
    tags and compares them with the same number of (real or stand-in) stored ones.
    """
    factor = _asked(factor, claim)
    found: Snapshot | None = None
    for at, snapshot in enumerate(snapshots):
        stored, stored_kk = _tags_of(snapshot)
        tags = _Tags(keys.tags("projection", snapshot.id.encode(), 32)[at])
        name_matches, asked = False, tags.word(claim.word)
        for other in stored:
            name_matches |= compare_digest(asked, other)
        kk_matches = compare_digest(tags.kk(claim.kk_last6), stored_kk)
        if _holds(factor, name_matches, kk_matches) and snapshot.exists and found is None:
            found = snapshot
    return found


def are_ours(snapshots: Sequence[Snapshot], keys: Keyset) -> bool:
    """Whether `build` made a person's documents (ordered as `identifiers`), if there are any.

    What isn't there is ours, after the same work.
    """
    ours = True
    for at, snapshot in enumerate(snapshots):
        tags = _Tags(keys.tags("projection", snapshot.id.encode(), 32)[at])
        stored = snapshot.data if snapshot.data is not None else _NOBODY
        try:
            own = tags.document(content(stored))
        except (KeyError, TypeError, ValueError, AttributeError):  # not in our form at all
            own = b""
        found = stored.get("tag")
        fits = compare_digest(own, found if isinstance(found, bytes) else bytes(OWN_TAG_BYTES))
        ours &= fits | (not snapshot.exists)
    return ours


def entitlements(snapshot: Snapshot) -> tuple[Listed, ...]:
    """Return the entitlements in a document."""
    listed = (snapshot.data or {}).get("entitlements")
    if not isinstance(listed, list):
        return ()
    return tuple(
        Listed(str(one["programme"]), str(one["period"]), str(one["status"])) for one in listed
    )


class _Tags:
    """Makes the tags of one document, under a key of its own: BLAKE2b, keyed and personalised.

    A first publication makes five tags a person, and an HMAC for each would double its cost.
    """

    __slots__ = ("_key",)

    def __init__(self, document_key: bytes) -> None:
        self._key = document_key

    def word(self, word: str) -> bytes:
        return self._tag(word.encode(), b"word")

    def kk(self, last6: str) -> bytes:
        return self._tag(last6.encode(), b"kk")

    def filling(self, at: int) -> bytes:
        return self._tag(b"%d" % at, b"filling")

    def document(self, content: bytes) -> bytes:
        return self._tag(content, b"document", OWN_TAG_BYTES)

    def _tag(self, data: bytes, kind: bytes, size: int = TAG_BYTES) -> bytes:
        return blake2b(data, digest_size=size, key=self._key, person=kind).digest()


def _asked(factor: Factor, claim: Claim) -> Factor:
    """Return the factor to check where either would do: the name if one was given.

    Thus two claims in one question aren't two guesses.
    """
    if factor != "either":
        return factor
    return "name" if claim.word else "kk"


def _holds(factor: Factor, name_matches: bool, kk_matches: bool) -> bool:
    return {
        "name": name_matches,
        "kk": kk_matches,
        "both": name_matches & kk_matches,
    }[factor]


_NOBODY: Final[dict[str, Value]] = {
    "schema": SCHEMA,
    "name": "A*** B***",
    "words": [bytes(TAG_BYTES)] * _WORDS_STEP,
    "kk": bytes(TAG_BYTES),
    "entitlements": [{"programme": "pkh", "period": "", "status": ""}],
    "tag": bytes(OWN_TAG_BYTES),
}
_NO_WORDS: Final = tuple(bytes(TAG_BYTES) for _ in range(WORDS_STORED))


def _tags_of(snapshot: Snapshot) -> tuple[tuple[bytes, ...], bytes]:
    """Return the stored tags, filled up to one number with stand-ins that no tag equals."""
    data = snapshot.data or {}
    words = data.get("words")
    kk = data.get("kk")
    stored = (
        tuple(tag for tag in words if isinstance(tag, bytes)) if isinstance(words, list) else ()
    )
    stored_kk = kk if isinstance(kk, bytes) and len(kk) == TAG_BYTES else bytes(TAG_BYTES)
    return (stored + _NO_WORDS)[:WORDS_STORED], stored_kk
