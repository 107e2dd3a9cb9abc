"""Parsing of request bodies: size, type and schema, with faults named by field, never by value."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn

from flask import Request
from marshmallow import RAISE, Schema, ValidationError
from marshmallow.fields import List, Nested
from webargs.core import is_json
from webargs.flaskparser import FlaskParser
from werkzeug.datastructures import MultiDict

from shared.http.context import FORM_TYPES
from shared.platform.errors import Invalid

CSRF_FIELD = "csrf"
UNKNOWN_FIELD = "Ada isian yang tidak dikenal. Hapus isian itu, lalu kirim lagi."
_NOT_JSON = "Kiriman bukan JSON yang benar."


def load(schema: Schema, request: Request) -> Any:
    """Load a body, form or JSON, by a schema; raises Invalid with a pointer for each fault."""
    location = "form" if request.mimetype in FORM_TYPES else "json"
    return _PARSER.parse(schema, request, location=location, unknown=RAISE)


def load_fields(schema: Schema, fields: MultiDict[str, str]) -> Any:
    """Load the text fields of a multipart form that was read by other means."""
    try:
        return schema.load(_without_csrf(fields).to_dict(), unknown=RAISE)
    except ValidationError as error:
        raise Invalid(errors=list(faults(error.messages, schema))) from None


def has_type(request: Request, *, form: bool) -> bool:
    """Whether a route reads this Content-Type; without a body none is needed."""
    if is_json(request.mimetype) or (form and request.mimetype in FORM_TYPES):
        return True
    return not request.mimetype and not request.content_length


class _Parser(FlaskParser):
    """webargs' parser, with faults in our own form."""

    def _raw_load_json(self, req: Request) -> Any:
        text = req.get_data(cache=True)
        if not text:
            return {}
        try:
            value = json.loads(text.decode("utf-8"), parse_constant=_refuse_constant)
            if b"\\u" in text:  # an escape can make half a character, which can't be stored
                json.dumps(value, ensure_ascii=False).encode("utf-8")
        # ValueError: bad JSON, bad UTF-8, NaN, an integer of 5,000 digits; RecursionError: depth
        except (ValueError, RecursionError):
            raise Invalid(_NOT_JSON) from None
        return value

    def load_form(self, req: Request, schema: Schema) -> Any:
        if req.files:
            raise Invalid(errors=[{"pointer": "#", "detail": UNKNOWN_FIELD}])
        return self._makeproxy(_without_csrf(req.form), schema)

    def handle_error(
        self, error: ValidationError, req: Request, schema: Schema, **_: Any
    ) -> NoReturn:
        [messages] = error.messages_dict.values()
        raise Invalid(errors=list(faults(messages, schema))) from None


def _without_csrf(fields: MultiDict[str, str]) -> MultiDict[str, str]:
    return MultiDict((k, v) for k, v in fields.items(multi=True) if k != CSRF_FIELD)


def _refuse_constant(_: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")


def faults(messages: Any, schema: Schema | None, pointer: str = "#") -> Iterator[dict[str, str]]:
    """Yield each fault as {"pointer", "detail"}; only names that the schema declares are shown."""
    if isinstance(messages, str):
        yield {"pointer": pointer, "detail": messages}
    elif isinstance(messages, Mapping):
        yield from _mapping_faults(messages, schema, pointer)
    elif isinstance(messages, Sequence):
        yield {"pointer": pointer, "detail": " ".join(str(message) for message in messages)}


def _mapping_faults(
    messages: Mapping[Any, Any], schema: Schema | None, pointer: str
) -> Iterator[dict[str, str]]:
    declared = {} if schema is None else {f.data_key or n: f for n, f in schema.fields.items()}
    strangers = False
    for name, inner in messages.items():
        if name == "_schema":
            yield from faults(inner, schema, pointer)
        elif isinstance(name, int):
            yield from faults(inner, schema, f"{pointer}/{name}")
        elif name in declared:
            yield from faults(inner, _schema_within(declared[name]), f"{pointer}/{name}")
        else:
            strangers = True
    if strangers:
        yield {"pointer": pointer, "detail": UNKNOWN_FIELD}


def _schema_within(field: Any) -> Schema | None:
    if isinstance(field, List):
        field = field.inner
    return field.schema if isinstance(field, Nested) else None


_PARSER = _Parser()
