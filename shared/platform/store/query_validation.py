"""Validation of queries, done once for both adapters.

Firestore's classic rules: one field with a range at most, and where there is an order, that field
comes first in it. Both adapters then add the document's id, so that every order is total.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from shared.platform.store.port import Query, Value
from shared.platform.store.validation import check_collection_path, check_document_path, value_size

Order = tuple[tuple[str, Literal["asc", "desc"]], ...]
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPERATORS = {"==", "<", "<=", ">", ">="}


def check_query(query: Query) -> Order:
    """Check a query and return its order in effect, without the id at its end.

    ValueError where the port doesn't take it.
    """
    check_collection_path(query.collection)
    if query.limit is not None and (type(query.limit) is not int or query.limit < 1):
        raise ValueError("a limit is a whole number from 1")
    ranged = {name for name, operator, _ in query.where if operator != "=="}
    if len(ranged) > 1:
        raise ValueError("a query has a range on one field at most")
    for name, operator, value in query.where:
        _check_name(name)
        if operator not in _OPERATORS:
            raise ValueError("the query's operator is unknown")
        _check_operand(value, operator)
    for name, direction in query.order:
        _check_name(name)
        if direction not in ("asc", "desc"):
            raise ValueError("a direction is asc or desc")
    order: Order = query.order or tuple((name, "asc") for name in ranged)
    if ranged and order[0][0] not in ranged:
        raise ValueError("the field with a range comes first in the order")
    if len({name for name, _ in order}) != len(order):
        raise ValueError("a field is twice in the order")
    if query.after is not None:
        _check_cursor(query, order)
    return order


def id_direction(order: Order) -> Literal["asc", "desc"]:
    """Return the direction of the id at the end of an order: that of the field before it."""
    return order[-1][1] if order else "asc"


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name) or (name.startswith("__") and name.endswith("__")):
        raise ValueError("a query names its fields by letters, digits and underscores")


def _check_operand(value: Value, operator: str) -> None:
    if not isinstance(value, None | bool | int | float | str | bytes | datetime):
        raise ValueError("a query compares with a single value")
    if operator != "==" and (value is None or value != value):
        raise ValueError("null and NaN have no range")
    value_size(value)


def _check_cursor(query: Query, order: Order) -> None:
    cursor = query.after
    assert cursor is not None
    check_document_path(cursor.path)
    if cursor.path.rsplit("/", 1)[0] != query.collection:
        raise ValueError("the cursor is a document of another collection")
    if cursor.data is None or any(name not in cursor.data for name, _ in order):
        raise ValueError("the cursor lacks a field of the order")
    if any(isinstance(cursor.data[name], list | Mapping) for name, _ in order):
        raise ValueError("the cursor's place is a list or a map")
