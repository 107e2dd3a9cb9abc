"""A lock file that one process holds until it ends, however it ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shared.platform.errors import Busy

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


@contextmanager
def process_lock(path: Path, held: str) -> Iterator[None]:
    """Hold the lock at `path` for a block; raises Busy (saying `held`) where another does.

    The system lets go of it with the process, so that nothing has to be cleaned up after one that
    was killed. The file stays: it tells nothing by being there.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            if sys.platform == "win32":
                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Busy(held) from None
        yield
    finally:
        os.close(descriptor)
