"""Translation of queries into SQL, with the index that each wants.

`body` is JSON as `sqlite_values` writes it. One partial index a query shape, over the same
expressions, so that a query costs what it finds, not what the collection holds.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from shared.platform.store.port import Query
from shared.platform.store.query_validation import Order, check_query, id_direction
from shared.platform.store.sqlite.encoding import NUMBER_KEY_LENGTH, key


@dataclass(frozen=True, slots=True)
class Statement:
    """Condition and order of a query in SQL with its parameters, and its index, if any."""

    where: str
    order: str
    parameters: tuple[object, ...]
    index_name: str | None
    index: str


def build_statement(query: Query) -> Statement:
    """Translate a query on the table `documents`; ValueError where the port doesn't take it."""
    order = check_query(query)
    kind = query.collection.rsplit("/", 1)[-1]
    conditions = [f"collection = ? AND kind = {_quoted(kind)}"]
    parameters: list[object] = [query.collection]
    for name, operator, value in query.where:
        operand = key(value)
        conditions.append(f"{_field(name)} {'=' if operator == '==' else operator} ?")
        parameters.append(operand)
        if operator != "==":  # a range stays within the type of its bound
            conditions.append(f"{_field(name)} >= ? AND {_field(name)} < ?")
            parameters += [operand[0], chr(ord(operand[0]) + 1)]
    conditions += [f"{_field(name)} IS NOT NULL" for name, _ in order]
    if query.after is not None:
        condition, values = _behind(query, order)
        conditions.append(condition)
        parameters += values
    equal = sorted(
        {name for name, operator, _ in query.where if operator == "=="} - query.open_names
    )
    columns = [f"{_field(name)} {direction}" for name, direction in order]
    columns.append(f"id {id_direction(order)}")
    index_name, index = None, ""
    if equal or order:
        indexed = ["collection", *map(_field, equal), *columns]
        index = f"documents ({', '.join(indexed)}) WHERE kind = {_quoted(kind)}"
        index_name = "by_" + hashlib.sha256(index.encode()).hexdigest()[:16]
    where, by = " AND ".join(conditions), ", ".join(columns)
    return Statement(where, by, tuple(parameters), index_name, index)


def _field(name: str) -> str:
    """Write the expression a field is compared by: its value, for numbers without their kind."""
    value = f"json_extract(body, '$.{name}')"
    return (
        f"CASE WHEN substr({value}, 1, 1) = 'D'"
        f" THEN substr({value}, 1, {NUMBER_KEY_LENGTH}) ELSE {value} END"
    )


def _behind(query: Query, order: Order) -> tuple[str, list[object]]:
    """Write the condition "behind the cursor": equal in the first fields, beyond it in the next."""
    assert query.after is not None
    assert query.after.data is not None
    data = query.after.data
    parts = [(_field(name), direction, key(data[name])) for name, direction in order]
    parts.append(("id", id_direction(order), query.after.id))
    alternatives: list[str] = []
    parameters: list[object] = []
    for position, (column, direction, value) in enumerate(parts):
        same = [f"{earlier} = ?" for earlier, _, _ in parts[:position]]
        beyond = f"{column} {'>' if direction == 'asc' else '<'} ?"
        alternatives.append("(" + " AND ".join([*same, beyond]) + ")")
        parameters += [*(earlier[2] for earlier in parts[:position]), value]
    return "(" + " OR ".join(alternatives) + ")", parameters


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
