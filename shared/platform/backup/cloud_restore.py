"""Restore of a backup into Firestore: whole in the end, and closed to everybody until then.

Firestore can't replace a database in one step. So a mark is set first in all three, in the place of
their version: whoever opens a database that has it is refused. Then each is emptied, filled, and
compared with the archive document by document; the marks go last. Whoever is killed before leaves
marked databases, and the same restore, given again, begins anew.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Generator, Iterable, Mapping
from contextlib import closing
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from shared.platform import data_version
from shared.platform.backup import archive as archives
from shared.platform.backup.archive import Archive, Keys
from shared.platform.backup.creation import require_files
from shared.platform.backup.documents import Document, in_commits, line
from shared.platform.backup.manifest import DATABASES, Manifest, damaged, database_file
from shared.platform.backup.restore import require_kelurahan
from shared.platform.backup.source import documents_in, firestore
from shared.platform.clock import Clock
from shared.platform.errors import AlreadyExists, Busy, Conflict
from shared.platform.files.storage import Folder, folder
from shared.platform.files.workspace import Workspace
from shared.platform.settings import Settings
from shared.platform.store.port import Data, Transaction, Write

if TYPE_CHECKING:
    from shared.platform.store.firestore.store import FirestoreStore

_AT_ONCE: Final = 100
_LARGEST_FILE: Final = 1024 * 1024 * 1024
_FILES: Final = "files/"
Stores = Mapping[str, "FirestoreStore"]


def restore(
    source: Path,
    given: Settings,
    keys: Keys,
    clock: Clock,
    kelurahan_key: str,
    workspace: Workspace,
    *,
    force: bool,
) -> Manifest:
    """Make the backup at `source` the data of these settings' Firestore databases.

    Nothing else may work on them. What was there is gone; files that the backup lacks stay. Raises
    AlreadyExists where there is data and not `force`, Conflict for other keys or another kelurahan,
    FileRejected for a damaged archive: nothing has been touched then. Busy (RESTORE_DISTURBED)
    where somebody has written meanwhile: the databases stay closed.
    """
    require_files(given)
    with archives.opened(source, keys) as archive, firestore(given, DATABASES) as stores:
        require_kelurahan(archive.manifest, given)
        with workspace.directory() as aside:
            contents = _Contents(archive, aside)
            contents.check()
            run = _Run(stores, data_version.path(kelurahan_key), archive.manifest.id, clock)
            run.begin(force=force)
            for name in DATABASES:
                run.empty(name)
                with closing(contents.documents(name)) as documents:
                    run.fill(name, documents)
            _restore_files(archive, folder(given.files), aside)
            for name in DATABASES:
                with closing(contents.documents(name)) as documents:
                    run.compare(name, documents)
            for name in reversed(DATABASES):  # the registry last: its mark allows another run
                with closing(contents.documents(name)) as documents:
                    run.end(name, documents)
        return archive.manifest


class _Contents:
    """The documents of an archive, of today's format or of one before."""

    def __init__(self, archive: Archive, aside: Path) -> None:
        self._archive = archive
        self._aside = aside

    def check(self) -> None:
        """Read all of the archive; FileRejected where it isn't as it was written."""
        self._archive.check()
        manifest = self._archive.manifest
        if manifest.digests:
            return
        for name, count in manifest.documents.items():
            with _private(self._aside / database_file(name), "wb") as file:
                self._archive.extract(database_file(name), file)
            if sum(1 for _ in self.documents(name)) != count:
                raise damaged()

    def documents(self, name: str) -> Generator[Document, None, None]:
        """Yield the documents of a database; none for one that the backup lacks."""
        manifest = self._archive.manifest
        if name in manifest.digests:
            yield from self._archive.documents(name)
        elif name in manifest.documents:
            try:
                with closing(sqlite3.connect(self._aside / database_file(name))) as database:
                    yield from documents_in(database)
            except sqlite3.Error:
                raise damaged() from None


class _Run:
    """One run of a restore; `mark_path`: the document whose mark closes a database."""

    def __init__(self, stores: Stores, mark_path: str, archive_id: str, clock: Clock) -> None:
        self._stores = stores
        self._path = mark_path
        self._archive_id = archive_id
        self._clock = clock
        self._token = secrets.token_hex(8)

    def begin(self, *, force: bool) -> None:
        """Set the marks; AlreadyExists where there is data that nobody has given up."""
        mark = self._stores["registry"].get(self._path).data or {}
        if mark.get("restoring") != self._archive_id and not force:
            for store in self._stores.values():
                if next(store.all_paths(), None) is not None:
                    raise AlreadyExists(
                        "Sudah ada data di Firestore. Buat cadangannya dahulu, lalu pakai --force "
                        "untuk menggantinya. Data di sana akan hilang."
                    )
        for store in self._stores.values():
            store.set(
                self._path,
                data_version.unfinished(self._archive_id, self._token, self._clock()),
            )

    def empty(self, name: str) -> None:
        """Delete all documents but the mark."""
        store = self._stores[name]
        paths = (path for path in store.all_paths() if path != self._path)
        while some := [*islice(paths, _AT_ONCE)]:
            self._require_mark(name)
            store.commit(Write("delete", path) for path in some)

    def fill(self, name: str, documents: Iterable[Document]) -> None:
        """Write all documents but the version, whose place has the mark."""
        for writes in in_commits(each for each in documents if each[0] != self._path):
            self._require_mark(name)
            self._stores[name].commit(writes)

    def compare(self, name: str, documents: Iterable[Document]) -> None:
        """Compare a database with the archive: each document, and that there is no other.

        Busy where they differ. Firestore may have deleted what has expired.
        """
        store, now, found = self._stores[name], self._clock(), 0
        wanted = (each for each in documents if each[0] != self._path)
        while some := dict(islice(wanted, _AT_ONCE)):
            for there in store.get_many([*some]):
                said = some[there.path]
                if there.data is None and _has_expired(said, now):
                    continue
                if there.data is None or line(there.path, there.data) != line(there.path, said):
                    raise _disturbed()
                found += 1
        if sum(path != self._path for path in store.all_paths()) != found:
            raise _disturbed()

    def end(self, name: str, documents: Iterable[Document]) -> None:
        """Put the archive's own version in the place of the mark."""
        version = next((data for path, data in documents if path == self._path), None)

        def work(transaction: Transaction) -> None:
            if (transaction.get(self._path).data or {}).get("token") != self._token:
                raise _disturbed()
            kind: Final = "delete" if version is None else "set"
            transaction.write(Write(kind, self._path, version or {}))

        self._stores[name].run(work)

    def _require_mark(self, name: str) -> None:
        """Raise Busy where another restore has begun."""
        if (self._stores[name].get(self._path).data or {}).get("token") != self._token:
            raise _disturbed()


def _restore_files(archive: Archive, files: Folder, aside: Path) -> None:
    for part in archive.manifest.parts:
        if not part.startswith(_FILES):
            continue
        with _private(aside / "file", "w+b") as content:
            archive.extract(part, content)
            content.seek(0)
            try:
                files.save(part.removeprefix(_FILES), content, max_bytes=_LARGEST_FILE)
            except ValueError:
                raise Conflict(
                    "Folder files dalam cadangan memuat nama yang tidak dapat disimpan.",
                    code="FILE_NAME",
                ) from None


def _private(path: Path, mode: str) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), mode)


def _has_expired(data: Data, now: datetime) -> bool:
    expires_at = data.get("expires_at")
    return isinstance(expires_at, datetime) and expires_at <= now


def _disturbed() -> Busy:
    return Busy(
        "Basis data diubah selama pemulihan. Hentikan semua fungsi, lalu ulangi pemulihan. "
        "Sampai selesai, basis data tetap tertutup.",
        code="RESTORE_DISTURBED",
    )
