"""Files written for one person (mode 0600), outside of what the system keeps itself."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from shared.platform.errors import AlreadyExists, NotFound

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


@contextmanager
def private_file(path: Path, *, overwrite: bool = False) -> Iterator[IO[bytes]]:
    """Open a file to write for the length of a block, readable by its owner alone.

    Where the block fails, nothing new is left, and what was there stays. Raises AlreadyExists where
    there is something and `overwrite` doesn't allow to replace it, NotFound for a missing folder.
    """
    target = path.with_name(f".{path.name[:80]}-{secrets.token_hex(8)}") if overwrite else path
    try:
        descriptor = os.open(target, _FLAGS, 0o600)
    except FileExistsError:
        raise AlreadyExists("Berkas tujuan sudah ada. Pilih nama lain.") from None
    except FileNotFoundError:
        raise NotFound("Folder tujuan belum ada. Buat dahulu, lalu ulangi.") from None
    try:
        with open(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if target != path:
            target.replace(path)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
