"""What may be stored and comes back unchanged, and what every store refuses."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from shared.platform.store import Increment, Query, Store, Write

A = "kelurahan/k/things/a"
SECRET = "do-not-tell"


class Colour(StrEnum):
    RED = "red"


class Size(IntEnum):
    LARGE = 3


VALUES: list[Any] = [
    None,
    True,
    False,
    0,
    1,
    -1,
    2**53 + 1,
    -(2**53) - 1,
    2**63 - 1,
    -(2**63),
    0.0,
    -0.0,
    1.0,
    0.1,
    5e-324,
    1.7976931348623157e308,
    math.inf,
    -math.inf,
    math.nan,
    "",
    "Sri Ayu",
    "ꦱꦿꦶ 👵 \u200b\ufeff",
    "\0 \1 \1\1 \1\2 \x7f",
    '"\\/',
    "\ud7ff\ue000\uffff\U0010ffff",
    b"",
    bytes(range(256)),
    datetime(2026, 11, 24, 3, 4, 5, 678901, tzinfo=UTC),
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    [],
    [1, 1.0, "x", b"x", None, {"a": [1, {"b": []}]}],
    {},
    {"a": {"b": {"c": [{}]}}, "a.b": 1, "é": 2, "__": 3, "___": 4},
]


def same(left: Any, right: Any) -> bool:
    """Equal, of the same type all through, with NaN equal to itself and -0.0 not to 0.0."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[k], right[k]) for k in left)
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, float):
        return repr(left) == repr(right)
    if isinstance(left, datetime):
        return bool(left == right and left.tzinfo is UTC and right.tzinfo is UTC)
    return bool(left == right)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: ascii(value)[:40])
def test_a_value_comes_back_as_it_was(store: Store, value: Any) -> None:
    store.set(A, {"v": value, "nested": {"v": [value] if not isinstance(value, list) else value}})
    data = store.get(A).data
    assert data is not None
    nested = data["nested"]
    assert same(data["v"], value)
    assert same(nested, {"v": [value] if not isinstance(value, list) else value})


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
names = texts.filter(lambda t: t and not (t.startswith("__") and t.endswith("__")))
stamps = st.datetimes(timezones=st.just(UTC))
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    texts,
    st.binary(max_size=40),
    stamps,
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner.filter(lambda v: not isinstance(v, list)), max_size=4),
        st.dictionaries(names, inner, max_size=4),
    ),
    max_leaves=12,
)


@given(data=st.dictionaries(names, values, max_size=5))
@example(data={"\0": {"\1": "\0"}, "D": "D", "A": {"A": None}})
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_document_comes_back_as_it_was(store: Store, data: dict[str, Any]) -> None:
    store.set(A, data)
    assert same(store.get(A).data, data)
    store.merge(A, data)
    assert same(store.get(A).data, data)


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        (Colour.RED, "red"),
        (Size.LARGE, 3),
        ((1, 2), [1, 2]),
        (MappingProxyType({"a": 1}), {"a": 1}),
        (
            datetime(2026, 11, 24, 10, tzinfo=timezone(timedelta(hours=7))),
            datetime(2026, 11, 24, 3, tzinfo=UTC),
        ),
    ],
)
def test_kin_of_a_type_are_stored_as_the_type(store: Store, given: Any, stored: Any) -> None:
    store.set(A, {"v": given})
    data = store.get(A).data
    assert data is not None
    assert same(data["v"], stored)


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"m": value}
    return value


REFUSED: dict[str, Any] = {
    "naive datetime": datetime(2026, 1, 1),  # noqa: DTZ001
    "date": date(2026, 1, 1),
    "decimal": Decimal("1.5"),
    "int of 65 bits": 2**63,
    "negative int of 65 bits": -(2**63) - 1,
    "set": {SECRET},
    "bytearray": bytearray(b"x"),
    "object": object(),
    "list in a list": [[SECRET]],
    "tuple in a list": [(SECRET,)],
    "half a surrogate pair": SECRET + "\ud800",
    "key that is no text": {1: SECRET},
    "empty key": {"": SECRET},
    "reserved key": {f"__{SECRET}__": 1},
    "too long key": {SECRET * 200: 1},
    "key with half a surrogate pair": {SECRET + "\udfff": 1},
    "path of names too long": {SECRET * 80: {"x" * 740: 1}},
    "path of names through a list too long": {"x" * 760: [{SECRET * 80: 1}]},
    "too deep": nested(21),
    "too deep with a list": {"m": [nested(19)]},
    "increment inside": {"a": Increment()},
    "timestamp before the first": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=7))),
    "timestamp after the last": datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-7))),
    "1 MiB of text": SECRET * 96_000,
    "1 MiB of bytes": bytes(1_048_576),
    "1 MiB of numbers": {"n": [1] * 131_100},
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_value_that_firestore_refuses_is_refused(store: Store, name: str) -> None:
    value = REFUSED[name]
    attempts = [
        Write("set", A, {"v": value}),
        Write("create", A, {"v": value}),
        Write("merge", A, {"v": value}),
        Write("set", A, {"v": {"inner": value}}),
    ]
    for write in attempts:
        with pytest.raises(ValueError) as caught:
            store.commit([Write("set", "kelurahan/k/things/b", {}), write])
        assert SECRET not in str(caught.value)
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert not store.get(A).exists
    assert not store.get("kelurahan/k/things/b").exists


@pytest.mark.parametrize("value", [nested(20), [nested(19)]], ids=["maps", "a list of maps"])
def test_values_may_be_nested_20_levels(store: Store, value: Any) -> None:
    store.set(A, {"v": value})
    assert store.get(A).data == {"v": value}
    with pytest.raises(ValueError, match="nested"):
        store.set(A, {"v": {"m": value}})


@pytest.mark.parametrize("letter", ["x", "é", "."])
def test_names_down_to_a_field_may_have_1500_bytes(store: Store, letter: str) -> None:
    name = letter * ((1_500 // 2 - 1) // len(letter.encode()))
    store.merge(A, {name: {name: 1}})
    assert store.get(A).data == {name: {name: 1}}


@pytest.mark.parametrize("increment", [1.5, True, 2**63, "1", None])
def test_an_increment_is_an_integer(store: Store, increment: Any) -> None:
    with pytest.raises(ValueError):
        store.merge(A, {"n": Increment(increment)})


@pytest.mark.parametrize("kind", ["set", "create"])
def test_increments_are_for_changes_alone(store: Store, kind: Any) -> None:
    with pytest.raises(ValueError):
        store.commit([Write(kind, A, {"n": Increment()})])


PATHS = [
    "",
    "kelurahan",
    "kelurahan/k/things",
    "/a",
    "a/",
    "a//b/c",
    "/kelurahan/k",
    "kelurahan/k/",
    "kelurahan/.",
    "kelurahan/..",
    "./k",
    "kelurahan/__k__",
    "__kelurahan__/k",
    "kelurahan/" + SECRET * 200,
    "kelurahan/\ud800",
]


@pytest.mark.parametrize("path", PATHS)
def test_a_path_that_firestore_refuses_is_refused(store: Store, path: str) -> None:
    attempts = [
        lambda: store.get(path),
        lambda: store.get_many([A, path]),
        lambda: store.set(path, {}),
        lambda: store.commit([Write("delete", path)]),
        lambda: store.run(lambda transaction: transaction.get(path)),
        lambda: store.run(lambda transaction: transaction.write(Write("set", path, {}))),
        lambda: store.query(Query(path + "/x")),
        lambda: store.count(Query(path + "/x")),
    ]
    for attempt in attempts[: None if path not in ("kelurahan", "kelurahan/k/things") else 6]:
        with pytest.raises(ValueError) as caught:
            attempt()
        assert SECRET not in str(caught.value)


@pytest.mark.parametrize("path", ["k k/ü", "a/~b", "a/%2F", "a/...", "a/x" + "y" * 1499, "_/__"])
def test_unusual_paths_are_taken(store: Store, path: str) -> None:
    store.set(path, {"n": 1})
    assert store.get(path).data == {"n": 1}
    collection = path.split("/")[0]
    assert [found.path for found in store.query(Query(collection))] == [path]


def test_a_document_of_just_1_mib_is_taken(store: Store) -> None:
    rest = 1_048_576 - 32 - 16 - len(A) - 1 - 2 * len("x") - 2
    data = {"x": bytes(rest // 2), "y": bytes(rest - rest // 2)}
    store.set(A, data)
    assert store.get(A).data == data
    with pytest.raises(ValueError, match="1 MiB"):
        store.set(A, {"x": data["x"], "y": data["y"] + b"x"})


@pytest.mark.parametrize("value", [bytes(1_048_487), "x" * 1_048_487], ids=["bytes", "text"])
def test_a_value_has_89_bytes_less(store: Store, value: Any) -> None:
    path = "a/b"
    store.set(path, {"v": value})
    assert store.get(path).data == {"v": value}
    with pytest.raises(ValueError, match="89"):
        store.set(path, {"v": value + value[:1]})


def test_a_document_may_not_grow_beyond_1_mib(store: Store) -> None:
    store.set(A, {"one": bytes(600_000)})
    with pytest.raises(ValueError):
        store.merge(A, {"two": bytes(600_000)})
    assert store.get(A).data == {"one": bytes(600_000)}


def test_a_commit_over_10_mib_is_refused_whole(store: Store) -> None:
    writes = [Write("set", f"kelurahan/k/things/{n}", {"b": bytes(1_000_000)}) for n in range(11)]
    with pytest.raises(ValueError, match="10 MiB"):
        store.commit(writes)
    with pytest.raises(ValueError, match="10 MiB"):
        store.run(lambda transaction: transaction.write(*writes))
    assert not store.get(writes[0].path).exists
    store.commit(writes[:3])  # the emulator itself takes messages up to 4 MiB only
    assert store.get(writes[2].path).exists


def test_a_commit_under_10_mib_is_taken(sqlite_store: Store) -> None:
    writes = [Write("set", f"kelurahan/k/things/{n}", {"b": bytes(1_000_000)}) for n in range(10)]
    sqlite_store.commit(writes)
    assert sqlite_store.get(writes[9].path).exists


def test_an_unknown_kind_of_write_is_refused(store: Store) -> None:
    with pytest.raises(ValueError):
        store.commit([Write("replace", A, {"n": 1})])  # type: ignore[arg-type]
    with pytest.raises(ValueError):
        store.commit([Write("delete", A, {"n": 1})])
