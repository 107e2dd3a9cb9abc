"""The Firestore emulator for the tests: one for the whole run, on a free port, ended with it.

With pytest-xdist the workers share one: the first to need it starts it, under a file lock, and the
controlling process ends it. A watcher ends it too when that process is killed.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
_STATE = "NUTERA_TEST_EMULATOR_STATE"
_MAIN_CLASS = "com.google.cloud.datastore.emulator.firestore.CloudFirestore"
_WATCHER = """
"$@" &
emulator=$!
trap 'kill $emulator' TERM
while kill -0 $emulator 2>/dev/null && kill -0 "$CONTROLLER" 2>/dev/null; do sleep 1; done
kill $emulator 2>/dev/null
wait $emulator
"""


@cache
def jar() -> tuple[Path | None, str]:
    """Where the emulator is, or None and the reason why it can't run here."""
    if shutil.which("java") is None:
        return None, "no java"
    named = os.environ.get("FIRESTORE_EMULATOR_JAR")
    if named:
        path = Path(named)
        return (path, "") if path.is_file() else (None, "FIRESTORE_EMULATOR_JAR is no file")
    if shutil.which("gcloud") is None:
        return None, "no gcloud, and FIRESTORE_EMULATOR_JAR is not set"
    asked = subprocess.run(
        ["gcloud", "info", "--format=value(installation.sdk_root)"],
        capture_output=True,
        text=True,
        check=False,
    )
    path = Path(asked.stdout.strip(), "platform/cloud-firestore-emulator")
    path /= "cloud-firestore-emulator.jar"
    return (path, "") if path.is_file() else (None, "gcloud has no cloud-firestore-emulator")


class Emulator:
    """One running emulator, at `host` ("127.0.0.1:8080")."""

    def __init__(
        self,
        rules: Path,
        log: Path,
        controller: int | None = None,
        heap: str = "1g",
        port: int | None = None,
    ) -> None:
        path, reason = jar()
        assert path is not None, reason
        if port is None:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = probe.getsockname()[1]
        self.host = f"127.0.0.1:{port}"
        command = ["java", "-XX:+UseSerialGC", f"-Xmx{heap}", "-cp", str(path), _MAIN_CLASS]
        command += ["--host", "127.0.0.1", "--port", str(port), "--rules", str(rules)]
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                ["sh", "-c", _WATCHER, "emulator", *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=log.parent,
                env={**os.environ, "CONTROLLER": str(controller or os.getpid())},
                start_new_session=True,
            )
        self._wait(log)

    def _wait(self, log: Path) -> None:
        deadline = time.monotonic() + 120  # 2 s on an idle machine
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                with urllib.request.urlopen(f"http://{self.host}/", timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        self.stop()
        raise RuntimeError("the emulator did not start:\n" + log.read_text(errors="replace"))

    def kill(self) -> None:
        """`kill -9`, with all that it holds."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        """End it, and wait until it has ended."""
        shutdown(self.host)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.terminate()
            self._process.wait(10)


def shutdown(host: str) -> None:
    """Ask the emulator at `host` to end; it may have ended already."""
    request = urllib.request.Request(f"http://{host}/shutdown", method="POST")
    try:
        with urllib.request.urlopen(request, timeout=5):
            pass
    except (urllib.error.URLError, OSError):
        pass


def prepare() -> None:
    """Called once, in the controlling process: where the workers find what is shared."""
    folder = tempfile.mkdtemp(prefix="nutera-emulator-")
    os.environ[_STATE] = json.dumps({"folder": folder, "controller": os.getpid()})


def shared() -> str:
    """The address of the run's emulator; started by whoever asks first."""
    state = json.loads(os.environ[_STATE])
    folder = Path(state["folder"])
    known = folder / "host"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not known.exists():
            started = Emulator(ROOT / "firestore.rules", folder / "log", state["controller"])
            started._process.returncode = 0  # it outlives this worker: no ResourceWarning
            known.write_text(started.host)
    return known.read_text()


def clean() -> None:
    """Called once, at the end, in the controlling process."""
    folder = Path(json.loads(os.environ.pop(_STATE))["folder"])
    known = folder / "host"
    if known.exists():
        shutdown(known.read_text())
    shutil.rmtree(folder, ignore_errors=True)
