"""`manage.py register`: verifies the register and the public list, and repairs them."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Any

import click

from commands.acting_officer import ActingOfficer, acting_as
from commands.deployment_context import opened
from commands.output import answer, json_option, refusals
from shared.recipients.use_cases.register_repair import RegisterRepair


@click.group()
def register() -> None:
    """Daftar induk: buktikan utuh, perbaiki."""


def _text(said: dict[str, Any]) -> str:
    return " ".join(f"{name}={value}" for name, value in said.items())


@register.command()
@json_option
@refusals
def verify(as_json: bool) -> None:
    """Baca semua data dan bandingkan. Keluar dengan 1 bila ada yang tidak utuh."""
    with opened() as deployment:
        found = RegisterRepair.of(deployment).verify()
    said = {"ok": found.is_whole, **asdict(found)}
    answer(said, as_json, _text(said))
    if not found.is_whole:
        sys.exit(1)


@register.command()
@acting_as("Verifikator atau admin.")
@click.option("--reason", default="", help="Wajib; sekurang-kurangnya lima huruf.")
@json_option
@refusals
def repair(who: ActingOfficer, reason: str, as_json: bool) -> None:
    """Keluarkan data yang rusak, dan samakan daftar untuk warga dengan daftar induk."""
    with opened() as deployment:
        officer = who.proved(deployment)
        found = RegisterRepair.of(deployment).repair(officer, reason)
    said = {"repaired": not found.is_whole, **asdict(found)}
    answer(said, as_json, _text(said))
