"""Submission of a complaint: kept, or shown again with all that was typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import Response

from functions.complaint_intake.composition import desk, intake_limit, teller
from shared.complaints.intake.submission import Submission
from shared.complaints.model import kinds
from shared.http.context import Context
from shared.http.responses import html_reply
from shared.platform.errors import (
    AppError,
    Conflict,
    Contended,
    FileRejected,
    Invalid,
    TooManyRequests,
    Unavailable,
)

_KEY_USED: Final = "IDEMPOTENCY_KEY_USED"
_ALREADY: Final = (
    "Pengaduan yang Anda kirim tadi sudah kami terima, dan akan diperiksa. Isian di bawah ini "
    "berbeda, dan belum kami terima. Jangan kirim lagi hanya untuk mendapat tanda terima: itu "
    "menjadi pengaduan kedua. Sampaikan perubahannya kepada petugas, atau kirim sebagai pengaduan "
    "kedua."
)


def received(context: Context, given: Submission) -> tuple[dict[str, Any], bool]:
    """The receipt, and whether the complaint is new. Raises what the desk raises.

    Only what is new counts for the address: whoever taps again while nothing can be kept, or for a
    receipt that got lost, is not the one that the limit is for.
    """
    limit = intake_limit(context.deployment)
    limit.take(context.origin)
    photos = [upload.path for upload in context.uploads]
    key = context.body["idempotency_key"]
    try:
        receipt = desk(context.deployment).receive(given, key, photos, origin=context.origin)
        if not receipt.is_new:
            limit.give_back(context.origin)
    except (Contended, Unavailable):
        limit.give_back(context.origin)
        raise
    except FileRejected as error:
        fault = {"pointer": "#/photos", "detail": error.detail}
        raise FileRejected(error.detail, code=error.code, errors=[fault]) from None
    return teller(context.deployment).receipt(receipt), receipt.is_new


def by_form(context: Context, given: Submission) -> Response:
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
        if not key or context.body["action"] == "check":
            desk(deployment).check(given)
            return html_reply(pages.check(context.body))
        told, is_late = _received_or_known(context, given)
    except (Invalid, Conflict, TooManyRequests, Unavailable) as error:
        context.note(slug=error.slug)
        response = html_reply(_with_faults(pages, context.body, error), error.status)
        if isinstance(error, TooManyRequests):
            response.headers["Retry-After"] = str(error.retry_after_seconds)
        return response
    return html_reply(pages.receipt(told, with_late_photos=is_late))


def _received_or_known(context: Context, given: Submission) -> tuple[dict[str, Any], bool]:
    """The receipt, and whether the photos came too late.

    Whoever lost an answer and now picks other photos than before is told of what was received: what
    they would send instead is a second complaint of the same words.
    """
    try:
        return received(context, given)[0], False
    except Conflict as error:
        if error.code != _KEY_USED or not context.uploads:
            raise
    deployment, key = context.deployment, context.body["idempotency_key"]
    known = desk(deployment).receive(given, key)
    intake_limit(deployment).give_back(context.origin)
    return teller(deployment).receipt(known), True


def _with_faults(pages: Any, typed: Mapping[str, Any], error: AppError) -> str:
    """Keep what was typed in the page, whatever went wrong: a fault leads to the form, else to the
    page with the photos and the button that sends it again, with the same key.

    A key that has been used for something else never fits again, so that page gets a new one.
    """
    about = {each["pointer"] for each in error.errors}
    if isinstance(error, Invalid) and about != {"#/photos"}:
        return str(pages.form(typed, error))
    if error.code == _KEY_USED:
        unused = {**typed, "idempotency_key": ""}
        return str(pages.check(unused, Conflict(_ALREADY), is_second=True))
    return str(pages.check(typed, error))


def shown_again(context: Context, error: AppError) -> Response:
    """The page with all that was typed, where the form itself has a fault."""
    from functions.complaint_intake.pages import ComplaintPages, typed_complaint

    typed = typed_complaint(context.typed or {})
    kelurahan = context.deployment.kelurahan
    kind = kinds.load(kelurahan).get(typed["kind"])
    if kind is None:
        raise error
    return html_reply(_with_faults(ComplaintPages(kelurahan, kind), typed, error), error.status)
