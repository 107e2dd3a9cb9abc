"""Per-address rate limit (requests in any one hour), kept in memory.

Nothing about who asks may be stored, so requests are counted in this process's memory alone.
Addresses are kept as hashes under a key that was drawn for this process and dies with it, and for
an hour at most.

`limits` (PyPI) was looked at: its memory storage reads the machine's clock and starts a timer
thread, so it doesn't fit.
"""

from __future__ import annotations

import hashlib
import math
import secrets
import threading
from collections import OrderedDict

from shared.platform.clock import Clock
from shared.platform.errors import TooManyRequests
from shared.platform.limits.client_networks import networks

_HOUR_SECONDS = 3600


class RateLimit:
    """A limit of `per_hour` requests of one origin within any hour; threads may share it.

    An origin is an address; an IPv6 address also counts for its wider networks, which have more
    room (client_networks.py); unknown ones ("") count as one. At most `origins_kept` networks are
    remembered: beyond that, the one that was inactive for longest is forgotten.
    """

    def __init__(self, per_hour: int, clock: Clock, *, origins_kept: int = 10_000) -> None:
        if per_hour < 1 or origins_kept < 1:
            raise ValueError("at least one")
        self._per_hour = per_hour
        self._clock = clock
        self._origins_kept = origins_kept
        self._key = secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._taken: OrderedDict[bytes, list[float]] = OrderedDict()  # by their last take

    def take(self, origin: str) -> None:
        """Count one request; raises TooManyRequests, and counts nothing, where the hour is full."""
        rooms = self._rooms(origin)
        with self._lock:
            now = self._clock().timestamp()
            self._forget(now - _HOUR_SECONDS)
            for mark, room in rooms.items():
                taken = self._recent(mark, now)
                if taken:
                    self._taken[mark] = taken
                self._refuse_if_full(taken, room, now)
            for mark in rooms:
                self._taken[mark] = [*self._taken.get(mark, ()), now]
                self._taken.move_to_end(mark)
            while len(self._taken) > self._origins_kept:
                self._taken.popitem(last=False)

    def check(self, origin: str) -> None:
        """Raise TooManyRequests where the hour is full; counts nothing itself."""
        rooms = self._rooms(origin)
        with self._lock:
            now = self._clock().timestamp()
            for mark, room in rooms.items():
                self._refuse_if_full(self._recent(mark, now), room, now)

    def give_back(self, origin: str) -> None:
        """Take back the latest counted request of an origin, where it turned out not to count."""
        with self._lock:
            for mark in self._rooms(origin):
                taken = self._taken.get(mark, [])[:-1]
                if taken:
                    self._taken[mark] = taken
                else:
                    self._taken.pop(mark, None)

    def _rooms(self, origin: str) -> dict[bytes, int]:
        """Return a mark for each network of an origin, with how many requests an hour it has."""
        return {self._mark(network): room * self._per_hour for network, room in networks(origin)}

    def _mark(self, network: str) -> bytes:
        subscriber = network.encode("utf-8", "surrogatepass")
        return hashlib.blake2b(subscriber, key=self._key, digest_size=16).digest()

    def _recent(self, mark: bytes, now: float) -> list[float]:
        # a clock that was set back must not make an hour longer
        return [min(at, now) for at in self._taken.get(mark, ()) if at > now - _HOUR_SECONDS]

    def _refuse_if_full(self, taken: list[float], room: int, now: float) -> None:
        if len(taken) >= room:
            left = max(1, math.ceil(taken[0] + _HOUR_SECONDS - now))
            raise TooManyRequests(retry_after_seconds=left)

    def _forget(self, until: float) -> None:
        """Forget the origins that were inactive for an hour."""
        while self._taken:
            oldest = next(iter(self._taken))
            if self._taken[oldest][-1] > until:
                return
            del self._taken[oldest]
