"""Confirmation of accounts that may decide, by a second person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from flask import Response

from functions.staff_console.access_rights import may
from functions.staff_console.composition import actor_names
from functions.staff_console.page_frame import (
    ROLE_NAMES,
    as_typed,
    confirm,
    does,
    officer,
    page,
    redirect,
    shows,
)
from shared.http.context import Context
from shared.http.requests.schema_fields import RequestSchema
from shared.platform.errors import AppError, Conflict, Forbidden, NotFound, TooManyRequests
from shared.staff.accounts import Account, Staff

PATH: Final = "/staff/konfirmasi"
CHANGES: Final = {
    "add": "akun baru",
    "password": "kata sandi diganti",
    "role": "peran diganti",
    "code-cleared": "kode dilepas",
}
"""What a second person has to confirm, in words."""


class Confirmation(RequestSchema):
    """The confirming officer's own password."""

    password = as_typed(maximum=400)


@shows(PATH, "staff.confirm", "Accounts that wait for a second person")
def waiting(context: Context) -> Response:
    """List the accounts that wait, with who changed what, and the form to confirm each."""
    return _waiting(context)


@does(f"{PATH}/<id:staff>", "staff.confirm", "Confirm an account", Confirmation)
def confirm_account(context: Context) -> Response:
    """Confirm that the account is its owner's: from now on it decides."""
    deployment, me, staff_id = context.deployment, officer(context), context.path["staff"]
    key = deployment.kelurahan.key
    try:
        deployment.accounts.account(staff_id, key)
    except NotFound as error:
        return _waiting(context, error)
    try:
        confirm(context)
        confirmed = deployment.accounts.confirm_changes(staff_id, me, key)
    except (Forbidden, Conflict, NotFound, TooManyRequests) as error:
        return _waiting(context, error, staff_id)
    details = {"role": confirmed.staff.role.value, "changes": list(confirmed.unconfirmed_changes)}
    deployment.audit.append(me.id, "staff.confirm", staff_id, details)
    return redirect(PATH, "dikonfirmasi")


def notices(context: Context) -> tuple[list[tuple[str, str]], int]:
    """Return what every officer's home says of accounts that wait: the path, and the words.

    And how many of them this very officer may confirm.
    """
    staff, accounts = officer(context), context.deployment.accounts
    found = accounts.unconfirmed(context.deployment.kelurahan.key)
    names = actor_names(context.deployment, (by for each in found for by in each.unconfirmed_by))
    path = PATH if may(staff, "staff.confirm") else ""
    mine = sum(1 for each in found if path and _is_for(each, staff))
    return [(path, _told(each, names)) for each in found], mine


def _waiting(context: Context, error: AppError | None = None, failed: str = "") -> Response:
    deployment, me = context.deployment, officer(context)
    found = deployment.accounts.unconfirmed(deployment.kelurahan.key)
    names = actor_names(deployment, (by for each in found for by in each.unconfirmed_by))
    shown = {each.staff.id for each in found if _is_for(each, me)}
    return page(
        context,
        "confirmations.html",
        "Konfirmasi akun",
        error=error,
        failed=failed,
        anchors={"password": f"password-{failed}" if failed in shown else ""},
        accounts=found,
        for_me=shown,
        told=lambda account: _told(account, names),
    )


def _is_for(account: Account, me: Staff) -> bool:
    return me.id != account.staff.id and me.id not in account.unconfirmed_by and not me.is_pending


def _told(account: Account, names: dict[str, str]) -> str:
    """Return who waits, what was changed by whom, and what that means now."""
    what = _listed([CHANGES[each] for each in account.unconfirmed_changes])
    by = _listed([names.get(each, "petugas lama") for each in account.unconfirmed_by])
    who = f"{account.staff.name} ({ROLE_NAMES[account.staff.role]})"
    state = (
        "belum dapat memutuskan, menunggu petugas kedua"
        if account.staff.is_pending
        else "sudah dapat memutuskan tanpa konfirmasi, karena 24 jam sudah lewat"
    )
    return f"Akun {who}: {what} oleh {by}; {state}"


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words[:-1]) + (" dan " if len(words) > 1 else "") + words[-1]
