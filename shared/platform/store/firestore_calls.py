"""The calls of Firestore's API: where they go, how long they may take, what their errors mean.

Google's exceptions name the documents they concern, so none leaves this module: each becomes an
application error that carries at most the name of its status.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import grpc
from google.auth.exceptions import GoogleAuthError
from google.cloud.firestore_v1 import types
from google.cloud.firestore_v1.services.firestore import FirestoreClient
from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport

from shared.platform.errors import AlreadyExists, Broken, DocumentMissing, Unavailable

_READ_SECONDS = 15.0
_LONG_SECONDS = 60.0
_SENDINGS = 3
_SERVICE = "/google.firestore.v1.Firestore/"
_OPTIONS = [  # those of Google's own client
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", -1),
]
_Status = grpc.StatusCode
_TRANSIENT = {_Status.UNAVAILABLE, _Status.INTERNAL}  # as Google's own client sees it
_Call = Callable[[Any, float], list[Any]]


class Aborted(Exception):
    """Somebody else went first, or a document read has changed since; nothing was written."""


class Calls:
    """The methods of the API that the store uses, on one channel to one database."""

    def __init__(self, database: str) -> None:
        self._closed = False
        self._metadata = [
            ("google-cloud-resource-prefix", database),
            ("x-goog-request-params", f"database={quote(database, safe='')}"),
        ]
        emulator = os.environ.get("FIRESTORE_EMULATOR_HOST")
        if emulator:
            self._metadata.append(("authorization", "Bearer owner"))
            self._channel = grpc.insecure_channel(emulator, options=_OPTIONS)
        else:
            host = FirestoreClient.DEFAULT_ENDPOINT
            try:
                self._channel = FirestoreGrpcTransport.create_channel(host, options=_OPTIONS)
            except GoogleAuthError:
                raise Unavailable(code="NO_CREDENTIALS") from None
        self._batch_get = self._stream("BatchGetDocuments", types.BatchGetDocumentsResponse)
        self._run_query = self._stream("RunQuery", types.RunQueryResponse)
        self._aggregate = self._stream("RunAggregationQuery", types.RunAggregationQueryResponse)
        self._commit = self._unary("Commit", types.CommitResponse.pb().FromString)
        self._rollback = self._unary("Rollback", None)

    def batch_get(self, request: Any) -> list[Any]:
        """Read documents; in a transaction, Aborted where another one goes first."""
        if request.WhichOneof("consistency_selector"):
            return self._answer(self._batch_get, request, _LONG_SECONDS, again=False)
        return self._answer(self._batch_get, request, _READ_SECONDS, again=True)

    def run_query(self, request: Any) -> list[Any]:
        """Carry out a query; Broken where it lacks its index."""
        return self._answer(self._run_query, request, _LONG_SECONDS, again=True)

    def run_aggregation(self, request: Any) -> list[Any]:
        """Carry out a count; Broken where it lacks its index."""
        return self._answer(self._aggregate, request, _LONG_SECONDS, again=True)

    def commit(self, request: Any, *, again: bool) -> None:
        """Carry out writes, or raise Aborted; `again`: it does no harm to send them twice."""
        self._answer(self._commit, request, _LONG_SECONDS, again=again)

    def rollback(self, request: Any) -> None:
        """End a transaction without its writes."""
        self._answer(self._rollback, request, _READ_SECONDS, again=False)

    def close(self) -> None:
        """Close the channel; calls under way end as Unavailable."""
        self._closed = True
        self._channel.close()

    def _unary(self, name: str, read: Any) -> _Call:
        call = self._channel.unary_unary(_SERVICE + name, _serialized, read)
        return lambda request, seconds: [call(request, seconds, self._metadata)]

    def _stream(self, name: str, answer: Any) -> _Call:
        call = self._channel.unary_stream(_SERVICE + name, _serialized, answer.pb().FromString)
        return lambda request, seconds: list(call(request, seconds, self._metadata))

    def _answer(self, call: _Call, request: Any, seconds: float, *, again: bool) -> list[Any]:
        """Call, up to three times while no server answers and sending twice does no harm."""
        for sending in range(_SENDINGS):
            if self._closed:
                break
            try:
                return call(request, seconds)
            except grpc.RpcError as error:
                status = error.code()
            except ValueError:  # what gRPC says when the channel was closed meanwhile
                if self._closed:
                    break
                raise
            if status not in _TRANSIENT or not again or sending == _SENDINGS - 1:
                raise _meaning(status, writing=call is self._commit)
            pause(sending + 1)
        raise Unavailable(code="CLOSED")


def pause(lost: int) -> None:
    """Wait after `lost` attempts in vain: longer each time, and not as long as the others do."""
    time.sleep(min(1.6, 0.05 * 2**lost) * random.uniform(0.5, 1.5))  # noqa: S311


def _serialized(message: Any) -> bytes:
    data: bytes = message.SerializeToString()
    return data


def _meaning(status: Any, *, writing: bool) -> Exception:
    """What a status of gRPC says in the application's terms."""
    if status is _Status.ABORTED or (status is _Status.FAILED_PRECONDITION and writing):
        return Aborted()
    if status is _Status.ALREADY_EXISTS:
        return AlreadyExists()
    if status is _Status.NOT_FOUND and writing:
        return DocumentMissing()
    if status is _Status.FAILED_PRECONDITION and not writing:
        return Broken(code="INDEX_MISSING")
    if status is _Status.INVALID_ARGUMENT:
        return ValueError("Firestore refuses the request")
    return Unavailable(code=status.name)
