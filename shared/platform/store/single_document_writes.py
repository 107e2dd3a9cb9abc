"""Writes of a single document, each a commit of one, the same for every store."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping

from shared.platform.store.port import Data, Increment, Value, Write


class SingleDocumentWrites(ABC):
    """Base class with the port's writes of one document, over a store's own `commit`."""

    @abstractmethod
    def commit(self, writes: Iterable[Write]) -> None:
        """Carry out all writes, or none."""

    def create(self, path: str, data: Data) -> None:
        """Create a document; AlreadyExists where there is one."""
        self.commit([Write("create", path, data)])

    def set(self, path: str, data: Data) -> None:
        """Replace a document, or create it."""
        self.commit([Write("set", path, data)])

    def merge(self, path: str, fields: Mapping[str, Value | Increment]) -> None:
        """Set top-level fields, creating the document if need be."""
        self.commit([Write("merge", path, fields)])

    def update(self, path: str, fields: Mapping[str, Value | Increment]) -> None:
        """Set top-level fields; DocumentMissing where there is no document."""
        self.commit([Write("update", path, fields)])

    def delete(self, path: str) -> None:
        """Delete a document, if it is there."""
        self.commit([Write("delete", path)])
