"""Readers take today's schema and the one before it, and no other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from shared.migrations.formats import FORMATS
from shared.platform.document_format import DocumentFormat
from shared.platform.errors import AppError, Broken, Unavailable

FIRST = DocumentFormat("registry", "things", schema=1)


def _upgrade(data: Any) -> Any:
    return {**data, "size": data["length"]}


SECOND = replace(FIRST, schema=2, upgrade=_upgrade)


def test_today_s_schema_is_taken_as_it_is() -> None:
    assert FIRST.current({"schema": 1, "x": 2}) == {"schema": 1, "x": 2}


def test_the_previous_schema_becomes_today_s() -> None:
    assert SECOND.current({"schema": 1, "length": 3}) == {"schema": 2, "length": 3, "size": 3}


@pytest.mark.parametrize(
    ("form", "schema", "kind", "code"),
    [
        (FIRST, 2, Unavailable, "DATA_NEWER"),
        (SECOND, 7, Unavailable, "DATA_NEWER"),
        (FIRST, 0, Broken, "FORMAT_UNKNOWN"),
        (FIRST, None, Broken, "FORMAT_UNKNOWN"),
        (FIRST, "1", Broken, "FORMAT_UNKNOWN"),
        (replace(SECOND, upgrade=None), 1, Broken, "FORMAT_UNKNOWN"),
    ],
)
def test_any_other_is_refused(
    form: DocumentFormat, schema: Any, kind: type[AppError], code: str
) -> None:
    with pytest.raises(kind) as caught:
        form.current({"schema": schema, "length": 3})
    assert caught.value.code == code


def test_each_collection_has_one_format() -> None:
    places = [(each.database, each.collection, each.document) for each in FORMATS]
    assert len(set(places)) == len(places)
