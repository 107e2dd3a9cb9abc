"""Private temporary folders for files in passing, deleted even after a killed process.

A folder is its user's alone (mode 0700), so whatever mode a file in it has, no other account of
the PC can read it. It goes when its block ends; one whose process was killed goes when the next
process begins (`sweep`), or at the next folder that is made. A lock that the system drops with its
process tells which folders are still in use.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp

from shared.platform.files import full_disk

if sys.platform != "win32":
    import fcntl

_PREFIX = "work-"


class Workspace:
    """The temporary folders under one folder, which is made when first needed, mode 0700."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def directory(self) -> Iterator[Path]:
        """Make a new, empty, private folder for the length of the block.

        Raises Unavailable where it can't be made, or where its place belongs to somebody else.
        """
        with self._held():
            self._sweep()
            try:
                made = Path(mkdtemp(prefix=_PREFIX, dir=self._folder))
                lock = _locked(made)
            except OSError as fault:
                raise full_disk.unavailable(fault, "WORKSPACE") from None
        try:
            yield made
        finally:
            shutil.rmtree(made, ignore_errors=True)
            _let_go(lock)

    def sweep(self) -> int:
        """Delete what killed processes left behind; return how many folders that were."""
        with self._held():
            return self._sweep()

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Lock the parent folder, so that nobody else makes or sweeps folders in it."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _make_sure_it_is_ours(self._folder)
            lock = _locked(self._folder, wait=True)
        except OSError as fault:
            raise full_disk.unavailable(fault, "WORKSPACE") from None
        try:
            yield
        finally:
            _let_go(lock)

    def _sweep(self) -> int:
        swept = 0
        for left in self._folder.glob(f"{_PREFIX}*"):
            try:
                lock = _locked(left)
            except OSError:  # in use, or gone in this moment
                continue
            shutil.rmtree(left, ignore_errors=True)
            _let_go(lock)
            swept += 1
        return swept


def _make_sure_it_is_ours(folder: Path) -> None:
    """Refuse a folder of another owner, or a link: in a shared place anybody could have made it."""
    if sys.platform == "win32":
        return
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise PermissionError
    if found.st_mode & 0o077:
        folder.chmod(0o700)


if sys.platform == "win32":
    # Windows can't lock a folder. There, leftovers stay until somebody deletes them.
    def _locked(folder: Path, *, wait: bool = False) -> int | None:
        if not wait and any(folder.iterdir()):
            raise PermissionError
        return None
else:

    def _locked(folder: Path, *, wait: bool = False) -> int | None:
        """Lock a folder until the process ends; raises OSError where another holds it."""
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor


def _let_go(lock: int | None) -> None:
    if lock is not None:
        with suppress(OSError):
            os.close(lock)
