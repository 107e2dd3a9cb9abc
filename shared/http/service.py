"""One HTTP function as a service: its routes, and the checks before a handler is called.

A handler gets a checked `Context` and returns a response, or raises an `AppError`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial

from flask import Request, Response
from marshmallow import Schema
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.routing import BaseConverter, Map, Rule

from shared.deployment import Deployment, current
from shared.http import health
from shared.http.access_control import (
    Auth,
    check_forgery,
    has_given_password,
    identify,
    lacks_code,
    refuse_cross_site,
    refuse_given_password,
    refuse_without_code,
    require_role,
)
from shared.http.context import Context
from shared.http.middleware import Refused, respond
from shared.http.requests import request_bodies
from shared.platform.audit.channel import Channel, acting_through
from shared.platform.errors import AppError, Invalid, TooLarge, Unavailable, UnsupportedMedia
from shared.platform.settings import Need

Handler = Callable[[Context], Response]
Again = Callable[[Context, AppError], Response]
Limit = int | Callable[[Deployment], int]

DEFAULT_MAX_BYTES = 16 * 1024
DEFAULT_MAX_FILE_BYTES = 5 * 1024 * 1024
# Ten characters at least, so that no word of an address is ever taken for an id.
ID_PATTERN = r"[A-Za-z0-9][A-Za-z0-9_-]{9,79}"
NUMBER_PATTERN = r"[1-9][0-9]?"


class _IdConverter(BaseConverter):
    """An id in a path: nothing that a store could take for part of a document path."""

    regex = ID_PATTERN


class _NumberConverter(BaseConverter):
    """A small number, from 1 to 99."""

    regex = NUMBER_PATTERN


@dataclass(frozen=True, eq=False)
class Route:
    """One operation: what it reads, who may call it, what it answers (schemas by status)."""

    method: str
    path: str
    handler: Handler
    auth: Auth
    roles: Collection[str]
    summary: str
    body: Schema | None
    form: bool
    upload: str | None
    uploads: str | None
    max_files: int
    max_file_bytes: int
    max_bytes: Limit
    answers: Mapping[int, type[Schema]] = field(default_factory=dict)
    page: bool = False
    again: Again | None = None
    needs_code: bool = True
    problems: tuple[type[AppError], ...] = ()


class Service:
    """The router of one function; its instances are called as functions-framework targets.

    `needs`: the databases whose keys the function can't work without. `is_api`: whether programs
    call it, so that OpenAPI describes it, or only people with a browser. `refused` may make pages
    of the function's own for what it refuses. `without_code` answers those whose role needs an
    app's code that they haven't, `with_given_password` those whose password somebody else set; they
    are refused where there is none. `channel`: by which way its staff act, for the audit log.
    `deployment` may be replaced by another source of the composition, which is how tests let a port
    fail.
    """

    def __init__(
        self,
        name: str,
        *,
        needs: tuple[Need, ...] = (),
        is_api: bool = True,
        without_code: Handler = refuse_without_code,
        with_given_password: Handler = refuse_given_password,
        channel: Channel = "api",
    ) -> None:
        self.name = name
        self.is_api = is_api
        self.refused: Refused | None = None
        self._without_code = without_code
        self._with_given_password = with_given_password
        self._channel = channel
        self.routes: list[Route] = []
        self.needs = needs
        self.deployment: Callable[[], Deployment] = partial(current, needs=self.needs)
        self._map = Map(
            converters={"id": _IdConverter, "number": _NumberConverter}, merge_slashes=False
        )
        self._adapter = self._map.bind("localhost")
        self._fixed: dict[tuple[str, str], Route] = {}  # without placeholders: found at once

    def route(
        self,
        method: str,
        path: str,
        *,
        auth: Auth,
        roles: Collection[str] = (),
        summary: str = "",
        body: type[Schema] | None = None,
        form: bool = False,
        upload: str | None = None,
        uploads: str | None = None,
        max_files: int = 1,
        max_file_bytes: int = DEFAULT_MAX_FILE_BYTES,
        max_bytes: Limit = DEFAULT_MAX_BYTES,
        answers: Mapping[int, type[Schema]] | None = None,
        page: bool = False,
        again: Again | None = None,
        needs_code: bool = True,
        problems: Collection[type[AppError]] = (),
    ) -> Callable[[Handler], Handler]:
        """Declare the handler of one operation.

        `path` may hold `<id:name>` and `<number:name>` parts. `roles`: which of the staff may ask.
        `body` is the schema of a JSON body, and of a form's fields with `form`. `upload` names the
        one file field of a multipart form, whose size `max_bytes` limits. `uploads` names the field
        of a multipart form that may hold up to `max_files` files of `max_file_bytes`, or none,
        beside JSON and plain forms; `max_bytes` then limits all but the files. `page`: it answers
        with a page where that is wanted; `again` makes the page for a form that can't be read, of
        what was typed (`context.typed`). `needs_code`: whether it is closed to staff who must have
        an app's code and haven't, or must change their password. `answers` (a schema by status) and
        `problems` (those of its own) are for the OpenAPI document alone.
        """

        def declare(handler: Handler) -> Handler:
            schema = None if body is None else body()
            route = Route(
                method=method,
                path=path,
                handler=handler,
                auth=auth,
                roles=roles,
                summary=summary,
                body=schema,
                form=form,
                upload=upload,
                uploads=uploads,
                max_files=max_files,
                max_file_bytes=max_file_bytes,
                max_bytes=max_bytes,
                answers=answers or {},
                page=page,
                again=again,
                needs_code=needs_code,
                problems=tuple(problems),
            )
            self.routes.append(route)
            self._map.add(Rule(path, methods=[method], endpoint=route))
            if "<" not in path:
                self._fixed[method, path] = route
            return handler

        return declare

    def has_page(self, path: str) -> bool:
        """Whether there is a page at this path to be asked for by GET."""
        try:
            route, _ = self._adapter.match(path, "GET")
        except HTTPException:
            return False
        return bool(route.page)

    def largest_body(self, method: str, path: str) -> int | None:
        """Return the limit of a body in bytes; None where the kelurahan says how large a list is.

        What a route itself refuses with the form shown again has room to be read.
        """
        try:
            route, _ = self._adapter.match(path, method)
        except HTTPException:
            return DEFAULT_MAX_BYTES
        if not isinstance(route.max_bytes, int):
            return None
        if route.uploads is None:
            return int(route.max_bytes)
        from shared.http.requests.uploads import READ_ON_BYTES

        most = int(route.max_files * route.max_file_bytes + route.max_bytes)
        return most if route.again is None else max(READ_ON_BYTES, most)

    def has_field(self, path: str, name: str) -> bool:
        """Whether a form that is sent to this path has such a field."""
        try:
            route, _ = self._adapter.match(path, "POST")
        except HTTPException:
            return False
        return route.body is not None and name in route.body.fields

    def __call__(self, request: Request) -> Response:
        """Answer one request, whatever it holds."""
        return respond(self.name, request, self.deployment, self._answer, self.refused)

    def _answer(self, context: Context) -> Response:
        request = context.request
        if request.path in health.PATHS and (state := health.answer(context, self.needs)):
            return state
        route = self._fixed.get((request.method, request.path))
        if route is None:
            route, context.path = self._adapter.match(request.path, request.method)
        context.has_page = route.page
        refuse_cross_site(context)
        identify(context, route.auth)
        require_role(context, route.roles)
        with acting_through("scheduler" if context.scheduler else self._channel):
            return self._handled(context, route)

    def _handled(self, context: Context, route: Route) -> Response:
        """Answer somebody who may ask."""
        if route.needs_code and has_given_password(context):
            return self._with_given_password(context)
        if route.needs_code and lacks_code(context):
            return self._without_code(context)
        try:
            self._read(context, route)
        except (Invalid, TooLarge, Unavailable) as error:
            if route.again is None or context.typed is None or not context.wants_html:
                raise
            context.note(slug=error.slug)
            return route.again(context, error)
        return route.handler(context)

    def _read(self, context: Context, route: Route) -> None:
        """Read the body and the upload into the context, within the route's limits."""
        request = context.request
        limit = route.max_bytes
        if not isinstance(limit, int):
            limit = limit(context.deployment)
        is_multipart = request.mimetype == "multipart/form-data" and route.method != "GET"
        if route.uploads is not None and is_multipart:
            self._read_uploads(context, route, limit)
            return
        request.max_content_length = limit
        if (request.content_length or 0) > limit:
            raise RequestEntityTooLarge()
        if route.method == "GET":
            return
        if route.upload is not None and is_multipart:
            self._read_upload(context, route, limit)
            return
        if request.content_length is None and len(request.get_data()) >= limit:
            raise RequestEntityTooLarge()  # sent in pieces, and cut off at the limit
        if route.body is not None:
            if not request_bodies.has_type(request, form=route.form):
                raise UnsupportedMedia()
            if context.is_form:
                context.typed = request.form
            check_forgery(context, _form_field(context, request_bodies.CSRF_FIELD))
            context.body = request_bodies.load(route.body, request)
        else:
            check_forgery(context, _form_field(context, request_bodies.CSRF_FIELD))

    def _read_upload(self, context: Context, route: Route, limit: int) -> None:
        from shared.http.requests.uploads import Allowance, receive_one

        assert route.upload is not None
        context.upload, fields = receive_one(
            context.request,
            allowance=Allowance(route.upload, 1, limit, DEFAULT_MAX_BYTES),
            workspace=context.deployment.workspace,
            closing=context.closing,
        )
        context.typed = fields
        check_forgery(context, fields.get(request_bodies.CSRF_FIELD))
        if route.body is not None:
            context.body = request_bodies.load_fields(route.body, fields)

    def _read_uploads(self, context: Context, route: Route, limit: int) -> None:
        from shared.http.requests.uploads import READ_ON_BYTES, Allowance, receive_files

        assert route.uploads is not None
        allowance = Allowance(route.uploads, route.max_files, route.max_file_bytes, limit)
        # a page is shown again with all that was typed, however large the photos are
        reads_on = route.again is not None and context.wants_html
        most = max(READ_ON_BYTES, allowance.max_bytes) if reads_on else allowance.max_bytes
        context.request.max_content_length = most
        if (context.request.content_length or 0) > most:
            raise allowance.too_large()

        def keep(fields: Mapping[str, str]) -> None:
            context.typed = fields

        context.uploads, fields = receive_files(
            context.request,
            allowance=allowance,
            workspace=context.deployment.workspace,
            closing=context.closing,
            keep=keep if reads_on else None,
        )
        context.typed = fields
        check_forgery(context, fields.get(request_bodies.CSRF_FIELD))
        if route.body is not None:
            context.body = request_bodies.load_fields(route.body, fields)


def _form_field(context: Context, name: str) -> str | None:
    return context.request.form.get(name) if context.is_form else None
