"""A large file goes to disk as it comes, and to nobody's memory."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.test import create_environ

from shared.platform.http.uploads import receive
from shared.platform.workspace import Workspace

MIB = 1024 * 1024
PIECE = b"0123456789abcd\r\n" * 4096


class Arriving(io.RawIOBase):
    """A body that is made while it is read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.pieces = pieces
        self.left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        if not self.left:
            self.left = next(self.pieces, b"")
        size = min(len(buffer), len(self.left))
        buffer[:size], self.left = self.left[:size], self.left[size:]
        return size


def request(size: int) -> Request:
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    tail = b"\r\n--x--\r\n"

    def pieces() -> Iterator[bytes]:
        yield head
        for _ in range(size // len(PIECE)):
            yield PIECE
        yield tail

    environ = create_environ("/", method="POST")
    environ["CONTENT_TYPE"] = "multipart/form-data; boundary=x"
    environ["CONTENT_LENGTH"] = str(len(head) + size + len(tail))
    environ["wsgi.input"] = Arriving(pieces())
    return Request(environ)


def test_a_large_file_is_never_in_memory(tmp_path: Path) -> None:
    with ExitStack() as closing:
        tracemalloc.start()
        upload, _ = receive(
            request(48 * MIB),
            field="file",
            max_bytes=64 * MIB,
            workspace=Workspace(tmp_path / "tmp"),
            closing=closing,
        )
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert upload.path.stat().st_size == 48 * MIB
        for path in (upload.path, upload.path.parent, tmp_path / "tmp"):
            assert path.stat().st_mode & 0o077 == 0  # nobody else's to read
    assert peak < 4 * MIB
    assert not upload.path.parent.exists()


def test_a_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    asked = request(2 * MIB)
    with ExitStack() as closing, pytest.raises(RequestEntityTooLarge):
        receive(asked, field="file", max_bytes=MIB, workspace=Workspace(tmp_path), closing=closing)
    assert list(tmp_path.iterdir()) == []


_UPLOADING = """
import io, os, sys
from contextlib import ExitStack
from pathlib import Path
from flask import Request
from werkzeug.test import create_environ
from shared.platform.http.uploads import receive
from shared.platform.workspace import Workspace
body = (b'--x\\r\\nContent-Disposition: form-data; name="file"; filename="a.csv"\\r\\n\\r\\n'
        + b"3273099999999999;WARGA\\n" * 1000 + b"\\r\\n--x--\\r\\n")
environ = create_environ("/", method="POST", input_stream=io.BytesIO(body))
environ["CONTENT_TYPE"] = "multipart/form-data; boundary=x"
environ["CONTENT_LENGTH"] = str(len(body))
with ExitStack() as closing:
    upload, _ = receive(Request(environ), field="file", max_bytes=10**6,
                        workspace=Workspace(Path(sys.argv[1])), closing=closing)
    print(upload.path, flush=True)
    os.kill(os.getpid(), 9)
"""


def test_a_killed_upload_lies_in_nobodys_sight_and_not_for_long(tmp_path: Path) -> None:
    system = tmp_path / "system"
    system.mkdir()
    killed = subprocess.run(
        [sys.executable, "-c", _UPLOADING, str(tmp_path / "tmp")],
        env={**os.environ, "PYTHONPATH": ".", "TMPDIR": str(system)},
        capture_output=True,
        text=True,
        check=False,
    )
    left = Path(killed.stdout.strip())
    assert left.stat().st_mode & 0o077 == 0
    assert (tmp_path / "tmp").stat().st_mode & 0o077 == 0
    assert list(system.iterdir()) == []
    assert Workspace(tmp_path / "tmp").sweep() == 1
    assert not left.exists()
