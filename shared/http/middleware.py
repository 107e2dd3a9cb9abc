"""Middleware around every request: its id, its log line, and error handling.

Here, and only here, every exception is caught. One that isn't ours becomes a problem that says
nothing of the request, and a log line with the exception's type and place; its text may hold
anything, so it goes nowhere.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from time import perf_counter

from flask import Request, Response
from werkzeug.exceptions import HTTPException

from shared.deployment import Deployment
from shared.http import staff_session
from shared.http.context import Context, request_id_of, trace_id_of
from shared.http.problem_details import from_http_exception, problem_response
from shared.kelurahan.configuration import Kelurahan
from shared.platform import logs
from shared.platform.errors import AppError, Broken

_DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
_PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
Refused = Callable[[Context, AppError], Response | None]
REQUEST_ID_HEADER = "X-Request-Id"
# Read on, and thrown away, after a refusal: a sender that isn't listened to sees a broken line.
_DRAIN_BYTES = 32 * 1024 * 1024


def respond(
    function: str,
    request: Request,
    deployment: Callable[[], Deployment],
    answer: Callable[[Context], Response],
    refused: Refused | None = None,
) -> Response:
    """Return what `answer` makes of the request, or the problem that it ran into; never raises.

    `refused` may answer with a page of its own instead; None leaves it to the common one.
    """
    context = Context(request, request_id_of(request), deployment)
    with logs.traced(_trace(context)):
        return _respond(function, context, answer, refused)


def _respond(
    function: str,
    context: Context,
    answer: Callable[[Context], Response],
    refused: Refused | None,
) -> Response:
    started = perf_counter()
    try:
        with context.closing:
            response = answer(context)
    except AppError as error:
        response = _refusal(context, error, refused)
    except HTTPException as error:
        response = _refusal(context, from_http_exception(error), refused)
    except Exception as error:
        context.note(**logs.place_of(error))
        response = _refusal(context, Broken(), refused)
    staff_session.renew(context, response)
    response.headers[REQUEST_ID_HEADER] = context.request_id
    # A function may be called at its own address, without Hosting's headers in front of it.
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = (
        _PAGE_POLICY if response.mimetype == "text/html" else _DATA_POLICY
    )
    logs.request_line(
        function=function,
        request_id=context.request_id,
        status=response.status_code,
        duration_ms=(perf_counter() - started) * 1000,
        **context.notes,
    )
    return response


def _refusal(context: Context, error: AppError, refused: Refused | None) -> Response:
    context.note(slug=error.slug)
    if error.code is not None:
        context.note(code=error.code)
    own = None
    if refused is not None:
        try:
            own = refused(context, error)
        except Exception as fault:  # what went wrong may keep that page from being made, too
            context.note(**logs.place_of(fault))
    _drain(context.request)
    if own is not None:
        return own
    as_page = context.wants_html
    kelurahan = _kelurahan(context) if as_page else None
    return problem_response(error, context.request_id, as_page=as_page, kelurahan=kelurahan)


def _trace(context: Context) -> str | None:
    """Return the request's trace in Cloud Logging's form; None without one, or off Google Cloud."""
    trace = trace_id_of(context.request)
    if trace is None:
        return None
    try:
        project = context.deployment.settings.project
    except Exception:  # what is wrong with it is for the handler to run into
        return None
    return None if project is None else f"projects/{project}/traces/{trace}"


def _kelurahan(context: Context) -> Kelurahan | None:
    """Return the kelurahan of the error page, or None where loading it was what failed."""
    try:
        return context.deployment.kelurahan
    except Exception:
        return None


def _drain(request: Request) -> None:
    """Read and discard the rest of a refused body, so that nothing after us loads it."""
    try:
        request.max_content_length = _DRAIN_BYTES
        stream = request.stream
        while stream.read(64 * 1024):
            pass
    except (HTTPException, OSError, ValueError):
        pass
    request.stream = io.BytesIO()
