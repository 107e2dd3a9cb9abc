"""Manifest of a backup archive: parts, counts, key ids, and the names that parts may have."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from shared.platform.backup.encryption import SALT_BYTES
from shared.platform.errors import FileRejected

FORMAT: Final = 4
_READABLE: Final = (2, 3, FORMAT)
DATABASES: Final = ("registry", "intake", "lookup")
_ALWAYS: Final = frozenset({"registry", "lookup"})


def database_file(database: str) -> str:
    """Return the name of a database's file, in the data folder and in an archive of before."""
    return f"{database}.sqlite3"


def documents_part(database: str) -> str:
    """Return the name of the part with a database's documents."""
    return f"{database}.documents"


@dataclass(frozen=True, slots=True)
class Part:
    """One file of the archive: the length of its content, and the hash of what is stored of it.

    `number`: its place, which no other part of the archive has.
    """

    number: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """An archive's manifest. `documents`, `digests` and `keys` (key ids) are by database.

    `digests`: as of `Tally`, empty in an archive of before; `salt` is hex.
    """

    created_at: str
    kelurahan: str
    parts: Mapping[str, Part]
    documents: Mapping[str, int]
    keys: Mapping[str, tuple[str, ...]]
    salt: str
    digests: Mapping[str, str] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """Return the manifest as it is written, and as the MAC covers it."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1, sort_keys=True).encode()

    @property
    def id(self) -> str:
        """The id of this archive and no other, 64 hex digits."""
        return hashlib.sha256(self.to_bytes()).hexdigest()


def damaged() -> FileRejected:
    """Return the error for an archive that is damaged, or that this system did not write."""
    return FileRejected(
        "Berkas cadangan rusak, berubah, atau bukan cadangan sistem ini. Pakai salinan lain.",
        code="BACKUP_DAMAGED",
    )


def is_plain(name: str) -> bool:
    """Whether it is a database or a file below files/, and leads nowhere else when unpacked."""
    if name in (*map(database_file, DATABASES), *map(documents_part, DATABASES)):
        return True
    first, *rest = name.split("/")
    plain = all(part not in ("", ".", "..") and part.isprintable() for part in rest)
    return first == "files" and bool(rest) and plain and not set(name) & set('\\:*?"<>|')


def parsed(content: bytes) -> Manifest:
    """Return the manifest whose `to_bytes` this is, or that of a format before; FileRejected."""
    try:
        found: dict[str, Any] = json.loads(content)
        written = found.pop("format")
        if written not in _READABLE:
            raise FileRejected(
                "Cadangan ini dibuat oleh versi lain. Pakai versi sistem yang membuatnya.",
                code="BACKUP_FORMAT",
            )
        parts = {str(name): Part(**part) for name, part in found["parts"].items()}
        manifest = Manifest(
            created_at=str(found["created_at"]),
            kelurahan=str(found["kelurahan"]),
            parts=parts,
            documents={str(name): int(count) for name, count in found["documents"].items()},
            keys={str(name): tuple(map(str, ids)) for name, ids in found["keys"].items()},
            salt=str(found["salt"]),
            digests={str(name): str(sum_) for name, sum_ in found.get("digests", {}).items()},
        )
        if len(bytes.fromhex(manifest.salt)) != SALT_BYTES or not all(manifest.keys.values()):
            raise damaged()
        if sorted(part.number for part in parts.values()) != [*range(len(parts))]:
            raise damaged()
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise damaged() from None
    databases = set(manifest.documents)
    if not _ALWAYS <= databases <= set(DATABASES) or databases != set(manifest.keys):
        raise damaged()
    if set(manifest.digests) != (databases if written == FORMAT else set()):
        raise damaged()
    named = documents_part if written == FORMAT else database_file
    if {name for name in parts if "/" not in name} != set(map(named, databases)):
        raise damaged()
    return manifest
