"""The page frame of the console: menu, routes, error display, and password confirmation.

An area (lists, residents, cases, ...) is a module that declares its routes on `service`, by `shows`
and `does`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask import Response
from marshmallow import Schema

from functions.staff_console.access_rights import ACCOUNT, RIGHTS, may
from functions.staff_console.labels import amount
from shared.http import access_control
from shared.http.context import Context
from shared.http.pages import Pages
from shared.http.requests.schema_fields import RequestSchema, Text
from shared.http.responses import html_reply
from shared.http.service import Handler, Service
from shared.platform.errors import AppError, Forbidden, Invalid, TooManyRequests
from shared.platform.indonesian_dates import in_words
from shared.staff.accounts import Role, Staff
from shared.staff.confirmation import require_confirmed


class EmptyForm(RequestSchema):
    """A form with a button alone."""


as_typed = partial(Text, minimum=0, load_default="", strip=False)
"""A field of a form as it was typed: the rules are the capability's, which the page shows again."""


class Reason(RequestSchema):
    """A reason, and the password for confirmation."""

    reason = as_typed(maximum=600)
    password = as_typed(maximum=400)


_PAGES = Pages(Path(__file__).parent / "templates")
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MENU: Final = (
    ("home", "/staff", "Beranda"),
    ("lists.read", "/staff/sinkronisasi", "Sinkronisasi"),
    ("residents.read", "/staff/warga", "Warga"),
    ("complaints.read", "/staff/pengaduan", "Pengaduan"),
    ("audit.read", "/staff/audit", "Catatan audit"),
    ("staff.manage", "/staff/petugas", "Petugas"),
)
_GUIDES: Final[Mapping[str, str]] = {
    "/staff": "beranda",
    "/staff/masuk": "masuk",
    "/staff/akun": "masuk",
    "/staff/sinkronisasi": "sinkronisasi",
    "/staff/warga": "warga",
    "/staff/pengaduan": "pengaduan",
    "/staff/audit": "audit",
    "/staff/petugas": "petugas",
    "/staff/konfirmasi": "petugas",
}
"""The guide of docs/panduan by the path that a screen begins with."""
ROLE_NAMES: Final[Mapping[Role, str]] = {
    Role.OPERATOR: "Operator",
    Role.VERIFIER: "Verifikator",
    Role.SURVEYOR: "Satgas",
    Role.AUDITOR: "Auditor",
    Role.ADMIN: "Admin",
}
NOTICES: Final[Mapping[str, str]] = {
    "tersimpan": "Tersimpan.",
    "sama": "Isi berkas ini sama dengan yang sudah terbit.",
    "dikirim": "Dikirim. Petugas kedua sekarang memeriksanya.",
    "terbit": "Daftar baru sudah terbit.",
    "ditolak": "Batch ditolak. Tidak ada yang berubah pada daftar yang terbit.",
    "dibatalkan": "Batch dibatalkan.",
    "langkah": "Langkah pengaduan tercatat.",
    "dihapus": "Isi pengaduan, foto, dan pelapornya sudah dihapus.",
    "akun": "Akun petugas diperbarui.",
    "kode": "Kode aplikasi sudah terpasang. Masuk lagi dengan kode baru.",
    "keluar": "Anda sudah keluar.",
    "dikonfirmasi": "Akun petugas itu sudah dikonfirmasi.",
    "sandi-wajib": "Ganti dulu kata sandi yang dibuatkan untuk Anda. Sesudah itu, masuk lagi.",
    "kode-wajib": "Peran Anda memerlukan kode dari aplikasi. Pasang dulu di bawah ini.",
}
"""What a page says after a step, by the word in its address: never free text."""


def _to_set_up_the_code(context: Context) -> Response:
    """Lead an officer who lacks a required app's code to their own account."""
    return redirect("/staff/akun", "kode-wajib")


def _to_change_the_password(context: Context) -> Response:
    """Lead an officer whose password somebody else set to their own account."""
    return redirect("/staff/akun", "sandi-wajib")


service = Service(
    "staff_console",
    needs=("registry", "intake", "lookup", "files"),
    is_api=False,
    without_code=_to_set_up_the_code,
    with_given_password=_to_change_the_password,
    channel="console",
)


def shows(path: str, right: str, summary: str) -> Callable[[Handler], Handler]:
    """Declare a page: GET, for the roles that the table of rights admits."""
    return _route("GET", path, right, summary)


def does(
    path: str,
    right: str,
    summary: str,
    body: type[Schema] = EmptyForm,
    **more: Any,
) -> Callable[[Handler], Handler]:
    """Declare a form's action: POST, for the roles that the table of rights admits.

    `more`: its size, which files it may hold, and the page for one that can't be read, as
    `Service.route`.
    """
    return _route("POST", path, right, summary, body=body, form=True, **more)


def _route(
    method: str, path: str, right: str, summary: str, **more: Any
) -> Callable[[Handler], Handler]:
    return service.route(
        method,
        path,
        auth="staff",
        roles=RIGHTS[right],
        page=True,
        needs_code=right != ACCOUNT,
        summary=summary,
        **more,
    )


def officer(context: Context) -> Staff:
    """Return the signed-in officer; only for routes with auth="staff"."""
    assert context.staff is not None
    return context.staff


def page(
    context: Context,
    template: str,
    title: str,
    *,
    error: AppError | None = None,
    failed: str = "",
    guide: str | None = None,
    status: int = 200,
    **values: Any,
) -> Response:
    """Render a page in the console's frame. `values` go to its template, escaped there.

    `error`: what went wrong, which the page tells: at the fields (`errors`, where they aren't those
    of the error itself) of the form named by `failed`, and in its summary. `anchors`: the ids of
    fields that aren't their names, "" for one that the page doesn't show. `guide`: the name of the
    page's guide, where that isn't the one of its area. `status`: where there is no error to say it.
    """
    staff = context.staff
    menu = (
        [] if staff is None else [(path, name) for right, path, name in _MENU if may(staff, right)]
    )
    path = context.request.path
    csrf = context.deployment.sessions.csrf(context.session) if context.session else ""
    errors = values.pop("errors", None) or ({} if error is None else faults(error))
    html = _PAGES.render(
        template,
        title=title,
        kelurahan=context.deployment.kelurahan,
        staff=staff,
        role_name=None if staff is None else ROLE_NAMES[staff.role],
        menu=menu,
        here=_nearest(path, [each for each, _ in menu]),
        guide=guide or _GUIDES.get(_nearest(path, _GUIDES), ""),
        csrf=csrf,
        notice=NOTICES.get(context.request.args.get("pesan", "")),
        may=(lambda right: staff is not None and may(staff, right)),
        moment=partial(_moment, zone=ZoneInfo(context.deployment.kelurahan.timezone)),
        day=_day,
        amount=amount,
        errors=errors,
        failed=failed,
        errors_at=lambda form: errors if form == failed else {},
        **{"values": {}, "anchors": {}, **values},
    )
    response = html_reply(html, status if error is None else error.status)
    if isinstance(error, TooManyRequests):
        response.headers["Retry-After"] = str(error.retry_after_seconds)
    return response


def redirect(path: str, notice: str | None = None) -> Response:
    """Redirect to GET at a path of the console, so that a reload repeats nothing."""
    if not is_own_path(path):
        path = "/staff"
    location = path if notice is None else f"{path}?pesan={notice}"
    response = Response(status=303, headers={"Location": location})
    response.headers["Cache-Control"] = "no-store"
    return response


def download(content: bytes, filename: str, content_type: str) -> Response:
    """Return a file to be saved. `filename` is one of ours: plain ASCII, never something typed."""
    response = Response(content, 200, content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def confirm(context: Context) -> None:
    """Confirm the password from the form's field `password`, before a step that weighs.

    Raises Forbidden with the code PASSWORD where it doesn't fit, with the code NOT_CONFIRMED where
    the account still waits for a second person.
    """
    require_confirmed(officer(context))
    access_control.confirm(context, context.body.get("password") or "")


def faults(error: AppError) -> dict[str, str]:
    """Return the sentences of an error by the name of their field; "" for those of none."""
    found = {each["pointer"].removeprefix("#/"): each["detail"] for each in error.errors}
    if isinstance(error, Forbidden) and error.code == "PASSWORD":
        found["password"] = error.detail
    return found or {"": error.detail_for_staff}


def typed_day(text: str, field: str) -> date | None:
    """Return the day of a date field, None where it was left empty; raises Invalid."""
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        detail = "Tulis tanggal sebagai tahun-bulan-hari, misalnya 2026-11-20."
        raise Invalid(errors=[{"pointer": f"#/{field}", "detail": detail}]) from None


def entry_number(text: str) -> int | None:
    """Return an audit entry's number from an address; None for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else None


def _moment(at: datetime, *, zone: ZoneInfo) -> str:
    """Return a time as staff read it, in the kelurahan's own zone."""
    local = at.astimezone(zone)
    return f"{in_words(local.date())}, {local:%H.%M}"


def _day(day: date | str | None) -> str:
    """Return a day in words, also one that is written as ISO text."""
    if not day:
        return "-"
    return in_words(date.fromisoformat(day) if isinstance(day, str) else day)


def is_own_path(text: str) -> bool:
    """Whether it is a path of the console, and nothing a browser could take for another address."""
    plain = text.isascii() and text.isprintable() and "\\" not in text and "//" not in text
    return plain and (text == "/staff" or text.startswith("/staff/"))


def _nearest(path: str, entries: Iterable[str]) -> str:
    """Return the menu entry that a path is, or lies under; "" for none.

    Not all that lies under /staff is of the home page.
    """
    fits = (each for each in entries if path == each or path.startswith(f"{each}/"))
    return next((each for each in fits if path == each or each != "/staff"), "")
