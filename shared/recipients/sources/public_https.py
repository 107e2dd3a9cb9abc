"""Guard of https sources: public addresses only (SSRF protection), within a time limit.

The guard sits where the connection is made. The name is resolved once, every address is checked,
and the connection goes to an address that was checked, so that a name can't point elsewhere a
moment later (DNS rebinding). A timer shuts the socket when the time is over: timeouts of single
reads don't end an answer that comes in drop by drop.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool
from urllib3.exceptions import HTTPError
from urllib3.util.connection import create_connection

from shared.recipients.sources.fetch_result import Outside, not_allowed, silent

_SILENCE_SECONDS = 10


class _NotPublicError(HTTPError):
    """The host's name resolves to an address that may not be reached."""


class Guard:
    """Lets a session reach only public addresses of its hosts, and only until time is over.

    `hosts` are checked once more where the connection is made: the last word is not left to how
    an address was parsed before.
    """

    def __init__(self, outside: Outside, hosts: Sequence[str], timeout_seconds: float) -> None:
        self.outside = outside
        self._hosts = frozenset(hosts)
        self.timeouts = (min(timeout_seconds, _SILENCE_SECONDS),) * 2
        self._timeout_seconds = timeout_seconds
        self._sockets: list[socket.socket] = []
        self._is_over = False
        self._lock = threading.Lock()

    @contextmanager
    def over(self, session: requests.Session) -> Iterator[None]:
        """Guard the session for a block; every network fault becomes Unavailable."""
        session.trust_env = False
        session.verify = str(self.outside.trust) if self.outside.trust else True
        # requests reads a redirect's whole body for the next hop, even when told not to follow
        session.get_redirect_target = _no_target  # type: ignore[assignment]
        session.adapters.clear()  # nothing goes out that isn't https
        session.mount("https://", _Adapter(self))
        timer = threading.Timer(self._timeout_seconds, self._end)
        timer.daemon = True
        timer.start()
        try:
            yield
            if self._is_over:  # an answer without a length ends where the socket was shut
                raise silent()
        except (_NotPublicError, requests.exceptions.InvalidSchema):
            raise not_allowed() from None
        except (requests.RequestException, HTTPError, OSError):
            raise silent() from None
        finally:
            timer.cancel()
            session.close()
            self._sockets.clear()

    def connected(self, host: str, port: int, **options: Any) -> socket.socket:
        """Connect to an address of the host that may be reached."""
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(address[0]) for *_, address in found))
        is_open = self.outside.may_reach_private or all(map(_is_public, addresses))
        if host not in self._hosts or not is_open:
            raise _NotPublicError
        for address in addresses[:-1]:
            with contextlib.suppress(OSError):
                return create_connection((address, port), **options)
        return create_connection((addresses[-1], port), **options)

    def watch(self, made: socket.socket) -> None:
        """Shut this socket down when the time is over."""
        with self._lock:
            self._sockets.append(made)
            if self._is_over:
                _shut(made)

    def _end(self) -> None:
        with self._lock:
            self._is_over = True
            for made in self._sockets:
                _shut(made)


def _no_target(response: requests.Response) -> None:
    """Stop automatic redirects: the caller checks each hop."""


def _shut(made: socket.socket) -> None:
    # not the TLS socket's own method: it would drop the state that a reader is using
    with contextlib.suppress(OSError):
        socket.socket.shutdown(made, socket.SHUT_RDWR)


def _is_public(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        # an IPv4 address inside an IPv6 one counts as what it leads to
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo or (None, None))[1]
        if found in ipaddress.ip_network("64:ff9b::/96"):
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return inner.is_global and not inner.is_multicast
    return found.is_global and not found.is_multicast


class _Adapter(HTTPAdapter):
    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        guard = self._guard

        class Connection(HTTPSConnection):
            def _new_conn(self) -> socket.socket:
                return guard.connected(
                    self._dns_host,
                    self.port,
                    timeout=self.timeout,
                    socket_options=self.socket_options,
                )

            def connect(self) -> None:
                super().connect()
                guard.watch(self.sock)

        class Pool(HTTPSConnectionPool):
            ConnectionCls = Connection

        self.poolmanager.pool_classes_by_scheme = {"https": Pool}
