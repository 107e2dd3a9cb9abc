"""`manage.py audit`: proves that the log of what staff did is whole."""

from __future__ import annotations

import sys

import click

from commands.office import opened
from commands.output import answer, json_option, refusals


@click.group()
def audit() -> None:
    """Catatan audit: buktikan utuh."""


@audit.command()
@json_option
@refusals
def verify(as_json: bool) -> None:
    """Periksa setiap catatan dan urutannya. Keluar dengan 1 bila catatan tidak utuh."""
    with opened() as deployment:
        verdict = deployment.audit.verify()
    said = {
        "ok": verdict.ok,
        "entries": verdict.entries,
        "first_bad": verdict.first_bad,
        "head": {"seq": verdict.head.seq, "digest": verdict.head.digest},
    }
    answer(said, as_json, " ".join(f"{name}={value}" for name, value in said.items()))
    if not verdict.ok:
        sys.exit(1)
