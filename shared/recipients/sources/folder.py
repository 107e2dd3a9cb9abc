"""Folder sources: the newest list on this PC, a network drive, or Cloud Storage (gs://)."""

from __future__ import annotations

import shutil
from hashlib import sha256
from pathlib import Path
from typing import Any

from shared.kelurahan.configuration import SourceConfig
from shared.platform import google_access
from shared.platform.errors import Unavailable
from shared.recipients.sources import fetch_result
from shared.recipients.sources.fetch_result import Fetched, NotModified

_SUFFIXES = frozenset((".xlsx", ".xlsm", ".xls", ".ods", ".csv", ".tsv"))


def fetch(
    source: SourceConfig, folder: Path, etag: str | None, max_bytes: int
) -> Fetched | NotModified:
    """Copy the newest spreadsheet of the inbox into `folder`, unless `etag` says it is the same."""
    faults = google_access.faults() if "://" in source.location else (OSError,)
    try:
        return _newest(_opened(source.location, folder), folder, etag, max_bytes)
    except (PermissionError, FileNotFoundError, NotADirectoryError):
        raise fetch_result.refused() from None
    except faults:
        raise fetch_result.silent() from None


def _opened(location: str, folder: Path) -> Any:
    if "://" not in location:
        return Path(location)
    if not location.startswith("gs://"):
        raise fetch_result.not_allowed()
    try:
        return google_access.bucket_folder(location, folder / "gs")
    except Unavailable:
        raise fetch_result.refused() from None


def _newest(inbox: Any, folder: Path, etag: str | None, max_bytes: int) -> Fetched | NotModified:
    found = []
    for path in inbox.iterdir():
        # "~$..." is a lock that Excel leaves beside an open file, ".~lock..." one of LibreOffice
        if path.suffix.lower() in _SUFFIXES and not path.name.startswith(("~", ".")):
            status = path.stat()
            if path.is_file():
                found.append((status.st_mtime, path.name, status.st_size, path))
    if not found:
        raise fetch_result.empty()
    modified, name, size, path = max(found, key=lambda each: each[:2])
    mark = sha256(f"{name}|{modified!r}|{size}".encode()).hexdigest()[:32]
    if mark == etag:
        return NotModified()
    if size > max_bytes:
        raise fetch_result.too_large()
    copy = folder / "kotak-masuk"
    with path.open("rb") as inside, copy.open("xb") as outside:
        shutil.copyfileobj(inside, outside)
    return Fetched(copy, name, mark)
