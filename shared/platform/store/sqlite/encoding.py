"""Encoding of documents for SQLite: JSON whose texts sort as Firestore sorts values.

Every single value becomes a JSON string: one letter for its type, in Firestore's order of types,
then a form that sorts by value. So SQL can compare and index `json_extract(body, '$.field')`, and
nothing is lost on the way back. Lists and maps stay JSON lists and objects.

    null A   false/true B0/B1   NaN C   number D<16 hex><4 hex><kind>   timestamp E<18 digits>
    text F<text>   bytes G<hex>

A number's first part is its nearest double (bits flipped so that they sort), the second what an
integer above 2**53 lacks to it; the kind (i, f, or z for -0.0) comes last and is left out of
comparisons: 1 equals 1.0.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from shared.platform.store.port import Value

NUMBER_KEY_LENGTH = 21  # the part of an encoded number that is compared

_START = datetime.min.replace(tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_double = struct.Struct(">d")
_bits = struct.Struct(">Q")
_SIGN = 1 << 63
_ALL = (1 << 64) - 1
_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode
_from_json = json.JSONDecoder().decode


def encode(data: Mapping[str, object]) -> str:
    """Encode a document's fields (already checked) as the text of its row."""
    return _to_json({str(name): _encoded(value) for name, value in data.items()})


def decode(body: str) -> dict[str, Value]:
    """Decode a document's fields from the text of its row."""
    return {name: _decoded(value) for name, value in _from_json(body).items()}


def key(value: object) -> str:
    """Encode a single value (no list or map) as the text that SQL compares."""
    encoded = _encoded(value)
    assert isinstance(encoded, str)
    return encoded[:NUMBER_KEY_LENGTH] if encoded[0] == "D" else encoded


def _encoded(value: object) -> object:
    if isinstance(value, str):
        return "F" + (_guard(value) if "\0" in value or "\1" in value else value)
    if value is None:
        return "A"
    if isinstance(value, bool):
        return "B1" if value else "B0"
    if isinstance(value, int):
        return _integer(int(value))
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, bytes):
        return "G" + value.hex()
    if isinstance(value, datetime):
        return f"E{(value - _START) // _MICROSECOND:018d}"
    if isinstance(value, Mapping):
        return {str(name): _encoded(item) for name, item in value.items()}
    return [_encoded(item) for item in value]  # type: ignore[attr-defined]


def _decoded(value: object) -> Value:
    if isinstance(value, str):
        return _READERS[value[0]](value)
    if isinstance(value, dict):
        return {name: _decoded(item) for name, item in value.items()}
    return [_decoded(item) for item in value]  # type: ignore[attr-defined]


# JSON functions of SQLite end a text at NUL, so NUL is written as two characters that sort alike.
def _guard(text: str) -> str:
    return text.replace("\1", "\1\2").replace("\0", "\1\1")


def _text(encoded: str) -> str:
    text = encoded[1:]
    if "\1" in text:
        text = text.replace("\1\1", "\0").replace("\1\2", "\1")
    return text


def _sortable(number: float) -> int:
    (bits,) = _bits.unpack(_double.pack(number))
    return int(bits ^ _ALL if bits & _SIGN else bits | _SIGN)


def _integer(number: int) -> str:
    near = float(number)
    return f"D{_sortable(near):016x}{number - int(near) + 0x8000:04x}i"


def _float(number: float) -> str:
    if math.isnan(number):
        return "C"
    kind = "z" if number == 0 and math.copysign(1, number) < 0 else "f"
    return f"D{_sortable(number + 0.0):016x}8000{kind}"


def _number(encoded: str) -> int | float:
    if encoded[-1] == "z":
        return -0.0
    bits = int(encoded[1:17], 16)
    (near,) = _double.unpack(_bits.pack(bits & ~_SIGN if bits & _SIGN else bits ^ _ALL))
    if encoded[-1] == "f":
        return float(near)
    return int(near) + int(encoded[17:21], 16) - 0x8000


_READERS: dict[str, Callable[[str], Value]] = {
    "A": lambda _: None,
    "B": lambda encoded: encoded == "B1",
    "C": lambda _: math.nan,
    "D": _number,
    "E": lambda encoded: _START + timedelta(microseconds=int(encoded[1:])),
    "F": _text,
    "G": lambda encoded: bytes.fromhex(encoded[1:]),
}
