"""The OpenAPI 3.1 document of all functions, made from their routes and marshmallow schemas.

Made when the site is built, never when a function starts: apispec is not imported by any of them.
"""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema, fields

from shared.http.access_control import CSRF_HEADER
from shared.http.problem_details import PROBLEM_TYPE
from shared.http.service import ID_PATTERN, NUMBER_PATTERN, Route, Service
from shared.http.staff_session import SESSION_COOKIE
from shared.platform import errors
from shared.platform.errors import AppError

ROOT = Path(__file__).resolve().parents[1]

_PLACEHOLDER = re.compile(r"<(id|number):(\w+)>")
_ALWAYS = (errors.Forbidden, errors.TooLarge, errors.Broken, errors.Unavailable)
_WITH_BODY = (errors.Invalid, errors.UnsupportedMedia)
_WITH_STAFF = (errors.Unauthenticated, errors.NotFound)


class FieldProblem(Schema):
    """What is wrong with one field."""

    pointer = fields.String(required=True, metadata={"description": "JSON pointer, e.g. #/nik"})
    detail = fields.String(required=True)


class Problem(Schema):
    """RFC 9457; `type` is the address of a page that explains the problem."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    request_id = fields.String(required=True)
    code = fields.String()
    errors = fields.List(fields.Nested(FieldProblem))
    fresh = fields.Dict(metadata={"description": "How the thing stands now (slug overtaken)"})


def services() -> Iterator[Service]:
    """Yield the service of every function that programs may call; the console is for people."""
    for folder in sorted((ROOT / "functions").iterdir()):
        if (folder / "main.py").is_file():
            service = importlib.import_module(f"functions.{folder.name}.main").service
            if service.is_api:
                yield service


def document() -> dict[str, Any]:
    """Return the whole document."""
    plugin = MarshmallowPlugin()
    spec = APISpec(
        title="MY NUTERA",
        version="1",
        openapi_version="3.1.0",
        plugins=[plugin],
        info={"description": "The functions of one kelurahan. Nothing personal is in any address."},
    )
    bearer = {"type": "http", "scheme": "bearer"}
    cookie = {"type": "apiKey", "in": "cookie", "name": SESSION_COOKIE}
    header = {"type": "apiKey", "in": "header", "name": CSRF_HEADER}
    for name, scheme in (("bearer", bearer), ("session", cookie), ("csrf", header)):
        spec.components.security_scheme(name, scheme)
    for service in services():
        for route in service.routes:
            path = _PLACEHOLDER.sub(r"{\2}", route.path)
            spec.path(
                path,
                operations={route.method.lower(): _operation(service, route, plugin.converter)},
            )
    return spec.to_dict()


def write_openapi(path: Path) -> None:
    """Write the document as JSON; the same routes give the same bytes."""
    path.write_text(json.dumps(document(), ensure_ascii=False, indent=1) + "\n", "utf-8")


def _operation(service: Service, route: Route, converter: Any) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": f"{service.name}_{route.handler.__name__}",
        "tags": [service.name],
        "summary": route.summary,
        "security": _security(route),
        "responses": _responses(route),
    }
    names = _PLACEHOLDER.findall(route.path)
    if names:
        operation["parameters"] = [_path_parameter(kind, name) for kind, name in names]
    content = dict(_request_content(route, converter))
    if content:
        operation["requestBody"] = {"required": _needs_body(route), "content": content}
    return operation


def _path_parameter(kind: str, name: str) -> dict[str, Any]:
    pattern = ID_PATTERN if kind == "id" else NUMBER_PATTERN
    schema = {"type": "string", "pattern": f"^{pattern}$"}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _security(route: Route) -> list[dict[str, list[str]]]:
    if route.auth == "public":
        return []
    by_bearer: dict[str, list[str]] = {"bearer": []}
    if route.auth == "scheduler":
        return [by_bearer]
    by_cookie: dict[str, list[str]] = {"session": []}
    return [by_cookie if route.method == "GET" else by_cookie | {"csrf": []}, by_bearer]


def _request_content(route: Route, converter: Any) -> Iterator[tuple[str, Any]]:
    if route.body is not None:
        schema = type(route.body)
        yield "application/json", {"schema": schema}
        if route.form:
            yield "application/x-www-form-urlencoded", {"schema": schema}
    files = _file_property(route)
    if files:
        properties, declared = dict(files), {} if route.body is None else route.body.fields
        for name, field in declared.items():
            properties[field.data_key or name] = converter.field2property(field)
        form = {
            "type": "object",
            "required": [*_required_files(route), *_required_fields(route)],
            "properties": properties,
            "additionalProperties": False,
        }
        yield "multipart/form-data", {"schema": form}


def _file_property(route: Route) -> dict[str, Any]:
    file = {"type": "string", "format": "binary"}
    if route.upload is not None:
        return {route.upload: file}
    if route.uploads is not None:
        return {route.uploads: {"type": "array", "items": file, "maxItems": route.max_files}}
    return {}


def _required_files(route: Route) -> list[str]:
    return [] if route.upload is None else [route.upload]


def _required_fields(route: Route) -> list[str]:
    fields = {} if route.body is None else route.body.fields
    return [field.data_key or name for name, field in fields.items() if field.required]


def _needs_body(route: Route) -> bool:
    return bool(_required_files(route) or _required_fields(route))


def _responses(route: Route) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for status, schema in route.answers.items():
        if schema is None:
            responses[str(status)] = {"description": "A file, not JSON"}
            continue
        content: dict[str, Any] = {"application/json": {"schema": schema}}
        if route.page:
            content["text/html"] = {"schema": {"type": "string"}}
        responses[str(status)] = {"description": _first_line(schema), "content": content}
    for status, kinds in sorted(_problems(route).items()):
        responses[str(status)] = {
            "description": "; ".join(dict.fromkeys(_first_line(kind) for kind in kinds)),
            "content": {
                PROBLEM_TYPE: {"schema": Problem},
                "text/html": {"schema": {"type": "string"}},
            },
        }
    return responses


def _problems(route: Route) -> dict[int, list[type[AppError]]]:
    kinds: list[type[AppError]] = [*_ALWAYS, *route.problems]
    if route.body is not None or _file_property(route):
        kinds += _WITH_BODY
    if route.auth != "public":
        kinds += _WITH_STAFF
    by_status: dict[int, list[type[AppError]]] = {}
    for kind in kinds:
        by_status.setdefault(kind.status, []).append(kind)
    return by_status


def _first_line(documented: type) -> str:
    return (documented.__doc__ or "").strip().splitlines()[0]
