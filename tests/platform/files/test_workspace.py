"""Private temporary folders: deleted with their block, swept after a kill, never a live one."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from shared.platform.errors import Unavailable
from shared.platform.files.workspace import Workspace

HOLD = """
import sys
from pathlib import Path
from shared.platform.files.workspace import Workspace
with Workspace(Path(sys.argv[1])).directory() as folder:
    (folder / "list.csv").write_text("personal")
    print(folder, flush=True)
    sys.stdin.readline()
"""


def hold(place: Path) -> tuple[subprocess.Popen[str], Path]:
    """Another process that is at work in a folder of its own."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(place)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": "."},
    )
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def test_a_folder_is_private_and_goes_with_its_block(tmp_path: Path) -> None:
    place = tmp_path / "data" / "tmp"
    with Workspace(place).directory() as folder:
        assert folder.parent == place
        assert stat.S_IMODE(place.stat().st_mode) == stat.S_IMODE(folder.stat().st_mode) == 0o700
        (folder / "a").mkdir()
        (folder / "a" / "list.csv").write_text("personal")
    assert list(place.iterdir()) == []


def test_it_goes_when_the_block_fails(tmp_path: Path) -> None:
    def work() -> None:
        with Workspace(tmp_path).directory() as folder:
            (folder / "list.csv").write_text("personal")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("how", ["sweep", "next folder"])
def test_what_a_killed_process_left_is_swept_and_a_live_one_is_not(
    tmp_path: Path, how: str
) -> None:
    killed, left = hold(tmp_path)
    alive, kept = hold(tmp_path)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert (left / "list.csv").exists()
    workspace = Workspace(tmp_path)
    if how == "sweep":
        assert workspace.sweep() == 1
    else:
        with workspace.directory() as own:
            assert own.exists()
    assert not left.exists()
    assert (kept / "list.csv").read_text() == "personal"
    alive.communicate("\n")
    assert not kept.exists()
    assert workspace.sweep() == 0


def test_threads_do_not_sweep_one_another(tmp_path: Path) -> None:
    workspace, all_in, faults = Workspace(tmp_path), threading.Barrier(8), []

    def work() -> None:
        for _ in range(20):
            with workspace.directory() as folder:
                (folder / "list.csv").write_text("personal")
                all_in.wait(20)
                workspace.sweep()
                if not (folder / "list.csv").exists():
                    faults.append(folder)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_others_could_read_is_closed(tmp_path: Path) -> None:
    place = tmp_path / "open"
    place.mkdir(mode=0o755)
    with Workspace(place).directory():
        assert stat.S_IMODE(place.stat().st_mode) == 0o700


def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "place").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Unavailable), Workspace(tmp_path / "place").directory():
        pass
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_other_things_in_the_folder_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("somebody's")
    (tmp_path / "work-list.csv").write_text("a file, not a folder of ours")
    assert Workspace(tmp_path).sweep() == 0
    assert len(list(tmp_path.iterdir())) == 2
