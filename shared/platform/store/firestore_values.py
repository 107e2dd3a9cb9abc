"""How the Firestore adapter says documents, writes and queries in the API's own messages.

The plain protobuf messages are used, without their proto-plus wrappers: at a lookup's size these
cost more than everything else that this process does.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from google.cloud.firestore_v1 import types

from shared.platform.store.port import Increment, Query, Value, Write
from shared.platform.store.queries import check_query, id_direction
from shared.platform.store.values import split

_Value = types.Value.pb()
_Write = types.Write.pb()
_StructuredQuery = types.StructuredQuery.pb()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_ASCENDING, _DESCENDING = 1, 2
_DIRECTION = {"asc": _ASCENDING, "desc": _DESCENDING}
_OPERATOR = {"<": 1, "<=": 2, ">": 3, ">=": 4, "==": 5}
_IS_NAN, _IS_NULL = 2, 3


def encode(value: object) -> Any:
    """A value (already checked) as a message."""
    message = _Value()
    _put(message, value)
    return message


def _put(message: Any, value: object) -> None:
    if isinstance(value, str):
        message.string_value = value
    elif value is None:
        message.null_value = 0
    elif isinstance(value, bool):
        message.boolean_value = value
    elif isinstance(value, int):
        message.integer_value = value
    elif isinstance(value, float):
        message.double_value = value
    elif isinstance(value, bytes):
        message.bytes_value = value
    elif isinstance(value, datetime):
        seconds, microseconds = divmod((value - _EPOCH) // _MICROSECOND, 1_000_000)
        message.timestamp_value.seconds = seconds
        message.timestamp_value.nanos = microseconds * 1000
    elif isinstance(value, Mapping):
        message.map_value.SetInParent()
        fill(message.map_value.fields, value)
    else:
        message.array_value.SetInParent()
        items = message.array_value.values
        for item in value:  # type: ignore[attr-defined]
            _put(items.add(), item)


def fill(fields: Any, data: Mapping[str, object]) -> None:
    """Put a document's fields into a message's map of them."""
    for name, value in data.items():
        _put(fields[name], value)


def decode_fields(fields: Any) -> dict[str, Value]:
    """A document's fields from a message's map of them."""
    return {name: decode(value) for name, value in fields.items()}


def decode(message: Any) -> Value:
    """A value from its message."""
    kind = message.WhichOneof("value_type")
    if kind == "map_value":
        return decode_fields(message.map_value.fields)
    if kind == "array_value":
        return [decode(item) for item in message.array_value.values]
    if kind == "timestamp_value":
        stamp = message.timestamp_value
        return _EPOCH + timedelta(seconds=stamp.seconds, microseconds=stamp.nanos // 1000)
    if kind == "null_value":
        return None
    value: Value = getattr(message, kind)
    return value


def write_message(write: Write, prefix: str) -> Any:
    """One write of a commit; `prefix` is the documents' root, ending in a slash."""
    name = prefix + write.path
    if write.kind == "delete":
        return _Write(delete=name)
    message = _Write()
    message.update.name = name
    plain, increments = split(write.data)
    fill(message.update.fields, plain)
    if write.kind in ("create", "update"):
        message.current_document.exists = write.kind == "update"
    if write.kind in ("merge", "update"):
        message.update_mask.SetInParent()
        message.update_mask.field_paths.extend(map(_quoted, plain))
    for field, increment in increments.items():
        transform = message.update_transforms.add(field_path=_quoted(field))
        transform.increment.integer_value = increment.by
    return message


def repeatable(write: Write) -> bool:
    """May the write be sent again when no answer came, without doing it twice?"""
    return write.kind != "create" and not any(
        isinstance(value, Increment) for value in write.data.values()
    )


def query_message(query: Query, prefix: str) -> Any:
    """A query; ValueError where the port doesn't take it."""
    order = check_query(query)
    message = _StructuredQuery()
    message.from_.add(collection_id=query.collection.rsplit("/", 1)[-1])
    filters = message.where.composite_filter
    for name, operator, value in query.where:
        one = filters.filters.add()
        if value is None or value != value:
            one.unary_filter.field.field_path = name
            one.unary_filter.op = _IS_NULL if value is None else _IS_NAN
            continue
        one.field_filter.field.field_path = name
        one.field_filter.op = _OPERATOR[operator]
        one.field_filter.value.CopyFrom(encode(value))
    if query.where:
        filters.op = 1
    else:
        message.ClearField("where")
    for name, direction in (*order, ("__name__", id_direction(order))):
        message.order_by.add(direction=_DIRECTION[direction]).field.field_path = name
    if query.limit is not None:
        message.limit.value = query.limit
    if query.after is not None:
        assert query.after.data is not None
        message.start_at.values.extend(encode(query.after.data[name]) for name, _ in order)
        message.start_at.values.add(reference_value=prefix + query.after.path)
    return message


def _quoted(name: str) -> str:
    """A top-level field's name as a field path: dots and the like in it are no path."""
    if name.isidentifier() and name.isascii():
        return name
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"
