"""Complaints over HTTP: hand one in, follow it, add to it, say how it went; and two staff routes.

A script sends JSON, or a multipart form where there are photos. Without a script the static form
comes here, is shown again to be checked, and is kept when it comes back with its key. Number and
secret travel in bodies alone.
"""

from __future__ import annotations

from typing import Any

from flask import Request, Response

from functions.complaint_intake.schemas import (
    CaseSchema,
    ComplaintSchema,
    MessageSchema,
    ReceiptSchema,
    SatisfactionSchema,
    StatusSchema,
    StepSchema,
    TicketSchema,
)
from functions.complaint_intake.telling import Teller
from shared.complaints import Casework, IntakeDesk, Outcome, Status, Step, Submission, kinds
from shared.complaints.casework import READERS, WORKERS, fresh_state
from shared.complaints.photos import MAX_BYTES, MAX_PHOTOS, MEDIA_TYPE
from shared.platform.deployment import Deployment
from shared.platform.errors import (
    AppError,
    Conflict,
    FileRejected,
    Invalid,
    Overtaken,
    TicketUnknown,
    TooManyRequests,
    Unavailable,
    WrongState,
)
from shared.platform.http.parts import per_deployment
from shared.platform.http.replies import NO_STORE, html_reply, json_reply
from shared.platform.http.requests import Context
from shared.platform.http.service import Service
from shared.platform.pace import Pace

service = Service("complaint_intake", needs=("registry", "files"))

_FORM_AROUND_PHOTOS = 256 * 1024
_NO_KEY = "Muat ulang halaman, lalu kirim lagi."
_FIELDS = (
    "kind text programme rw rt name nik contact anonymous confidential".split()  # noqa: SIM905
)


def complaint_intake(request: Request) -> Response:
    """The entry point of the function."""
    return service(request)


@per_deployment
def _desk(deployment: Deployment) -> IntakeDesk:
    return IntakeDesk.of(deployment)


@per_deployment
def _casework(deployment: Deployment) -> Casework:
    return Casework.of(deployment)


@per_deployment
def _teller(deployment: Deployment) -> Teller:
    kelurahan = deployment.kelurahan
    return Teller(_desk(deployment), kinds.load(kelurahan), kelurahan)


@per_deployment
def _intake_pace(deployment: Deployment) -> Pace:
    """How many complaints one address may hand in."""
    return Pace(deployment.kelurahan.complaints.per_address_hourly, deployment.clock)


@per_deployment
def _guess_pace(deployment: Deployment) -> Pace:
    """How often one address may be wrong about number and secret."""
    return Pace(deployment.kelurahan.complaints.per_address_hourly, deployment.clock)


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
    problems=(Conflict, FileRejected, TooManyRequests),
)
def complain(context: Context) -> Response:
    """The receipt: 201 for a new complaint, 200 where the same was sent before with its key."""
    given = Submission(**{name: context.body[name] for name in _FIELDS})
    if context.wants_html:
        return _complain_by_form(context, given)
    if not context.body["idempotency_key"]:
        raise Invalid(errors=[{"pointer": "#/idempotency_key", "detail": _NO_KEY}])
    told, is_new = _received(context, given)
    return json_reply(told, 201 if is_new else 200)


def _received(context: Context, given: Submission) -> tuple[dict[str, Any], bool]:
    _intake_pace(context.deployment).take(context.origin)
    photos = [upload.path for upload in context.uploads]
    desk = _desk(context.deployment)
    receipt = desk.receive(given, context.body["idempotency_key"], photos)
    return _teller(context.deployment).receipt(receipt), receipt.is_new


def _complain_by_form(context: Context, given: Submission) -> Response:
    """The form again with its faults, the page to check it on, or the receipt."""
    from functions.complaint_intake.pages import ComplaintPages

    deployment, key = context.deployment, context.body["idempotency_key"]
    kind = kinds.load(deployment.kelurahan).get(given.kind)
    if kind is None:
        raise Invalid("Pilih dahulu jenis pengaduan di halaman Pengaduan.")
    pages = ComplaintPages(deployment.kelurahan, kind)
    try:
        if context.body["action"] == "edit":
            return html_reply(pages.form(context.body))
        if not key:
            _desk(deployment).check(given)
            return html_reply(pages.check(context.body))
        told, _ = _received(context, given)
    except (Invalid, Conflict, TooManyRequests, Unavailable) as error:
        context.note(slug=error.slug)
        response = html_reply(_with_faults(pages, context, error), error.status)
        if isinstance(error, TooManyRequests):
            response.headers["Retry-After"] = str(error.retry_after_seconds)
        return response
    return html_reply(pages.receipt(told))


def _with_faults(pages: Any, context: Context, error: AppError) -> str:
    """What was typed stays in the page, whatever went wrong: a fault leads to the form, else to the
    page with the button that sends it again, with the same key."""
    if isinstance(error, Invalid) and not isinstance(error, FileRejected):
        return str(pages.form(context.body, error))
    return str(pages.check(context.body, error))


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
    problems=(TicketUnknown, TooManyRequests),
)
def status(context: Context) -> Response:
    """State, deadlines and timeline; the same refusal for a wrong number and a wrong secret."""
    return _stands(context, lambda desk, ticket, secret: desk.status(ticket, secret))


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
    problems=(TicketUnknown, TooManyRequests, WrongState),
)
def message(context: Context) -> Response:
    """How the complaint stands after it; the same message twice in a row counts once."""
    body = context.body
    return _stands(
        context,
        lambda desk, ticket, secret: desk.message(ticket, secret, Step(body["step"]), body["text"]),
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
    problems=(TicketUnknown, TooManyRequests, WrongState),
)
def satisfaction(context: Context) -> Response:
    """How the complaint stands after it."""
    body = context.body
    return _stands(
        context, lambda desk, ticket, secret: desk.rate(ticket, secret, body["score"], body["text"])
    )


def _stands(context: Context, ask: Any) -> Response:
    """The status after a question or a message, as JSON or as a page."""
    deployment, body = context.deployment, context.body
    guesses = _guess_pace(deployment)
    guesses.check(context.origin)
    try:
        found: Status = ask(_desk(deployment), body["ticket"], body["secret"])
    except TicketUnknown:
        guesses.take(context.origin)
        if context.wants_html:
            return _asked_again(context, TicketUnknown())
        raise
    except (Invalid, WrongState) as error:
        if context.wants_html:
            return _status_page(
                context, _desk(deployment).status(body["ticket"], body["secret"]), error
            )
        raise
    if context.wants_html:
        return _status_page(context, found)
    return json_reply(_teller(deployment).status(found))


def _status_page(context: Context, found: Status, error: AppError | None = None) -> Response:
    from functions.complaint_intake.pages import status_page

    told = _teller(context.deployment).status(found)
    html = status_page(told, context.body, context.deployment.kelurahan, error)
    return html_reply(html, 200 if error is None else error.status)


def _asked_again(context: Context, error: AppError) -> Response:
    from functions.complaint_intake.pages import ask_page

    context.note(slug=error.slug)
    typed = context.body["ticket"]
    return html_reply(ask_page(typed, context.deployment.kelurahan, error), error.status)


def _photo(number: int) -> None:
    """One route for each photo: a photo has no id of its own."""

    @service.route(
        "GET",
        f"/api/complaints/<id:complaint>/photos/{number}",
        auth="staff",
        roles=READERS,
        summary=f"Photo {number} of a complaint",
        answers={200: None},
    )
    def photo(context: Context) -> Response:
        """The photo, for staff alone; that it was looked at is in the audit log."""
        content = _casework(context.deployment).photo(
            _officer(context), context.path["complaint"], number
        )
        response = Response(content, 200, content_type=MEDIA_TYPE)
        response.headers["Cache-Control"] = NO_STORE
        response.headers["Content-Disposition"] = "inline"
        return response


for _number in range(1, MAX_PHOTOS + 1):
    _photo(_number)


@service.route(
    "POST",
    "/api/complaints/<id:complaint>/steps",
    auth="staff",
    roles=WORKERS,
    summary="Take the next step in a complaint",
    body=StepSchema,
    max_bytes=64 * 1024,
    answers={200: CaseSchema},
    problems=(Overtaken, WrongState),
)
def take_step(context: Context) -> Response:
    """The complaint after the step; whoever was overtaken gets 409 with the fresh state."""
    body = context.body
    case = _casework(context.deployment).step(
        _officer(context),
        context.path["complaint"],
        Step(body["step"]),
        version=body["version"],
        public=body["public"],
        internal=body["internal"],
        outcome=Outcome(body["outcome"]) if body["outcome"] else None,
        field_check=body["field_check"],
    )
    return json_reply(fresh_state(case))


def _officer(context: Context) -> Any:
    assert context.staff is not None
    return context.staff
