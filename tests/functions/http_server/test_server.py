"""The HTTP server over real HTTP: oversized bodies are refused, idle ones keep nobody out."""

from __future__ import annotations

import http.client
import io
import json
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from functions.gateway import create_gateway
from functions.http_server import bodies
from functions.http_server.application import environ_of
from functions.http_server.connections import Limits
from shared.deployment import Deployment
from tests.functions.conftest import FUNCTIONS

MIB = 1024 * 1024
HEAD = (
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="daftar.csv"\r\n'
    b"Content-Type: text/csv\r\n\r\n"
)
TAIL = b"\r\n--x--\r\n"


@pytest.fixture
def start(
    tmp_path: Path,
    deployment: Deployment,
    run_on: Callable[[str, Deployment], None],
    serve: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[Limits], int]:
    """Starts the gateway, with a folder of its own for whatever goes to the system's."""
    for name in FUNCTIONS:
        run_on(name, deployment)
    (tmp_path / "dist").mkdir()
    (tmp_path / "system").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "system"))
    return lambda limits: serve(create_gateway(tmp_path / "dist"), limits)


@pytest.fixture
def port(start: Callable[[Limits], int]) -> int:
    return start(Limits())


def pieces(size: int) -> Iterator[bytes]:
    yield HEAD
    for _ in range(size // MIB):
        yield b"3273099999999999;WARGA;PKH\r\n" * (MIB // 28) + b" " * (MIB % 28)
    yield TAIL


def post(port: int, size: int, *, chunked: bool = False, accept: str) -> tuple[int, Any, bytes]:
    headers = {"Content-Type": "multipart/form-data; boundary=x", "Accept": accept}
    if chunked:
        headers["Transfer-Encoding"] = "chunked"
    else:
        headers["Content-Length"] = str(len(HEAD) + size + len(TAIL))
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request("POST", "/api/sync", pieces(size), headers, encode_chunked=chunked)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()


@pytest.mark.parametrize("size_mib", [27, 200])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_file_far_too_large_gets_one_clear_sentence(
    port: int, log: io.StringIO, tmp_path: Path, size_mib: int, chunked: bool
) -> None:
    status, sent, body = post(port, size_mib * MIB, chunked=chunked, accept="application/json")
    assert status == 413
    assert sent["Content-Type"] == "application/problem+json"
    said = json.loads(body)
    assert (said["type"], said["status"]) == ("/masalah/too-large", 413)
    assert said["detail"] == "Perkecil berkas atau isian Anda, lalu kirim lagi."
    (line,) = (json.loads(each) for each in log.getvalue().splitlines() if "413" in each)
    assert (line["slug"], line["request_id"]) == ("too-large", said["request_id"])
    assert list((tmp_path / "system").iterdir()) == []


def test_a_browser_gets_a_page(port: int) -> None:
    status, sent, body = post(port, 40 * MIB, accept="text/html,*/*;q=0.8")
    assert (status, sent["Content-Type"]) == (413, "text/html; charset=utf-8")
    assert b"Kiriman terlalu besar" in body


def test_who_asks_first_is_told_before_sending(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(
            b"POST /api/sync HTTP/1.1\r\nHost: a\r\nContent-Length: 209715200\r\n"
            b"Content-Type: multipart/form-data; boundary=x\r\nExpect: 100-continue\r\n\r\n"
        )
        assert connection.recv(65536).startswith(b"HTTP/1.1 413 ")


def test_who_sends_without_end_is_cut_off(start: Callable[[Limits], int]) -> None:
    port = start(Limits(thrown_away=40 * MIB))
    sent = 0
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(
            b"POST /api/sync HTTP/1.1\r\nHost: a\r\nContent-Type: text/csv\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        piece = b"%x\r\n%s\r\n" % (MIB, b"x" * MIB)
        try:
            while sent < 400:
                connection.sendall(piece)
                sent += 1
        except OSError:
            pass
    assert 40 <= sent < 100


def test_a_large_upload_within_the_limit_reaches_the_function(port: int) -> None:
    status, _, body = post(port, 24 * MIB, accept="application/json")
    assert (status, json.loads(body)["type"]) == (401, "/masalah/unauthenticated")


def test_many_idle_connections_keep_nobody_out(port: int) -> None:
    idle = [socket.create_connection(("127.0.0.1", port), timeout=20) for _ in range(300)]
    try:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
            connection.request("GET", "/api/figures")
            assert connection.getresponse().status == 200
    finally:
        for each in idle:
            each.close()


def upload(port: int, size: int) -> tuple[int, Any]:
    status, _, body = post(port, size, accept="application/json")
    return status, json.loads(body)["type"]


def test_what_passes_through_the_disk_lies_in_the_private_folder(
    port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Path] = []

    def temporary_file(**where: Any) -> Any:
        made.append(where["dir"])
        return tempfile.TemporaryFile(**where)

    monkeypatch.setattr(bodies, "TemporaryFile", temporary_file)
    assert upload(port, 2 * MIB)[0] == 401
    assert [each.parent for each in made] == [tmp_path / "passing"]
    assert list((tmp_path / "passing").iterdir()) == []


def test_a_small_body_never_goes_to_disk(port: int, tmp_path: Path) -> None:
    assert upload(port, 0)[0] == 401
    assert not (tmp_path / "passing").exists()


def test_where_the_disk_is_full_the_sender_hears_that_nothing_is_lost(
    port: int, log: io.StringIO, tmp_path: Path
) -> None:
    (tmp_path / "passing").touch()  # where the folder should be
    status, _, body = post(port, 8 * MIB, accept="application/json")
    said = json.loads(body)
    assert (status, said["type"], said["code"]) == (503, "/masalah/unavailable", "BODY")
    assert "tidak ada yang hilang" in said["detail"]
    (line,) = (json.loads(each) for each in log.getvalue().splitlines() if "503" in each)
    assert (line["slug"], line["request_id"]) == ("unavailable", said["request_id"])


def test_many_uploads_at_once_leave_the_disk_room(start: Callable[[Limits], int]) -> None:
    port = start(Limits(on_disk=1, on_disk_per_address=1))
    assert upload(port, 20 * MIB)[0] == 401
    head = f"Content-Length: {20 * MIB}\r\nContent-Type: text/csv\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(b"POST /api/sync HTTP/1.1\r\nHost: a\r\n" + head.encode())
        connection.sendall(b"x" * (20 * MIB - 1))
        deadline = time.monotonic() + 60
        while upload(port, 10 * MIB) != (503, "/masalah/unavailable"):
            assert time.monotonic() < deadline  # the server has yet to read what was sent
        connection.sendall(b"x")
        assert connection.recv(100).startswith(b"HTTP/1.1 401 ")
    assert upload(port, 20 * MIB)[0] == 401


def test_nothing_says_which_server_it_is(port: int) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        connection.request("GET", "/api/figures")
        assert connection.getresponse().headers["Server"] is None


def test_a_header_with_an_underscore_is_not_taken_for_another() -> None:
    scope = {
        **{"method": "GET", "raw_path": b"/%c3%a9", "query_string": b"", "http_version": "1.1"},
        **{"client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2)},
        "headers": [(b"x_forwarded_for", b"192.0.2.1"), (b"x-forwarded-for", b"192.0.2.2")],
    }
    environ = environ_of(scope, io.BytesIO(), 0)
    assert environ["HTTP_X_FORWARDED_FOR"] == "192.0.2.2"
    assert environ["PATH_INFO"] == "/\xc3\xa9"
