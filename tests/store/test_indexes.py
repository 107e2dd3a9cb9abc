"""firestore.indexes.json has what the declared queries need, and nothing else.

The emulator runs a query without its index; production refuses it. Nothing else would notice.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from shared.platform.store import QueryShape, query_shapes

ROOT = Path(__file__).parents[2]
# What dies by itself: how often somebody missed, the lists kept beside a batch, and by which
# submission a complaint was made.
EXPIRING = {"failures", "differences", "problems", "readings", "receipts", "sign_ins"}
DECLARED = """
import importlib, json, pkgutil, dataclasses
import shared
from shared.platform.store.query_shapes import DECLARED

def fail(name):
    raise ImportError(name)

for module in pkgutil.walk_packages(shared.__path__, "shared.", onerror=fail):
    importlib.import_module(module.name)
print(json.dumps([dataclasses.asdict(shape) for shape in DECLARED]))
"""
_ORDER = {"asc": "ASCENDING", "desc": "DESCENDING"}


@pytest.fixture(scope="module")
def declared() -> list[QueryShape]:
    """Every shape that a module of shared/ declares, seen in a fresh interpreter."""
    said = subprocess.run(
        [sys.executable, "-c", DECLARED], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [
        QueryShape(
            shape["collection_id"],
            tuple(shape["equal"]),
            shape["ranged"],
            tuple((name, direction) for name, direction in shape["order"]),
        )
        for shape in json.loads(said.stdout)
    ]


@pytest.fixture(scope="module")
def file() -> Any:
    return json.loads((ROOT / "firestore.indexes.json").read_text())


def entry(shape: QueryShape) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The index a shape needs, in the file's words."""
    return shape.collection_id, tuple((name, _ORDER[way]) for name, way in shape.indexed)


def test_each_query_has_its_index_and_each_index_its_query(
    declared: list[QueryShape], file: Any
) -> None:
    listed = [
        (
            index["collectionGroup"],
            tuple((field["fieldPath"], field["order"]) for field in index["fields"]),
        )
        for index in file["indexes"]
    ]
    assert sorted(listed) == sorted({entry(s) for s in declared if s.needs_composite_index})
    assert all(index["queryScope"] == "COLLECTION" for index in file["indexes"])


def test_the_shapes_of_all_modules_are_seen(declared: list[QueryShape]) -> None:
    source = "\n".join(path.read_text() for path in (ROOT / "shared").rglob("*.py"))
    calls = source.count("= declare(")
    assert len(declared) == calls
    assert calls > 0


def test_what_expires_has_a_policy(file: Any) -> None:
    policies = [each for each in file["fieldOverrides"] if each.get("ttl")]
    assert {each["collectionGroup"] for each in policies} == EXPIRING
    assert {each["fieldPath"] for each in policies} == {"expires_at"}


def test_no_query_needs_a_field_that_is_not_indexed(declared: list[QueryShape], file: Any) -> None:
    bare = {
        (each["collectionGroup"], each["fieldPath"])
        for each in file["fieldOverrides"]
        if each["indexes"] == []
    }
    asked = {(shape.collection_id, name) for shape in declared for name, _ in shape.indexed}
    asked |= {(shape.collection_id, name) for shape in declared for name in shape.equal}
    assert bare & asked == set()


def test_the_file_says_nothing_twice(file: Any) -> None:
    fields = [(each["collectionGroup"], each["fieldPath"]) for each in file["fieldOverrides"]]
    assert fields == sorted(set(fields))


@pytest.mark.parametrize(
    ("shape", "index"),
    [
        (QueryShape("things"), None),
        (QueryShape("things", equal=("a",)), None),
        (QueryShape("things", equal=("a", "b")), None),
        (QueryShape("things", ranged="a"), None),
        (QueryShape("things", order=(("a", "desc"),)), None),
        (QueryShape("things", ranged="a", order=(("a", "desc"),)), None),
        (QueryShape("things", equal=("b", "a"), ranged="c"), "a+ b+ c+"),
        (QueryShape("things", equal=("b",), order=(("a", "desc"),)), "b+ a-"),
        (QueryShape("things", order=(("b", "asc"), ("a", "desc"))), "b+ a-"),
        (QueryShape("things", ranged="b", order=(("b", "asc"), ("a", "desc"))), "b+ a-"),
        (QueryShape("things", equal=("a",), order=(("a", "asc"),)), None),
    ],
)
def test_which_shape_needs_an_index(shape: QueryShape, index: str | None) -> None:
    assert shape.needs_composite_index == (index is not None)
    if index is not None:
        said = " ".join(
            name + ("+" if way == "ASCENDING" else "-") for name, way in entry(shape)[1]
        )
        assert said == index


def test_a_declared_shape_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query_shapes, "DECLARED", [])
    shape = query_shapes.declare("things", equal=("a",), ranged="b", order=(("b", "desc"),))
    assert [shape] == query_shapes.DECLARED
    with pytest.raises(ValueError, match="comes first"):
        query_shapes.declare("things", ranged="b", order=(("a", "asc"), ("b", "asc")))


def test_a_query_is_made_from_its_shape() -> None:
    shape = QueryShape("things", ("a",), "b", (("b", "desc"),))
    query = shape.on("k/1/things", equal=(1,), ranged=((">", 2), ("<", 5)), limit=3)
    assert query.where == (("a", "==", 1), ("b", ">", 2), ("b", "<", 5))
    assert (query.collection, query.order, query.limit) == ("k/1/things", (("b", "desc"),), 3)


@pytest.mark.parametrize(
    ("collection", "options"),
    [
        ("k/1/others", {"equal": (1,)}),
        ("k/1/things", {}),
        ("k/1/things", {"equal": (1, 2)}),
        ("k/1/things", {"equal": (1,), "ranged": ((">", 1),)}),
    ],
)
def test_a_query_that_is_not_of_the_shape_is_refused(collection: str, options: Any) -> None:
    with pytest.raises(ValueError):
        QueryShape("things", ("a",)).on(collection, **options)
