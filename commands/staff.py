"""`manage.py staff`: adds, lists and ends staff accounts, and sets passwords and roles.

An admin gives each change their password, and it waits for a second person as in the console. Only
what nobody can prove goes without: the first accounts, and the password of an only admin.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import click

from commands.acting_officer import (
    YOURS,
    ActingOfficer,
    acting_as,
    asked_secret,
    password_stdin_option,
)
from commands.deployment_context import COMMAND_LINE, opened
from commands.output import answer, json_option, refusals
from shared.deployment import Deployment
from shared.platform.errors import Forbidden
from shared.staff.account_repository import folded
from shared.staff.accounts import Role, Staff
from shared.staff.confirmation import require_confirmed

_kelurahan = click.option("--kelurahan", help="Bawaan: NUTERA_KELURAHAN.")
_role = click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
_maybe_as = click.option("--as", "email_of_admin", metavar="EMAIL", help="Admin yang mengubah.")
_NEEDS_ADMIN: Final = "Sebutkan admin yang mengubah dengan --as EMAIL. Kata sandinya ditanyakan."
_NEW: Final = "Kata sandi baru"
_SELF: Final = "Akun Anda sendiri hanya dapat diubah oleh admin lain."


@click.group()
def staff() -> None:
    """Akun petugas: tambah, daftar, kata sandi baru, peran, buka penahanan, akhiri."""


def _admin(deployment: Deployment, who: ActingOfficer) -> Staff:
    """Return the admin who acts; raises Forbidden for any other role, and one who still waits."""
    officer = who.proved(deployment)
    if officer.role is not Role.ADMIN:
        raise Forbidden()
    require_confirmed(officer)
    return officer


def _say(deployment: Deployment, account: Staff, as_json: bool, **more: Any) -> None:
    waits = deployment.accounts.confirmation_of(account.id, deployment.kelurahan.key)
    said = {"id": account.id, "role": account.role.value, "confirmation": waits or None, **more}
    answer(said, as_json, " ".join(str(value) for value in said.values() if value is not None))


def _waits(deployment: Deployment, account: Staff) -> dict[str, str]:
    """Return what the audit log says of the second person whom an account waits for."""
    waits = deployment.accounts.confirmation_of(account.id, deployment.kelurahan.key)
    return {"confirmation": waits} if waits else {}


@staff.command()
@click.argument("email")
@click.option("--name", required=True)
@_role
@_kelurahan
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d"]), help="Hari terakhir. Wajib untuk surveyor."
)
@_maybe_as
@click.option(
    "--password-stdin",
    is_flag=True,
    required=True,
    help="Baca kata sandi akun baru dari masukan standar. Dengan --as didahului dua baris: kata "
    "sandi admin itu, lalu kodenya (kosong bila tidak memakainya).",
)
@json_option
@refusals
def add(
    email: str,
    name: str,
    role: str,
    kelurahan: str | None,
    until: datetime | None,
    email_of_admin: str | None,
    password_stdin: bool,
    as_json: bool,
) -> None:
    """Tambah akun. Kata sandi dibaca dari masukan standar, tidak pernah dari baris perintah.

    Akun pertama tidak memerlukan --as, dan langsung berlaku.
    """
    with opened(kelurahan, may_begin=True) as deployment:
        accounts, key = deployment.accounts, deployment.kelurahan.key
        details = {"role": role}
        by: str | None = None
        if email_of_admin is not None:
            by = _admin(deployment, ActingOfficer(email_of_admin, password_stdin)).id
        elif not accounts.has_deciders(key):
            details["confirmation"] = "first"
        elif role == Role.ADMIN.value and not accounts.has_admin(key):
            by = COMMAND_LINE
        else:
            raise Forbidden(_NEEDS_ADMIN, code="PASSWORD")
        password = asked_secret(_NEW, reads_stdin=password_stdin)
        day = until.date() if until else None
        added = accounts.add(email, name, Role(role), key, password, day, by=by)
        details |= _waits(deployment, added)
        deployment.audit.append(by or COMMAND_LINE, "staff.add", added.id, details)
        _say(deployment, added, as_json)


@staff.command("list")
@_kelurahan
@json_option
@refusals
def list_(kelurahan: str | None, as_json: bool) -> None:
    """Siapa yang punya akun, menurut nomornya: tanpa nama dan surel."""
    with opened(kelurahan) as deployment:
        found = [
            {
                "id": account.staff.id,
                "role": account.staff.role.value,
                "until": account.until.isoformat() if account.until else None,
                "active": account.is_active,
                "pending": account.staff.is_pending,
            }
            for account in deployment.accounts.list(deployment.kelurahan.key)
        ]
    lines = [" ".join(f"{name}={value}" for name, value in one.items()) for one in found]
    answer({"staff": found}, as_json, "\n".join(lines) or "Belum ada akun.")


@staff.command()
@click.argument("email")
@_kelurahan
@acting_as("Admin yang mengakhiri.")
@json_option
@refusals
def end(email: str, kelurahan: str | None, who: ActingOfficer, as_json: bool) -> None:
    """Akhiri akun sekarang juga, beserta sesinya."""
    with opened(kelurahan) as deployment:
        admin, whom = _other(deployment, who, email)
        deployment.accounts.end_by_id(whom.id, deployment.kelurahan.key, admin)
        deployment.audit.append(admin.id, "staff.end", whom.id)
    answer({"id": whom.id, "active": False}, as_json, f"{whom.id} berakhir")


@staff.command("role")
@click.argument("email")
@_role
@_kelurahan
@acting_as("Admin yang mengganti peran.")
@json_option
@refusals
def set_role(
    email: str, role: str, kelurahan: str | None, who: ActingOfficer, as_json: bool
) -> None:
    """Ganti peran akun. Semua sesinya berakhir."""
    with opened(kelurahan) as deployment:
        admin, whom = _other(deployment, who, email)
        key = deployment.kelurahan.key
        deployment.accounts.set_role(whom.id, Role(role), key, admin)
        details = {"role": role, **_waits(deployment, whom)}
        deployment.audit.append(admin.id, "staff.role", whom.id, details)
        _say(deployment, deployment.accounts.get(whom.id, key), as_json)


@staff.command()
@click.argument("email")
@_kelurahan
@json_option
@refusals
def unlock(email: str, kelurahan: str | None, as_json: bool) -> None:
    """Buka penahanan akun yang kata sandinya terlalu sering salah diketik, oleh siapa pun.

    Tanpa kata sandi, karena juga satu-satunya admin dapat tertahan. Tercatat di catatan audit.
    """
    with opened(kelurahan) as deployment:
        key = deployment.kelurahan.key
        unlocked = deployment.accounts.by_email(email, key)
        deployment.accounts.unlock(email, key)
        deployment.audit.append(COMMAND_LINE, "staff.unlock", unlocked.id)
    answer({"id": unlocked.id}, as_json, f"{unlocked.id} dapat masuk lagi")


def _other(deployment: Deployment, who: ActingOfficer, email: str) -> tuple[Staff, Staff]:
    """Return the admin who acts, and the officer whose account is changed: another one."""
    admin = _admin(deployment, who)
    whom = deployment.accounts.by_email(email, deployment.kelurahan.key)
    if whom.id == admin.id:
        raise Forbidden(_SELF)
    return admin, whom


@staff.command()
@click.argument("email")
@_kelurahan
@_maybe_as
@password_stdin_option
@json_option
@refusals
def password(
    email: str,
    kelurahan: str | None,
    email_of_admin: str | None,
    password_stdin: bool,
    as_json: bool,
) -> None:
    """Beri akun kata sandi baru: bila lupa, atau tertahan karena terlalu banyak percobaan.

    Dengan --as EMAIL yang sama, petugas mengganti kata sandinya sendiri. Tanpa --as hanya untuk
    satu-satunya admin. Kata sandi ditanyakan, atau dibaca dari masukan standar: baris terakhir yang
    baru. Semua sesinya berakhir.
    """
    with opened(kelurahan) as deployment:
        accounts, key = deployment.accounts, deployment.kelurahan.key
        if email_of_admin is None:
            whom = accounts.by_email(email, key)
            if not accounts.is_only_admin(whom.id, key):
                raise Forbidden(_NEEDS_ADMIN, code="PASSWORD")
            typed = asked_secret(_NEW, reads_stdin=password_stdin, twice=True)
            accounts.set_password(email, typed, key, by=COMMAND_LINE)
            actor = COMMAND_LINE
        else:
            who = ActingOfficer(email_of_admin, password_stdin)
            actor, whom = _replaced(deployment, who, email)
        deployment.audit.append(actor, "staff.password", whom.id, _waits(deployment, whom))
        _say(deployment, whom, as_json)


def _replaced(deployment: Deployment, who: ActingOfficer, email: str) -> tuple[str, Staff]:
    """Set a new password in an officer's name; return who did it, and whose it is.

    One's own needs no admin.
    """
    accounts, key = deployment.accounts, deployment.kelurahan.key
    if folded(email) != folded(who.email):
        officer = _admin(deployment, who)
        whom = accounts.by_email(email, key)
        accounts.set_password(email, who.secret(_NEW, twice=True), key, officer)
        return officer.id, whom
    old = who.secret(YOURS)
    officer = who.proved(deployment, old, may_have_given_password=True)
    accounts.replace_password(officer, old, who.secret(_NEW, twice=True))
    return officer.id, officer
