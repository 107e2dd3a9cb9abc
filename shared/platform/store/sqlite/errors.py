"""Translation of SQLite's errors into the application's."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from shared.platform.errors import AppError, Contended, Unavailable
from shared.platform.files import full_disk

_ALSO_WHERE_FULL: Final = ("SQLITE_IOERR", "SQLITE_CANTOPEN")
"""What it says too where its side files find no room."""


def translated(error: sqlite3.Error, folder: Path) -> AppError:
    """Return the application's error; of SQLite's texts nothing but the name of its error.

    `folder`: where the database lies. Contended where others write, Unavailable for all else, with
    STORAGE_FULL where the disk is full.
    """
    code = getattr(error, "sqlite_errorname", "SQLITE_ERROR")
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return Contended(code=code)
    may_be_full = code.startswith(_ALSO_WHERE_FULL) and full_disk.has_no_room(folder)
    if code == "SQLITE_FULL" or may_be_full:
        return full_disk.storage_full()
    return Unavailable(code=code)
