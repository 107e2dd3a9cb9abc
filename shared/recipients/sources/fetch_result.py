"""Results, errors and permissions that every kind of source shares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from shared.platform.errors import FileRejected, Unavailable
from shared.recipients.model.problems import CODES

SHEETS_URL: Final = "https://sheets.googleapis.com"


@dataclass(frozen=True, slots=True)
class Fetched:
    """A list that has been fetched. `etag` is what to show the source next time, or None."""

    path: Path
    filename: str
    etag: str | None


@dataclass(frozen=True, slots=True)
class NotModified:
    """The source's list is unchanged since the last fetch."""


@dataclass(frozen=True, slots=True)
class Outside:
    """The outside world as a deployment sees it; the defaults are those of production.

    `may_reach_private`: also addresses of this machine and of private networks (for tests alone:
    a list of hosts in the kelurahan's file must not open the network that the function is in).
    `trust`: a file of certificates instead of the public ones. `credentials`: makes Google
    credentials for scopes; None uses the service account of the process.
    """

    may_reach_private: bool = False
    trust: Path | None = None
    sheets_url: str = SHEETS_URL
    credentials: Callable[[list[str]], Any] | None = field(default=None, repr=False)


def too_large() -> FileRejected:
    """Return the error for a list over the size limit."""
    return FileRejected(CODES["FILE_TOO_LARGE"][1], code="FILE_TOO_LARGE")


def silent() -> Unavailable:
    """Return the error for a source that can't be reached, breaks off, or takes too long."""
    return Unavailable(
        "Sumber daftar tidak menjawab dengan benar. Coba lagi nanti, atau unggah berkasnya.",
        code="SOURCE_SILENT",
    )


def refused() -> Unavailable:
    """Return the error for a source that refuses us, or no longer has the list."""
    return Unavailable(
        "Sumber daftar tidak memberi izin atau sudah tidak ada. Periksa isian sumber dan izin "
        "berbaginya.",
        code="SOURCE_REFUSED",
    )


def not_allowed() -> Unavailable:
    """Return the error for an address, or a redirect, that may not be reached."""
    return Unavailable(
        "Alamat sumber tidak termasuk yang diizinkan. Periksa allow_hosts pada berkas kelurahan.",
        code="SOURCE_NOT_ALLOWED",
    )


def empty() -> Unavailable:
    """Return the error for a source without a list."""
    return Unavailable(
        "Belum ada berkas daftar pada sumber. Taruh berkasnya di sana, lalu ulangi.",
        code="SOURCE_EMPTY",
    )
