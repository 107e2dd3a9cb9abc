"""File storage in one folder, on this machine or in a bucket of Google Cloud Storage.

Names are plain and checked, so that none leads out of the folder. `cloudpathlib` is imported only
where the folder is a bucket.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

from shared.platform.errors import NotFound, TooLarge, Unavailable
from shared.platform.files import full_disk

if TYPE_CHECKING:
    from cloudpathlib import CloudPath

_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_MAX_PARTS = 5
_CHUNK = 1024 * 1024
_ASIDE = ".aside-"


def folder(url: str) -> Folder:
    """Return the folder at a local path or at gs://bucket/prefix. It is made at the first save."""
    if "://" not in url:
        return Folder(Path(url))
    if not url.startswith("gs://"):
        raise ValueError("a folder is a path or a gs:// URL")
    with _translated():
        from cloudpathlib import GSClient, GSPath
        from cloudpathlib.enums import FileCacheMode

        # what passes through this machine must not stay on it
        client = GSClient(file_cache_mode=FileCacheMode.close_file)
        return Folder(GSPath(url, client=client))


class Folder:
    """Files by name, e.g. "uploads/2026/list.xlsx". ValueError for a name that isn't plain."""

    def __init__(self, root: Path | CloudPath) -> None:
        self._root = root

    def save(self, name: str, content: bytes | IO[bytes], *, max_bytes: int) -> int:
        """Save a file, replacing one of the same name; return its size in bytes.

        Raises TooLarge where it has more than `max_bytes`: then nothing is kept.
        """
        if isinstance(content, bytes):
            chunks: Iterator[bytes] = iter((content,))
        else:
            chunks = iter(lambda: content.read(_CHUNK), b"")
        with _translated():
            if isinstance(self._root, Path):
                return self._save_here(self._at(name), chunks, max_bytes)
            target, size = self._at(name), 0
            held = bytearray()
            for chunk in chunks:
                size += len(chunk)
                if size > max_bytes:
                    raise TooLarge
                held += chunk
            target.write_bytes(bytes(held))
            return size

    def read(self, name: str, *, max_bytes: int) -> bytes:
        """Return a file's content; raises NotFound, TooLarge."""
        with self.open(name) as file:
            content = file.read(max_bytes + 1)
        if len(content) > max_bytes:
            raise TooLarge
        return content

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """Open a file for reading, for the length of a block.

        Raises NotFound where there is none.
        """
        with _translated():
            path = self._at(name)
            if not path.is_file():
                raise FileNotFoundError
            file = path.open("rb")
        with file:
            yield file

    def size(self, name: str) -> int:
        """Return a file's size in bytes; raises NotFound where there is none."""
        with _translated():
            path = self._at(name)
            if not path.is_file():
                raise FileNotFoundError
            return int(path.stat().st_size)

    def changed_at(self, name: str) -> datetime:
        """Return when a file was last saved, or the latest file of a folder (UTC).

        Raises NotFound.
        """
        with _translated():
            path = self._at(name)
            within = [*path.rglob("*")] if path.is_dir() else []
            # a folder of a bucket has no time of its own
            found = [each for each in (path, *within) if isinstance(each, Path) or each.is_file()]
            if not found:
                raise FileNotFoundError
            return datetime.fromtimestamp(max(each.stat().st_mtime for each in found), UTC)

    def folders(self, under: str) -> list[str]:
        """Return the names of the folders in a folder, sorted.

        One request for a thousand of them.
        """
        with _translated():
            start = self._at(under)
            if not start.is_dir():
                return []
            return sorted(
                path.name
                for path in start.iterdir()
                if not path.name.startswith(_ASIDE)
                and (not isinstance(path, Path) or path.is_dir())
            )

    def list(self, under: str = "") -> list[str]:
        """Return the names of all files, or of those in a folder below, sorted."""
        with _translated():
            start = self._at(under) if under else self._root
            if not start.is_dir():
                return []
            names = (
                path.relative_to(self._root).as_posix()
                if isinstance(path, Path) and isinstance(self._root, Path)
                else str(path)[len(str(self._root).rstrip("/")) + 1 :]
                for path in start.rglob("*")
                if path.is_file() and not path.name.startswith(_ASIDE)
            )
            return sorted(names)

    def delete_folder(self, under: str) -> int:
        """Delete a folder, also what a killed `save` left in it.

        Return how many files there were.
        """
        names = self.list(under)
        for name in names:
            self.delete(name)
        with _translated():
            path = self._at(under)
            if isinstance(path, Path) and path.is_dir():
                shutil.rmtree(path)
        return len(names)

    def delete(self, name: str) -> None:
        """Delete a file, if it exists."""
        with _translated():
            path = self._at(name)
            if path.is_file():
                path.unlink()

    def _at(self, name: str) -> Path | CloudPath:
        parts = name.split("/")
        if len(parts) > _MAX_PARTS or not all(_PART.fullmatch(part) for part in parts):
            raise ValueError("a file's name has plain parts, with / between them")
        path = self._root.joinpath(*parts)
        # a link that somebody put into the folder must not lead out of it
        if isinstance(path, Path) and not path.resolve().is_relative_to(Path(self._root).resolve()):
            raise ValueError("a file lies within its folder")
        return path

    def _save_here(self, path: Path | CloudPath, chunks: Iterator[bytes], max_bytes: int) -> int:
        assert isinstance(path, Path)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        aside = path.with_name(f"{_ASIDE}{secrets.token_hex(8)}")
        size = 0
        try:
            descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(descriptor, "wb") as file:
                for chunk in chunks:
                    size += len(chunk)
                    if size > max_bytes:
                        raise TooLarge
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)
        return size


@contextmanager
def _translated() -> Iterator[None]:
    """Translate errors of the file system and of Google's libraries into application errors."""
    try:
        yield
    except FileNotFoundError:
        raise NotFound("Berkas ini tidak ada.") from None
    except OSError as fault:
        raise full_disk.unavailable(fault) from None
    except _vendors():
        raise Unavailable from None


def _vendors() -> tuple[type[Exception], ...]:
    """Return what the libraries of a bucket may raise, without loading them."""
    if "cloudpathlib" not in sys.modules:
        return ()
    from cloudpathlib.exceptions import CloudPathException
    from google.api_core.exceptions import GoogleAPIError
    from google.auth.exceptions import GoogleAuthError
    from requests import RequestException

    return CloudPathException, GoogleAPIError, GoogleAuthError, RequestException
