"""Public figures: GET /api/figures answers with the freshness of the list.

A browser that follows a link here gets a page, so the date can be seen without JavaScript.

For now that is how fresh the list is. A browser that follows a link here gets a page, so the date
can be seen without JavaScript.
"""

from __future__ import annotations

from pathlib import Path

from flask import Request, Response
from marshmallow import Schema, fields

from shared.deployment import Deployment
from shared.http.context import Context
from shared.http.pages import Pages
from shared.http.per_deployment import per_deployment
from shared.http.responses import html_reply, json_reply
from shared.http.service import Service
from shared.platform.indonesian_dates import in_words
from shared.recipients.lookup.freshness import Freshness, FreshnessReader

service = Service("transparency", needs=("lookup",))

_PAGES = Pages(Path(__file__).parent / "templates")
_CACHE = "public, max-age=300"


class FiguresAnswer(Schema):
    """All fields are null before the first publication, which `message` then says."""

    as_of = fields.Date(required=True, allow_none=True)
    age_days = fields.Integer(required=True, allow_none=True, strict=True)
    published_at = fields.AwareDateTime(required=True, allow_none=True)
    message = fields.String(required=True)


@per_deployment
def _board(deployment: Deployment) -> FreshnessReader:
    kelurahan = deployment.kelurahan
    return FreshnessReader(deployment.lookup, kelurahan.key, kelurahan.timezone, deployment.clock)


@service.route(
    "GET",
    "/api/figures",
    auth="public",
    summary="How old the published list is",
    answers={200: FiguresAnswer},
    page=True,
)
def figures(context: Context) -> Response:
    """Return the freshness of the data, the same for everybody, so that caches may keep it."""
    freshness = _board(context.deployment).read()
    message = _message(freshness)
    if context.wants_html:
        response = html_reply(_page(context, message), cache=_CACHE)
    else:
        response = json_reply(_members(freshness, message), cache=_CACHE)
    response.headers["Vary"] = "Accept"
    return response


def _members(freshness: Freshness | None, message: str) -> dict[str, str | int | None]:
    if freshness is None:
        return {"as_of": None, "age_days": None, "published_at": None, "message": message}
    return {
        "as_of": freshness.as_of.isoformat(),
        "age_days": freshness.age_days,
        "published_at": freshness.published_at.isoformat(),
        "message": message,
    }


def _message(freshness: Freshness | None) -> str:
    if freshness is None:
        return "Belum ada data yang diterbitkan."
    return f"Data per tanggal {in_words(freshness.as_of)}, {_age(freshness.age_days)}."


def _age(days: int) -> str:
    return "data hari ini" if days == 0 else f"berumur {days} hari"


def _page(context: Context, message: str) -> str:
    return _PAGES.render(
        "figures.html",
        title="Kapan data diperbarui",
        kelurahan=context.deployment.kelurahan,
        message=message,
    )


def transparency(request: Request) -> Response:
    """Answer a request to the function."""
    return service(request)
