"""`manage.py staff`: adds, lists and ends staff accounts, and sets passwords."""

from __future__ import annotations

import sys
from datetime import datetime

import click

from commands.deployment_context import COMMAND_LINE, opened
from commands.output import answer, json_option, refusals
from shared.platform.errors import Invalid
from shared.staff.accounts import Role


@click.group()
def staff() -> None:
    """Akun petugas: tambah, daftar, kata sandi baru, buka penahanan, akhiri."""


def _from_stdin() -> str:
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise Invalid("Kata sandi kosong. Kirim melalui masukan standar.")
    return password


@staff.command()
@click.argument("email")
@click.option("--name", required=True)
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--kelurahan", help="Bawaan: NUTERA_KELURAHAN.")
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d"]), help="Hari terakhir. Wajib untuk surveyor."
)
@click.option(
    "--password-stdin", is_flag=True, required=True, help="Baca kata sandi dari masukan standar."
)
@json_option
@refusals
def add(
    email: str,
    name: str,
    role: str,
    kelurahan: str | None,
    until: datetime | None,
    password_stdin: bool,
    as_json: bool,
) -> None:
    """Tambah akun. Kata sandi dibaca dari masukan standar, tidak pernah dari baris perintah."""
    password = _from_stdin()
    with opened(kelurahan, may_begin=True) as deployment:
        added = deployment.accounts.add(
            email,
            name,
            Role(role),
            deployment.kelurahan.key,
            password,
            until=until.date() if until else None,
        )
        deployment.audit.append(COMMAND_LINE, "staff.add", added.id, {"role": added.role.value})
    answer({"id": added.id, "role": added.role.value}, as_json, f"{added.id} {added.role.value}")


@staff.command("list")
@click.option("--kelurahan", help="Bawaan: NUTERA_KELURAHAN.")
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
            }
            for account in deployment.accounts.list(deployment.kelurahan.key)
        ]
    lines = [" ".join(f"{name}={value}" for name, value in one.items()) for one in found]
    answer({"staff": found}, as_json, "\n".join(lines) or "Belum ada akun.")


@staff.command()
@click.argument("email")
@click.option("--kelurahan", help="Bawaan: NUTERA_KELURAHAN.")
@json_option
@refusals
def end(email: str, kelurahan: str | None, as_json: bool) -> None:
    """Akhiri akun sekarang juga, beserta sesinya."""
    with opened(kelurahan) as deployment:
        ended = deployment.accounts.by_email(email, deployment.kelurahan.key)
        deployment.accounts.end(email, deployment.kelurahan.key)
        deployment.audit.append(COMMAND_LINE, "staff.end", ended.id)
    answer({"id": ended.id, "active": False}, as_json, f"{ended.id} berakhir")


@staff.command()
@click.argument("email")
@click.option("--kelurahan", help="Bawaan: NUTERA_KELURAHAN.")
@click.option(
    "--password-stdin", is_flag=True, help="Baca kata sandi dari masukan standar, tanpa bertanya."
)
@json_option
@refusals
def password(email: str, kelurahan: str | None, password_stdin: bool, as_json: bool) -> None:
    """Beri akun kata sandi baru: bila lupa, atau tertahan karena terlalu banyak percobaan.

    Kata sandi ditanyakan, tidak pernah dari baris perintah. Semua sesinya berakhir.
    """
    if password_stdin:
        typed = _from_stdin()
    else:
        typed = click.prompt(
            "Kata sandi baru", hide_input=True, confirmation_prompt="Sekali lagi", err=True
        )
    with opened(kelurahan) as deployment:
        key = deployment.kelurahan.key
        changed = deployment.accounts.by_email(email, key)
        deployment.accounts.set_password(email, typed, key)
        deployment.audit.append(COMMAND_LINE, "staff.password", changed.id)
    answer({"id": changed.id}, as_json, f"{changed.id} punya kata sandi baru")


@staff.command()
@click.argument("email")
@click.option("--kelurahan", help="Bawaan: NUTERA_KELURAHAN.")
@json_option
@refusals
def unlock(email: str, kelurahan: str | None, as_json: bool) -> None:
    """Buka penahanan akun yang kata sandinya terlalu sering salah diketik, oleh siapa pun."""
    with opened(kelurahan) as deployment:
        key = deployment.kelurahan.key
        unlocked = deployment.accounts.by_email(email, key)
        deployment.accounts.unlock(email, key)
        deployment.audit.append(COMMAND_LINE, "staff.unlock", unlocked.id)
    answer({"id": unlocked.id}, as_json, f"{unlocked.id} dapat masuk lagi")
