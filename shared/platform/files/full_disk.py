"""Recognition of a full disk, which needs somebody to act, unlike a store that doesn't answer."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path
from typing import Final

from shared.platform import logs
from shared.platform.errors import Unavailable

_FULL: Final = (errno.ENOSPC, errno.EDQUOT)
_NOTHING_LEFT: Final = 256 * 1024
_DETAIL: Final = (
    "Saat ini kiriman Anda belum dapat kami simpan, dan tidak ada yang hilang. "
    "Coba lagi besok, atau sampaikan di kantor kelurahan."
)


def storage_full() -> Unavailable:
    """Return the error for a full disk (STORAGE_FULL), with a line in the log."""
    logs.event("the disk is full", severity="ERROR")
    return Unavailable(_DETAIL, code="STORAGE_FULL")


def unavailable(fault: OSError, code: str | None = None) -> Unavailable:
    """Return the error for a fault of the file system; `code` where the disk isn't full."""
    return storage_full() if fault.errno in _FULL else Unavailable(code=code)


def has_no_room(folder: Path) -> bool:
    """Whether a folder's disk has no room left, for those who aren't told why they failed."""
    try:
        return shutil.disk_usage(folder).free < _NOTHING_LEFT
    except OSError:
        return False
