"""Access control of routes: authentication, roles, second factor and CSRF protection.

Every route states who may call it, and nothing is public by omission.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal, NoReturn
from urllib.parse import urlsplit

from shared.http.staff_session import session_in, session_of
from shared.platform.errors import Forbidden, NotFound, Unauthenticated

if TYPE_CHECKING:
    from shared.http.context import Context

Auth = Literal["public", "staff", "scheduler", "staff-or-scheduler"]

CSRF_HEADER = "X-CSRF-Token"
_FOR_THE_PLATFORM = "X-Serverless-Authorization"
_JWT = "eyJ"  # a JSON object in base64, as Google's tokens begin; a session of ours is a list
_SAFE_METHODS = ("GET", "HEAD")
_OWN_SITE = ("same-origin", "none")  # none: the browser's own button to send it again
_CROSS_SITE = "Buka layanan ini melalui halaman yang disediakan."
FORGED = "FORGED"  # the code of a refusal for want of the session's own token
_RECENT: Final = timedelta(minutes=15)
_SIGN_IN_AGAIN = "Langkah ini memerlukan sesi baru. Masuk lagi, lalu ulangi."
_CODE_MISSING = "Peran Anda memerlukan kode dari aplikasi. Pasang dulu di halaman Akun saya."
_GIVEN_BY_OTHERS = "Kata sandi Anda dibuat orang lain. Ganti dulu di halaman Akun saya."
_CSRF_MISSING = "Halaman ini sudah terlalu lama terbuka. Muat ulang halaman, lalu ulangi."


def identify(context: Context, auth: Auth) -> None:
    """Set who asks on the context; raises Unauthenticated where the route needs somebody else."""
    if auth == "public":
        return
    bearer = _bearer(context)
    if bearer is not None:
        _identify_bearer(context, auth, bearer)
    elif auth != "scheduler":
        token = session_of(context.request)
        if not token:
            raise Unauthenticated()
        context.staff = context.deployment.sessions.read(token)
        context.session = token
        context.renewed = context.deployment.sessions.renewed(token)
    if context.staff is None and not context.scheduler:
        raise Unauthenticated()


def require_role(context: Context, roles: Collection[str]) -> None:
    """Refuse an officer of another kelurahan (with NotFound) or of another role."""
    staff = context.staff
    if staff is None:
        return
    if staff.kelurahan != context.deployment.kelurahan.key:
        raise NotFound()
    if staff.role not in roles:
        raise Forbidden()


def lacks_code(context: Context) -> bool:
    """Whether this officer's role must have an app's code, and the account has none.

    The made-up accounts of the first start go without.
    """
    staff = context.staff
    if staff is None or staff.has_code or staff.is_example:
        return False
    return staff.role in context.deployment.kelurahan.staff.code_required_for


def refuse_without_code(context: Context) -> NoReturn:
    """Raise the error for an officer without a code, where a service has no page to set it up."""
    raise Forbidden(_CODE_MISSING, code="CODE_REQUIRED")


def has_given_password(context: Context) -> bool:
    """Whether somebody else set this officer's password, who has yet to choose their own."""
    return context.staff is not None and context.staff.must_change_password


def refuse_given_password(context: Context) -> NoReturn:
    """Raise the error for such an officer, where a service has no page to change the password."""
    raise Forbidden(_GIVEN_BY_OTHERS, code="PASSWORD_CHANGE")


def confirm(context: Context, password: str) -> None:
    """Confirm that it is still the same person, before an action that is hard to reverse.

    A local account proves it by its password, whoever came by Firebase by a recent sign-in, since
    their password is not kept here. Raises Forbidden with the code PASSWORD, Unauthenticated where
    the sign-in is too old, TooManyRequests after too many wrong passwords.
    """
    staff = context.staff
    if staff is None:
        raise Unauthenticated()
    if staff.signed_in_at is None:
        context.deployment.accounts.confirm(staff, password, context.origin)
    elif context.deployment.clock() - staff.signed_in_at > _RECENT:
        raise Unauthenticated(_SIGN_IN_AGAIN)


def refuse_cross_site(context: Context) -> None:
    """Refuse a change that, by the browser's headers, comes from a page of another site."""
    request = context.request
    if request.method not in _SAFE_METHODS and (
        request.headers.get("Sec-Fetch-Site") == "cross-site"
    ):
        raise Forbidden(_CROSS_SITE)


def require_own_page(context: Context) -> None:
    """Refuse a form that no page of this site sent, where there is no session token yet.

    `Sec-Fetch-Site` where the browser tells it. Over plain HTTP, as in an office's network, none
    does, and old ones never do: then `Origin` has to be of this host, or `Referer` where there is
    no Origin. No page of somebody else's can write these, or `X-Forwarded-Host`, by which Firebase
    Hosting says what the browser asked for.
    """
    headers = context.request.headers
    told = headers.get("Sec-Fetch-Site")
    if told is not None:
        is_own = told in _OWN_SITE
    else:
        asked = {context.request.host, headers.get("X-Forwarded-Host", "")} - {""}
        is_own = _host(headers.get("Origin") or headers.get("Referer") or "") in asked
    if not is_own:
        raise Forbidden(_CROSS_SITE)


def check_forgery(context: Context, field: str | None) -> None:
    """Refuse a change that relies on a cookie without the session's own CSRF token.

    A browser adds cookies to requests of other sites, but can't read the token; a Bearer token is
    never added by a browser, so it needs none. `field` is the token from a form, if it has one.
    """
    if context.session is None or context.request.method in _SAFE_METHODS:
        return
    given = context.request.headers.get(CSRF_HEADER) or field or ""
    if not context.deployment.sessions.is_own_form(context.session, given):
        raise Forbidden(_CSRF_MISSING, code=FORGED)


def _host(address: str) -> str | None:
    try:
        return urlsplit(address).netloc.lower() or None
    except ValueError:
        return None


def _bearer(context: Context) -> str | None:
    kind, _, token = context.request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else None


def _identify_bearer(context: Context, auth: Auth, token: str) -> None:
    deployment = context.deployment
    if not token.startswith(_JWT):
        if auth == "scheduler":
            raise Unauthenticated()
        context.staff = deployment.sessions.read(session_in(token), may_be_idle=True)
        return
    scheduler, firebase = deployment.scheduler_tokens, deployment.firebase_tokens
    # Given this header, Cloud Run checks its token, and passes Authorization on as it was written.
    is_the_one_checked = _FOR_THE_PLATFORM not in context.request.headers
    if auth != "staff" and scheduler is not None and is_the_one_checked:
        with suppress(Unauthenticated):
            scheduler.check(token)
            context.scheduler = True
            return
    if auth != "scheduler" and firebase is not None:
        context.staff = firebase.staff(token)
