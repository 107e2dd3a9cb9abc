"""Validation of documents, paths and sizes by Firestore's limits, for both adapters.

The limits are those of https://firebase.google.com/docs/firestore/quotas, the sizes those of
https://firebase.google.com/docs/firestore/storage-size. Every refusal is a ValueError whose text
is constant: a value never gets into an exception.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from shared.platform.store.port import Increment, Write

MAX_DOCUMENT_BYTES = 1_048_576
MAX_COMMIT_BYTES = 10 * 1_048_576
MAX_VALUE_BYTES = MAX_DOCUMENT_BYTES - 89
MAX_DEPTH = 20
MAX_ID_BYTES = 1_500
MAX_FIELD_PATH_BYTES = 1_500  # of the names down to a field, each counted with one byte more
_INT_MIN, _INT_MAX = -(2**63), 2**63 - 1
_OVERHEAD = 32  # what Firestore adds to every document


def check_document_path(path: str) -> None:
    """Check the path of a document (collection and id take turns); ValueError."""
    _check_path(path, 0)


def check_collection_path(path: str) -> None:
    """Check the path of a collection; ValueError."""
    _check_path(path, 1)


def _check_path(path: str, odd: int) -> None:
    if not isinstance(path, str):
        raise ValueError("a path is text")
    parts = path.split("/")
    if len(parts) % 2 != odd:
        raise ValueError("collection and document ids don't take turns in the path")
    for part in parts:
        if not part or part == "." or part == "..":
            raise ValueError("a part of the path is empty or dots")
        if _is_reserved(part):
            raise ValueError("a part of the path is reserved")
        if len(part) > MAX_ID_BYTES // 4 and _text_bytes(part) > MAX_ID_BYTES:
            raise ValueError("a part of the path is longer than 1,500 bytes")
    if not path.isascii():
        _text_bytes(path)


def document_size(path: str, data: object) -> int:
    """Measure a document in bytes, as Firestore counts; ValueError where it may not be stored."""
    if not isinstance(data, Mapping):
        raise ValueError("a document is a map")
    size = len(path.encode()) + 1 + 16 + _OVERHEAD + _map_size(data, 0, 0)
    if size > MAX_DOCUMENT_BYTES:
        raise ValueError("the document is larger than 1 MiB")
    return size


def write_size(write: Write) -> int:
    """Measure one write of a commit in bytes; ValueError where it may not be made."""
    check_document_path(write.path)
    if write.kind == "delete":
        if write.data:
            raise ValueError("a delete has no data")
        return len(write.path.encode())
    if write.kind in ("create", "set"):
        return document_size(write.path, write.data)
    if write.kind not in ("merge", "update"):
        raise ValueError("the kind of write is unknown")
    plain, increments = split(write.data)
    for increment in increments.values():
        if type(increment.by) is not int:
            raise ValueError("an increment is an integer")
    return document_size(write.path, {**plain, **{n: i.by for n, i in increments.items()}})


def check_commit(writes: Sequence[Write]) -> None:
    """Check that writes may go into one commit; ValueError where Firestore refuses it."""
    kinds: dict[str, str] = {}
    size = 0
    for write in writes:
        size += write_size(write) + 64  # what the wire adds to a write at least
        before = kinds.get(write.path)
        if before is not None and (
            (write.kind == "create" and before != "delete")
            or (write.kind == "update" and before == "delete")
        ):
            raise ValueError("a commit's writes to one document contradict each other")
        kinds[write.path] = write.kind
    if size > MAX_COMMIT_BYTES:
        raise ValueError("the commit is larger than 10 MiB")


def split(data: Mapping[str, object]) -> tuple[dict[str, object], dict[str, Increment]]:
    """Split the fields of a merge or update into values to set and increments."""
    increments = {name: value for name, value in data.items() if isinstance(value, Increment)}
    if not increments:
        return dict(data), increments
    return {name: value for name, value in data.items() if name not in increments}, increments


def incremented(stored: object, by: int) -> int | float:
    """Add to a stored value as Firestore does: no number counts as 0, 64 bits are the bounds."""
    if isinstance(stored, bool) or not isinstance(stored, int | float):
        return by
    if isinstance(stored, float):
        return stored + by
    return max(_INT_MIN, min(_INT_MAX, stored + by))


def value_size(value: object, depth: int = 0, above: int = 0) -> int:
    """Measure a value in bytes, as Firestore counts; ValueError where it may not be stored.

    `depth`: how many maps and lists it stands in; `above`: the bytes of its field's path.
    """
    if isinstance(value, str):
        return _checked_length(_text_bytes(value)) + 1
    if value is None or isinstance(value, bool):
        return 1
    if isinstance(value, int):
        if not _INT_MIN <= value <= _INT_MAX:
            raise ValueError("an integer has more than 64 bits")
        return 8
    if isinstance(value, float):
        return 8
    if isinstance(value, bytes):
        return _checked_length(len(value))
    if isinstance(value, datetime):
        _check_timestamp(value)
        return 8
    if isinstance(value, Mapping):
        return _map_size(value, depth + 1, above)
    if isinstance(value, list | tuple):
        if depth >= MAX_DEPTH:
            raise ValueError("values are nested deeper than 20 levels")
        size = 0
        for item in value:
            if isinstance(item, list | tuple):
                raise ValueError("a list holds a list")
            size += value_size(item, depth + 1, above)
        return size
    raise ValueError("a value is of a type that can't be stored")


def _map_size(data: Mapping[object, object], depth: int, above: int) -> int:
    if depth > MAX_DEPTH:
        raise ValueError("values are nested deeper than 20 levels")
    size = 0
    for name, value in data.items():
        if not isinstance(name, str) or not name or _is_reserved(name):
            raise ValueError("a field's name is not text, empty, or reserved")
        length = _text_bytes(name) + 1
        if above + length > MAX_FIELD_PATH_BYTES:
            raise ValueError("a field's path is longer than 1,500 bytes")
        size += length + value_size(value, depth, above + length)
    return size


def _is_reserved(name: str) -> bool:
    return len(name) > 3 and name.startswith("__") and name.endswith("__")


def _checked_length(length: int) -> int:
    if length > MAX_VALUE_BYTES:
        raise ValueError("a value is larger than 1 MiB less 89 bytes")
    return length


def _check_timestamp(value: datetime) -> None:
    if value.utcoffset() is None:
        raise ValueError("a timestamp has no time zone")
    if not 1 < value.year < 9999:
        try:
            value.astimezone(UTC)
        except OverflowError:
            raise ValueError("a timestamp is out of range") from None


def _text_bytes(text: str) -> int:
    if text.isascii():
        return len(text)
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        raise ValueError("a text holds half a surrogate pair") from None
