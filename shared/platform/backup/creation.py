"""Creation of a backup: all data of a deployment in one file, while the system runs.

The documents are those of one moment (`source.py`); files are read after them, so that a document
never names a file that came later. Only what is sealed is ever written.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from shared.platform.backup import archive as archives
from shared.platform.backup.archive import Keys
from shared.platform.backup.documents import Tally, written
from shared.platform.backup.manifest import Manifest, database_file, documents_part
from shared.platform.backup.source import at_one_moment
from shared.platform.clock import Clock
from shared.platform.errors import AlreadyExists, Contended, Invalid, NotFound, Unavailable
from shared.platform.files.storage import Folder, folder
from shared.platform.settings import Settings

if sys.platform != "win32":
    import fcntl

_PIECE_BYTES = 1024 * 1024
_UNFINISHED = ".nutera-backup-"


def make(target: Path, given: Settings, keys: Keys, clock: Clock) -> Manifest:
    """Write a backup to `target` (mode 0600), read it back, and return its manifest.

    Raises AlreadyExists where there is such a file, NotFound where there is no data yet, Contended
    where a writer holds a database for long, Invalid as `require_files`.
    """
    require_files(given)
    if target.exists():
        raise AlreadyExists("Berkas tujuan sudah ada. Pilih nama lain untuk cadangan ini.")
    if given.is_embedded and not all((given.data / database_file(name)).is_file() for name in keys):
        raise NotFound("Belum ada data untuk dicadangkan. Jalankan sistem lebih dahulu.")
    try:
        with _new_file(target.parent) as (made, file):
            manifest = _written(file, given, keys, clock)
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


def require_files(given: Settings) -> None:
    """Raise Invalid where data is in Firestore and nobody has said where its files are."""
    if not given.is_embedded and given.files == str(given.data / "files"):
        raise Invalid(
            "NUTERA_FILES belum diisi. Isi dengan alamat gs:// yang dipakai sistem, supaya foto "
            "dan berkas ikut.",
            code="FILES_UNKNOWN",
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


def _written(file: IO[bytes], given: Settings, keys: Keys, clock: Clock) -> Manifest:
    created_at = clock().isoformat(timespec="seconds")
    writer, tallies = archives.Writer(file, keys), {name: Tally() for name in keys}
    try:
        with at_one_moment(given, keys) as databases:
            for name, documents in databases.items():
                writer.add(documents_part(name), written(documents, tallies[name]))
        for name, content in _files(given.files):
            writer.add(f"files/{name}", content)
        manifest = writer.finish(created_at, given.kelurahan, tallies)
    except BaseException:
        writer.abandon()
        raise
    file.flush()
    os.fsync(file.fileno())
    return manifest


def _files(url: str) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Yield the name of each file of a folder or bucket, and its content in pieces."""
    if "://" in url:
        yield from files_of(folder(url))
        return
    root = Path(url)
    for path in sorted(root.rglob("*")):
        if path.is_file() and not path.is_symlink() and not path.name.startswith("."):
            with suppress(FileNotFoundError), path.open("rb") as source:  # deleted since
                yield path.relative_to(root).as_posix(), _pieces(source)


def files_of(files: Folder) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Yield the name of each file of a bucket, and its content in pieces."""
    for name in files.list():
        with suppress(NotFound), files.open(name) as source:  # deleted since it was listed
            yield name, _pieces(source)


def _pieces(source: IO[bytes]) -> Iterator[bytes]:
    return iter(lambda: source.read(_PIECE_BYTES), b"")
