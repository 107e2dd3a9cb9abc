"""One HTTP function: its routes, and everything between the wire and a handler.

A handler gets a checked `Context` and returns a response, or raises an `AppError`. Here, and only
here, every other exception is caught too: it becomes a problem that says nothing of the request,
and a log line with the exception's type and place.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING

from flask import Request, Response
from marshmallow import Schema
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.routing import BaseConverter, Map, Rule

from shared.platform import logs
from shared.platform.errors import AppError, Broken, UnsupportedMedia
from shared.platform.http import bodies
from shared.platform.http.access import Auth, check_forgery, identify
from shared.platform.http.problems import from_http_exception, problem_response
from shared.platform.http.requests import Context, request_id_of

if TYPE_CHECKING:
    from shared.platform.deployment import Deployment

Handler = Callable[[Context], Response]
Limit = int | Callable[["Deployment"], int]

DEFAULT_MAX_BYTES = 16 * 1024
ID_PATTERN = r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}"
REQUEST_ID_HEADER = "X-Request-Id"
# Read on, and thrown away, after a refusal: a sender that isn't listened to sees a broken line.
_DRAIN_BYTES = 32 * 1024 * 1024


class _IdConverter(BaseConverter):
    """An id as a path may hold it: nothing that a store could take for part of a path."""

    regex = ID_PATTERN


@dataclass(frozen=True)
class Route:
    """One operation: what it reads, who may ask, what it answers (schemas by status)."""

    method: str
    path: str
    handler: Handler
    auth: Auth
    summary: str
    body: Schema | None
    form: bool
    upload: str | None
    max_bytes: Limit
    answers: Mapping[int, type[Schema] | str] = field(default_factory=dict)


class Service:
    """A router whose instances answer as a functions-framework target would."""

    def __init__(self, name: str, deployment: Callable[[], Deployment] | None = None) -> None:
        self.name = name
        self.routes: list[Route] = []
        self.deployment: Callable[[], Deployment] = deployment or _current_deployment
        self._map = Map(converters={"id": _IdConverter}, merge_slashes=False)
        self._adapter = self._map.bind("localhost")

    def route(
        self,
        method: str,
        path: str,
        *,
        auth: Auth,
        summary: str = "",
        body: type[Schema] | None = None,
        form: bool = False,
        upload: str | None = None,
        max_bytes: Limit = DEFAULT_MAX_BYTES,
        answers: Mapping[int, type[Schema] | str] | None = None,
    ) -> Callable[[Handler], Handler]:
        """Declare the handler of one operation.

        `path` may hold `<id:name>` parts. `body` is the schema of a JSON body, and of a form's
        fields with `form`; `upload` names the one file field of a multipart form. `answers` (a
        schema, or a media type, by status) is for the OpenAPI document alone.
        """

        def declare(handler: Handler) -> Handler:
            schema = None if body is None else body()
            route = Route(
                method, path, handler, auth, summary, schema, form, upload, max_bytes, answers or {}
            )
            self.routes.append(route)
            self._map.add(Rule(path, methods=[method], endpoint=route))
            return handler

        return declare

    def __call__(self, request: Request) -> Response:
        """The answer to one request, whatever it holds."""
        started = perf_counter()
        context = Context(request, request_id_of(request), self.deployment)
        try:
            with context.closing:
                response = self._answer(context)
        except AppError as error:
            response = self._refuse(context, error)
        except HTTPException as error:
            response = self._refuse(context, from_http_exception(error))
        except Exception as error:
            context.note(**logs.place_of(error))
            response = self._refuse(context, Broken())
        response.headers[REQUEST_ID_HEADER] = context.request_id
        logs.request_line(
            function=self.name,
            request_id=context.request_id,
            status=response.status_code,
            duration_ms=(perf_counter() - started) * 1000,
            **context.notes,
        )
        return response

    def _answer(self, context: Context) -> Response:
        request = context.request
        route, values = self._adapter.match(request.path, request.method)
        assert isinstance(route, Route)
        context.path = values
        identify(context, route.auth)
        self._read(context, route)
        return route.handler(context)

    def _read(self, context: Context, route: Route) -> None:
        """Fill in the body and the upload, within the route's limits."""
        request = context.request
        limit = route.max_bytes if isinstance(route.max_bytes, int) else None
        limit = route.max_bytes(context.deployment) if limit is None else limit
        request.max_content_length = limit
        if (request.content_length or 0) > limit:
            raise RequestEntityTooLarge()
        if route.method == "GET":
            return
        if route.upload is not None and request.mimetype == "multipart/form-data":
            self._read_upload(context, route, limit)
        elif route.body is not None:
            if not bodies.has_type(request, form=route.form):
                raise UnsupportedMedia()
            check_forgery(context, _form_field(context, bodies.CSRF_FIELD))
            context.body = bodies.load(route.body, request)
        else:
            check_forgery(context, _form_field(context, bodies.CSRF_FIELD))

    def _read_upload(self, context: Context, route: Route, limit: int) -> None:
        from shared.platform.http.uploads import receive

        assert route.upload is not None
        context.upload, fields = receive(
            context.request, field=route.upload, max_bytes=limit, closing=context.closing
        )
        check_forgery(context, fields.get(bodies.CSRF_FIELD))
        if route.body is not None:
            context.body = bodies.load_fields(route.body, fields)

    def _refuse(self, context: Context, error: AppError) -> Response:
        context.note(slug=error.slug)
        _drain(context.request)
        return problem_response(error, context.request_id, as_page=context.wants_html)


def _form_field(context: Context, name: str) -> str | None:
    return context.request.form.get(name) if context.is_form else None


def _drain(request: Request) -> None:
    """Throw away what the refused sender still sends, so that nothing after us loads it."""
    try:
        request.max_content_length = _DRAIN_BYTES
        stream = request.stream
        while stream.read(64 * 1024):
            pass
    except (HTTPException, OSError, ValueError):
        pass
    request.stream = io.BytesIO()


def _current_deployment() -> Deployment:
    from shared.platform.deployment import current

    return current()
