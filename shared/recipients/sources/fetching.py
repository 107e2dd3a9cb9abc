"""Fetching of a list from a configured source."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from shared.kelurahan.configuration import SourceConfig
from shared.recipients.sources.fetch_result import Fetched, NotModified, Outside

__all__ = ["PRODUCTION", "Fetched", "NotModified", "Outside", "fetch"]

PRODUCTION: Final = Outside()


def fetch(
    source: SourceConfig,
    folder: Path,
    *,
    etag: str | None = None,
    max_bytes: int = 25 * 1024 * 1024,
    outside: Outside = PRODUCTION,
) -> Fetched | NotModified:
    """Fetch the list into `folder`, an empty one that the caller removes afterwards.

    `etag` is that of the last list that was taken from the same source; where the source can tell
    that nothing has changed, the answer is NotModified. Raises Unavailable where the source can't
    be reached or may not be, and FileRejected where its list is too large; their texts hold no
    address and no name. What the file is, only the reader finds out.
    """
    if source.kind == "folder":
        from shared.recipients.sources import folder as folders

        return folders.fetch(source, folder, etag, max_bytes)
    if source.kind == "https":
        from shared.recipients.sources import https

        return https.fetch(source, folder, etag, max_bytes, outside)
    from shared.recipients.sources import google_sheet

    return google_sheet.fetch(source, folder, max_bytes, outside)
