"""Intake of complaints at the desk, by telephone or on paper."""

from __future__ import annotations

import secrets
from typing import Any, Final

from flask import Response

from functions.staff_console.composition import (
    desk,
)
from functions.staff_console.page_frame import (
    as_typed,
    does,
    officer,
    page,
    shows,
)
from functions.staff_console.pages.complaint_queue import PATH
from shared.complaints.intake.form_options import programmes_to_choose
from shared.complaints.intake.submission import UNSURE, Submission
from shared.complaints.model import kinds
from shared.complaints.model.case import Channel
from shared.complaints.model.labels import CHANNELS
from shared.complaints.model.text_rules import LONGEST_TYPED
from shared.complaints.photos.cleaning import MAX_BYTES, MAX_PHOTOS
from shared.http.context import Context
from shared.http.requests.schema_fields import RequestSchema
from shared.platform.errors import (
    AppError,
    Conflict,
    FileRejected,
    Invalid,
    Unavailable,
)

_FORM_AROUND_PHOTOS: Final = 256 * 1024
_FIELDS: Final = ("kind", "text", "programme", "rw", "rt", "name", "nik", "contact")


class Intake(RequestSchema):
    """A complaint that somebody makes at the desk, by telephone or on paper."""

    kind = as_typed(maximum=40)
    text = as_typed(maximum=LONGEST_TYPED)
    programme = as_typed(maximum=40)
    rw = as_typed(maximum=10)
    rt = as_typed(maximum=10)
    name = as_typed(maximum=200)
    nik = as_typed(maximum=60)
    contact = as_typed(maximum=254)
    anonymous = as_typed(maximum=10)
    confidential = as_typed(maximum=10)
    channel = as_typed(maximum=20)
    idempotency_key = as_typed(maximum=64)


@shows(f"{PATH}/terima-baru", "complaints.work", "The form for a complaint at the desk")
def intake_form(context: Context) -> Response:
    """Show the form for everything that somebody may tell."""
    return _intake_form(context, {"idempotency_key": secrets.token_urlsafe(24)})


def _form_again(context: Context, error: AppError) -> Response:
    """Show the form with all that was typed, where its files can't be read."""
    given = context.typed or {}
    return _intake_form(context, {name: given.get(name, "") for name in Intake().fields}, error)


@does(
    f"{PATH}/terima-baru",
    "complaints.work",
    "Take a complaint on behalf of somebody",
    Intake,
    max_bytes=_FORM_AROUND_PHOTOS,
    uploads="photos",
    max_files=MAX_PHOTOS,
    max_file_bytes=MAX_BYTES,
    again=_form_again,
)
def intake(context: Context) -> Response:
    """Take the complaint; show the receipt with number and secret, once."""
    typed, staff = context.body, officer(context)
    try:
        channel = Channel(typed["channel"]) if typed["channel"] in set(Channel) else Channel.STAFF
        if channel is Channel.WEB:
            channel = Channel.STAFF
        given = Submission(
            **{name: typed[name] for name in _FIELDS},
            anonymous=bool(typed["anonymous"]),
            confidential=bool(typed["confidential"]),
            channel=channel,
        )
        photos = [upload.path for upload in context.uploads]
        key = typed["idempotency_key"] or "-"
        receipt = desk(context.deployment).receive(given, key, photos)
    except FileRejected as error:
        fault = {"pointer": "#/photos", "detail": error.detail}
        return _intake_form(context, typed, FileRejected(error.detail, errors=[fault]))
    except (Invalid, Conflict, Unavailable) as error:
        return _intake_form(context, typed, error)
    if receipt.is_new:
        context.deployment.audit.append(
            staff.id, "complaint.intake", receipt.case.id, {"channel": channel.value}
        )
    return page(context, "case_receipt.html", "Tanda terima", receipt=receipt)


def _intake_form(
    context: Context, typed: dict[str, Any], error: AppError | None = None
) -> Response:
    deployment = context.deployment
    return page(
        context,
        "case_intake.html",
        "Terima pengaduan",
        error=error,
        values=typed,
        max_photos=MAX_PHOTOS,
        max_mib=MAX_BYTES // (1024 * 1024),
        kinds=[(code, kind.title) for code, kind in kinds.load(deployment.kelurahan).items()],
        programmes=[*programmes_to_choose(deployment.kelurahan), (UNSURE, "tidak tahu")],
        rws=[(rw, rw) for rw in deployment.kelurahan.rws],
        channels=[(each.value, CHANNELS[each]) for each in Channel if each is not Channel.WEB],
    )
