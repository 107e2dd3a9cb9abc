"""Health of a process: alive, without a look at any store; ready, after one read.

GET /healthz (also /health) and GET /readyz (also /ready), for every function and for the gateway.
On run.app Google keeps some addresses that end in z to itself, /healthz among them, so uptime
checks there ask for the names without it. The answers tell strangers nothing but "ok" or
"unavailable", and they can't make it dear: a process reads once in 30 seconds, and by one request
at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from flask import Response

from shared.deployment import Deployment
from shared.http.context import Context
from shared.http.per_deployment import per_deployment
from shared.http.responses import json_reply
from shared.platform import data_version
from shared.platform.errors import AppError, MethodNotAllowed
from shared.platform.settings import DATABASES, Need

ALIVE: Final = frozenset({"/healthz", "/health"})
READY: Final = frozenset({"/readyz", "/ready"})
PATHS: Final = ALIVE | READY

_METHODS = ("GET", "HEAD")
_GOOD_FOR: Final = timedelta(seconds=30)


class Readiness:
    """Whether a database answers, asked at most once in 30 seconds."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._asking = threading.Lock()
        self._asked_at: dict[Need, datetime] = {}
        self._answered: dict[Need, bool] = {}

    def of(self, database: Need) -> bool:
        """Whether it answered; while another request asks it, what it was before."""
        if self._asking.acquire(blocking=False):
            try:
                now = self._deployment.clock()
                asked_at = self._asked_at.get(database)
                if asked_at is None or not timedelta() <= now - asked_at < _GOOD_FOR:
                    self._asked_at[database] = now
                    self._answered[database] = False
                    self._answered[database] = self._answers(database)
            finally:
                self._asking.release()
        return self._answered.get(database, False)

    def _answers(self, database: Need) -> bool:
        try:
            data_version.read(self._deployment.store(database), self._deployment.kelurahan.key)
        except AppError:
            return False
        return True


_readiness = per_deployment(Readiness)


def answer(context: Context, needs: Collection[Need]) -> Response | None:
    """Return the answer at an address of PATHS, None at any other.

    The database that is read is the first of those that the function needs.
    """
    path = context.request.path
    if path not in PATHS:
        return None
    if context.request.method not in _METHODS:
        raise MethodNotAllowed(_METHODS)
    database = next((need for need in needs if need in DATABASES), None)
    is_ok = path in ALIVE or database is None or _readiness(context.deployment).of(database)
    return json_reply({"status": "ok" if is_ok else "unavailable"}, 200 if is_ok else 503)
