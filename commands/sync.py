"""`manage.py sync`: reads a list, saves its changes as a batch, and submits it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from commands.deployment_context import opened, recipient_sync
from commands.output import answer, json_option, refusals
from shared.platform.errors import FileRejected
from shared.recipients.model.batch import Batch, State
from shared.recipients.use_cases.source_import import SourceImport


def counts(batch: Batch) -> dict[str, Any]:
    """Return a sync's counts of people and of problems."""
    return {
        "batch": batch.id,
        "state": batch.state.value,
        "added": batch.added,
        "changed": batch.changed,
        "removed": batch.removed,
        "unchanged": batch.unchanged,
        "errors": batch.errors,
        "warnings": batch.warnings,
        "submitted": batch.submitted_at is not None,
    }


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--source", help="Sumber di TOML kelurahan, sebagai ganti FILE.")
@click.option("--as", "email", required=True, metavar="EMAIL", help="Petugas yang menyiapkan.")
@click.option("--reason", help="Mengapa ada warga yang keluar dari daftar.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="Tanggal data. Bawaan: hari ini.")
@json_option
@refusals
def sync(
    file: Path | None,
    source: str | None,
    email: str,
    reason: str | None,
    as_of: datetime | None,
    as_json: bool,
) -> None:
    """Baca FILE (atau sumber), siapkan batch, dan kirim untuk disetujui petugas lain.

    Bila ada warga yang keluar dari daftar, batch baru dikirim bersama alasannya: --reason di sini,
    atau nanti dengan `batch submit`.
    """
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
            batch = SourceImport.of(deployment, work).prepare(source, officer, as_of=day)
        is_waiting = batch.state in (State.WAITING, State.BLOCKED)
        if is_waiting and batch.submitted_at is None and (reason or not batch.removed):
            batch = work.submit(batch.id, officer, reason)
    said = counts(batch)
    answer(said, as_json, " ".join(f"{name}={value}" for name, value in said.items()))
