"""`manage.py batch`: list, show, submit, decide on and undo batches; write problem reports."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from commands.acting_officer import ActingOfficer, acting_as
from commands.deployment_context import opened, recipient_sync
from commands.output import answer, json_option, refusals
from commands.sync import counts
from shared.deployment import Deployment
from shared.platform.errors import Forbidden
from shared.recipients.model.batch import Batch
from shared.recipients.reading.problem_report import write_report
from shared.recipients.use_cases.weekly_sync import RecipientSync
from shared.staff.accounts import Role, Staff
from shared.staff.confirmation import require_confirmed

_as = acting_as("Petugas yang memutuskan.")
_READ = frozenset({Role.OPERATOR, Role.VERIFIER, Role.AUDITOR, Role.ADMIN})
_who = click.option("--as", "email", metavar="EMAIL", help="Petugas yang melihat.")


@click.group()
def batch() -> None:
    """Batch: daftar, lihat, kirim, setujui, tolak, batalkan, laporan."""


def shown(one: Batch) -> dict[str, Any]:
    """Return a batch without any personal data; staff are named by their ids."""
    return {
        **counts(one),
        "kind": one.kind,
        "as_of": one.as_of,
        "source": one.source,
        "rows": one.rows,
        "error_rows": one.error_rows,
        "people": one.people,
        "entitlements": one.entitlements,
        "problem_counts": dict(sorted(one.problem_counts.items())),
        "blocked_for": list(one.blocked_for),
        "differences_hash": one.differences_hash,
        "prepared_by": one.prepared_by,
        "submitted_by": one.submitted_by,
        "removal_reason": one.removal_reason,
        "created_at": one.created_at.isoformat(),
        "approved_by": one.approved_by,
        "reason": one.reason,
        "published_at": one.published_at.isoformat() if one.published_at else None,
        "undo_of": one.undo_of,
        "undone_by": one.undone_by,
        "undo": dict(one.undo_result) if one.undo_result is not None else None,
    }


def _officer(deployment: Deployment, email: str | None) -> Staff | None:
    """Return the officer who looks, if named.

    Raises Forbidden for a role that may not see batches.
    """
    if email is None:
        return None
    return _may_read(deployment.accounts.by_email(email, deployment.kelurahan.key))


def _may_read(officer: Staff) -> Staff:
    if officer.role not in _READ:
        raise Forbidden()
    return officer


@contextmanager
def deciding(who: ActingOfficer) -> Iterator[tuple[RecipientSync, Staff]]:
    """Open the sync for the officer who submits or decides, and has proved it; yields both."""
    with opened() as deployment:
        officer = who.proved(deployment)
        yield recipient_sync(deployment), officer


def _say(one: Batch, as_json: bool) -> None:
    said = shown(one)
    answer(said, as_json, "\n".join(f"{name}: {value}" for name, value in said.items()))


@batch.command("list")
@click.option("--limit", default=52, show_default=True, type=click.IntRange(1, 500))
@_who
@json_option
@refusals
def list_(limit: int, email: str | None, as_json: bool) -> None:
    """Batch terbaru lebih dulu."""
    with opened() as deployment:
        _officer(deployment, email)
        found = [counts(one) for one in recipient_sync(deployment).batches(limit)]
    lines = [" ".join(f"{name}={value}" for name, value in one.items()) for one in found]
    answer({"batches": found}, as_json, "\n".join(lines) or "Belum ada batch.")


@batch.command()
@click.argument("batch_id", metavar="ID")
@_who
@json_option
@refusals
def show(batch_id: str, email: str | None, as_json: bool) -> None:
    """Satu batch: keadaan, jumlah, masalah menurut kode, dan siapa yang memutuskan."""
    with opened() as deployment:
        _officer(deployment, email)
        _say(recipient_sync(deployment).batch(batch_id), as_json)


@batch.command()
@click.argument("batch_id", metavar="ID")
@acting_as("Petugas yang mengirim.")
@click.option("--reason", help="Wajib bila ada warga yang keluar dari daftar.")
@json_option
@refusals
def submit(batch_id: str, who: ActingOfficer, reason: str | None, as_json: bool) -> None:
    """Kirim batch yang sudah diperiksa ke petugas kedua."""
    with deciding(who) as (work, officer):
        _say(work.submit(batch_id, officer, reason), as_json)


@batch.command()
@click.argument("batch_id", metavar="ID")
@_as
@click.option("--reason", help="Wajib untuk batch yang ditahan.")
@click.option("--hash", "differences_hash", help="Setujui hanya bila sidik perubahannya ini.")
@json_option
@refusals
def approve(
    batch_id: str,
    who: ActingOfficer,
    reason: str | None,
    differences_hash: str | None,
    as_json: bool,
) -> None:
    """Setujui dan terbitkan batch yang disiapkan petugas lain."""
    with deciding(who) as (work, officer):
        _say(work.approve(batch_id, officer, reason, differences_hash), as_json)


@batch.command()
@click.argument("batch_id", metavar="ID")
@_as
@click.option("--reason", default="", help="Wajib; sekurang-kurangnya lima huruf.")
@json_option
@refusals
def reject(batch_id: str, who: ActingOfficer, reason: str, as_json: bool) -> None:
    """Tutup batch yang menunggu tanpa menerbitkannya."""
    with deciding(who) as (work, officer):
        _say(work.reject(batch_id, officer, reason), as_json)


@batch.command()
@click.argument("batch_id", metavar="ID")
@_as
@click.option("--reason", default="", help="Wajib; sekurang-kurangnya lima huruf.")
@json_option
@refusals
def undo(batch_id: str, who: ActingOfficer, reason: str, as_json: bool) -> None:
    """Batalkan batch yang sudah terbit, sebagai batch baru."""
    with deciding(who) as (work, officer):
        _say(work.undo(batch_id, officer, reason), as_json)


@batch.command()
@click.argument("batch_id", metavar="ID")
@click.argument("path", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@acting_as("Petugas yang mengunduh.")
@json_option
@refusals
def report(batch_id: str, path: Path, who: ActingOfficer, as_json: bool) -> None:
    """Tulis baris yang bermasalah, dengan kolom aslinya, ke PATH (.xlsx)."""
    with opened() as deployment:
        officer = _may_read(who.proved(deployment))
        require_confirmed(officer)
        work = recipient_sync(deployment)
        one = work.batch(batch_id)
        faulty = work.faulty_rows(one)
        deployment.audit.append(officer.id, "batch.report", one.id)
        with deployment.workspace.directory() as scratch:
            rows = write_report(path, faulty.headers, faulty.rows, scratch=scratch)
    answer({"batch": batch_id, "file": path.name, "rows": rows}, as_json, f"{rows} baris")
