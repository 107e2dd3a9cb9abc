"""`manage.py housekeeping`: what has to be done every day, now."""

from __future__ import annotations

import sys

import click

from commands.office import opened
from commands.output import answer, json_option, refusals


@click.command()
@click.option("--dry-run", is_flag=True, help="Hanya sebutkan apa yang akan dilakukan.")
@json_option
@refusals
def housekeeping(dry_run: bool, as_json: bool) -> None:
    """Kerja harian: eskalasi, penghapusan menurut masa simpan, peringatan."""
    from shared.housekeeping import Daily

    with opened() as deployment:
        report = Daily.of(deployment).run(dry_run=dry_run)
    said = {"dry_run": dry_run, "counts": report.counts, "failed": list(report.failed)}
    lines = [f"{name}: {count}" for name, count in report.counts.items()]
    lines += [f"GAGAL: {name}" for name in report.failed]
    answer(said, as_json, "\n".join(lines))
    if not report.ok:
        sys.exit(1)
