"""Document stores: one port with an adapter for Firestore and one for SQLite.

The port's names are imported from here.
"""

from shared.platform.store.port import (
    Data,
    Increment,
    Query,
    Snapshot,
    Store,
    Transaction,
    Value,
    Write,
)
from shared.platform.store.query_shapes import QueryShape, declare

__all__ = [
    "Data",
    "Increment",
    "Query",
    "QueryShape",
    "Snapshot",
    "Store",
    "Transaction",
    "Value",
    "Write",
    "declare",
]
