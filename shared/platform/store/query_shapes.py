"""Declared query shapes, which a test compares with `firestore.indexes.json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from shared.platform.store.port import Operator, Query, Snapshot, Value

DECLARED: list[QueryShape] = []


@dataclass(frozen=True, slots=True)
class QueryShape:
    """Shape of a query on collections of one id, e.g. "batches": its fields without their values.

    `equal`: fields compared with ==; `ranged`: one field compared otherwise; `order`: as in Query.
    """

    collection_id: str
    equal: tuple[str, ...] = ()
    ranged: str | None = None
    order: tuple[tuple[str, Literal["asc", "desc"]], ...] = ()

    def on(
        self,
        collection: str,
        *,
        equal: tuple[Value, ...] = (),
        ranged: tuple[tuple[Operator, Value], ...] = (),
        limit: int | None = None,
        after: Snapshot | None = None,
        also: Mapping[str, Value] | None = None,
    ) -> Query:
        """Make the query on one collection path; ValueError where it doesn't fit the shape.

        `equal`: values in the order of the shape's fields. `ranged`: (operator, value) pairs on the
        shape's ranged field. `limit`: at most so many documents. `after`: as in Query. `also`:
        further fields that must be equal, whose names are data and in no shape. Only for a shape of
        equalities: Firestore serves it by the automatic index of each field.
        """
        if collection.rsplit("/", 1)[-1] != self.collection_id or len(equal) != len(self.equal):
            raise ValueError("the query does not fit its shape")
        where: list[tuple[str, Operator, Value]] = [
            (name, "==", value) for name, value in zip(self.equal, equal, strict=True)
        ]
        if ranged:
            if self.ranged is None:
                raise ValueError("the shape has no ranged field")
            where += [(self.ranged, operator, value) for operator, value in ranged]
        more = also or {}
        if more and (self.ranged or self.order):
            raise ValueError("only a shape of equalities takes further fields")
        where += [(name, "==", value) for name, value in more.items()]
        return Query(collection, tuple(where), self.order, limit, after, frozenset(more))

    @property
    def indexed(self) -> tuple[tuple[str, Literal["asc", "desc"]], ...]:
        """Fields of the index it needs: the equal ones by name, then those of the order."""
        order = self.order or (((self.ranged, "asc"),) if self.ranged else ())
        named = {name for name, _ in order}
        equal = sorted(set(self.equal) - named)
        return (*((name, "asc") for name in equal), *order)

    @property
    def needs_composite_index(self) -> bool:
        """Whether production Firestore refuses it without an entry in firestore.indexes.json.

        Equalities alone are served by the automatic index of each field, put together.
        """
        return len(self.indexed) > 1 and bool(self.order or self.ranged)


def declare(
    collection_id: str,
    *,
    equal: tuple[str, ...] = (),
    ranged: str | None = None,
    order: tuple[tuple[str, Literal["asc", "desc"]], ...] = (),
) -> QueryShape:
    """Declare a query's shape, once, at module level of its repository.

    ValueError where there is an order and the ranged field isn't first in it.
    """
    if ranged and order and order[0][0] != ranged:
        raise ValueError("the field with a range comes first in the order")
    shape = QueryShape(collection_id, equal, ranged, order)
    DECLARED.append(shape)
    return shape
