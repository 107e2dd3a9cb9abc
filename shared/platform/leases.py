"""Leases: one holder of a job at a time, in a document with an expiry."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final

from shared.platform.clock import Clock
from shared.platform.document_format import DocumentFormat
from shared.platform.errors import AppError, Busy
from shared.platform.store.port import Store, Transaction, Value, Write

FORMAT: Final = DocumentFormat("registry", "leases", schema=1)
LONGEST_SECONDS: Final = 60 * 60
SKEW: Final = timedelta(minutes=5)
"""How far the clocks of two machines may differ."""

_LONGEST: Final = timedelta(seconds=LONGEST_SECONDS)


class Lease:
    """A lease that is held. `token` is new for each holding."""

    def __init__(self, leases: Leases, name: str, owner: str, ttl_seconds: int, token: str) -> None:
        self.name = name
        self.owner = owner
        self.token = token
        self._leases = leases
        self._ttl_seconds = ttl_seconds

    def renew(self) -> None:
        """Extend the lease to `ttl_seconds` from now; raises Busy where another holds it by now."""
        self._leases._extend(self.name, self.token, self._ttl_seconds)


class Leases:
    """The leases of one kelurahan, at kelurahan/<key>/leases/<name>."""

    def __init__(
        self,
        store: Store,
        kelurahan_key: str,
        clock: Clock,
        new_token: Callable[[], str] = lambda: secrets.token_hex(8),
    ) -> None:
        self._store = store
        self._folder = f"kelurahan/{kelurahan_key}/leases"
        self._clock = clock
        self._new_token = new_token

    @contextmanager
    def hold(self, name: str, owner: str, ttl_seconds: int) -> Iterator[Lease]:
        """Hold a lease for the length of a block; raises Busy where somebody else holds it.

        `owner` (a staff id or the name of a job) is kept for the people who look into it.
        `ttl_seconds`: at most an hour; ValueError for more.
        """
        if ttl_seconds > LONGEST_SECONDS:
            raise ValueError("a lease of more than an hour")
        token = self._new_token()
        self._take(name, owner, token, ttl_seconds)
        try:
            yield Lease(self, name, owner, ttl_seconds, token)
        finally:
            # where the store fails now, the lease expires on its own; the block's outcome stands
            with contextlib.suppress(AppError):
                self._release(name, token)

    def holder(self, name: str) -> str | None:
        """Return who holds the lease now, if anybody does."""
        data = self._store.get(self._path(name)).data
        return str(data["owner"]) if data and self._is_live(data) else None

    def _path(self, name: str) -> str:
        return f"{self._folder}/{name}"

    def _is_live(self, data: dict[str, Any]) -> bool:
        """Whether it still stands in the way.

        One that lies in the future was begun by a wrong clock, which has been put right since, or
        was forged. It would stand in the way until its future comes, so it is void; a holder that
        is alive after all learns so when it renews.
        """
        now, begun, expires_at = self._clock(), data["updated_at"], data["expires_at"]
        assert isinstance(begun, datetime)
        assert isinstance(expires_at, datetime)
        is_possible = begun <= now + SKEW and expires_at - begun <= _LONGEST
        return is_possible and expires_at > now

    def _take(self, name: str, owner: str, token: str, ttl_seconds: int) -> None:
        def work(transaction: Transaction) -> None:
            data = transaction.get(self._path(name)).data
            # its own token: a commit that was carried out, and whose answer was lost
            if data is not None and self._is_live(data) and data["token"] != token:
                raise Busy
            now = self._clock()
            fields: dict[str, Value] = {
                "schema": FORMAT.schema,
                "owner": owner,
                "token": token,
                "created_at": now,
                "updated_at": now,
                "expires_at": now + timedelta(seconds=ttl_seconds),
            }
            transaction.write(Write("set", self._path(name), fields))

        self._store.run(work)

    def _extend(self, name: str, token: str, ttl_seconds: int) -> None:
        def work(transaction: Transaction) -> None:
            data = transaction.get(self._path(name)).data
            # one that has run out but was taken by nobody may be taken up again
            if data is None or data["token"] != token:
                raise Busy
            now = self._clock()
            fields = {"updated_at": now, "expires_at": now + timedelta(seconds=ttl_seconds)}
            transaction.write(Write("update", self._path(name), fields))

        self._store.run(work)

    def _release(self, name: str, token: str) -> None:
        def work(transaction: Transaction) -> None:
            data = transaction.get(self._path(name)).data
            if data is not None and data["token"] == token:
                transaction.write(Write("delete", self._path(name)))

        self._store.run(work)
