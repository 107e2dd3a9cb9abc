"""The gateway over real HTTP: the site, the functions, and the headers of firebase.json."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from functions import gateway
from functions.gateway import create_gateway
from shared.deployment import Deployment
from tests.functions.conftest import FUNCTIONS, ROOT

PAGES = {
    "index.html": "beranda",
    "404.html": "tidak ada",
    "cek-nik/index.html": "cek nik",
    "tentang.html": "tentang",
    "assets/site.css": "a{}",
    "assets/site.0a1b2c3d4e.css": "a{}",
    "assets/icon.svg": "<svg/>",
    ".rahasia": "not to be served",
}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "dist"
    for name, text in PAGES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (folder / "index.html.gz").write_bytes(gzip.compress(b"beranda"))
    (folder / "index.html.br").write_bytes(b"brotli of beranda")
    (tmp_path / "keys.json").write_text("secret")
    return folder


Ask = Callable[..., http.client.HTTPResponse]


@pytest.fixture
def ask(
    site: Path,
    deployment: Deployment,
    run_on: Callable[[str, Deployment], None],
    serve: Callable[[Any], int],
) -> Ask:
    """One request over a connection of its own; the answer has `.text`."""
    for name in FUNCTIONS:
        run_on(name, deployment)
    port = serve(create_gateway(site))

    def send(method: str, path: str, body: Any = None, **headers: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in named.items():
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer: Any = connection.getresponse()
        answer.body = answer.read()
        connection.close()
        return answer

    return send


@pytest.mark.parametrize(
    ("path", "text"),
    [("/", b"beranda"), ("/cek-nik/", b"cek nik"), ("/tentang", b"tentang"), ("/?a=b", b"beranda")],
)
def test_pages_have_clean_addresses(ask: Ask, path: str, text: bytes) -> None:
    answer: Any = ask("GET", path)
    assert (answer.status, answer.body) == (200, text)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/index.html", "/"),
        ("/cek-nik", "/cek-nik/"),
        ("/cek-nik/index.html", "/cek-nik/"),
        ("/tentang.html", "/tentang"),
    ],
)
def test_other_spellings_lead_to_the_clean_address(ask: Ask, path: str, target: str) -> None:
    answer: Any = ask("GET", path)
    assert (answer.status, answer.headers["Location"]) == (301, target)


def test_a_page_that_is_not_there_is_the_sites_own(ask: Ask) -> None:
    browser: Any = ask("GET", "/nowhere", Accept="text/html")
    assert (browser.status, browser.body) == (404, b"tidak ada")
    script: Any = ask("GET", "/nowhere")
    assert script.status == 404
    assert script.headers["Content-Type"] == "application/problem+json"
    assert json.loads(script.body)["type"] == "/masalah/not-found"


@pytest.mark.parametrize(
    "path",
    [
        "/../keys.json",
        "/%2e%2e/keys.json",
        "/assets/../../keys.json",
        "/assets/..%2f..%2fkeys.json",
        "/..%5ckeys.json",
        "//etc/passwd",
        "/.rahasia",
        "/index.html%00",
        "/" + "a" * 4000,
        "//evil.example/tentang.html",
        "/%ff%fe",
    ],
)
def test_nothing_outside_the_site_is_served(ask: Ask, path: str) -> None:
    answer: Any = ask("GET", path)
    assert answer.status in (400, 404)
    assert b"secret" not in answer.body
    assert answer.headers["Location"] is None


def test_another_method_on_a_page_is_refused(ask: Ask) -> None:
    answer: Any = ask("POST", "/tentang", b"x")
    assert answer.status == 405
    assert answer.headers["Allow"] == "GET, HEAD"


def test_compressed_copies_go_to_who_takes_them(ask: Ask) -> None:
    plain: Any = ask("GET", "/")
    zipped: Any = ask("GET", "/", Accept_Encoding="gzip, deflate")
    squeezed: Any = ask("GET", "/", Accept_Encoding="gzip, br")
    refused: Any = ask("GET", "/", Accept_Encoding="gzip;q=0")
    assert plain.headers["Content-Encoding"] is None
    assert gzip.decompress(zipped.body) == b"beranda"
    assert squeezed.headers["Content-Encoding"] == "br"
    assert squeezed.body == b"brotli of beranda"
    assert refused.body == b"beranda"
    assert {a.headers["Vary"] for a in (plain, zipped, squeezed)} == {"Accept-Encoding"}
    assert len({a.headers["ETag"] for a in (plain, zipped, squeezed)}) == 3


def test_what_the_browser_has_is_not_sent_again(ask: Ask, site: Path) -> None:
    first: Any = ask("GET", "/tentang")
    again: Any = ask("GET", "/tentang", If_None_Match=first.headers["ETag"])
    assert (again.status, again.body) == (304, b"")
    (site / "tentang.html").write_text("yang baru")
    later: Any = ask("GET", "/tentang", If_None_Match=first.headers["ETag"])
    assert (later.status, later.body) == (200, b"yang baru")
    head: Any = ask("HEAD", "/tentang")
    assert (head.status, head.body, head.headers["Content-Length"]) == (200, b"", "9")


def test_functions_answer_under_their_addresses(ask: Ask) -> None:
    figures: Any = ask("GET", "/api/figures")
    assert json.loads(figures.body)["message"] == "Belum ada data yang diterbitkan."
    lookup: Any = ask("POST", "/api/lookup", b"{}", Content_Type="application/json")
    assert json.loads(lookup.body)["type"] == "/masalah/invalid-request"
    batch: Any = ask("GET", "/api/sync/nosuchbatch")
    assert json.loads(batch.body)["type"] == "/masalah/unauthenticated"


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/health", "/ready"])
def test_the_gateway_tells_its_health(ask: Ask, path: str) -> None:
    answer: Any = ask("GET", path)
    assert (answer.status, json.loads(answer.body)) == (200, {"status": "ok"})


@pytest.mark.parametrize("path", ["/", "/nowhere", "/api/figures", "/assets/site.css"])
def test_every_answer_has_the_security_headers_and_plain_http_no_hsts(ask: Ask, path: str) -> None:
    headers = ask("GET", path).headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Strict-Transport-Security"] is None


def test_https_has_hsts(site: Path) -> None:
    client = create_gateway(site).test_client()
    answer = client.get("/", base_url="https://my-nutera.example")
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")


def test_assets_are_kept_by_their_names(ask: Ask) -> None:
    hashed = ask("GET", "/assets/site.0a1b2c3d4e.css").headers
    assert hashed["Cache-Control"] == "public, max-age=31536000, immutable"
    assert hashed["Content-Type"] == "text/css; charset=utf-8"
    assert ask("GET", "/assets/site.css").headers["Cache-Control"] == "public, max-age=300"
    assert ask("GET", "/assets/icon.svg").headers["Content-Type"].startswith("image/svg+xml")


def test_an_upload_far_too_large_gets_a_sentence_in_indonesian(ask: Ask) -> None:
    size = 30 * 1024 * 1024
    answer: Any = ask(
        "POST",
        "/api/lookup",
        b"x" * size,
        Content_Type="application/json",
    )
    assert answer.status == 413
    assert json.loads(answer.body)["title"] == "Kiriman terlalu besar"


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
        b"POST /api/lookup HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n4\r\n{}xx\r\n0\r\n\r\n",
        b"POST /api/lookup HTTP/1.0\r\n\r\n",
        b"GET http://other.example/api/figures HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    ],
)
def test_odd_requests_end_with_an_answer_that_is_no_500(
    site: Path,
    deployment: Deployment,
    run_on: Callable[[str, Deployment], None],
    serve: Callable[[Any], int],
    sent: bytes,
) -> None:
    for name in FUNCTIONS:
        run_on(name, deployment)
    port = serve(create_gateway(site))
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(sent)
        received = connection.recv(65536)
    assert received.startswith(b"HTTP/1.")
    assert int(received.split(b" ")[1]) < 500


def test_without_another_folder_it_serves_that_of_the_kelurahan(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The site of another kelurahan that was built last is none of its business."""
    monkeypatch.setattr(gateway, "ROOT", tmp_path)
    for name in ("tamansari", "another"):
        (tmp_path / "web" / "dist" / name).mkdir(parents=True)
        (tmp_path / "web" / "dist" / name / "index.html").write_text(name)
    monkeypatch.setenv("NUTERA_KELURAHAN", "tamansari")
    client = create_gateway(configuration=ROOT / "firebase.json").test_client()
    assert client.get("/").get_data(as_text=True) == "tamansari"


MIB = 1024 * 1024


@pytest.mark.parametrize(
    ("method", "path", "most"),
    [
        ("POST", "/api/lookup", 4096),
        ("POST", "/api/lookup/nowhere", 16 * 1024),
        ("DELETE", "/api/lookup", 16 * 1024),
        ("POST", "/api/complaints/status", 2048),
        ("POST", "/api/complaints", 32 * MIB),
        ("POST", "/api/sync", None),
        ("POST", "/tentang", 0),
    ],
)
def test_the_limit_of_a_body_is_known_before_it_is_read(
    site: Path,
    deployment: Deployment,
    run_on: Callable[[str, Deployment], None],
    method: str,
    path: str,
    most: int | None,
) -> None:
    for name in FUNCTIONS:
        run_on(name, deployment)
    assert create_gateway(site).largest_body(method, path) == most
