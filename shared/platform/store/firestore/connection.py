"""Connection of the Firestore adapter: Google's client, opened at the first call."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from google.api_core import exceptions
from google.api_core.retry import Retry, if_exception_type
from google.auth.exceptions import GoogleAuthError
from google.cloud import firestore
from google.cloud.firestore_v1 import types

from shared.platform.errors import Unavailable
from shared.platform.store.firestore.errors import translate_error
from shared.platform.store.validation import check_document_path

# What the client repeats by itself, and how; for how long is the store's to say.
_READS = Retry(
    if_exception_type(
        exceptions.DeadlineExceeded, exceptions.InternalServerError, exceptions.ServiceUnavailable
    ),
    initial=0.1,
    multiplier=1.3,
)
_WRITES = _READS.with_predicate(
    if_exception_type(exceptions.ResourceExhausted, exceptions.ServiceUnavailable)
)


class Connection:
    """Calls to one database; every error that leaves it is one of the application's.

    `root`: the name of the documents' root, ending in a slash. `reads`, `writes`: how the calls are
    repeated while no server answers, for `patience_seconds` at the longest.
    """

    def __init__(self, project: str, database: str, patience_seconds: float) -> None:
        self.root = f"projects/{project}/databases/{database}/documents/"
        self.reads = _READS.with_timeout(patience_seconds)
        self.writes = _WRITES.with_timeout(patience_seconds)
        self._project = project
        self._database = database
        self._client: firestore.Client | None = None
        self._closed = False
        self._lock = threading.Lock()

    def read(self, paths: Sequence[str], transaction: Any = None) -> list[Any]:
        """Read documents as the client's snapshots, in the order asked."""
        for path in paths:
            check_document_path(path)
        with self.calling() as client:
            asked = [client.document(path) for path in dict.fromkeys(paths)]
            answers = client.get_all(asked, transaction=transaction, retry=self.reads)
            found = {each.reference.path: each for each in answers}
        return [found[path] for path in paths]

    def send(self, messages: list[types.Write], retry: Retry | None) -> None:
        """Send a commit, once where `retry` is None; Aborted where another writer goes first."""
        with self.calling(writing=True) as client:
            batch = client.batch()
            batch._add_write_pbs(messages)
            batch.commit(retry=retry)

    @contextmanager
    def calling(self, *, writing: bool = False) -> Iterator[firestore.Client]:
        """Provide the client, and raise the application's errors in place of Google's."""
        try:
            yield self._opened()
        except (exceptions.GoogleAPIError, GoogleAuthError) as error:
            raise translate_error(error, writing=writing) from None
        except ValueError:  # what gRPC says when the channel was closed meanwhile
            if self._closed:
                raise Unavailable(code="CLOSED") from None
            raise

    def _opened(self) -> firestore.Client:
        with self._lock:
            if self._closed:
                raise Unavailable(code="CLOSED")
            if self._client is None:
                client = firestore.Client(self._project, database=self._database)
                _ = client._firestore_api  # opens the channel: two threads would open two
                self._client = client
            return self._client

    def close(self) -> None:
        """Close the channel; calls under way end as Unavailable."""
        with self._lock:
            self._closed = True
            if self._client is not None:
                self._client._firestore_api.transport.close()
