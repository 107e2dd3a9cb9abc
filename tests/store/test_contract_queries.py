"""What every store finds and counts, on SQLite and on Firestore alike."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.platform.store import Query, QueryShape, Snapshot, Store, Write
from shared.platform.store.firestore.store import FirestoreStore
from shared.platform.store.sqlite.store import SqliteStore

THINGS = "kelurahan/k/things"


def fill(store: Store, documents: dict[str, dict[str, Any]], collection: str = THINGS) -> None:
    store.commit(Write("set", f"{collection}/{name}", data) for name, data in documents.items())


def ids(found: list[Snapshot]) -> str:
    return " ".join(snapshot.id for snapshot in found)


def ask(store: Store, *where: Any, order: Any = (), limit: int | None = None) -> str:
    """The ids a query finds, after checking that a count agrees."""
    query = Query(THINGS, tuple(where), tuple(order), limit)
    found = store.query(query)
    assert store.count(query) == len(found)
    return ids(found)


def test_a_query_gives_whole_documents(store: Store) -> None:
    fill(store, {"a": {"n": 1, "x": [b"y"]}})
    assert store.query(Query(THINGS)) == [Snapshot(f"{THINGS}/a", {"n": 1, "x": [b"y"]})]


def test_without_filters_all_are_found_by_id(store: Store) -> None:
    fill(store, {name: {"n": 1} for name in ("b", "a", "B", "é", "10", "9", "a-", "ab", "z", "👵")})
    assert ask(store) == "10 9 B a a- ab b z é 👵"
    assert ask(store, limit=2) == "10 9"


def test_an_empty_collection_has_nothing(store: Store) -> None:
    assert ask(store) == ""
    assert ask(store, ("n", "==", 1), order=[("n", "asc")]) == ""


def test_only_the_collection_itself_is_searched(store: Store) -> None:
    fill(store, {"a": {"n": 1}})
    fill(store, {"b": {"n": 1}}, "kelurahan/other/things")
    fill(store, {"c": {"n": 1}}, f"{THINGS}/a/things")
    fill(store, {"d": {"n": 1}}, "things")
    assert ask(store) == "a"
    assert ask(store, ("n", "==", 1)) == "a"
    assert ids(store.query(Query("things", (("n", "==", 1),)))) == "d"
    assert ids(store.query(Query(f"{THINGS}/a/things"))) == "c"


def test_equality(store: Store) -> None:
    fill(store, {"a": {"s": "x", "n": 1}, "b": {"s": "y", "n": 1}, "c": {"s": "x", "n": 2}})
    assert ask(store, ("s", "==", "x")) == "a c"
    assert ask(store, ("s", "==", "x"), ("n", "==", 2)) == "c"
    assert ask(store, ("s", "==", "X")) == ""
    assert ask(store, ("s", "==", "x"), ("s", "==", "y")) == ""


@pytest.mark.parametrize("operator", ["<", "<=", ">", ">="])
def test_ranges(store: Store, operator: Any) -> None:
    fill(store, {f"n{n}": {"n": n} for n in range(5)})
    expected = {"<": "n0 n1", "<=": "n0 n1 n2", ">": "n3 n4", ">=": "n2 n3 n4"}
    assert ask(store, ("n", operator, 2)) == expected[operator]


def test_a_range_has_two_ends_and_a_limit(store: Store) -> None:
    fill(store, {f"n{n}": {"n": n} for n in range(9)})
    between: Any = [("n", ">", 2), ("n", "<=", 6)]
    assert ask(store, *between) == "n3 n4 n5 n6"
    assert ask(store, *between, order=[("n", "desc")], limit=3) == "n6 n5 n4"
    assert ask(store, *between, order=[("n", "asc")], limit=99) == "n3 n4 n5 n6"


def test_order_with_ties_by_id_in_its_direction(store: Store) -> None:
    fill(store, {"a": {"n": 2}, "b": {"n": 1}, "c": {"n": 2}, "d": {"n": 1}})
    assert ask(store, order=[("n", "asc")]) == "b d a c"
    assert ask(store, order=[("n", "desc")]) == "c a d b"


def test_several_orders_each_with_its_direction(store: Store) -> None:
    fill(store, {f"{x}{y}": {"x": x, "y": y} for x in (1, 2) for y in (1, 2)})
    assert ask(store, order=[("x", "asc"), ("y", "desc")]) == "12 11 22 21"
    assert ask(store, order=[("x", "desc"), ("y", "asc")]) == "21 22 11 12"
    assert ask(store, ("x", ">", 1), order=[("x", "desc"), ("y", "desc")]) == "22 21"


def test_documents_without_the_field_are_not_found(store: Store) -> None:
    fill(store, {"a": {"n": 1}, "b": {"m": 1}, "c": {"n": None}, "d": {"n": {"n": 1}}})
    assert ask(store, ("n", "==", 1)) == "a"
    assert ask(store, ("n", "==", None)) == "c"
    assert ask(store, ("n", ">", 0)) == "a"
    assert ask(store, order=[("n", "asc")]) == "c a d"
    assert ask(store, order=[("m", "asc")]) == "b"


def test_comparison_keeps_to_the_type(store: Store) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    values = [None, True, math.nan, 1, moment, "1", b"1", [1], {"a": 1}]
    fill(store, {str(place): {"v": value} for place, value in enumerate(values)})
    assert ask(store, order=[("v", "asc")]) == "0 1 2 3 4 5 6 7 8"
    assert ask(store, order=[("v", "desc")]) == "8 7 6 5 4 3 2 1 0"
    for place, value in enumerate(values[:7]):
        assert ask(store, ("v", "==", value)) == str(place)
    assert ask(store, ("v", ">=", False)) == "1"
    assert ask(store, ("v", ">", 0)) == "3"
    assert ask(store, ("v", "<=", moment)) == "4"
    assert ask(store, ("v", ">=", "")) == "5"
    assert ask(store, ("v", "<", "2")) == "5"
    assert ask(store, ("v", ">=", b"")) == "6"
    assert ask(store, ("v", "<", b"2")) == "6"


def test_numbers_compare_by_value(store: Store) -> None:
    values = [
        -math.inf, -(2**63), -(2.0**53) - 2, -(2**53) - 1, -1.5, -1, -5e-324, 0, 5e-324, 0.5, 1,
        1.5, 2**53, 2**53 + 1, 2.0**53 + 2, 2**63 - 1, 2.0**63, math.inf,
    ]  # fmt: skip
    fill(store, {f"{place:02}": {"n": value} for place, value in enumerate(values)})
    everything = " ".join(f"{place:02}" for place in range(len(values)))
    assert ask(store, order=[("n", "asc")]) == everything
    assert ask(store, ("n", "==", 2**53 + 1)) == "13"
    assert ask(store, ("n", ">", 2**53)) == "13 14 15 16 17"
    assert ask(store, ("n", "==", 1.0)) == "10"
    assert ask(store, ("n", "==", -0.0)) == "07"


def test_equal_numbers_of_two_types_are_ties(store: Store) -> None:
    fill(store, {"a": {"n": 1.0}, "b": {"n": 1}, "c": {"n": 1.0}, "d": {"n": 1}, "e": {"n": 0.0},
                 "f": {"n": -0.0}, "g": {"n": 0}})  # fmt: skip
    assert ask(store, ("n", "==", 1)) == "a b c d"
    assert ask(store, ("n", "==", 1.0)) == "a b c d"
    assert ask(store, order=[("n", "asc")]) == "e f g a b c d"
    assert ask(store, order=[("n", "desc")]) == "d c b a g f e"
    assert ask(store, ("n", ">", 0), ("n", "<", 2)) == "a b c d"


def test_texts_compare_by_their_utf8(store: Store) -> None:
    values = ["", "\0", "\0\0", "\1", "\1\2", " ", "A", "Z", "a", "aa", "b", "é", "\ue000", "👵"]
    fill(store, {f"{place:02}": {"s": value} for place, value in enumerate(values)})
    assert ask(store, order=[("s", "asc")]) == " ".join(f"{n:02}" for n in range(len(values)))
    for place, value in enumerate(values):
        assert ask(store, ("s", "==", value)) == f"{place:02}"
        assert len(ask(store, ("s", ">", value)).split()) == len(values) - place - 1


def test_timestamps_compare_to_the_microsecond(store: Store) -> None:
    moment = datetime(2026, 1, 1, 0, 0, 0, 5, tzinfo=UTC)
    stamps = [
        datetime(1, 1, 1, tzinfo=UTC), datetime(1969, 12, 31, tzinfo=UTC),
        moment.replace(microsecond=4), moment, moment.replace(microsecond=6),
    ]  # fmt: skip
    fill(store, {str(place): {"at": stamp} for place, stamp in enumerate(stamps)})
    assert ask(store, ("at", "<", moment)) == "0 1 2"
    assert ask(store, ("at", ">=", moment)) == "3 4"


def pages(store: Store, query: Query, size: int) -> list[str]:
    """The pages of a query, going on behind the last document of each."""
    found: list[str] = []
    after = None
    while page := store.query(Query(query.collection, query.where, query.order, size, after)):
        found.append(ids(page))
        after = page[-1]
    return found


def test_pages_by_id(store: Store) -> None:
    fill(store, {f"{n}": {} for n in range(7)})
    assert pages(store, Query(THINGS), 3) == ["0 1 2", "3 4 5", "6"]


@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_pages_through_ties(store: Store, direction: Any) -> None:
    fill(store, {f"{n}": {"x": n // 4, "s": "yes"} for n in range(9)})
    query = Query(THINGS, (("s", "==", "yes"), ("x", "<", 2)), (("x", direction),))
    expected = ["0 1 2", "3 4 5", "6 7"] if direction == "asc" else ["7 6 5", "4 3 2", "1 0"]
    assert pages(store, query, 3) == expected


def test_pages_through_mixed_directions(store: Store) -> None:
    fill(store, {f"{x}{y}{z}": {"x": x, "y": y} for x in (0, 1) for y in (0, 1) for z in (0, 1)})
    query = Query(THINGS, (), (("x", "desc"), ("y", "asc")))
    assert pages(store, query, 3) == ["100 101 110", "111 000 001", "010 011"]


def test_a_cursor_needs_no_document_any_more(store: Store) -> None:
    fill(store, {f"{n}": {"n": n} for n in range(4)})
    query = Query(THINGS, (), (("n", "asc"),), 2)
    last = store.query(query)[-1]
    store.delete(last.path)
    assert ids(store.query(Query(THINGS, (), query.order, 2, last))) == "2 3"
    assert store.count(Query(THINGS, (), query.order, None, last)) == 2


def test_a_change_is_found_at_once(store: Store) -> None:
    fill(store, {"a": {"state": "waiting", "n": 1}, "b": {"state": "waiting", "n": 2}})
    waiting: Any = ("state", "==", "waiting")
    assert ask(store, waiting, order=[("n", "desc")]) == "b a"
    store.update(f"{THINGS}/b", {"state": "published"})
    assert ask(store, waiting, order=[("n", "desc")]) == "a"
    store.delete(f"{THINGS}/a")
    assert ask(store, waiting, order=[("n", "desc")]) == ""


def test_counting_many(store: Store) -> None:
    for start in (0, 600):
        fill(store, {f"{n:04}": {"n": n} for n in range(start, start + 600)})
    assert store.count(Query(THINGS)) == 1200
    assert store.count(Query(THINGS, (("n", "<", 1100),), (), 1050)) == 1050
    queries = [Query(THINGS, (("n", "<", most),)) for most in (0, 7, 1100)]
    assert store.counts(queries) == [0, 7, 1100]
    assert store.counts([]) == []


def test_one_count_that_is_refused_refuses_all(store: Store) -> None:
    with pytest.raises(ValueError):
        store.counts([Query(THINGS), Query("")])


AFTER = Snapshot(f"{THINGS}/a", {"n": 1})
REFUSED = {
    "path of a document": Query(f"{THINGS}/a"),
    "no path": Query(""),
    "limit of none": Query(THINGS, limit=0),
    "negative limit": Query(THINGS, limit=-1),
    "two ranged fields": Query(THINGS, (("n", ">", 1), ("m", "<", 2))),
    "range that is not first in the order": Query(THINGS, (("n", ">", 1),), (("m", "asc"),)),
    "unknown operator": Query(THINGS, (("n", "!=", 1),)),  # type: ignore[arg-type]
    "unknown direction": Query(THINGS, (), (("n", "up"),)),  # type: ignore[arg-type]
    "field twice in the order": Query(THINGS, (), (("n", "asc"), ("n", "desc"))),
    "field with a dot": Query(THINGS, (("n.m", "==", 1),)),
    "field with a quote": Query(THINGS, (("n'", "==", 1),)),
    "reserved field": Query(THINGS, (("__name__", "==", "a"),)),
    "range of null": Query(THINGS, (("n", ">", None),)),
    "range of NaN": Query(THINGS, (("n", ">", math.nan),)),
    "comparison with a list": Query(THINGS, (("n", "==", [1]),)),
    "comparison with a map": Query(THINGS, (("n", "==", {}),)),
    "naive datetime": Query(THINGS, (("n", ">", datetime(2026, 1, 1)),)),  # noqa: DTZ001
    "cursor of another collection": Query("others", (), (("n", "asc"),), None, AFTER),
    "cursor without the field": Query(THINGS, (), (("m", "asc"),), None, AFTER),
    "cursor at a map": Query(
        THINGS, (), (("n", "asc"),), None, Snapshot(f"{THINGS}/a", {"n": {"m": 1}})
    ),
    "cursor without data": Query(THINGS, after=Snapshot(f"{THINGS}/a", None)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_query_that_firestore_refuses_is_refused(store: Store, name: str) -> None:
    for attempt in (store.query, store.count):
        with pytest.raises(ValueError):
            attempt(REFUSED[name])


small = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 2), st.sampled_from([-1.5, 0.5, 1.0, -0.0, math.nan]),
    st.sampled_from(["", "a", "b", "\0", "é"]), st.sampled_from([b"", b"a"]),
    st.sampled_from([datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2)]),
)  # fmt: skip
fields = st.sampled_from(["x", "y", "z"])
documents = st.lists(st.dictionaries(fields, small), min_size=1, max_size=12)
directions: Any = st.sampled_from(["asc", "desc"])


@st.composite
def queries(draw: Any) -> Query:
    """A query that the port takes, with the range's field first in the order."""
    equal = draw(st.lists(st.tuples(fields, st.just("=="), small), max_size=2))
    where, order = list(equal), []
    rest = [name for name in "xyz" if name not in {name for name, _, _ in equal}]
    if rest and draw(st.booleans()):
        bound = draw(small.filter(lambda value: value is not None and value == value))
        where.append((rest[0], draw(st.sampled_from(["<", "<=", ">", ">="])), bound))
        order = [(rest[0], draw(directions))]
    order += [(name, draw(directions)) for name in rest[1:] if draw(st.booleans())]
    return Query(THINGS, tuple(where), tuple(order), draw(st.none() | st.integers(1, 5)))


@given(stored=documents, asked=st.lists(queries(), min_size=1, max_size=5), size=st.integers(1, 4))
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_sqlite_finds_what_firestore_finds(
    sqlite_store: SqliteStore,
    firestore_store: FirestoreStore,
    stored: list[dict[str, Any]],
    asked: list[Query],
    size: int,
) -> None:
    for store in (sqlite_store, firestore_store):
        old = [Write("delete", snapshot.path) for snapshot in store.query(Query(THINGS))]
        store.commit(old)
        fill(store, {f"d{place:02}": data for place, data in enumerate(stored)})
    for query in asked:
        assert ids(sqlite_store.query(query)) == ids(firestore_store.query(query))
        assert sqlite_store.count(query) == firestore_store.count(query)
        assert pages(sqlite_store, query, size) == pages(firestore_store, query, size)


def test_a_query_may_ask_for_fields_whose_names_are_data(store: Store) -> None:
    fill(
        store,
        {
            "a": {"day": 1, "from_x": True, "from_y": True},
            "b": {"day": 1, "from_y": True},
            "c": {"day": 2, "from_y": True},
        },
    )
    shape = QueryShape("things", equal=("day",))
    for name, found in (("from_x", ["a"]), ("from_y", ["a", "b"]), ("from_z", [])):
        query = shape.on(THINGS, equal=(1,), also={name: True})
        assert ids(store.query(query)).split() == found
        assert store.count(query) == len(found)


def test_no_index_is_made_for_a_name_that_is_data(sqlite_store: SqliteStore) -> None:
    shape = QueryShape("things", equal=("day",))
    for number in range(20):
        sqlite_store.count(shape.on(THINGS, equal=(1,), also={f"from_{number}": True}))
    found = sqlite_store._connection().execute(
        "SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND name LIKE 'by_%'"
    )
    assert found.fetchone() == (1,)
    with pytest.raises(ValueError, match="equalities"):
        QueryShape("things", ranged="day").on(THINGS, also={"from_x": True})
