"""The HTTP server of one PC: waitress, with limits on connections, sizes and time.

What is larger than any upload may be is read on and thrown away, so that its sender hears the same
sentence as from a function, rather than a broken line, and neither memory nor disk holds it. The
same where the disk is full that large bodies pass through.
"""

from __future__ import annotations

import sys
from time import perf_counter
from typing import Any, Final

from flask import Flask
from waitress.buffers import OverflowableBuffer
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import create_server
from waitress.utilities import Error, RequestEntityTooLarge
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from shared.http.context import new_request_id
from shared.http.problem_details import problem_response
from shared.platform import logs
from shared.platform.errors import AppError, TooLarge, Unavailable

_MIB: Final = 1024 * 1024
_ABOVE_THE_LARGEST = _MIB  # so that a function's own limit is met first
_THROWN_AWAY: Final = 512 * _MIB  # and whoever sends still more is cut off
_NOT_TAKEN: Final = (
    "Penyimpanan sistem ini penuh. Kiriman Anda belum kami terima, dan tidak ada yang hilang. "
    "Kembali ke halaman sebelumnya. Warga dapat mengirim lagi besok, atau datang ke kantor "
    "kelurahan. Petugas perlu mengosongkan penyimpanan komputer ini dulu."
)
_OPEN_FILES: Final = 8192  # a connection may have a file for its body beside it
OPTIONS: Final = {
    "threads": 8,
    # Waiting connections cost little, and a hundred of them must not keep everybody else out.
    "connection_limit": 1000,
    "channel_timeout": 30,
    "asyncore_use_poll": True,  # select() knows no file above number 1023
    "ident": None,
}


def make_server(app: Flask, *, host: str, port: int, upload_mib: int) -> Any:
    """Return a waitress server; `run` serves until `close`. `upload_mib`: the largest upload."""
    _allow_open_files()
    largest = upload_mib * _MIB + _ABOVE_THE_LARGEST
    sockets: dict[int, Any] = {}
    server = create_server(
        app, map=sockets, host=host, port=port, max_request_body_size=largest, **OPTIONS
    )
    for listening in sockets.values():  # one for each address that the host's name has
        if hasattr(listening, "channel_class"):
            listening.channel_class = _Channel
    return server


class _Parser(HTTPRequestParser):
    """Parses one request; the body of one that is too large is discarded."""

    def __init__(self, adj: Any) -> None:
        super().__init__(adj)
        self._began = perf_counter()
        self._refused = False
        self._fault: AppError = TooLarge()

    def received(self, data: bytes) -> int:
        """Parse the next bytes; return how many were taken."""
        had_headers = self.body_rcv is not None
        taken: int = super().received(data)
        body = self.body_rcv
        if body is not None and not had_headers:
            body.buf = _Body(self.adj.inbuf_overflow)
        if isinstance(self.error, RequestEntityTooLarge):
            self._refuse(TooLarge())
        elif self._refused or (body is not None and type(body.buf) is _Body and body.buf.is_lost):
            self._refuse(Unavailable(_NOT_TAKEN, code="BODY"))
        return taken

    def _refuse(self, fault: AppError) -> None:
        body = self.body_rcv
        if not self._refused:
            self._refused = True
            self._fault = fault
            if self.expect_continue:  # it asked first, and is told before it sends
                self.expect_continue, body = False, None
            elif body is not None:
                body.getbuf().close()
                body.buf = _Nowhere()
        ends = body is None or body.completed or body.error
        if ends or max(self.content_length, self.body_bytes_received) > _THROWN_AWAY:
            refusal = _Refusal(self._fault, self._wants_page(), self._began)
            self.error = refusal  # type: ignore[assignment] # waitress takes any of its errors
            self.completed = True
        else:
            self.error, self.completed = None, False

    def _wants_page(self) -> bool:
        accepted = parse_accept_header(self.headers.get("ACCEPT"), MIMEAccept)
        html, json = accepted["text/html"], accepted["application/json"]
        is_form = self.headers.get("CONTENT_TYPE", "").startswith("multipart/form-data")
        return bool(html > json or (is_form and html == json))


class _Channel(HTTPChannel):
    parser_class = _Parser


class _Refusal(Error):
    """Our problem document, where waitress would write a line of its own."""

    def __init__(self, fault: AppError, as_page: bool, began: float) -> None:
        super().__init__("")
        self._fault, self._as_page, self._began = fault, as_page, began

    def to_response(self, ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:
        request_id = new_request_id()
        response = problem_response(self._fault, request_id, as_page=self._as_page)
        headers = [(name, value) for name, value in response.headers if name != "Content-Length"]
        logs.request_line(
            function="gateway",
            request_id=request_id,
            status=self._fault.status,
            duration_ms=(perf_counter() - self._began) * 1000,
            slug=self._fault.slug,
        )
        return response.status, headers, response.get_data()


class _Body(OverflowableBuffer):
    """A body in memory or on disk; what the disk can't take is dropped, and reported."""

    is_lost = False

    def append(self, data: bytes) -> None:
        """Append to the body."""
        if self.is_lost:
            return
        try:
            super().append(data)
        except OSError:
            self.is_lost = True


class _Nowhere:
    """Stands in for a body's buffer, and keeps nothing."""

    def append(self, data: bytes) -> None:
        """Discard the bytes."""

    def close(self) -> None:
        """Do nothing: there is nothing to close."""

    def __len__(self) -> int:
        return 0


def _allow_open_files() -> None:
    """Raise the limit on open files to what the connections may need, where the system allows."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(_OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
