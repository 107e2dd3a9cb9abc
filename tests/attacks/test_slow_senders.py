"""Slow senders: a thousand sockets that send a byte now and then keep nobody from a page."""

from __future__ import annotations

import http.client
import resource
import selectors
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from itertools import cycle
from pathlib import Path

import pytest

from tests.attacks.office_pc import serving

SOCKETS = 1050
BYTE_EVERY_SECONDS = 16
ENOUGH_SECONDS = 180
PATIENCE = 30  # a machine that has nothing else to do answers within two seconds
START = {
    "headers": b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ",
    "body": b"POST /api/lookup HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    b"Content-Length: 4000\r\n\r\n",
    # asks for more pages than the system's buffers hold, and reads none of them
    "reading": b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 40,
}


@contextmanager
def many_open_files() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 3 * SOCKETS:
        pytest.skip(f"this needs {3 * SOCKETS} open files, and the system allows {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 3 * SOCKETS), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


class Attack:
    """Sockets that send a byte now and then; what is closed meanwhile is opened again then."""

    def __init__(self, port: int, addresses: list[str]) -> None:
        self._port = port
        self._open: dict[socket.socket, tuple[str, str, bool]] = {}
        self._again: list[tuple[str, str]] = []
        self._selector = selectors.DefaultSelector()
        self.left = Counter[str]()
        sources = cycle(addresses)
        for number in range(SOCKETS):
            kind = "reading" if number % 21 == 0 else ("headers", "body")[number % 2]
            self.left[kind] += 1
            self._begin(kind, next(sources), is_first=True)

    def _begin(self, kind: str, address: str, *, is_first: bool = False) -> None:
        sender = socket.socket()
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sender.bind((address, 0))
        sender.setblocking(False)
        sender.connect_ex(("127.0.0.1", self._port))
        self._open[sender] = kind, address, is_first
        self._selector.register(sender, selectors.EVENT_WRITE)

    def go_on(self, seconds: float) -> None:
        """Take part for a while: begin on what is connected, notice what was closed."""
        ends = time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0:
            for key, events in self._selector.select(left):
                sender = key.fileobj
                assert isinstance(sender, socket.socket)
                kind, address, is_first = self._open[sender]
                try:
                    if events & selectors.EVENT_WRITE:
                        sender.send(START[kind])
                        self._selector.modify(sender, selectors.EVENT_READ)
                        if kind == "reading":  # which it never does
                            self._selector.unregister(sender)
                        continue
                    if sender.recv(65536):
                        continue  # a sentence that it is too slow
                except OSError:
                    pass
                self._selector.unregister(sender)
                sender.close()
                del self._open[sender]
                self.left[kind] -= is_first
                self._again.append((kind, address))

    def send_a_byte(self) -> None:
        """Let each of them send one more byte, and those that were closed begin again."""
        for sender in self._open:
            with suppress(OSError):
                sender.send(b"a")
        again, self._again = self._again, []
        for kind, address in again:
            self._begin(kind, address)

    def close(self) -> None:
        for sender in self._open:
            sender.close()
        self._selector.close()


def seconds_for_a_page(port: int) -> float:
    """How long a newcomer waits for a page; raises where none comes."""
    began = time.monotonic()
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as visitor:
        visitor.request("GET", "/")
        answer = visitor.getresponse()
        assert answer.status == 200
        assert b"Cek NIK" in answer.read()
    return time.monotonic() - began


def test_a_page_is_answered_while_a_thousand_sockets_dawdle(tmp_path: Path) -> None:
    one = ["127.0.0.9"]
    many = [f"127.0.1.{number}" for number in range(1, 251)]
    waits: list[float] = []
    with many_open_files(), serving(tmp_path) as pc, ExitStack() as stack:
        attacks = [stack.enter_context(closing(Attack(pc.port, of))) for of in (one, many)]
        began = last = time.monotonic()
        while any(attack.left["headers"] or attack.left["body"] for attack in attacks):
            for attack in attacks:
                attack.go_on(0.2)
            waits.append(seconds_for_a_page(pc.port))
            if time.monotonic() - last >= BYTE_EVERY_SECONDS:
                last = time.monotonic()
                for attack in attacks:
                    attack.send_a_byte()
            assert time.monotonic() - began < ENOUGH_SECONDS, [each.left for each in attacks]
        print(f"{len(waits)} pages, the slowest in {max(waits):.2f} s")
        # and of those who began first, nobody is left: time alone does not win
        assert len(waits) > 20
