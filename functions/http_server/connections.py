"""Open connections: how many there may be, from where, and how long each waits for a request.

A connection waits (for its next request), moves bytes (a body in, an answer out), or is being
answered. Nobody is kept out by others who wait: where the server is full, or an address has its
share, the connection that has waited longest makes room.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from collections import Counter
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

_AT_ONCE: Final = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
_KIB: Final = 1024
_MIB: Final = 1024 * _KIB


@dataclass(frozen=True, slots=True)
class Limits:
    """What senders and readers may take, in seconds and bytes.

    The headers of a request are whole `headers_seconds` after the connection opened, or after the
    answer before. Of a body and of an answer each `step_seconds` move at least `step_bytes`, which
    is 1 KiB a second: a third of the slowest mobile network, where a photo of 3 MB takes 15
    minutes. `longest_seconds` is the end of any body.

    `connections` in all, and `per_address` where the sender's address is known (None behind a
    proxy, whose address all senders share; many residents share one behind a mobile carrier).
    Bodies up to `in_memory` stay there; on disk lies at most what `on_disk` of the largest take, of
    one address `on_disk_per_address`. Of a body that is refused up to `thrown_away` is read, so
    that its sender hears why.
    """

    connections: int = 2000
    per_address: int | None = 200
    headers_seconds: float = 20
    step_seconds: float = 60
    step_bytes: int = 60 * _KIB
    longest_seconds: float = 30 * 60
    in_memory: int = 128 * _KIB
    on_disk: int = 16
    on_disk_per_address: int = 4
    thrown_away: int = 512 * _MIB


class Connections:
    """The open connections of a server. All is called in its event loop, so it needs no lock."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._open: dict[Connection, str] = {}
        self._by_address: Counter[str] = Counter()
        # both oldest first
        self._waiting: dict[Connection, asyncio.TimerHandle] = {}
        self._moving: dict[Connection, None] = {}

    def opened(self, connection: Connection) -> None:
        """Count a new connection; others make room for it, or it is aborted."""
        address, limits = connection.address, self.limits
        share = limits.per_address
        has_room = share is None or self._by_address[address] < share or self._make_room(address)
        if has_room and len(self._open) >= limits.connections:
            has_room = self._make_room()
        if not has_room:
            connection.abort()
            return
        self._open[connection] = address
        self._by_address[address] += 1
        self.waits(connection)

    def closed(self, connection: Connection) -> None:
        """Forget a connection; one that was never counted, or is forgotten already, is fine."""
        address = self._open.pop(connection, None)
        if address is None:
            return
        self._leave(connection)
        self._by_address[address] -= 1
        if not self._by_address[address]:
            del self._by_address[address]

    def waits(self, connection: Connection) -> None:
        """Give a connection its time to send a request, and to take what it hasn't yet read."""
        self._leave(connection)
        if connection in self._open:
            seconds = self.limits.headers_seconds
            if connection.has_unread():
                seconds += self.limits.step_seconds
            loop = asyncio.get_running_loop()
            self._waiting[connection] = loop.call_later(seconds, self._end, connection)

    def moves(self, connection: Connection) -> None:
        """Note that a body or an answer is under way; whoever moves it keeps the time."""
        self._leave(connection)
        if connection in self._open:
            self._moving[connection] = None

    def is_answered(self, connection: Connection) -> None:
        """Note that the application works on a request: it is left in peace."""
        self._leave(connection)

    def _leave(self, connection: Connection) -> None:
        timer = self._waiting.pop(connection, None)
        if timer is not None:
            timer.cancel()
        self._moving.pop(connection, None)

    def _make_room(self, address: str | None = None) -> bool:
        """End what waits longest, else what moves longest (of an address); False if all work."""
        for connection in chain(self._waiting, self._moving):
            if address is None or connection.address == address:
                self._end(connection)
                return True
        return False

    def _end(self, connection: Connection) -> None:
        self.closed(connection)
        connection.abort()


class Connection(asyncio.Protocol):
    """One connection: uvicorn's own for HTTP/1.1, and its place among all that are open.

    The application finds it in its scope's state under `STATE`.
    """

    STATE: Final = "connection"

    def __init__(
        self, of: Connections, config: Config, state: ServerState, app_state: dict[str, Any]
    ) -> None:
        self._of = of
        self._http = H11Protocol(config, state, {**app_state, self.STATE: self})
        self._transport: asyncio.Transport | None = None
        self.address = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to serve a connection."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.address = str((transport.get_extra_info("peername") or ("",))[0])
        # an answer is written in pieces, and the system would hold back the last for 40 ms
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._http.connection_made(transport)
        self._of.opened(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """End with the connection."""
        self._of.closed(self)
        self._http.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Pass bytes on."""
        self._http.data_received(data)

    def eof_received(self) -> None:
        """Pass on that nothing more comes."""
        self._http.eof_received()

    def pause_writing(self) -> None:
        """Pass on that the reader is slower than the sender."""
        self._http.pause_writing()

    def resume_writing(self) -> None:
        """Pass on that the reader has caught up."""
        self._http.resume_writing()

    def has_unread(self) -> bool:
        """Whether something of an answer still waits to be read."""
        return self._transport is not None and self._transport.get_write_buffer_size() > 0

    def abort(self) -> None:
        """Close it at once; an answer that is still being written here is dropped."""
        if self._transport is None:
            return
        if self.has_unread():  # the system's own buffer too, which nobody empties
            self._transport.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE
            )
        self._transport.abort()


def counted_in(connections: Connections) -> type[asyncio.Protocol]:
    """Return the class of connections that are counted there, as uvicorn makes them."""

    class Counted(Connection):
        def __init__(
            self,
            config: Config,
            server_state: ServerState,
            app_state: dict[str, Any],
            _loop: asyncio.AbstractEventLoop | None = None,
        ) -> None:
            super().__init__(connections, config, server_state, app_state)

    return Counted
