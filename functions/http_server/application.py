"""A WSGI application behind an asyncio server: threads only work, and never wait for the network.

The body of a request is read, and the answer sent, in the event loop. In between one of a few
threads calls the application. So a slow sender or reader costs a connection, and no thread.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from time import perf_counter
from typing import IO, Any, Final
from urllib.parse import unquote_to_bytes
from wsgiref.types import WSGIApplication

from flask import Response
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from functions.http_server.bodies import Bodies, Receive, SenderGone
from functions.http_server.connections import Connection, Connections
from shared.http.context import new_request_id
from shared.http.problem_details import problem_response
from shared.platform import logs
from shared.platform.errors import AppError

Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

_SENT_AT_ONCE: Final = 64 * 1024
_NAMES: Final = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: status, headers by lower-case names, and the whole body."""

    status: int
    headers: Headers
    body: bytes


class Application:
    """The ASGI application that uvicorn calls, once for each request."""

    def __init__(
        self, app: WSGIApplication, connections: Connections, bodies: Bodies, threads: int
    ) -> None:
        self._app = app
        self._connections = connections
        self._bodies = bodies
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="http")

    def close(self) -> None:
        """Drop what no thread has begun; what is under way is finished."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        connection: Connection = scope["state"][Connection.STATE]
        try:
            answer = await self._answer(scope, receive, connection)
            self._connections.moves(connection)
            await self._send(answer, send)
        except (SenderGone, TimeoutError):
            connection.abort()
            await asyncio.sleep(0)  # so that uvicorn knows of it, and finds nothing missing
        finally:
            self._connections.waits(connection)

    async def _answer(
        self, scope: dict[str, Any], receive: Receive, connection: Connection
    ) -> Answer:
        self._connections.moves(connection)
        began = perf_counter()
        with closing(self._bodies.new(connection.address)) as body:
            try:
                await self._bodies.read(scope, receive, body)
            except AppError as fault:
                return _refusal(fault, scope["headers"], began)
            self._connections.is_answered(connection)
            environment = environ_of(scope, body.file, body.size)
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, call, self._app, environment)

    async def _send(self, answer: Answer, send: Send) -> None:
        """Send an answer; raises TimeoutError where nobody reads it."""
        start = {"type": "http.response.start", "status": answer.status, "headers": answer.headers}
        await send(start)
        for at in range(0, max(len(answer.body), 1), _SENT_AT_ONCE):
            part = answer.body[at : at + _SENT_AT_ONCE]
            more = at + _SENT_AT_ONCE < len(answer.body)
            async with asyncio.timeout(self._connections.limits.step_seconds):
                await send({"type": "http.response.body", "body": part, "more_body": more})


def environ_of(scope: Mapping[str, Any], body: IO[bytes], size: int) -> dict[str, Any]:
    """Return the WSGI environment of a request whose body is whole, of `size` bytes."""
    address, port = scope["client"] or ("", 0)
    name, at = scope["server"] or ("localhost", 80)
    environment: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": name,
        "SERVER_PORT": str(at),
        "REMOTE_ADDR": address,
        "REMOTE_PORT": str(port),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": body,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for key, value in scope["headers"]:
        header = key.decode("latin-1")
        # An underscore would make it look like another header, such as one that a proxy wrote.
        if header == "transfer-encoding" or "_" in header:
            continue
        variable = _NAMES.get(header) or f"HTTP_{header.upper().replace('-', '_')}"
        text = value.decode("latin-1")
        before = environment.get(variable)
        joint = "; " if header == "cookie" else ","
        environment[variable] = text if before is None else f"{before}{joint}{text}"
    if size:
        environment["CONTENT_LENGTH"] = str(size)  # a body in pieces has none of its own
    return environment


def call(app: WSGIApplication, environment: dict[str, Any]) -> Answer:
    """Call a WSGI application, and return its whole answer."""
    started: list[tuple[int, Headers]] = []
    parts: list[bytes] = []

    def start(status: str, headers: list[tuple[str, str]], *_: Any) -> Callable[[bytes], object]:
        named = [(n.lower().encode("latin-1"), value.encode("latin-1")) for n, value in headers]
        started[:] = [(int(status.split(" ", 1)[0]), named)]
        return parts.append

    chunks: Iterable[bytes] = app(environment, start)
    try:
        parts.extend(chunks)
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()
    [(status, headers)] = started
    return Answer(status, headers, b"".join(parts))


def _refusal(fault: AppError, headers: Headers, began: float) -> Answer:
    """Return our problem document for a body that was not taken, and write its line to the log."""
    request_id = new_request_id()
    response: Response = problem_response(fault, request_id, as_page=_wants_page(dict(headers)))
    logs.request_line(
        function="gateway",
        request_id=request_id,
        status=fault.status,
        duration_ms=(perf_counter() - began) * 1000,
        slug=fault.slug,
    )
    named = [(name.lower().encode(), value.encode()) for name, value in response.headers]
    return Answer(fault.status, [*named, (b"connection", b"close")], response.get_data())


def _wants_page(headers: Mapping[bytes, bytes]) -> bool:
    accepted = parse_accept_header(headers.get(b"accept", b"").decode("latin-1"), MIMEAccept)
    html, json = accepted["text/html"], accepted["application/json"]
    is_form = headers.get(b"content-type", b"").startswith(b"multipart/form-data")
    return html > json or (is_form and html == json)
