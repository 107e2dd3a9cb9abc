"""`manage.py complaints verify`: integrity check of every complaint."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click

from commands.complaints.officer import printable
from commands.deployment_context import opened
from commands.output import answer, json_option, refusals
from shared.complaints.casework.integrity_check import DamageTolerantContext, find_damaged


@click.command()
@json_option
@refusals
def verify(as_json: bool) -> None:
    """Baca semua pengaduan, riwayat, dan fotonya. Sebutkan yang rusak; keluar dengan 1 bila ada."""
    with opened() as deployment:
        found = find_damaged(DamageTolerantContext.of(deployment))
    said = {"ok": not found.damaged, **asdict(found)}
    lines = [
        f"{found.complaints} pengaduan, {found.events} catatan riwayat, "
        f"dan {found.photos} foto dibaca."
    ]
    lines += [f"rusak: {printable(each)}" for each in found.damaged]
    answer(said, as_json, "\n".join(lines))
    if found.damaged:
        sys.exit(1)
