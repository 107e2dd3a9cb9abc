"""Restore of a backup on one PC: the data folder is replaced whole, or not at all.

Everything is unpacked and checked in a new folder beside the data folder. Then the data folder is
renamed, and kept under that name, and the new one takes its place. Whoever is killed before these
two renames has changed nothing, after them everything. Between them there is no data folder for a
moment: whoever is killed there finds the new data at the next start (`finish_interrupted`).
"""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import mkdtemp

from shared.platform.backup import archive as archives
from shared.platform.backup.archive import Archive, Keys
from shared.platform.backup.creation import sync
from shared.platform.backup.documents import in_commits, tally_of
from shared.platform.backup.manifest import DATABASES, Manifest, damaged, database_file
from shared.platform.backup.source import documents_in
from shared.platform.clock import Clock
from shared.platform.crypto.key_file import FILE_NAME as KEY_FILE
from shared.platform.errors import AlreadyExists, AppError, Busy, Conflict, Unavailable
from shared.platform.settings import Settings
from shared.platform.store.sqlite.store import SqliteStore

_UNFINISHED = ".unfinished"
_OURS = frozenset(
    f"{database_file(name)}{suffix}"
    for name in DATABASES
    for suffix in ("", "-wal", "-shm", "-journal")
)


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored, and where the previous data is kept (None where there was none)."""

    manifest: Manifest
    kept: Path | None


def restore(
    source: Path,
    given: Settings,
    keys: Keys,
    clock: Clock,
    *,
    key_file: Path | None = None,
    force: bool = False,
) -> Restored:
    """Make the backup at `source` the data of this PC.

    `keys` have to be those of the backup; `key_file`, if given, becomes the key file. Raises
    AlreadyExists where there is data and not `force`, Busy while a server works on it, Conflict
    for other keys, FileRejected for a damaged archive: nothing has been touched then.
    """
    data = given.data.resolve()
    finish_interrupted(data)
    with archives.opened(source, keys) as archive, stopped(data):
        require_kelurahan(archive.manifest, given)
        if not force and any((data / name).exists() for name in _OURS):
            raise AlreadyExists(
                "Sudah ada data di sini. Pakai --force untuk menggantinya; yang lama disimpan."
            )
        _clear(data)
        stage = _staged(archive, given, data, key_file)
        kept = _name_for(data, clock) if data.is_dir() and any(data.iterdir()) else None
        try:
            _swap(stage, data, kept)
        except AppError:
            shutil.rmtree(stage, ignore_errors=True)
            raise
    sync(data.parent)
    return Restored(archive.manifest, kept)


def require_kelurahan(manifest: Manifest, given: Settings) -> None:
    """Raise Conflict where the backup is of another kelurahan than these settings."""
    if manifest.kelurahan != given.kelurahan:
        raise Conflict(
            "Cadangan ini milik kelurahan lain. Periksa NUTERA_KELURAHAN.",
            code="BACKUP_KELURAHAN",
        )


def finish_interrupted(data: Path) -> None:
    """Put the new data in place where a restore was killed with the old ones already renamed."""
    data = data.resolve()
    if data.exists():
        return
    for stage in _stages(data):
        if not (stage / _UNFINISHED).exists():
            with suppress(FileNotFoundError):  # another start was quicker
                stage.rename(data)
            return


def _stages(data: Path) -> Iterator[Path]:
    """Yield the folders that killed restores left behind."""
    return data.parent.glob(f".{data.name}-restore-*")


def _name_for(old: Path, clock: Clock) -> Path:
    """Return a free name beside the data that tells what was there before."""
    name = f"{old.name}.before-{clock():%Y%m%dT%H%M%S}"
    names = (old.with_name(f"{name}-{n}" if n > 1 else name) for n in count(1))
    return next(each for each in names if not each.exists())


def _clear(data: Path) -> None:
    """Make the way free, and remove what a restore left behind that was killed."""
    data.parent.mkdir(parents=True, exist_ok=True)
    for stage in _stages(data):
        shutil.rmtree(stage)


def _staged(archive: Archive, given: Settings, data: Path, key_file: Path | None) -> Path:
    """Return a new folder beside the data with the complete restored data, checked and on disk."""
    stage = Path(mkdtemp(prefix=f".{data.name}-restore-", dir=data.parent))
    try:
        (stage / _UNFINISHED).touch()
        has_files = any("/" in name for name in archive.manifest.parts)
        files = _place_of_files(given, data) if has_files else Path("files")
        _unpack(archive, stage, files)
        _check_databases(stage, archive.manifest)
        if data.is_dir():
            _take_over(data, stage, files)
        if key_file is not None:
            _copy_private(key_file, stage / KEY_FILE)
        _sync_all(stage)
        (stage / _UNFINISHED).unlink()
        sync(stage)
    except BaseException:
        shutil.rmtree(stage, ignore_errors=True)
        raise
    return stage


def _place_of_files(given: Settings, data: Path) -> Path:
    """Return the place of the files, relative to the data folder; raises Conflict if elsewhere."""
    if "://" not in given.files:
        files = Path(given.files).resolve()
        if files.is_relative_to(data) and files != data:
            return files.relative_to(data)
    raise Conflict(
        "NUTERA_FILES menunjuk ke luar folder data. Kosongkan untuk memulihkan, lalu pindahkan "
        "folder files ke tempatnya.",
        code="FILES_ELSEWHERE",
    )


@contextmanager
def stopped(data: Path) -> Iterator[None]:
    """Lock the databases against everybody else; raises Busy where somebody has one open."""
    with ExitStack() as stack:
        for name in DATABASES:
            path = data / database_file(name)
            if not path.exists():
                continue
            database = sqlite3.connect(path, timeout=0, isolation_level=None)
            stack.enter_context(closing(database))
            try:
                # refused as long as another connection is open, in this process or another
                database.execute("PRAGMA journal_mode = DELETE")
                database.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError:
                raise Busy("Sistem sedang berjalan. Hentikan dahulu, lalu ulangi.") from None
            except sqlite3.DatabaseError:
                continue  # damaged: the very reason to restore
        yield


def _unpack(archive: Archive, stage: Path, files: Path) -> None:
    for name in archive.manifest.parts:
        first, slash, rest = name.partition("/")
        if first.endswith(".documents"):
            continue
        target = stage / files / rest if slash else stage / first
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            archive.extract(name, file)
    for name in archive.manifest.digests:
        with (
            closing(SqliteStore(stage / database_file(name))) as store,
            closing(archive.documents(name)) as documents,
        ):
            for writes in in_commits(documents):
                store.commit(writes)


def _check_databases(stage: Path, manifest: Manifest) -> None:
    for name, said in manifest.documents.items():
        try:
            with closing(sqlite3.connect(stage / database_file(name))) as database:
                found = tally_of(documents_in(database))
        except sqlite3.Error:
            raise damaged() from None
        if (found.count, manifest.digests.get(name, found.digest)) != (said, found.digest):
            raise damaged()


def _take_over(data: Path, stage: Path, files: Path) -> None:
    """Copy what lies in the data folder and isn't part of a backup: keys, an inbox."""
    for path in data.iterdir():
        if path.name in _OURS or path.name == "tmp" or path.name == files.parts[0]:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.copytree(path, stage / path.name, symlinks=True)
        else:
            shutil.copy2(path, stage / path.name, follow_symlinks=False)


def _copy_private(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(source.read_bytes())


def _sync_all(stage: Path) -> None:
    for path in (*stage.rglob("*"), stage):
        if not path.is_symlink():
            sync(path)


def _swap(stage: Path, data: Path, kept: Path | None) -> None:
    """Move the data folder to `kept`, if there is one to keep, and the stage to its place."""
    try:
        if kept is not None:
            data.rename(kept)
        stage.replace(data)
    except OSError as fault:
        if kept is not None and not data.exists():
            kept.rename(data)
        if fault.errno in (errno.EBUSY, errno.EXDEV):
            raise Conflict(
                "Folder data adalah titik kait (mount) dan tidak dapat diganti. Pulihkan ke "
                "folder di dalamnya, dan arahkan NUTERA_DATA ke sana.",
                code="DATA_IS_A_MOUNT",
            ) from None
        raise Unavailable(code="FILE_SYSTEM") from None
