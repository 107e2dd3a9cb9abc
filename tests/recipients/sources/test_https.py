"""A list at an https address, from a real server: limits, redirects, ETags, and what is refused."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Event
from traceback import format_exception

import pytest

from shared.kelurahan.configuration import SourceConfig
from shared.platform.errors import FileRejected, Unavailable
from shared.recipients.sources.fetching import Fetched, NotModified, Outside, fetch
from shared.recipients.sources.public_https import _is_public
from tests.recipients.sources.https_server import Server, running

SECRET = "rahasia-9f3c"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("https")) as made:
        yield made


def _source(server: Server, path: str, *hosts: str, host: str = "localhost") -> SourceConfig:
    return SourceConfig(
        "https", server.url(path, host), allow_hosts=hosts or ("localhost",), timeout_seconds=5
    )


def _outside(server: Server) -> Outside:
    return Outside(may_reach_private=True, trust=server.trust)


def _refused(server: Server, source: SourceConfig, folder: Path, **options: object) -> str | None:
    """The code with which the fetch fails, after a check that its texts give nothing away."""
    outside = options.pop("outside", _outside(server))
    with pytest.raises((Unavailable, FileRejected)) as caught:
        fetch(source, folder, outside=outside, **options)  # type: ignore[arg-type]
    fault = caught.value
    said = f"{fault.detail} {fault.args} {fault.errors} {''.join(format_exception(fault))}"
    assert "localhost" not in said
    assert SECRET not in said
    assert str(folder) not in said
    return fault.code


def test_a_list_is_fetched_with_its_name_and_etag(server: Server, tmp_path: Path) -> None:
    server.body(
        "/daftar",
        b"nik;nama",
        ETag='"v1"',
        Content_Disposition='attachment; filename="penerima minggu 47.csv"',
    )
    got = fetch(_source(server, "/daftar"), tmp_path, outside=_outside(server))
    assert isinstance(got, Fetched)
    assert got.path.read_bytes() == b"nik;nama"
    assert got.path.parent == tmp_path
    assert (got.filename, got.etag) == ("penerima minggu 47.csv", '"v1"')


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b.csv", "x.exe", "", "\u202ecsv.xlsx"])
def test_a_strange_file_name_is_not_taken_over(server: Server, tmp_path: Path, name: str) -> None:
    disposition = f"attachment; filename*=UTF-8''{name.encode().hex()}; filename=\"{name}\""
    server.body(
        f"/{SECRET}", b"x", Content_Disposition=disposition.encode("ascii", "replace").decode()
    )
    got = fetch(_source(server, f"/{SECRET}"), tmp_path, outside=_outside(server))
    assert isinstance(got, Fetched)
    assert got.filename == "unduhan"
    assert got.path == tmp_path / "unduhan"


def test_the_etag_is_shown_again_and_304_means_nothing_new(server: Server, tmp_path: Path) -> None:
    server.status("/same", 304)
    got = fetch(_source(server, "/same"), tmp_path, etag='W/"v1"', outside=_outside(server))
    assert got == NotModified()
    assert server.seen[-1][1]["if-none-match"] == 'W/"v1"'
    assert list(tmp_path.iterdir()) == []


def test_304_without_an_etag_is_no_answer(server: Server, tmp_path: Path) -> None:
    server.status("/same", 304)
    assert _refused(server, _source(server, "/same"), tmp_path) == "SOURCE_SILENT"
    assert "if-none-match" not in server.seen[-1][1]


@pytest.mark.parametrize("etag", ["v1", '"a\tb"', f'"{"x" * 300}"'])
def test_a_malformed_etag_is_forgotten(server: Server, tmp_path: Path, etag: str) -> None:
    server.body("/odd", b"x", ETag=etag)
    got = fetch(_source(server, "/odd"), tmp_path, outside=_outside(server))
    assert isinstance(got, Fetched)
    assert got.etag is None


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (401, "REFUSED"),
        (403, "REFUSED"),
        (404, "REFUSED"),
        (500, "SILENT"),
        (503, "SILENT"),
        (206, "SILENT"),
    ],
)
def test_other_answers_are_no_list(server: Server, tmp_path: Path, status: int, code: str) -> None:
    server.status(f"/{SECRET}/bad", status)
    assert _refused(server, _source(server, f"/{SECRET}/bad"), tmp_path) == f"SOURCE_{code}"


def test_a_page_instead_of_a_list_is_left_to_the_reader(server: Server, tmp_path: Path) -> None:
    server.body("/login", b"<!doctype html>", Content_Type="text/html")
    got = fetch(_source(server, "/login"), tmp_path, outside=_outside(server))
    assert isinstance(got, Fetched)


def test_a_compressed_answer_is_refused_unopened(server: Server, tmp_path: Path) -> None:
    server.body("/gz", b"\x1f\x8b" + bytes(100), Content_Encoding="gzip")
    assert _refused(server, _source(server, "/gz"), tmp_path) == "SOURCE_SILENT"
    assert server.seen[-1][1]["accept-encoding"] == "identity"


def test_a_list_that_says_it_is_too_large_is_not_read(server: Server, tmp_path: Path) -> None:
    server.body("/large", bytes(5000))
    assert _refused(server, _source(server, "/large"), tmp_path, max_bytes=4999) == "FILE_TOO_LARGE"
    assert list(tmp_path.iterdir()) == []
    got = fetch(_source(server, "/large"), tmp_path, max_bytes=5000, outside=_outside(server))
    assert isinstance(got, Fetched)


def test_an_endless_answer_is_cut_off_at_the_limit(server: Server, tmp_path: Path) -> None:
    sent = 0

    def endless(request: BaseHTTPRequestHandler) -> None:
        nonlocal sent
        request.send_response(200)
        request.end_headers()
        while True:
            request.wfile.write(bytes(65536))
            sent += 65536

    server.answers["/endless"] = endless
    limit = 1_000_000
    assert (
        _refused(server, _source(server, "/endless"), tmp_path, max_bytes=limit) == "FILE_TOO_LARGE"
    )
    assert (tmp_path / "unduhan").stat().st_size <= limit


def _drip(stop: Event, start: bytes, drop: bytes):  # type: ignore[no-untyped-def]
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(start)
        request.wfile.flush()
        while not stop.wait(0.05):
            request.wfile.write(drop)
            request.wfile.flush()

    return answer


@pytest.mark.parametrize(
    ("start", "drop"),
    [
        (b"HTTP/1.0 200 OK\r\nX-Slow: ", b"x"),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x"),
        (b"HTTP/1.0 200 OK\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    ],
    ids=["head", "body", "body-without-length", "chunks"],
)
def test_an_answer_drop_by_drop_ends_with_the_time(
    server: Server, tmp_path: Path, start: bytes, drop: bytes
) -> None:
    stop = Event()
    server.answers["/slow"] = _drip(stop, start, drop)
    source = SourceConfig(
        "https", server.url("/slow"), allow_hosts=("localhost",), timeout_seconds=1
    )
    began = time.monotonic()
    try:
        assert _refused(server, source, tmp_path) == "SOURCE_SILENT"
    finally:
        stop.set()
    assert time.monotonic() - began < 4


def test_a_server_that_says_nothing_is_given_up(tmp_path: Path, server: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        source = SourceConfig(
            "https", f"https://localhost:{port}/", allow_hosts=("localhost",), timeout_seconds=1
        )
        assert _refused(server, source, tmp_path) == "SOURCE_SILENT"


def test_an_answer_that_breaks_off_is_no_list(server: Server, tmp_path: Path) -> None:
    def broken(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", "1000")
        request.end_headers()
        request.wfile.write(b"half")
        request.close_connection = True

    server.answers["/broken"] = broken
    assert _refused(server, _source(server, "/broken"), tmp_path) == "SOURCE_SILENT"


def test_redirects_within_the_allowed_hosts_are_followed(server: Server, tmp_path: Path) -> None:
    server.status("/one", 302, Location="two?x=1")
    server.status("/two", 307, Location=server.url("/three", "127.0.0.1"))
    server.body("/three", b"list")
    source = _source(server, "/one", "localhost", "127.0.0.1")
    got = fetch(source, tmp_path, outside=_outside(server))
    assert isinstance(got, Fetched)
    assert got.path.read_bytes() == b"list"


@pytest.mark.parametrize(
    "target",
    [
        "https://127.0.0.1:{port}/three",
        "https://169.254.169.254/computeMetadata/v1/",
        "http://localhost:{port}/three",
        "//127.0.0.1:{port}/three",
        "file:///etc/passwd",
        "ftp://localhost/",
        "https://localhost@127.0.0.1:{port}/three",
        "https://localhost:{port}@127.0.0.1/",
        "https://127.0.0.1:{port}\\@localhost/three",
        "https://localhost.:{port}/three",
        "https://[::1/",
        "https://localhost:99999999/",
    ],
)
def test_a_redirect_elsewhere_is_not_followed(server: Server, tmp_path: Path, target: str) -> None:
    server.status("/away", 302, Location=target.format(port=server.port))
    server.body("/three", b"stolen")
    before = len(server.seen)
    assert _refused(server, _source(server, "/away"), tmp_path) == "SOURCE_NOT_ALLOWED"
    assert [path for path, _ in server.seen[before:]] == ["/away"]


def test_redirects_in_a_circle_end(server: Server, tmp_path: Path) -> None:
    server.status("/circle", 302, Location="/circle")
    before = len(server.seen)
    assert _refused(server, _source(server, "/circle"), tmp_path) == "SOURCE_SILENT"
    assert len(server.seen) - before == 6


def test_the_body_of_a_redirect_is_not_read(server: Server, tmp_path: Path) -> None:
    stop = Event()
    start = b"HTTP/1.0 302 Found\r\nLocation: /target\r\n\r\n"
    server.answers["/wordy"] = _drip(stop, start, b"x")
    server.body("/target", b"list")
    try:
        got = fetch(_source(server, "/wordy"), tmp_path, outside=_outside(server))
    finally:
        stop.set()
    assert isinstance(got, Fetched)


def test_cookies_are_not_carried_along(server: Server, tmp_path: Path) -> None:
    server.status("/cookie", 302, Location="/after", Set_Cookie="a=b")
    server.body("/after", b"x")
    fetch(_source(server, "/cookie"), tmp_path, outside=_outside(server))
    assert "cookie" not in server.seen[-1][1]


def test_a_private_address_is_refused_before_anything_is_sent(
    server: Server, tmp_path: Path
) -> None:
    server.body("/daftar", b"x")
    before = len(server.seen)
    for host in ("localhost", "127.0.0.1"):
        source = _source(server, "/daftar", host, host=host)
        production = Outside(trust=server.trust)
        assert _refused(server, source, tmp_path, outside=production) == "SOURCE_NOT_ALLOWED"
    assert len(server.seen) == before


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2001:4860:4860::8888", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::a9fe:a9fe", False),
        ("64:ff9b::808:808", True),
        ("2002:7f00:1::", False),
    ],
)
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert _is_public(address) is public


def test_a_certificate_that_is_not_trusted_is_no_answer(server: Server, tmp_path: Path) -> None:
    server.body("/daftar", b"x")
    source = _source(server, "/daftar")
    stranger = Outside(may_reach_private=True)
    assert _refused(server, source, tmp_path, outside=stranger) == "SOURCE_SILENT"


def test_a_port_where_nobody_listens_is_no_answer(server: Server, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    source = SourceConfig("https", f"https://localhost:{port}/{SECRET}", allow_hosts=("localhost",))
    assert _refused(server, source, tmp_path) == "SOURCE_SILENT"


def test_a_host_that_is_not_on_the_list_is_not_asked(server: Server, tmp_path: Path) -> None:
    source = SourceConfig("https", server.url("/daftar"), allow_hosts=("example.go.id",))
    assert _refused(server, source, tmp_path) == "SOURCE_NOT_ALLOWED"
