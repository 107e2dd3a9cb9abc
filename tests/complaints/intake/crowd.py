"""A crowd of residents who complain at the same time, over real HTTP, and don't give up.

Each client has an address of its own on this machine, and a key of its own for each complaint: who
gets no answer sends the same again, with the same key, until one comes.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).parents[3]
PATIENCE = 240.0
SERVE = """
import sys
from functions.local_gateway import local_gateway
from shared.deployment import current
local_gateway(current(), host="127.0.0.1", port=int(sys.argv[1])).run()
"""


@dataclass
class Gateway:
    """A gateway that can be killed and started again at the same port.

    `before`: a command that ends by running the one after it.
    """

    given: Mapping[str, str]
    folder: Path
    port: int = 0
    before: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Start it, and wait until it listens."""
        if not self.port:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                self.port = probe.getsockname()[1]
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **self.given}
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*self.before, sys.executable, "-c", SERVE, str(self.port)],
                cwd=self.folder,
                env=environment,
                stdout=log,
                stderr=log,
            )
        while self.process.poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.05)
        raise AssertionError((self.folder / "log").read_text("utf-8", errors="replace"))

    def kill(self) -> None:
        """`kill -9`: nothing is finished, nothing is said."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """End it as an office PC is switched off."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait()


@contextmanager
def running(given: Mapping[str, str], folder: Path) -> Iterator[Gateway]:
    """A gateway for the length of a block."""
    gateway = Gateway(given, folder)
    gateway.start()
    try:
        yield gateway
    finally:
        gateway.stop()


@dataclass
class Answers:
    """What the crowd got: the ticket of each complaint, how long each took, and who asked again."""

    tickets: dict[int, str] = field(default_factory=dict)
    secrets: dict[int, str] = field(default_factory=dict)
    milliseconds: list[float] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    unanswered: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)


def complaint(number: int) -> dict[str, object]:
    """What a resident sends: every seventh without a name."""
    body: dict[str, object] = {
        "kind": "deduction" if number % 7 == 0 else "not-received",
        "text": f"Bantuan bulan ini belum saya terima. Pengaduan ke-{number}.",
        "programme": "bpnt",
        "rw": "03",
        "rt": "02",
        "idempotency_key": f"crowd-key-{number:08d}",
    }
    if number % 7 == 0:
        body["anonymous"] = True
    else:
        body |= {"name": "Warga Contoh", "contact": "0812 0000 0001"}
    return body


def post_all(
    port: int,
    complaints: int,
    clients: int,
    *,
    first: int = 0,
    after: Callable[[int], None] = lambda answered: None,
) -> Answers:
    """Let `clients` post `complaints` among them, numbered from `first` on.

    `after` hears how many have been answered.
    """
    answers = Answers()

    def one_client(client: int) -> None:
        line = _Line(port, f"127.0.1.{client + 1}")
        for number in range(first + client, first + complaints, clients):
            _post(line, number, answers)
            with answers.lock:
                answered = len(answers.tickets)
            after(answered)
        line.close()

    with ThreadPoolExecutor(clients) as pool:
        for done in [pool.submit(one_client, client) for client in range(clients)]:
            done.result()
    return answers


def _post(line: _Line, number: int, answers: Answers) -> None:
    body = json.dumps(complaint(number)).encode()
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        started = perf_counter()
        try:
            status, answer = line.post("/api/complaints", body)
        except (OSError, http.client.HTTPException):
            line.close()
            with answers.lock:
                answers.unanswered += 1
            time.sleep(0.1)  # a person who taps again
            continue
        took = (perf_counter() - started) * 1000
        if status == 503:
            time.sleep(0.1)
            continue
        told = json.loads(answer)
        with answers.lock:
            answers.milliseconds.append(took)
            answers.statuses.append(status)
            assert status in (200, 201), (status, told)
            answers.tickets[number], answers.secrets[number] = told["ticket"], told["secret"]
        return
    raise AssertionError("no answer for minutes")


class _Line:
    """One kept connection from one address."""

    def __init__(self, port: int, address: str) -> None:
        self._port, self._address = port, address
        self._connection: http.client.HTTPConnection | None = None

    def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        if self._connection is None:
            self._connection = http.client.HTTPConnection(
                "127.0.0.1", self._port, timeout=60, source_address=(self._address, 0)
            )
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        self._connection.request("POST", path, body, headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
