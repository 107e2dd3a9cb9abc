"""Complaints over HTTP, for residents: hand one in, follow it, add to it, rate the outcome.

A script sends JSON, or a multipart form where there are photos. Without a script the static form
comes here, is shown again to be checked, and is kept when it comes back with its key. Number and
secret travel in bodies alone.
"""

from __future__ import annotations

from flask import Request, Response

from functions.complaint_intake import status_replies, submission
from functions.complaint_intake.schemas import (
    ComplaintSchema,
    MessageSchema,
    ReceiptSchema,
    SatisfactionSchema,
    StatusSchema,
    TicketSchema,
)
from shared.complaints.intake.submission import Submission
from shared.complaints.model.lifecycle import Step
from shared.complaints.photos.cleaning import MAX_BYTES, MAX_PHOTOS
from shared.http.context import Context
from shared.http.responses import json_reply
from shared.http.service import Service
from shared.platform.errors import (
    Conflict,
    FileRejected,
    Invalid,
    TicketUnknown,
    TooManyRequests,
    WrongState,
)

service = Service("complaint_intake", needs=("intake", "files"))

# 8,400 characters of four bytes each, as a form writes them, and the other fields
_FORM_AROUND_PHOTOS = 256 * 1024
_NO_KEY = "Muat ulang halaman, lalu kirim lagi."
_FIELDS = (
    "kind text programme rw rt name nik contact anonymous confidential".split()  # noqa: SIM905
)


def complaint_intake(request: Request) -> Response:
    """The entry point of the function."""
    return service(request)


@service.route(
    "POST",
    "/api/complaints",
    auth="public",
    summary="Hand in a complaint",
    body=ComplaintSchema,
    form=True,
    uploads="photos",
    max_files=MAX_PHOTOS,
    max_file_bytes=MAX_BYTES,
    max_bytes=_FORM_AROUND_PHOTOS,
    answers={200: ReceiptSchema, 201: ReceiptSchema},
    page=True,
    again=submission.shown_again,
    problems=(Conflict, FileRejected, TooManyRequests),
)
def complain(context: Context) -> Response:
    """The receipt: 201 for a new complaint, 200 where the same was sent before with its key."""
    given = Submission(**{name: context.body[name] for name in _FIELDS})
    if context.wants_html:
        return submission.by_form(context, given)
    if not context.body["idempotency_key"]:
        raise Invalid(errors=[{"pointer": "#/idempotency_key", "detail": _NO_KEY}])
    told, is_new = submission.received(context, given)
    return json_reply(told, 201 if is_new else 200)


@service.route(
    "POST",
    "/api/complaints/status",
    auth="public",
    summary="How a complaint stands",
    body=TicketSchema,
    form=True,
    max_bytes=2048,
    answers={200: StatusSchema},
    page=True,
    again=status_replies.asked_again,
    problems=(TicketUnknown, TooManyRequests),
)
def status(context: Context) -> Response:
    """State, deadlines and timeline; the same refusal for a wrong number and a wrong secret."""
    return status_replies.stands(context, status_replies.ask_status)


@service.route(
    "POST",
    "/api/complaints/messages",
    auth="public",
    summary="Add to a complaint, open it again, appeal, or withdraw it",
    body=MessageSchema,
    form=True,
    max_bytes=64 * 1024,
    answers={200: StatusSchema},
    page=True,
    again=status_replies.asked_again,
    problems=(TicketUnknown, TooManyRequests, WrongState),
)
def message(context: Context) -> Response:
    """Reply with the status after the message; the same message and key count once."""
    body = context.body
    step, text, key = Step(body["step"]), body["text"], body["idempotency_key"]
    return status_replies.stands(
        context, lambda desk, ticket, secret: desk.message(ticket, secret, step, text, key)
    )


@service.route(
    "POST",
    "/api/complaints/satisfaction",
    auth="public",
    summary="Say how content one is with the outcome",
    body=SatisfactionSchema,
    form=True,
    max_bytes=64 * 1024,
    answers={200: StatusSchema},
    page=True,
    again=status_replies.asked_again,
    problems=(TicketUnknown, TooManyRequests, WrongState),
)
def satisfaction(context: Context) -> Response:
    """Reply with the status after the rating."""
    body = context.body
    score, text, key = body["score"], body["text"], body["idempotency_key"]
    return status_replies.stands(
        context, lambda desk, ticket, secret: desk.rate(ticket, secret, score, text, key)
    )
