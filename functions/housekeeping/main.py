"""The daily housekeeping, called by the scheduler: POST /api/housekeeping."""

from __future__ import annotations

from flask import Request, Response
from marshmallow import Schema, fields

from shared.housekeeping.daily_run import Daily
from shared.http.context import Context
from shared.http.responses import json_reply
from shared.http.service import Service
from shared.platform.errors import Broken, Busy, WrongState

# the scheduler alone calls it, at its own address
service = Service("housekeeping", needs=("registry", "intake", "lookup", "files"), is_api=False)


class ReportSchema(Schema):
    """Counts by name, the parts that ran out of time, and damaged complaints."""

    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    unfinished = fields.List(fields.String(), required=True)
    damaged = fields.Integer(required=True)


def housekeeping(request: Request) -> Response:
    """Answer a request to the function."""
    return service(request)


@service.route(
    "POST",
    "/api/housekeeping",
    auth="scheduler",
    summary="One day's housekeeping",
    answers={200: ReportSchema},
    problems=(Busy, WrongState),
)
def run(context: Context) -> Response:
    """Run the housekeeping.

    Answer with an error where a part failed, so the scheduler tries again. A clock that has jumped
    is confirmed on the command line alone.
    """
    report = Daily.of(context.deployment).run()
    context.note(
        failed=len(report.failed),
        unfinished=len(report.unfinished),
        damaged=report.damaged,
        **report.counts,
    )
    if not report.ok:
        raise Broken(code="HOUSEKEEPING_INCOMPLETE")
    return json_reply(
        {
            "counts": dict(report.counts),
            "unfinished": list(report.unfinished),
            "damaged": report.damaged,
        }
    )
