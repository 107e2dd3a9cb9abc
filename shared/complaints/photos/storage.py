"""Photo storage: sealed files under the keys of `intake`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Final

from shared.platform.crypto.keys import Keyset
from shared.platform.errors import AppError, NotFound
from shared.platform.files.storage import Folder

FOLDER: Final = "complaint-photos"
_MOST_BYTES: Final = 8 * 1024 * 1024
_OURS: Final = re.compile(r"[a-z0-9]{1,40}-[0-9a-f]{8}")
"""How a complaint names its folder: by its id, and a token for each try."""


class PhotoStorage:
    """Photos by the folder of their complaint and a number from 1."""

    def __init__(
        self, files: Folder, keys: Keyset, kelurahan_key: str, folder: str = FOLDER
    ) -> None:
        self._files = files
        self._keys = keys
        self._root = f"{folder}/{kelurahan_key}"

    @contextmanager
    def adding(
        self,
        folder: str,
        photos: Sequence[Path],
        is_kept: Callable[[], bool],
        origin: str | None = None,
    ) -> Iterator[None]:
        """Keep photos for a complaint that is made within the block, or none of them.

        Where the block fails, they go again, unless `is_kept` says that the complaint is there
        after all, or can't say; what then is left over is found by `folders`. `origin`: the
        sender's address, only to share out the decoders, None for staff. Raises FileRejected
        for a photo that can't be used, Unavailable where it can't be kept.
        """
        if not photos:
            yield
            return
        from shared.complaints.photos.cleaning import clean, queue

        with queue(origin):
            cleaned = [clean(photo) for photo in photos]
        try:
            for number, content in enumerate(cleaned, 1):
                self.keep(folder, number, content)
        except BaseException:
            self._drop(folder)
            raise
        try:
            yield
        except BaseException:
            with suppress(AppError):
                if not is_kept():
                    self._drop(folder)
            raise

    def keep(self, folder: str, number: int, content: bytes) -> None:
        """Keep a cleaned photo, in place of one that is there; Unavailable where it can't be."""
        name = self._name(folder, number)
        self._files.save(name, self._keys.seal(content, name), max_bytes=_MOST_BYTES)

    def photo(self, folder: str, number: int) -> bytes:
        """Return a photo as JPEG; raises NotFound."""
        if not folder or number < 1:
            raise NotFound("Foto ini tidak ada.")
        name = self._name(folder, number)
        return self._keys.unseal(self._files.read(name, max_bytes=_MOST_BYTES), name)

    def move_sealed(self, folder: str, target: PhotoStorage) -> None:
        """Copy the photos of a folder as they are, sealed under whatever key."""
        for name in self._files.list(f"{self._root}/{folder}"):
            content = self._files.read(name, max_bytes=_MOST_BYTES)
            moved = f"{target._root}/{folder}/{name.rsplit('/', 1)[-1]}"
            self._files.save(moved, content, max_bytes=_MOST_BYTES)

    def delete(self, folder: str) -> int:
        """Delete the photos of a complaint; return how many there were."""
        return self._files.delete_folder(f"{self._root}/{folder}") if folder else 0

    def folders(self) -> list[str]:
        """Return the folders that may hold photos; folders with foreign names are left out."""
        return [each for each in self._files.folders(self._root) if _OURS.fullmatch(each)]

    def changed_at(self, folder: str) -> datetime:
        """Return when a folder last got a photo, or a part of one (UTC); raises NotFound."""
        return self._files.changed_at(f"{self._root}/{folder}")

    def _drop(self, folder: str) -> None:
        with suppress(AppError):
            self.delete(folder)

    def _name(self, folder: str, number: int) -> str:
        return f"{self._root}/{folder}/{number}.sealed"
