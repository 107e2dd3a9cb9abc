"""Recording gRPC server in Firestore's place: it answers every call with a minimal valid message.

What a client sends (method, headers, request) is kept, and calls can be made to fail.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, NamedTuple

import grpc
from google.cloud.firestore_v1 import types
from google.protobuf.empty_pb2 import Empty

WRITTEN_AT = datetime(2026, 11, 24, 3, 4, 5, 678901, tzinfo=UTC)
_SERVICE = "/google.firestore.v1.Firestore/"
_REQUESTS = {
    "BatchGetDocuments": types.BatchGetDocumentsRequest,
    "RunQuery": types.RunQueryRequest,
    "RunAggregationQuery": types.RunAggregationQueryRequest,
    "BeginTransaction": types.BeginTransactionRequest,
    "Commit": types.CommitRequest,
    "Rollback": types.RollbackRequest,
}
_STREAMS = {"BatchGetDocuments", "RunQuery", "RunAggregationQuery"}


class Call(NamedTuple):
    """One call as it arrived; `headers` are sorted."""

    method: str
    headers: list[tuple[str, str]]
    request: Any


class RecordingServer(grpc.GenericRpcHandler):
    """A server on `address` ("127.0.0.1:port"); every document is found, with a field `n` of 1."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.documents = 1  # how many a query finds
        self.breaks_after: int | None = None  # of a query's documents, once
        self.gate = threading.Event()  # no answer before it is set
        self.gate.set()
        self._statuses: list[grpc.StatusCode] = []
        self._pool = ThreadPoolExecutor(4)
        self._server = grpc.server(self._pool, handlers=[self])
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()

    @property
    def methods(self) -> list[str]:
        """The methods called, in order."""
        return [call.method for call in self.calls]

    def fail(self, *statuses: grpc.StatusCode) -> None:
        """Answer the next calls with these statuses, then as usual."""
        self._statuses = list(statuses)

    def stop(self) -> None:
        """End it, and the calls under way."""
        self.gate.set()
        self._server.stop(0).wait()
        self._pool.shutdown()

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        """Serve a method (called by gRPC)."""
        method = details.method.removeprefix(_SERVICE)
        read = _REQUESTS[method].deserialize

        def answers(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
            headers = [(str(key), str(value)) for key, value in context.invocation_metadata()]
            self.calls.append(Call(method, sorted(headers), request))
            self.gate.wait(30)
            if self._statuses:
                context.abort(self._statuses.pop(0), f"about {request}")
            for number, answer in enumerate(self._answers(method, request)):
                if method == "RunQuery" and number == self.breaks_after:
                    self.breaks_after = None
                    context.abort(grpc.StatusCode.UNAVAILABLE, "broken off")
                yield answer

        def answer(request: Any, context: grpc.ServicerContext) -> Any:
            return next(answers(request, context))

        if method in _STREAMS:
            return grpc.unary_stream_rpc_method_handler(answers, read, _serialized)
        return grpc.unary_unary_rpc_method_handler(answer, read, _serialized)

    def _answers(self, method: str, request: Any) -> Iterator[Any]:
        if method == "BatchGetDocuments":
            for name in request.documents:
                yield types.BatchGetDocumentsResponse(found=_document(name), read_time=WRITTEN_AT)
        elif method == "RunQuery":
            collection = request.structured_query.from_[0].collection_id
            for number in range(self.documents):
                found = _document(f"{request.parent}/{collection}/{number}")
                yield types.RunQueryResponse(document=found, read_time=WRITTEN_AT)
        elif method == "RunAggregationQuery":
            alias = request.structured_aggregation_query.aggregations[0].alias or "field_1"
            result = types.AggregationResult(
                aggregate_fields={alias: types.Value(integer_value=self.documents)}
            )
            yield types.RunAggregationQueryResponse(result=result, read_time=WRITTEN_AT)
        elif method == "BeginTransaction":
            yield types.BeginTransactionResponse(transaction=b"transaction")
        elif method == "Commit":
            results = [types.WriteResult(update_time=WRITTEN_AT) for _ in request.writes]
            yield types.CommitResponse(write_results=results, commit_time=WRITTEN_AT)
        else:
            yield Empty()


def _document(name: str) -> types.Document:
    fields = {"n": types.Value(integer_value=1)}
    return types.Document(name=name, fields=fields, create_time=WRITTEN_AT, update_time=WRITTEN_AT)


def _serialized(message: Any) -> bytes:
    data: bytes = getattr(message, "_pb", message).SerializeToString()
    return data
