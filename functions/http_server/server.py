"""The HTTP server of one PC: uvicorn, with limits on connections, time and size.

Why so: docs/decisions/0014-http-server.md.
"""

from __future__ import annotations

import errno
import socket
import sys
from contextlib import suppress
from typing import Final
from wsgiref.types import WSGIApplication

import uvicorn

from functions.http_server.application import Application
from functions.http_server.bodies import Bodies, LimitOf
from functions.http_server.connections import Connections, Limits, counted_in
from shared.platform.files.workspace import Workspace

THREADS: Final = 8
_MIB: Final = 1024 * 1024
_BACKLOG: Final = 1024
_OPEN_FILES: Final = 8192  # a connection may have a file for its body beside it
_SYSTEM_BUFFER: Final = 128 * 1024
_HEADER_BYTES: Final = 64 * 1024
_ENDS_WITHIN_SECONDS: Final = 5
_NO_SUCH_ADDRESS: Final = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


class LocalServer:
    """A server that listens from the beginning; `run` answers until `close`, or a signal."""

    def __init__(
        self, application: Application, connections: Connections, sockets: list[socket.socket]
    ) -> None:
        self.port: int = sockets[0].getsockname()[1]
        self._application = application
        self._sockets = sockets
        self._server = uvicorn.Server(
            uvicorn.Config(
                application,
                http=counted_in(connections),
                ws="none",
                loop="asyncio",
                lifespan="off",
                interface="asgi3",
                proxy_headers=False,
                server_header=False,
                access_log=False,
                log_config=None,
                backlog=_BACKLOG,
                timeout_keep_alive=int(connections.limits.headers_seconds) + 1,
                timeout_graceful_shutdown=_ENDS_WITHIN_SECONDS,
                h11_max_incomplete_event_size=_HEADER_BYTES,
            )
        )

    def run(self) -> None:
        """Answer requests until `close`; in the main thread also until Ctrl+C or SIGTERM."""
        try:
            with suppress(KeyboardInterrupt):  # uvicorn has ended, and raises it again
                self._server.run(self._sockets)
        finally:
            self._application.close()

    def close(self) -> None:
        """Let `run` end, from any thread."""
        self._server.should_exit = True
        if not self._server.started:
            for listening in self._sockets:
                listening.close()


def make_server(
    app: WSGIApplication,
    *,
    host: str,
    port: int,
    upload_mib: int,
    workspace: Workspace,
    limit_of: LimitOf = lambda method, path: None,
    limits: Limits | None = None,
) -> LocalServer:
    """Return a server for a WSGI application; raises OSError where the port is taken.

    `upload_mib`: the largest upload. `limit_of`: the limit of a body in bytes, by method and path;
    None where it is an upload. Bodies that are too large for memory pass through `workspace`.
    """
    _allow_open_files()
    connections = Connections(limits or Limits())
    bodies = Bodies(connections.limits, workspace, largest=upload_mib * _MIB, limit_of=limit_of)
    application = Application(app, connections, bodies, THREADS)
    return LocalServer(application, connections, _listening(host, port))


def _listening(host: str, port: int) -> list[socket.socket]:
    """Listen on each address that the host's name has here; raises OSError where there is none."""
    sockets: list[socket.socket] = []
    fault: OSError | None = None
    for family, _, _, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        try:
            listening = socket.create_server(address, family=family, backlog=_BACKLOG)
            # of each connection: the system would keep megabytes of answers that nobody reads
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SYSTEM_BUFFER)
            sockets.append(listening)
        except OSError as error:
            fault = error
            if error.errno not in _NO_SUCH_ADDRESS:
                break
    if fault is not None and (not sockets or fault.errno not in _NO_SUCH_ADDRESS):
        for each in sockets:
            each.close()
        raise fault
    return sockets


def _allow_open_files() -> None:
    """Raise the limit on open files to what the connections may need, where the system allows."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(_OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
