"""Connections to one SQLite file: one for each thread, and all closed safely.

SQLite doesn't survive that a connection is closed while another thread works with it.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import weakref
from contextlib import suppress
from pathlib import Path
from typing import Final

from shared.platform.errors import Unavailable
from shared.platform.files import full_disk

_making: Final = threading.Lock()  # so that nobody has it open while one who makes it closes it


class Connections:
    """Connections to one file, which is made with its folder if need be, for its owner alone."""

    def __init__(self, path: Path, busy_seconds: float) -> None:
        self._path = path
        self._busy_seconds = busy_seconds
        self._local = threading.local()
        self._open: weakref.WeakSet[Connection] = weakref.WeakSet()
        self._lock = threading.Lock()
        self._closed = False
        _make_private(path)

    def own(self) -> Connection:
        """Return this thread's connection; Unavailable after `close`, sqlite3.Error."""
        mine: Connection | None = getattr(self._local, "connection", None)
        if mine is None or self._closed:
            with self._lock:
                if self._closed:
                    raise Unavailable(code="CLOSED")
                mine = self._local.connection = Connection(self._path, self._busy_seconds)
                self._open.add(mine)
        return mine

    def close(self) -> None:
        """Close those of all threads, each when what it does is done."""
        with self._lock:
            self._closed = True
            connections = list(self._open)
        for connection in connections:
            with connection.used:
                connection.close()


class Connection:
    """Connection of one thread, `raw`; closed with its thread, or where nobody holds `used`."""

    def __init__(self, path: Path, busy_seconds: float) -> None:
        self.used = threading.RLock()
        self.raw = sqlite3.connect(
            path, timeout=busy_seconds, isolation_level=None, check_same_thread=False
        )
        try:
            self.raw.execute("PRAGMA journal_mode = WAL")
            self.raw.execute("PRAGMA synchronous = FULL")
            self.raw.execute("PRAGMA cache_size = -16000")
            # what is deleted is overwritten, whatever the library was built with
            self.raw.execute("PRAGMA secure_delete = ON")
        except sqlite3.Error:
            self.raw.close()
            raise

    def close(self) -> None:
        """Close it."""
        self.raw.close()

    def __del__(self) -> None:
        if hasattr(self, "raw"):
            self.raw.close()


def _make_private(path: Path) -> None:
    """Make the file, with its folder, for its owner alone; SQLite's side files get the same mode.

    One that is there isn't opened: closing it again would drop the locks that SQLite holds on it
    for this process, and another process would take it for a file that nobody uses.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _making, suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
    except OSError as fault:
        raise full_disk.unavailable(fault, "SQLITE_CANTOPEN") from None
