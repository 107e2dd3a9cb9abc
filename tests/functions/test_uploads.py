"""A large file goes to disk as it comes, and to nobody's memory."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.test import create_environ

from shared.platform.http.uploads import receive

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


def test_a_large_file_is_never_in_memory() -> None:
    with ExitStack() as closing:
        tracemalloc.start()
        upload, _ = receive(request(48 * MIB), field="file", max_bytes=64 * MIB, closing=closing)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert upload.path.stat().st_size == 48 * MIB
        assert upload.path.parent.stat().st_mode & 0o077 == 0  # nobody else's to read
    assert peak < 4 * MIB
    assert not upload.path.parent.exists()


def test_a_file_over_the_limit_is_not_read() -> None:
    asked = request(2 * MIB)
    with ExitStack() as closing, pytest.raises(RequestEntityTooLarge):
        receive(asked, field="file", max_bytes=1 * MIB, closing=closing)
