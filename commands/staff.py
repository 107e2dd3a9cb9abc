"""`manage.py staff`: who may sign in, with which role, and until when."""

from __future__ import annotations

import sys
from datetime import datetime

import click

from commands.office import COMMAND_LINE, opened
from commands.output import answer, json_option, refusals
from shared.platform.errors import Invalid
from shared.platform.staff import Role


@click.group()
def staff() -> None:
    """Accounts of staff: add, list, end."""


@staff.command()
@click.argument("email")
@click.option("--name", required=True)
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--kelurahan", help="Default: NUTERA_KELURAHAN.")
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d"]), help="The last day. Needed for surveyors."
)
@click.option(
    "--password-stdin", is_flag=True, required=True, help="Read the password from standard input."
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
    """Add an account. The password comes from standard input, never from the command line."""
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else ""
    if not password:
        raise Invalid("Kata sandi kosong. Kirim melalui masukan standar.")
    with opened(kelurahan) as deployment:
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
@click.option("--kelurahan", help="Default: NUTERA_KELURAHAN.")
@json_option
@refusals
def list_(kelurahan: str | None, as_json: bool) -> None:
    """Who has an account, by id: no names and no e-mail addresses."""
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
    answer({"staff": found}, as_json, "\n".join(lines) or "no accounts yet")


@staff.command()
@click.argument("email")
@click.option("--kelurahan", help="Default: NUTERA_KELURAHAN.")
@json_option
@refusals
def end(email: str, kelurahan: str | None, as_json: bool) -> None:
    """End an account at once; its sessions end with it."""
    with opened(kelurahan) as deployment:
        ended = deployment.accounts.by_email(email, deployment.kelurahan.key)
        deployment.accounts.end(email, deployment.kelurahan.key)
        deployment.audit.append(COMMAND_LINE, "staff.end", ended.id)
    answer({"id": ended.id, "active": False}, as_json, f"{ended.id} ended")
