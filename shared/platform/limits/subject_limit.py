"""Daily limit on how many different subjects an address may ask about, kept in memory.

It counts successes too, which must not cost a write. Addresses and subjects are kept as hashes
under a key that was drawn for this process and dies with it, and until midnight at most.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections import OrderedDict
from datetime import date

from shared.platform.clock import JAKARTA, Clock, seconds_left_today, today
from shared.platform.errors import TooManyRequests
from shared.platform.limits.client_networks import networks


class SubjectLimit:
    """A limit of `per_address` different subjects a day for an address; threads may share it.

    An IPv6 address counts for its wider networks too, which have more room (client_networks.py);
    unknown addresses ("") count as one. At most `networks_kept` networks are remembered: beyond
    that, the one that was inactive for longest is forgotten.
    """

    def __init__(
        self,
        per_address: int,
        clock: Clock,
        timezone: str = JAKARTA,
        *,
        networks_kept: int = 5_000,
    ) -> None:
        if per_address < 1 or networks_kept < 1:
            raise ValueError("at least one")
        self._per_address = per_address
        self._clock = clock
        self._timezone = timezone
        self._networks_kept = networks_kept
        self._key = secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._day: date | None = None
        self._asked: OrderedDict[bytes, set[bytes]] = OrderedDict()  # by their last question

    def take(self, origin: str, subject: str) -> None:
        """Count a subject for an address; TooManyRequests where it is new, and one too many.

        What was refused isn't counted, and what was counted before is never refused.
        """
        rooms = {self._mark(each): room * self._per_address for each, room in networks(origin)}
        asked = self._mark(subject)
        with self._lock:
            self._begin_day()
            for mark, room in rooms.items():
                known = self._asked.get(mark, set())
                if len(known) >= room and asked not in known:
                    left = seconds_left_today(self._clock, self._timezone)
                    raise TooManyRequests(retry_after_seconds=left)
            for mark in rooms:
                self._asked.setdefault(mark, set()).add(asked)
                self._asked.move_to_end(mark)
            while len(self._asked) > self._networks_kept:
                self._asked.popitem(last=False)

    def _begin_day(self) -> None:
        day = today(self._clock, self._timezone)
        if day != self._day:
            self._day = day
            self._asked.clear()

    def _mark(self, text: str) -> bytes:
        data = text.encode("utf-8", "surrogatepass")
        return hashlib.blake2b(data, key=self._key, digest_size=12).digest()
