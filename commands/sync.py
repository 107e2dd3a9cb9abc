"""`manage.py sync`: reads a list and keeps what it would change as a batch that waits."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from commands.office import opened, recipient_sync
from commands.output import answer, json_option, refusals
from shared.platform.errors import FileRejected
from shared.recipients import Batch, Inbox


def counts(batch: Batch) -> dict[str, Any]:
    """What a sync answers with: counts of people, and of problems."""
    return {
        "batch": batch.id,
        "state": batch.state.value,
        "added": batch.added,
        "changed": batch.changed,
        "removed": batch.removed,
        "unchanged": batch.unchanged,
        "errors": batch.errors,
        "warnings": batch.warnings,
    }


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--source", help="Sumber di TOML kelurahan, sebagai ganti FILE.")
@click.option("--as", "email", required=True, metavar="EMAIL", help="Petugas yang menyiapkan.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="Tanggal data. Bawaan: hari ini.")
@json_option
@refusals
def sync(
    file: Path | None, source: str | None, email: str, as_of: datetime | None, as_json: bool
) -> None:
    """Baca FILE (atau sumber) dan siapkan batch untuk disetujui petugas lain."""
    if (file is None) == (source is None):
        raise click.UsageError("sebutkan FILE atau --source, salah satu")
    if file is not None and not file.is_file():
        raise FileRejected("Berkas tidak ada. Periksa nama dan foldernya.", code="FILE_UNREADABLE")
    with opened() as deployment:
        officer = deployment.accounts.by_email(email, deployment.kelurahan.key)
        work = recipient_sync(deployment)
        day = as_of.date() if as_of else None
        if file is not None:
            batch = work.prepare(file, file.name, officer, as_of=day)
        else:
            assert source is not None
            batch = Inbox.of(deployment, work).prepare(source, officer, as_of=day)
    said = counts(batch)
    answer(said, as_json, " ".join(f"{name}={value}" for name, value in said.items()))
