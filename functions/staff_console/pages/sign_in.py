"""Sign-in, sign-out, and one's own account: password and second factor."""

from __future__ import annotations

from typing import Any

import segno
from flask import Response

from functions.staff_console import drafts
from functions.staff_console.composition import actor_names
from functions.staff_console.error_pages import TYPED, page_of
from functions.staff_console.page_frame import (
    EmptyForm,
    as_typed,
    does,
    faults,
    is_own_path,
    officer,
    page,
    redirect,
    service,
    shows,
)
from shared.http import staff_session
from shared.http.access_control import confirm, lacks_code, require_own_page
from shared.http.context import Context
from shared.http.requests.schema_fields import RequestSchema
from shared.platform.errors import (
    AppError,
    Forbidden,
    Invalid,
    TooManyRequests,
    Unauthenticated,
)
from shared.staff.sign_in import second_factor

_SIGN_IN = "/staff/masuk"


class SignIn(RequestSchema):
    """The sign-in form. `lanjut`: the console's page to go on to; `konsep`: a sealed draft."""

    email = as_typed(maximum=254)
    password = as_typed(maximum=400)
    code = as_typed(maximum=20)
    lanjut = as_typed(maximum=300)
    konsep = as_typed(maximum=drafts.MAX_TEXT)


class NewPassword(RequestSchema):
    """A new password."""

    password = as_typed(maximum=400)
    new_password = as_typed(maximum=400)


class NewCode(RequestSchema):
    """A code of the app that was set up, which shows that it works."""

    password = as_typed(maximum=400)
    code = as_typed(maximum=20)


@service.route("GET", _SIGN_IN, auth="public", page=True, summary="The sign-in form")
def form(context: Context) -> Response:
    """Show the empty form."""
    return _form(context, {"lanjut": _own_path(context.request.args.get("lanjut", ""))})


@service.route(
    "POST",
    _SIGN_IN,
    auth="public",
    body=SignIn,
    form=True,
    max_bytes=drafts.MAX_TEXT + 8192,
    page=True,
    summary="Sign in to the console",
    problems=(Unauthenticated, TooManyRequests),
)
def sign_in(context: Context) -> Response:
    """Sign in with a cookie that scripts can't read; every failure gets the same answer.

    From this site's own form alone: else a stranger's page could sign an officer in as somebody
    else, and have what they type.
    """
    require_own_page(context)
    typed = context.body
    values = {"email": typed["email"], "lanjut": _own_path(typed["lanjut"])}
    values["konsep"] = typed["konsep"]
    try:
        signed_in = staff_session.sign_in(context, typed["email"], typed["password"], typed["code"])
    except (Unauthenticated, TooManyRequests) as error:
        return _form(context, values, error)
    context.staff, context.session = signed_in.staff, signed_in.session.token
    draft = drafts.opened(context.deployment, signed_in.staff, typed["konsep"])
    if draft is None or lacks_code(context) or signed_in.staff.must_change_password:
        response = redirect(values["lanjut"] or "/staff")
    else:
        response = _resumed(context, draft)
    staff_session.keep(context, response, signed_in.session.token, signed_in.mark)
    return response


@does("/staff/keluar", "account", "Sign out, on all devices", EmptyForm)
def sign_out(context: Context) -> Response:
    """Sign out: the account's sessions end everywhere, also on a forgotten office PC."""
    staff = officer(context)
    account = context.deployment.accounts.account(staff.id, staff.kelurahan)
    context.deployment.accounts.end_sessions(account.email, staff.kelurahan)
    context.deployment.audit.append(staff.id, "staff.sign-out", staff.id)
    return _signed_out(context, "keluar")


@shows("/staff/akun", "account", "One's own account")
def account(context: Context) -> Response:
    """Show one's account, and the forms for password and code."""
    return _account(context)


@does("/staff/akun/kata-sandi", "account", "Change one's own password", NewPassword)
def change_password(context: Context) -> Response:
    """Change the password; all sessions end, this one too."""
    staff, accounts = officer(context), context.deployment.accounts
    try:
        confirm(context, context.body["password"])
        accounts.replace_password(staff, context.body["password"], context.body["new_password"])
    except (Forbidden, Invalid, TooManyRequests) as error:
        return _account(context, error, "password")
    context.deployment.audit.append(staff.id, "staff.password", staff.id)
    return _signed_out(context, "tersimpan")


@does("/staff/akun/kode", "account", "Set up the code of an app", NewCode)
def set_code(context: Context) -> Response:
    """Require the app's code from now on; all sessions end. The secret is ours, and in no form."""
    staff, deployment = officer(context), context.deployment
    try:
        confirm(context, context.body["password"])
        secret = deployment.sessions.app_secret(staff, context.session)
        deployment.accounts.set_second_factor(staff, secret, context.body["code"])
    except (Forbidden, Invalid, TooManyRequests) as error:
        return _account(context, error, "code")
    context.deployment.audit.append(staff.id, "staff.code", staff.id)
    return _signed_out(context, "kode")


def _form(context: Context, values: dict[str, str], error: AppError | None = None) -> Response:
    return page(context, "sign_in.html", "Masuk", error=error, values=values)


def _resumed(context: Context, draft: drafts.Draft) -> Response:
    """Render what was sent when the session had ended, to be looked through and sent again."""
    labels = {**TYPED, "nik": "NIK"}
    shown = [(name, labels[name], text) for name, text in draft.fields if name in labels]
    return page(
        context,
        "resume.html",
        "Lanjutkan yang tadi",
        draft=draft,
        shown=shown,
        hidden=[each for each in draft.fields if each[0] not in labels],
        asks_password=service.has_field(draft.path, "password"),
        back=page_of(draft.path),
    )


def _account(
    context: Context,
    error: AppError | None = None,
    failed: str = "",
) -> Response:
    staff = officer(context)
    known = context.deployment.accounts.account(staff.id, staff.kelurahan)
    secret = context.deployment.sessions.app_secret(staff, context.session)
    values: dict[str, Any] = {"account": known, "secret": secret}
    values["password_by"] = known.password_by and actor_names(
        context.deployment, (known.password_by,)
    ).get(known.password_by, "petugas lama")
    if error is not None and failed == "password" and not isinstance(error, TooManyRequests):
        found = faults(error)  # a password that is too short is refused as a whole
        values["errors"] = {"new_password": found[""]} if "" in found else found
    title = f"MY NUTERA {context.deployment.kelurahan.name}"
    address = second_factor.address(values["secret"], known.email, title)
    values["qr"] = segno.make(address).svg_inline(scale=4, svgclass=None, lineclass=None)
    if failed == "code":
        values["anchors"] = {"password": "password-code"}
    return page(context, "account.html", "Akun saya", error=error, failed=failed, **values)


def _signed_out(context: Context, notice: str) -> Response:
    response = redirect(_SIGN_IN, notice)
    staff_session.remove(context, response)
    return response


def _own_path(text: str) -> str:
    """Return the console's page to go on to, or "": nobody is led elsewhere by this form."""
    return text if is_own_path(text) and not text.startswith(_SIGN_IN) else ""
