"""The backup archive: one .zip with sealed parts and a manifest, proved by a keyed MAC.

    manifest.json       format, when, a hash and size of every part, counts and digests of
                        documents, key ids
    manifest.mac        a keyed MAC over manifest.json, by a key of the registry
    registry.documents  the documents of the databases as they were at one moment, whatever store
    intake.documents    they lay in (`documents.py`)
    lookup.documents
    files/...           uploads and other files

Formats 2 and 3, of older versions, have files of SQLite in place of the documents
(registry.sqlite3), and 2 has no `intake`. They are still read.

All parts are sealed by a key derived from the registry's (see `encryption.py`), and the keys are
not in it: without them, nobody reads more than the manifest's names and counts. Nothing in an
archive is believed before its MAC and its hashes are right.
"""

from __future__ import annotations

import hashlib
import secrets
import zipfile
import zlib
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

from shared.platform.backup.documents import Document, Tally, read, tally_of
from shared.platform.backup.encryption import SALT_BYTES, Sealing
from shared.platform.backup.manifest import (
    DATABASES,
    Manifest,
    Part,
    damaged,
    documents_part,
    is_plain,
    parsed,
)
from shared.platform.crypto.keys import Keyset
from shared.platform.errors import Conflict, SealBroken

_MANIFEST, _MAC = "manifest.json", "manifest.mac"
_DOMAIN: Final = "backup manifest"
_LARGEST_MANIFEST: Final = 64 * 1024 * 1024
_PIECE_BYTES: Final = 1024 * 1024

Keys = Mapping[str, Keyset]
"""By database."""


def key_ids(keys: Keys) -> dict[str, tuple[str, ...]]:
    """Return the public names of the keys, by database."""
    return {database: keyset.key_ids for database, keyset in keys.items()}


class Writer:
    """Writes the parts of a new archive; they are sealed and hashed on the way."""

    def __init__(self, file: IO[bytes], keys: Keys) -> None:
        self._zip = zipfile.ZipFile(file, "w")
        self._keys = keys
        self._salt = secrets.token_bytes(SALT_BYTES)
        self._sealing = Sealing(keys["registry"], self._salt)
        self._parts: dict[str, Part] = {}

    def add(self, name: str, content: Iterable[bytes]) -> None:
        """Add the next part from the pieces of its content."""
        if not is_plain(name):
            raise Conflict(
                "Folder files memuat nama yang tidak dapat dicadangkan. Ganti namanya.",
                code="FILE_NAME",
            )
        digest, size, number = hashlib.sha256(), 0, len(self._parts)

        def pieces() -> Iterator[bytes]:
            nonlocal size
            for piece in content:
                size += len(piece)
                yield piece

        with self._zip.open(_entry(name), "w", force_zip64=True) as target:
            for chunk in self._sealing.sealed(number, name, pieces()):
                digest.update(chunk)
                target.write(chunk)
        self._parts[name] = Part(number, size, digest.hexdigest())

    def abandon(self) -> None:
        """Close an archive that can't be finished."""
        with suppress(OSError):  # the disk is full
            self._zip.close()

    def finish(self, created_at: str, kelurahan: str, tallies: Mapping[str, Tally]) -> Manifest:
        """Write the manifest with its MAC, and close the archive."""
        manifest = Manifest(
            created_at,
            kelurahan,
            self._parts,
            {name: tally.count for name, tally in tallies.items()},
            key_ids(self._keys),
            self._salt.hex(),
            {name: tally.digest for name, tally in tallies.items()},
        )
        content = manifest.to_bytes()
        self._zip.writestr(_entry(_MANIFEST), content)
        self._zip.writestr(_entry(_MAC), self._keys["registry"].tag(_DOMAIN, content, 32).hex())
        self._zip.close()
        return manifest


class Archive:
    """An archive whose manifest the keys have verified. Its parts are checked as they are read."""

    def __init__(self, opened: zipfile.ZipFile, keys: Keys) -> None:
        self._zip = opened
        content = self._small(_MANIFEST, _LARGEST_MANIFEST)
        self.manifest = parsed(content)
        held = key_ids(keys)
        for database, ids in self.manifest.keys.items():
            if not set(ids) <= set(held.get(database, ())):
                raise Conflict(
                    "Kunci ini bukan kunci cadangan itu. Sertakan berkas kunci yang disimpan "
                    "bersamanya, dengan --keys.",
                    code="BACKUP_KEYS",
                )
        try:
            mac = bytes.fromhex(self._small(_MAC, 100).decode("ascii"))
        except ValueError:
            raise damaged() from None
        if not keys["registry"].tag_fits(mac, _DOMAIN, content) or len(mac) != 32:
            raise damaged()
        names = opened.namelist()
        if sorted(names) != sorted((*self.manifest.parts, _MANIFEST, _MAC)):
            raise damaged()
        if not all(map(is_plain, self.manifest.parts)):
            raise damaged()
        made_with = keys["registry"].under(self.manifest.keys["registry"][0])
        self._sealing = Sealing(made_with, bytes.fromhex(self.manifest.salt))

    def check(self) -> None:
        """Read every part and compare it with the manifest.

        Raises FileRejected where one differs.
        """
        for name in self.manifest.parts:
            if name not in map(documents_part, DATABASES):
                for _ in self._pieces(name):
                    pass
        for database in self.manifest.digests:
            self.compare(database, tally_of(self.documents(database)))

    def compare(self, database: str, found: Tally) -> None:
        """Compare count and digest of documents; raises FileRejected where they differ."""
        said = self.manifest.documents[database], self.manifest.digests[database]
        if said != (found.count, found.digest):
            raise damaged()

    def documents(self, database: str) -> Generator[Document, None, None]:
        """Yield a database's documents, of today's format; FileRejected where altered."""
        with _damage():
            yield from read(self._pieces(documents_part(database)))

    def extract(self, name: str, target: IO[bytes]) -> None:
        """Write a part into an open file; raises FileRejected where it was altered."""
        for piece in self._pieces(name):
            target.write(piece)

    def _pieces(self, name: str) -> Iterator[bytes]:
        part = self.manifest.parts[name]
        digest, left = hashlib.sha256(), part.bytes

        def stored(source: IO[bytes]) -> Iterator[bytes]:
            while piece := source.read(_PIECE_BYTES):
                digest.update(piece)
                yield piece

        with _damage(), self._zip.open(name) as source:
            for piece in self._sealing.opened(part.number, name, stored(source)):
                left -= len(piece)
                if left < 0:
                    raise damaged()
                yield piece
        if left or digest.hexdigest() != part.sha256:
            raise damaged()

    def _small(self, name: str, limit: int) -> bytes:
        with _damage(), self._zip.open(name) as source:
            content = source.read(limit + 1)
        if len(content) > limit:
            raise damaged()
        return content


@contextmanager
def opened(path: Path, keys: Keys) -> Iterator[Archive]:
    """Open the archive at a path; raises FileRejected where damaged, Conflict for other keys."""
    with _damage():
        archive = zipfile.ZipFile(path)
    with archive:
        yield Archive(archive, keys)


@contextmanager
def _damage() -> Iterator[None]:
    """Turn what Python's zipfile raises for a broken or foreign file into one FileRejected."""
    try:
        yield
    except SealBroken:
        raise damaged() from None
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, RuntimeError, ValueError, OSError):
        raise damaged() from None


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.external_attr = 0o600 << 16
    return entry
