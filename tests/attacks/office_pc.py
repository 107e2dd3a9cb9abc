"""An office PC's server, as `manage.py serve` starts it, in a process of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class OfficePC:
    """The server's port, its data, and what it writes to the system's temporary folder."""

    port: int
    data: Path
    system: Path
    pid: int


@contextmanager
def serving(folder: Path, *, empty: bool = True, **environ: str) -> Iterator[OfficePC]:
    """Serve from a folder of its own for the length of the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    system = folder / "system"
    system.mkdir(parents=True)
    given = {
        **{"PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(system)},
        **{"NUTERA_DATA": str(folder / "data"), "PORT": str(port), **environ},
    }
    log = folder / "log"
    with log.open("wb") as written:
        process = subprocess.Popen(
            [sys.executable, "-u", "manage.py", "serve", *(["--empty"] if empty else [])],
            cwd=ROOT,
            env=given,
            stdout=written,
            stderr=written,
        )
        try:
            _await(port, process, log)
            yield OfficePC(port, folder / "data", system, process.pid)
        finally:
            process.terminate()
            assert process.wait(60) == 0


def _await(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until the server listens; fails with its log where it ends before."""
    while process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError(log.read_text("utf-8", errors="replace"))
