"""Error pages of the console, in its own frame, with what was typed kept to be copied.

A form of a session that has ended leads to the sign-in form, with a sealed draft. Where the form
doesn't prove that it is the session's own, what was typed comes back in boxes to be copied, and in
no form: one would have to hold a token of the session, and so give whoever forged the request what
they lack.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Final
from urllib.parse import quote

from flask import Response
from werkzeug.exceptions import HTTPException

from functions.staff_console import drafts
from functions.staff_console.access_rights import may
from functions.staff_console.page_frame import page, redirect, service
from shared.http.access_control import FORGED, identify
from shared.http.context import Context
from shared.http.problem_details import with_headers
from shared.http.requests.uploads import Allowance, receive_files
from shared.http.staff_session import session_of
from shared.platform.errors import AppError, Forbidden, Unauthenticated

_SIGN_IN: Final = "/staff/masuk"
_OVER: Final = "Sesi Anda sudah berakhir"
_TOO_OLD: Final = "Halaman tadi perlu dibuka lagi"
_MAX_BYTES: Final = 256 * 1024
TYPED: Final[Mapping[str, str]] = {
    "reason": "Alasan",
    "public": "Untuk pelapor",
    "internal": "Untuk petugas saja",
    "why": "Pesan untuk petugas itu",
    "text": "Cerita warga",
    "name": "Nama",
    "contact": "Telepon atau surel",
    "email": "Surel",
}
"""What may be shown again of a form, by its fields: no password, no token, no NIK is among them."""


def answer(context: Context, error: AppError) -> Response | None:
    """Return the page of a refusal, or the way to the sign-in form; None for a program."""
    if isinstance(error, Unauthenticated) and context.request.path != _SIGN_IN:
        sent = _sent(context) if context.wants_html else {}
        draft = drafts.sealed(context, sent)
        if draft:
            return page(
                context, "sign_in.html", _OVER, values={"konsep": draft}, status=error.status
            )
        typed = kept(sent)
        return _page(context, error, typed) if typed else _led_to_sign_in(context)
    if not context.wants_html:
        return None
    return _page(context, error, kept(context.typed or {}))


def kept(typed: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return what somebody wrote: each field's name, label and text."""
    return [
        (name, label, typed[name]) for name, label in TYPED.items() if typed.get(name, "").strip()
    ]


def _page(context: Context, error: AppError, typed: list[tuple[str, str, str]]) -> Response:
    _know_who_asks(context)
    staff = context.staff
    is_over = isinstance(error, Unauthenticated)
    is_forged = isinstance(error, Forbidden) and error.code == FORGED
    has_pages = staff is not None and may(staff, "home")
    response = page(
        context,
        "refusal.html",
        _OVER if is_over else _TOO_OLD if is_forged else error.title,
        refusal=error,
        is_over=is_over,
        has_nothing_here=staff is not None and not has_pages and type(error) is Forbidden,
        has_pages=has_pages,
        typed=typed,
        back=page_of(context.request.path),
        request_id=context.request_id,
    )
    response.status_code = error.status
    return with_headers(response, error)


def _know_who_asks(context: Context) -> None:
    """Identify the officer, also where the request was refused before that was done."""
    if context.staff is None and session_of(context.request):
        with suppress(AppError):
            identify(context, "staff")
    if context.staff and context.staff.kelurahan != context.deployment.kelurahan.key:
        context.staff = context.session = None


def _led_to_sign_in(context: Context) -> Response:
    led = redirect(_SIGN_IN)
    if context.request.method == "GET":
        led.headers["Location"] += f"?lanjut={quote(context.request.path)}"
    return led


def page_of(path: str) -> str:
    """Return the page that a form was on: the nearest one above where it was sent to."""
    while not service.has_page(path) and path != "/staff":
        path = path.rpartition("/")[0] or "/staff"
    return path


def _sent(context: Context) -> Mapping[str, str]:
    """Return the fields of a form that nobody has read yet; its files are discarded."""
    request = context.request
    if request.method != "POST" or not context.is_form:
        return {}
    try:
        if request.mimetype != "multipart/form-data":
            request.max_content_length = _MAX_BYTES
            return request.form
        fields: list[Mapping[str, str]] = []
        with suppress(AppError):  # a file is one too many, which is known at the form's end
            receive_files(
                request,
                allowance=Allowance("", 0, 0, _MAX_BYTES),
                workspace=context.deployment.workspace,
                closing=context.closing,
                keep=fields.append,
            )
        return fields[0] if fields else {}
    except HTTPException:  # too large, or no form
        return {}
