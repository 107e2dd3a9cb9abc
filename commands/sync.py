"""`manage.py sync`: reads a list, saves its changes as a batch, and submits it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from commands.acting_officer import ActingOfficer, acting_as
from commands.deployment_context import opened, recipient_sync
from commands.output import answer, json_option, refusals
from shared.deployment import Deployment
from shared.platform.audit.channel import acting_through
from shared.platform.errors import FileRejected
from shared.recipients.model.batch import Batch, State
from shared.recipients.use_cases.source_import import SourceImport
from shared.staff.accounts import Staff


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


@contextmanager
def _proved_or_not(deployment: Deployment, who: ActingOfficer) -> Iterator[Staff]:
    """Yield the officer; without a password the audit log says that nobody has proved it."""
    if who.reads_stdin:
        yield who.proved(deployment)
        return
    with acting_through("command-line-unproved"):
        yield deployment.accounts.by_email(who.email, deployment.kelurahan.key)


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--source", help="Sumber di TOML kelurahan, sebagai ganti FILE.")
@acting_as("Petugas yang menyiapkan.")
@click.option("--reason", help="Mengapa ada warga yang keluar dari daftar.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="Tanggal data. Bawaan: hari ini.")
@json_option
@refusals
def sync(
    file: Path | None,
    source: str | None,
    who: ActingOfficer,
    reason: str | None,
    as_of: datetime | None,
    as_json: bool,
) -> None:
    """Baca FILE (atau sumber), siapkan batch, dan kirim untuk disetujui petugas lain.

    Dikirim hanya dengan kata sandi (--password-stdin); tanpa itu batch hanya disiapkan, dan dikirim
    nanti dengan `batch submit`. Bila ada warga yang keluar dari daftar, batch baru dikirim bersama
    alasannya: --reason.
    """
    if reason is not None and not who.reads_stdin:
        raise click.UsageError("--reason hanya bersama --password-stdin, karena batch lalu dikirim")
    if (file is None) == (source is None):
        raise click.UsageError("sebutkan FILE atau --source, salah satu")
    if file is not None and not file.is_file():
        raise FileRejected("Berkas tidak ada. Periksa nama dan foldernya.", code="FILE_UNREADABLE")
    with opened() as deployment, _proved_or_not(deployment, who) as officer:
        work = recipient_sync(deployment)
        day = as_of.date() if as_of else None
        if file is not None:
            batch = work.prepare(file, file.name, officer, as_of=day)
        else:
            assert source is not None
            batch = SourceImport.of(deployment, work).prepare(source, officer, as_of=day)
        is_waiting = batch.state in (State.WAITING, State.BLOCKED)
        may_send = who.reads_stdin and (reason or not batch.removed)
        if may_send and is_waiting and batch.submitted_at is None:
            batch = work.submit(batch.id, officer, reason)
    said = counts(batch)
    answer(said, as_json, " ".join(f"{name}={value}" for name, value in said.items()))
