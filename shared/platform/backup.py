"""How the data of one PC is copied into one file, while the server goes on.

Both databases are copied as they were at the same moment: for some milliseconds neither can be
written, and in that time a reading transaction is begun on each, which keeps that state before
its eyes while the copy is made. A publication that was under way is in the copy as if the machine
had died then, and is finished by the next run, as after any crash.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import TemporaryDirectory

from shared.platform import backup_archive as archives
from shared.platform.backup_archive import DATABASES, Keys, Manifest, database_file
from shared.platform.clock import Clock
from shared.platform.errors import AlreadyExists, Contended, Invalid, NotFound, Unavailable
from shared.platform.settings import Settings

_BUSY_SECONDS = 30.0


def make(target: Path, given: Settings, keys: Keys, clock: Clock) -> Manifest:
    """Write a backup to `target` (mode 0600), read it again, and say what is in it.

    Raises AlreadyExists where there is such a file, NotFound where there is no data yet, Invalid
    on a deployment that isn't one PC, Contended where a writer holds a database for long.
    """
    require_one_pc(given)
    if target.exists():
        raise AlreadyExists("Berkas tujuan sudah ada. Pilih nama lain untuk cadangan ini.")
    if not all((given.data / database_file(name)).is_file() for name in DATABASES):
        raise NotFound("Belum ada data untuk dicadangkan. Jalankan sistem lebih dahulu.")
    try:
        with TemporaryDirectory(prefix=".nutera-backup-", dir=target.parent) as aside:
            made = Path(aside) / "backup.zip"
            manifest = _written(made, Path(aside), given, keys, clock)
            with archives.opened(made, keys) as archive:
                archive.check()
            made.replace(target)
            sync(target.parent)
    except sqlite3.OperationalError:
        raise Contended from None
    except sqlite3.Error:
        raise Unavailable(code="DATABASE_DAMAGED") from None
    return manifest


def require_one_pc(given: Settings) -> None:
    """Invalid, with what to do instead, where the data is not on one PC."""
    if not given.is_embedded:
        raise Invalid(
            "Data ini ada di Firestore, yang dicadangkan dengan ekspor terkelola: "
            "`gcloud firestore export gs://... --database=registry`, lalu juga untuk lookup. "
            "Atur jadwal cadangan dan pemulihan ke satu saat (PITR) di Google Cloud.",
            code="MANAGED_EXPORT",
        )


def sync(path: Path) -> None:
    """Have a file or a folder on the disk before going on."""
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


def _written(made: Path, aside: Path, given: Settings, keys: Keys, clock: Clock) -> Manifest:
    created_at = clock().isoformat(timespec="seconds")
    documents = _copies(given.data, aside)
    with open(os.open(made, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        writer = archives.Writer(file)
        for name in map(database_file, DATABASES):
            with (aside / name).open("rb") as source:
                writer.add(name, source)
        for name, path in _files(given.files):
            try:
                source = path.open("rb")
            except FileNotFoundError:
                continue  # deleted since it was listed
            with source:
                writer.add(name, source)
        manifest = Manifest(
            created_at, given.kelurahan, writer.parts, documents, archives.key_ids(keys)
        )
        writer.finish(manifest, keys)
        file.flush()
        os.fsync(file.fileno())
    return manifest


def _copies(data: Path, aside: Path) -> dict[str, int]:
    """Copy both databases as of one moment; how many documents each has."""
    with ExitStack() as stack:

        def opened(name: str) -> sqlite3.Connection:
            connection = sqlite3.connect(
                f"{(data / database_file(name)).absolute().as_uri()}?mode=rw",
                uri=True,
                timeout=_BUSY_SECONDS,
                isolation_level=None,
            )
            return stack.enter_context(closing(connection))

        locks = [opened(name) for name in DATABASES]
        readers = {name: opened(name) for name in DATABASES}
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
    with closing(sqlite3.connect(target, isolation_level=None)) as copy:
        reader.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, nothing beside it
        return documents_in(copy)


def documents_in(database: sqlite3.Connection) -> int:
    """How many documents a database has, after a check that it is whole."""
    (verdict,) = database.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise Unavailable(code="DATABASE_DAMAGED")
    (count,) = database.execute("SELECT count(*) FROM documents").fetchone()
    return int(count)


def _files(folder: str) -> Iterator[tuple[str, Path]]:
    """Each file of a local folder and its name in the archive. A bucket is backed up by itself."""
    if "://" in folder:
        return
    root = Path(folder)
    for path in sorted(root.rglob("*")):
        if path.is_file() and not path.is_symlink() and not path.name.startswith("."):
            yield f"files/{path.relative_to(root).as_posix()}", path
