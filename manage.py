#!/usr/bin/env python3
"""The command line: `python manage.py --help`. Each command is loaded when it is called."""

from __future__ import annotations

import importlib
from typing import Final

import click

COMMANDS: Final = {
    "audit": "commands.maintenance.audit:audit",
    "backup": "commands.maintenance.backup:backup",
    "batch": "commands.batch:batch",
    "check": "commands.check:check",
    "complaints": "commands.complaints.group:complaints",
    "housekeeping": "commands.maintenance.housekeeping:housekeeping",
    "migrate": "commands.maintenance.migrate:migrate",
    "register": "commands.maintenance.register:register",
    "restore": "commands.maintenance.backup:restore",
    "sample": "commands.sample:sample",
    "serve": "commands.local_server.serve:serve",
    "site": "commands.site:site",
    "staff": "commands.staff:staff",
    "sync": "commands.sync:sync",
}


class OnDemand(click.Group):
    """A group whose commands are imported at their first use: `check` needs no store, no Google."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, for the help page."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of a name, if there is one."""
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name].split(":")
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=OnDemand)
def manage() -> None:
    """MY NUTERA: jalankan, masukkan daftar, putuskan, dan rawat datanya."""


if __name__ == "__main__":
    manage()
