"""Signing in to a session, and the one cookie that holds it together with the device's mark.

Firebase Hosting passes on no cookie but `__session`, so it carries both: the session, "~", and the
signed mark of the device (`shared/staff/sign_in/known_devices.py`). The mark stays when somebody
signs out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from flask import Request, Response

if TYPE_CHECKING:
    from shared.http.context import Context
    from shared.staff.accounts import Staff
    from shared.staff.sessions import Session

SESSION_COOKIE: Final = "__session"  # the only cookie that Firebase Hosting passes on
_JOINT = "~"  # in no token


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody who has just signed in: who, their session, and the mark of their device."""

    staff: Staff
    session: Session
    mark: str


def sign_in(context: Context, email: str, password: str, code: str) -> SignedIn:
    """Sign in and note it in the audit log; raises as `Accounts.sign_in`."""
    deployment = context.deployment
    device = deployment.known_devices.read(_parts(context.request)[1])
    staff = deployment.accounts.sign_in(
        email, password, deployment.kelurahan.key, context.origin, code, device
    )
    deployment.audit.append(staff.id, "staff.sign-in", staff.id)
    mark = deployment.known_devices.mark(device, staff.id)
    return SignedIn(staff, deployment.sessions.issue(staff), mark)


def session_of(request: Request) -> str:
    """Return the session of the request's cookie, "" where it has none."""
    return session_in(request.cookies.get(SESSION_COOKIE, ""))


def session_in(token: str) -> str:
    """Return the session of a cookie's value; programs send it whole as a Bearer token."""
    return token.partition(_JOINT)[0]


def keep(context: Context, response: Response, session: str, mark: str | None = None) -> None:
    """Set the cookie: a session, and the device's mark, by default the one it has."""
    from shared.staff.sign_in.known_devices import MARK_SECONDS

    known = _parts(context.request)[1] if mark is None else mark
    response.set_cookie(
        SESSION_COOKIE,
        f"{session}{_JOINT}{known}" if known else session,
        max_age=MARK_SECONDS,  # the session in it ends much sooner, by its own time
        httponly=True,
        secure=context.deployment.settings.secure_cookies,
        samesite="Lax",
    )


def renew(context: Context, response: Response) -> None:
    """Keep a session that is in use alive, unless the response sets the cookie itself."""
    given = any(each.startswith(SESSION_COOKIE) for each in response.headers.getlist("Set-Cookie"))
    if context.renewed is not None and not given:
        keep(context, response, context.renewed)


def remove(context: Context, response: Response) -> None:
    """Take the session out of the cookie; a mark that is one stays."""
    mark = _parts(context.request)[1]
    if context.deployment.known_devices.read(mark) is not None:
        keep(context, response, "", mark)
    else:
        response.delete_cookie(SESSION_COOKIE, httponly=True, samesite="Lax")


def _parts(request: Request) -> tuple[str, str]:
    session, _, mark = request.cookies.get(SESSION_COOKIE, "").partition(_JOINT)
    return session, mark
