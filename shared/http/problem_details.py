"""Error responses: RFC 9457 problem+json for programs, a page for browsers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response
from werkzeug.exceptions import HTTPException

from shared.http.responses import NO_STORE, encode, html_reply
from shared.platform.errors import (
    AppError,
    Broken,
    Conflict,
    Forbidden,
    Invalid,
    MethodNotAllowed,
    NotFound,
    Overtaken,
    TooLarge,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
    UnsupportedMedia,
)

if TYPE_CHECKING:
    from shared.kelurahan.configuration import Kelurahan

PROBLEM_TYPE = "application/problem+json"

_BY_STATUS: dict[int, type[AppError]] = {
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    413: TooLarge,
    414: TooLarge,
    415: UnsupportedMedia,
    429: TooManyRequests,
    503: Unavailable,
}


def problem(error: AppError, request_id: str) -> dict[str, Any]:
    """Return the members of the problem; its type is the address of a page that explains it."""
    members: dict[str, Any] = {
        "type": f"/masalah/{error.slug}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "request_id": request_id,
    }
    if error.code is not None:
        members["code"] = error.code
    if error.errors:
        members["errors"] = error.errors
    if isinstance(error, Overtaken):
        members["fresh"] = error.fresh
    return members


def problem_response(
    error: AppError, request_id: str, *, as_page: bool, kelurahan: Kelurahan | None = None
) -> Response:
    """Return the response to a request that failed, with the headers its status requires.

    A page says where the office is, if the `kelurahan` is known.
    """
    if as_page:
        from shared.http.pages import PAGES

        labels = {"request_id": request_id, "error": error, "title": error.title}
        if kelurahan is not None:
            labels["kelurahan"] = kelurahan
        response = html_reply(PAGES.render("problem.html", **labels), error.status)
    else:
        body = encode(problem(error, request_id))
        response = Response(body, error.status, content_type=PROBLEM_TYPE)
        response.headers["Cache-Control"] = NO_STORE
    return with_headers(response, error)


def with_headers(response: Response, error: AppError) -> Response:
    """Return the response with the headers that the error's status requires."""
    if isinstance(error, MethodNotAllowed):
        response.headers["Allow"] = ", ".join(sorted(error.allowed))
    elif isinstance(error, TooManyRequests):
        response.headers["Retry-After"] = str(error.retry_after_seconds)
    elif isinstance(error, Unauthenticated):
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def from_http_exception(error: HTTPException) -> AppError:
    """Return our error for one of werkzeug's; its description may quote the request: dropped."""
    if error.code == 405:
        return MethodNotAllowed(getattr(error, "valid_methods", None) or ())
    status = error.code or 500
    kind = _BY_STATUS.get(status, Invalid if status < 500 else Broken)
    return kind()
