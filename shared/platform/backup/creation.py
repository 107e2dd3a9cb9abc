"""Creation of a backup: the data of one PC copied into one file while the server runs.

All databases are copied as they were at the same moment: for some milliseconds none can be
written, and in that time a reading transaction is begun on each, which keeps that state before
its eyes while the copy is made. The copies lie in the data's own workspace, and only what is sealed
goes where the backup is to be. A publication that was under way is in the copy as if the machine
had died then, and is finished by the next run, as after any crash.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import IO

from shared.platform.backup import archive as archives
from shared.platform.backup.archive import Keys, Manifest, database_file
from shared.platform.clock import Clock
from shared.platform.errors import AlreadyExists, Contended, Invalid, NotFound, Unavailable
from shared.platform.files.workspace import Workspace
from shared.platform.settings import Settings

if sys.platform != "win32":
    import fcntl

_BUSY_SECONDS = 30.0
_UNFINISHED = ".nutera-backup-"


def make(target: Path, given: Settings, keys: Keys, clock: Clock, workspace: Workspace) -> Manifest:
    """Write a backup to `target` (mode 0600), read it back, and return its manifest.

    Raises AlreadyExists where there is such a file, NotFound where there is no data yet, Invalid
    on a deployment that isn't one PC, Contended where a writer holds a database for long.
    """
    require_one_pc(given)
    if target.exists():
        raise AlreadyExists("Berkas tujuan sudah ada. Pilih nama lain untuk cadangan ini.")
    if not all((given.data / database_file(name)).is_file() for name in keys):
        raise NotFound("Belum ada data untuk dicadangkan. Jalankan sistem lebih dahulu.")
    try:
        with _new_file(target.parent) as (made, file):
            with workspace.directory() as aside:
                manifest = _written(file, aside, given, keys, clock)
            with archives.opened(made, keys) as archive:
                archive.check()
            if sys.platform == "win32":
                file.close()  # there, an open file can't be renamed
            made.replace(target)
        sync(target.parent)
    except sqlite3.OperationalError:
        raise Contended from None
    except sqlite3.Error:
        raise Unavailable(code="DATABASE_DAMAGED") from None
    return manifest


def require_one_pc(given: Settings) -> None:
    """Raise Invalid, with what to do instead, where the data is not on one PC."""
    if not given.is_embedded:
        raise Invalid(
            "Data ini ada di Firestore, yang dicadangkan dengan ekspor terkelola: "
            "`gcloud firestore export gs://... --database=registry`, lalu intake dan lookup. "
            "Atur jadwal cadangan dan pemulihan ke satu saat (PITR) di Google Cloud.",
            code="MANAGED_EXPORT",
        )


def sync(path: Path) -> None:
    """Force a file or a folder onto the disk (fsync)."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except PermissionError:
        if os.name == "nt" and path.is_dir():  # Windows has no such thing
            return
        raise
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _new_file(folder: Path) -> Iterator[tuple[Path, IO[bytes]]]:
    """Make a new file (mode 0600) under a temporary name, deleted unless it was renamed.

    Files left behind by killed runs are deleted first; a lock tells which are in use.
    """
    for left in folder.glob(f"{_UNFINISHED}*"):
        with suppress(OSError), left.open("rb") as file:
            _lock(file)
            left.unlink()
    path = folder / f"{_UNFINISHED}{secrets.token_hex(8)}"
    try:
        with open(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            _lock(file)
            yield path, file
    finally:
        path.unlink(missing_ok=True)


def _lock(file: IO[bytes]) -> None:
    """Lock a file until it is closed; raises OSError where another process holds it."""
    if sys.platform != "win32":
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _written(file: IO[bytes], aside: Path, given: Settings, keys: Keys, clock: Clock) -> Manifest:
    created_at = clock().isoformat(timespec="seconds")
    documents = _copies(given.data, aside, keys)
    writer = archives.Writer(file, keys)
    for name in map(database_file, documents):
        with (aside / name).open("rb") as source:
            writer.add(name, source)
    for name, path in _files(given.files):
        try:
            source = path.open("rb")
        except FileNotFoundError:
            continue  # deleted since it was listed
        with source:
            writer.add(name, source)
    manifest = writer.finish(created_at, given.kelurahan, documents)
    file.flush()
    os.fsync(file.fileno())
    return manifest


def _copies(data: Path, aside: Path, databases: Iterable[str]) -> dict[str, int]:
    """Copy the databases as of one moment; return how many documents each has."""
    with ExitStack() as stack:

        def opened(name: str) -> sqlite3.Connection:
            connection = sqlite3.connect(
                f"{(data / database_file(name)).absolute().as_uri()}?mode=rw",
                uri=True,
                timeout=_BUSY_SECONDS,
                isolation_level=None,
            )
            return stack.enter_context(closing(connection))

        locks = [opened(name) for name in databases]
        readers = {name: opened(name) for name in databases}
        for lock in locks:
            lock.execute("BEGIN IMMEDIATE")
        for reader in readers.values():
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        for lock in locks:
            lock.execute("ROLLBACK")
        return {
            name: _copied(reader, aside / database_file(name)) for name, reader in readers.items()
        }


def _copied(reader: sqlite3.Connection, target: Path) -> int:
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with closing(sqlite3.connect(target, isolation_level=None)) as copy:
        reader.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, nothing beside it
        return documents_in(copy)


def documents_in(database: sqlite3.Connection) -> int:
    """Return how many documents a database has, after a check of its integrity."""
    (verdict,) = database.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise Unavailable(code="DATABASE_DAMAGED")
    (count,) = database.execute("SELECT count(*) FROM documents").fetchone()
    return int(count)


def _files(folder: str) -> Iterator[tuple[str, Path]]:
    """Yield each file of a local folder with its name in the archive.

    A bucket is backed up apart.
    """
    if "://" in folder:
        return
    root = Path(folder)
    for path in sorted(root.rglob("*")):
        if path.is_file() and not path.is_symlink() and not path.name.startswith("."):
            yield f"files/{path.relative_to(root).as_posix()}", path
