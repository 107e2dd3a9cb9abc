"""Connections over real HTTP: who is slow is cut off, and who comes next always finds room."""

from __future__ import annotations

import http.client
import json
import select
import socket
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from functions.gateway import create_gateway
from functions.http_server.connections import Limits
from shared.deployment import Deployment
from tests.functions.conftest import FUNCTIONS

Start = Callable[[Limits], int]
PATIENCE = 60
MIB = 1024 * 1024


@pytest.fixture
def start(
    tmp_path: Path,
    deployment: Deployment,
    run_on: Callable[[str, Deployment], None],
    serve: Callable[..., int],
) -> Start:
    for name in FUNCTIONS:
        run_on(name, deployment)
    site = tmp_path / "dist"
    site.mkdir()
    (site / "index.html").write_text("beranda")
    (site / "besar.html").write_bytes(b"x" * (32 * MIB))
    return lambda limits: serve(create_gateway(site), limits)


def connect(port: int, address: str = "127.0.0.1") -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), PATIENCE, source_address=(address, 0))


def is_closed(connection: socket.socket) -> bool:
    """Whether the server closes the connection, in the end; fails where it doesn't."""
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True


def answers(connection: socket.socket, path: str = "/") -> bool:
    """Whether a kept connection gets its page."""
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    answer = http.client.HTTPResponse(connection)
    answer.begin()
    return answer.status == 200 and bool(answer.read())


@pytest.mark.parametrize("sent", [b"", b"G", b"GET / HTTP/1.1\r\nHost: a\r\nX: "])
def test_headers_that_never_end_end_the_connection(start: Start, sent: bytes) -> None:
    with connect(start(Limits(headers_seconds=0.2))) as connection:
        connection.sendall(sent)
        assert is_closed(connection)


def test_a_kept_connection_has_its_time_anew_after_each_answer(start: Start) -> None:
    with connect(start(Limits(headers_seconds=3))) as connection:
        assert answers(connection)
        assert answers(connection)
        connection.sendall(b"G")
        assert is_closed(connection)


@pytest.mark.parametrize(
    "framing", [b"Content-Length: 500", b"Transfer-Encoding: chunked"], ids=["whole", "pieces"]
)
def test_a_body_that_stands_still_is_told_so(start: Start, framing: bytes) -> None:
    with connect(start(Limits(step_seconds=0.2))) as connection:
        connection.sendall(
            b"POST /api/lookup HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
            + framing
            + b"\r\n\r\n"
            + (b"{" if b"Length" in framing else b"1\r\n{\r\n")
        )
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        said = json.loads(answer.read())
        assert (answer.status, said["type"]) == (408, "/masalah/too-slow")
        assert "belum kami terima" in said["detail"]
        assert is_closed(connection)


def test_who_does_not_read_is_cut_off(start: Start) -> None:
    port = start(Limits(step_seconds=0.3))
    with closing(socket.socket()) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", port))
        connection.sendall(b"GET /besar HTTP/1.1\r\nHost: a\r\n\r\n")
        watch = select.poll()
        watch.register(connection, select.POLLHUP | select.POLLERR)
        assert watch.poll(PATIENCE * 1000)


def test_of_one_address_the_connection_that_waited_longest_makes_room(start: Start) -> None:
    port = start(Limits(per_address=3))
    with ExitStack() as stack:
        other = stack.enter_context(connect(port, "127.0.0.2"))
        own = [stack.enter_context(connect(port)) for _ in range(4)]
        assert is_closed(own[0])
        assert all(answers(each) for each in (*own[1:], other))


def test_where_the_server_is_full_the_one_that_waited_longest_makes_room(start: Start) -> None:
    port = start(Limits(connections=3, per_address=None))
    with ExitStack() as stack:
        all_ = [stack.enter_context(connect(port, f"127.0.0.{n}")) for n in range(2, 6)]
        assert is_closed(all_[0])
        assert all(answers(each) for each in all_[1:])


def test_a_waiting_connection_makes_room_before_an_upload_does(start: Start) -> None:
    port = start(Limits(per_address=2))
    with ExitStack() as stack:
        upload, waiting = (stack.enter_context(connect(port)) for _ in range(2))
        upload.sendall(
            b"POST /api/lookup HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
            b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        )
        assert upload.recv(100).startswith(b"HTTP/1.1 100 ")
        assert answers(waiting)
        third = stack.enter_context(connect(port))
        assert answers(third)
        upload.sendall(b"{}")
        assert upload.recv(100).startswith(b"HTTP/1.1 400 ")
