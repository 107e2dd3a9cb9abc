"""A service that does what the tests of the edge need, in the form of a function."""

from __future__ import annotations

from flask import Request, Response
from marshmallow import fields

from shared.http.context import Context
from shared.http.requests.schema_fields import Day, RequestSchema, Text
from shared.http.responses import json_reply
from shared.http.service import Service
from shared.platform import logs
from shared.platform.errors import Busy, MethodNotAllowed, TooManyRequests, Unavailable

service = Service("edge")
seen: list[Context] = []


class Item(RequestSchema):
    """One thing of a list."""

    name = Text(maximum=10, required=True)


class Body(RequestSchema):
    """Fields of each kind."""

    name = Text(label="Nama", maximum=20, required=True)
    day = Day()
    items = fields.List(fields.Nested(Item))


@service.route(
    "POST", "/edge/<id:thing>", auth="public", body=Body, form=True, max_bytes=1000, page=True
)
def take(context: Context) -> Response:
    seen.append(context)
    return json_reply({"length": len(context.body["name"]), "day": str(context.body.get("day"))})


@service.route("POST", "/upload", auth="public", upload="file", max_bytes=200_000)
def upload(context: Context) -> Response:
    seen.append(context)
    assert context.upload is not None
    return json_reply({"bytes": context.upload.path.stat().st_size})


@service.route(
    "POST",
    "/photos",
    auth="public",
    body=Body,
    form=True,
    uploads="photos",
    max_files=3,
    max_file_bytes=100_000,
    max_bytes=1000,
)
def photos(context: Context) -> Response:
    seen.append(context)
    sizes = [each.path.stat().st_size for each in context.uploads]
    return json_reply({"name": context.body["name"], "bytes": sizes})


@service.route(
    "POST", "/staff/photos", auth="staff", roles=("auditor",), uploads="photos", max_files=2
)
def staff_photos(context: Context) -> Response:
    seen.append(context)
    return json_reply({"count": len(context.uploads)})


@service.route("GET", "/busy", auth="public")
def busy(context: Context) -> Response:
    raise Busy


@service.route("GET", "/coded", auth="public")
def coded(context: Context) -> Response:
    raise Unavailable(code="DATA_OLDER")


@service.route("GET", "/alarm", auth="public")
def alarm(context: Context) -> Response:
    logs.event("something is wrong", severity="ALERT")
    return json_reply({})


@service.route("GET", "/limited", auth="public")
def limited(context: Context) -> Response:
    raise TooManyRequests(retry_after_seconds=77)


@service.route("GET", "/refused", auth="public")
def refused(context: Context) -> Response:
    raise MethodNotAllowed(("PUT", "GET"))


@service.route("POST", "/bug", auth="public", body=Body, form=True)
def bug(context: Context) -> Response:
    raise RuntimeError("it was " + context.body["name"])


@service.route("GET", "/staff", auth="staff", roles=("auditor",))
def for_staff(context: Context) -> Response:
    assert context.staff is not None
    return json_reply({"role": context.staff.role.value})


@service.route("POST", "/staff", auth="staff", roles=("auditor",), body=Body, form=True)
def change(context: Context) -> Response:
    return json_reply({"done": True})


@service.route("POST", "/scheduled", auth="scheduler")
def scheduled(context: Context) -> Response:
    return json_reply({"scheduler": context.scheduler})


def edge(request: Request) -> Response:
    return service(request)
