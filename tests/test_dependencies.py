"""Releases that are installed: each by its hash, and an audit that doesn't pass by default."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FILES = ("requirements.txt", "requirements-dev.txt")


@pytest.mark.parametrize("name", FILES)
def test_every_release_is_pinned_with_its_hashes(name: str) -> None:
    text = (ROOT / name).read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith((" ", "#"))]
    assert len(lines) > 30
    for line in lines:
        assert re.match(r"[a-z0-9.-]+(\[[a-z,]+\])?==\S+ ", line), line[:80]
        assert "--hash=sha256:" in line, line[:80]


def test_make_installs_nothing_without_its_hash() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    installs = re.findall(r"-m pip install (.+)", makefile)
    assert len(installs) == 2
    assert all("--require-hashes" in options for options in installs)


@pytest.fixture
def mirror() -> Iterator[str]:
    """A server that has packages and no advisories, as a mirror has."""

    class Mirror(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"info": {}, "vulnerabilities": []}')

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Mirror) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def audited(probe: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "infra/dependency_audit.py", "--probe", probe]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_an_audit_that_can_ask_nobody_is_none(mirror: str) -> None:
    for probe in (mirror, mirror + "gone", "http://127.0.0.1:9/"):
        done = audited(probe)
        assert done.returncode == 3
        assert "NOT AUDITED" in done.stderr
