"""The lock of a process: one holds it, and one that was killed holds nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from shared.platform.errors import Busy
from shared.platform.files.process_lock import process_lock

HOLDING = """
import sys
from pathlib import Path
from shared.platform.files.process_lock import process_lock
with process_lock(Path(sys.argv[1]), "held"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_while_one_holds_it_another_is_told_in_its_words(tmp_path: Path) -> None:
    with process_lock(tmp_path / "lock", "Sudah berjalan."):
        with (
            pytest.raises(Busy) as caught,
            process_lock(tmp_path / "lock", "Sudah berjalan."),
        ):
            pytest.fail("held twice")
        assert caught.value.detail == "Sudah berjalan."
        with process_lock(tmp_path / "another", ""):
            pass
    with process_lock(tmp_path / "lock", ""):
        pass


def test_a_process_that_was_killed_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    other = subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(path)],
        env={"PYTHONPATH": ":".join(filter(None, sys.path))},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "held\n"
    with pytest.raises(Busy), process_lock(path, ""):
        pytest.fail("held twice")
    other.kill()
    other.communicate()
    with process_lock(path, ""):
        assert path.exists()
