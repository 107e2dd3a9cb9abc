"""Staff accounts: adding, ending, roles, passwords and end dates."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Final

from flask import Response

from functions.staff_console.page_frame import (
    ROLE_NAMES,
    as_typed,
    confirm,
    does,
    officer,
    page,
    redirect,
    shows,
    typed_day,
)
from shared.http.context import Context
from shared.http.requests.schema_fields import RequestSchema
from shared.platform.clock import today
from shared.platform.errors import (
    AlreadyExists,
    AppError,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    TooManyRequests,
)
from shared.staff.accounts import Role

_PATH: Final = "/staff/petugas"
_VOLUNTEER_DAYS: Final = 90
_FIELDS: Final = ("role", "until", "password")
_ACTIONS: Final = ("role", "until", "password", "code-cleared", "unlock", "end")
"""What can be done to an account, each by a form of its own."""
_CONFIRMED_BY_SECOND: Final = ("role", "password", "code-cleared")
"""The actions that a second person has to confirm, where the account may decide."""
_SELF = "Akun Anda sendiri hanya dapat diubah oleh admin lain."


class NewAccount(RequestSchema):
    """A new account; its password is generated and shown once."""

    email = as_typed(maximum=254)
    name = as_typed(maximum=200)
    role = as_typed(maximum=20)
    until = as_typed(maximum=20)
    password = as_typed(maximum=400)


class ChangedAccount(RequestSchema):
    """A change of an account, with the admin's own password for confirmation."""

    action = as_typed(maximum=20)
    role = as_typed(maximum=20)
    until = as_typed(maximum=20)
    password = as_typed(maximum=400)


@shows(_PATH, "staff.manage", "The staff")
def accounts(context: Context) -> Response:
    """List who still has access, with which role, and until when."""
    return _accounts(context)


@does(_PATH, "staff.manage", "Add an account", NewAccount)
def add(context: Context) -> Response:
    """Add an account; its password is shown once, to be handed over."""
    typed, deployment = context.body, context.deployment
    try:
        confirm(context)
        role = _role(typed["role"])
        until = typed_day(typed["until"], "until")
        if role is Role.SURVEYOR and until is None:
            zone = deployment.kelurahan.timezone
            until = today(deployment.clock, zone) + timedelta(days=_VOLUNTEER_DAYS)
        password = _new_password()
        added = deployment.accounts.add(
            typed["email"],
            typed["name"],
            role,
            deployment.kelurahan.key,
            password,
            until,
            by=officer(context).id,
        )
    except (Invalid, Forbidden, AlreadyExists, TooManyRequests) as error:
        return _accounts(context, error, "add")
    details = {"role": role.value, **_confirmation(context, added.id)}
    deployment.audit.append(officer(context).id, "staff.add", added.id, details)
    return _accounts(context, made=(added.name, password))


@does(
    f"{_PATH}/<id:staff>",
    "staff.manage",
    "End an account, or change its role or its end",
    ChangedAccount,
)
def change(context: Context) -> Response:
    """Change an account; its sessions end. One's own is for another admin to change."""
    typed, deployment, me = context.body, context.deployment, officer(context)
    staff_id, key = context.path["staff"], deployment.kelurahan.key
    known = deployment.accounts
    made: tuple[str, str] | None = None
    try:
        confirm(context)
        if staff_id == me.id:
            raise Forbidden(_SELF)
        account = known.account(staff_id, key)
        details: dict[str, str] = {}
        match typed["action"]:
            case "end":
                known.end_by_id(staff_id, key, me)
            case "role":
                role = _role(typed["role"])
                known.set_role(staff_id, role, key, me)
                details = {"role": role.value}
            case "until":
                until = typed_day(typed["until"], "until")
                known.set_until(staff_id, until, key, me)
                details = {"until": "" if until is None else until.isoformat()}
            case "unlock":
                known.unlock(account.email, key)
            case "code-cleared":
                known.clear_second_factor(staff_id, key, me)
            case "password":
                made = (account.staff.name, _new_password())
                known.set_password(account.email, made[1], key, me)
            case _:
                raise Invalid("Pilih apa yang akan diubah.")
    except (Invalid, Forbidden, NotFound, Conflict, TooManyRequests) as error:
        known_action = typed["action"] in _ACTIONS and staff_id != me.id
        return _accounts(context, error, f"{typed['action']}-{staff_id}" if known_action else "-")
    if typed["action"] in _CONFIRMED_BY_SECOND:
        details |= _confirmation(context, staff_id)
    deployment.audit.append(me.id, f"staff.{typed['action']}", staff_id, details)
    return _accounts(context, made=made) if made else redirect(_PATH, "akun")


def _accounts(
    context: Context,
    error: AppError | None = None,
    failed: str = "",
    *,
    made: tuple[str, str] | None = None,
) -> Response:
    """Render the page. `failed`: "add", or action and account id of the form; "-" for none."""
    deployment = context.deployment
    typed = context.body if error is not None else {}
    return page(
        context,
        "staff.html",
        "Petugas",
        error=error,
        failed=failed,
        values={key: value for key, value in typed.items() if key != "password"},
        anchors=_anchors(failed),
        accounts=deployment.accounts.list(deployment.kelurahan.key),
        roles=[(role.value, name) for role, name in ROLE_NAMES.items()],
        role_names=ROLE_NAMES,
        made=made,
        volunteer_days=_VOLUNTEER_DAYS,
    )


def _confirmation(context: Context, staff_id: str) -> dict[str, str]:
    """Return what the audit log says of the second person whom an account waits for."""
    deployment = context.deployment
    waits = deployment.accounts.confirmation_of(staff_id, deployment.kelurahan.key)
    return {"confirmation": waits} if waits else {}


def _anchors(failed: str) -> dict[str, str]:
    """Return the ids of the fields of the form that failed."""
    if failed == "add":
        return {}
    return {name: "" if failed == "-" else f"{name}-{failed}" for name in _FIELDS}


def _role(text: str) -> Role:
    if text not in set(Role):
        raise Invalid(errors=[{"pointer": "#/role", "detail": "Pilih peran."}])
    return Role(text)


def _new_password() -> str:
    """Generate a password: five groups of letters told apart when read aloud: over 100 bits."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(5)) for _ in range(5))
