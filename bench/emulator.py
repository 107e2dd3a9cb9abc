"""The Firestore emulator during a benchmark."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.emulator import ROOT, Emulator


@contextmanager
def running() -> Iterator[str]:
    """Run the emulator for a block; yields host:port. Its heap holds 200,000 documents easily."""
    with tempfile.TemporaryDirectory() as folder:
        emulator = Emulator(ROOT / "firestore.rules", Path(folder) / "log", heap="6g")
        try:
            yield emulator.host
        finally:
            emulator.stop()
