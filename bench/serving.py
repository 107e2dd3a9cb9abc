"""Servers for benchmarks: each a process of its own on a free port, ended with its block."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]

_GATEWAY = """
import sys
from functions.local_gateway import local_gateway
from shared.deployment import current
local_gateway(current(), host="127.0.0.1", port=int(sys.argv[1])).run()
"""


class Client:
    """An HTTP client on one kept connection that posts JSON."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Return the status and the body of the answer."""
        self._connection.request("POST", path, body, {"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def timed(self, path: str, body: bytes) -> tuple[float, int, bytes]:
        """Return the milliseconds as well as status and body."""
        started = time.perf_counter()
        status, answer = self.post(path, body)
        return (time.perf_counter() - started) * 1000, status, answer

    def json(self, path: str, body: Mapping[str, Any]) -> Any:
        """Return the JSON answer to a request that has to succeed."""
        status, answer = self.post(path, json.dumps(body).encode())
        assert status == 200, (status, answer)
        return json.loads(answer)


@contextmanager
def gateway(given: Mapping[str, str]) -> Iterator[int]:
    """Run the whole gateway as `manage.py serve` does; yields its port."""
    with running([sys.executable, "-c", _GATEWAY], given) as port:
        yield port


@contextmanager
def function(target: str, source: Path, given: Mapping[str, str]) -> Iterator[int]:
    """Run one function under the framework's own server (gunicorn), one worker; yields its port."""
    framework = Path(sys.executable).parent / "functions-framework"
    command = [str(framework), "--target", target, "--source", str(source)]
    with running([*command, "--host", "127.0.0.1", "--port"], given) as port:
        yield port


@contextmanager
def running(command: list[str], given: Mapping[str, str]) -> Iterator[int]:
    """Run a command that takes the port as its last argument, in a clean environment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment = {**inherited, "PYTHONPATH": str(ROOT), "WORKERS": "1", "THREADS": "8", **given}
    with subprocess.Popen(
        [*command, str(port)], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
    ) as process:
        try:
            _await(port, process)
            yield port
        finally:
            process.terminate()


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the server did not start")
