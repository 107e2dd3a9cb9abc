"""The state of things at a glance, and what needs this person now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from flask import Response

from functions.staff_console.composition import (
    actor_names,
    board,
    recipient_sync,
    work_queue,
)
from functions.staff_console.console import (
    officer,
    page,
    shows,
)
from functions.staff_console.lists import PATH as LISTS
from functions.staff_console.rights import may
from shared.platform.dates import in_words
from shared.platform.http.requests import Context
from shared.platform.staff import Staff
from shared.recipients import Batch, State

_NEWEST = 10


@shows("/staff", "home", "The home")
def home(context: Context) -> Response:
    """Age of the data, the batch that waits and for whom, complaints that are due or late."""
    staff = officer(context)
    waiting = _waiting(context)
    todo = [_task(each) for each in waiting if _is_for(each, staff)]
    others = [each for each in waiting if not _is_for(each, staff)]
    names = actor_names(context.deployment, (each.prepared_by for each in others))
    counts: list[tuple[str, str, int]] = []
    if may(staff, "complaints.read"):
        queue = work_queue(context.deployment).counts(staff)
        counts = [
            ("/staff/pengaduan?keadaan=new", "baru", queue.new),
            ("/staff/pengaduan?tenggat=hari-ini", "jatuh tempo hari ini", queue.due_today),
            ("/staff/pengaduan?tenggat=lewat", "terlambat", queue.late),
            ("/staff/pengaduan", "semua yang terbuka", queue.open),
        ]
        if may(staff, "complaints.work") and queue.late:
            todo.append(("/staff/pengaduan?tenggat=lewat", f"{queue.late} pengaduan terlambat"))
        if may(staff, "complaints.work") and queue.new:
            todo.append(("/staff/pengaduan?keadaan=new", f"{queue.new} pengaduan baru"))
    return page(
        context,
        "home.html",
        "Beranda",
        todo=todo,
        others=[_told(each, names) for each in others],
        fresh=board(context.deployment).read(),
        counts=counts,
    )


def _waiting(context: Context) -> list[Batch]:
    """The batches about which something is still to be decided."""
    newest = recipient_sync(context.deployment).batches(_NEWEST)
    return [each for each in newest if each.state in (State.WAITING, State.BLOCKED)]


def _is_for(batch: Batch, staff: Staff) -> bool:
    """Does a batch wait for this very person?"""
    if batch.submitted_at is None:
        return may(staff, "lists.prepare")
    return may(staff, "lists.decide") and not batch.is_of(staff.id)


def _task(batch: Batch) -> tuple[str, str]:
    day = in_words(date.fromisoformat(batch.as_of))
    if batch.submitted_at is None:
        return f"{LISTS}/{batch.id}", f"Daftar per {day} belum dikirim: periksa, lalu kirim"
    return f"{LISTS}/{batch.id}", f"Daftar per {day} menunggu persetujuan Anda"


def _told(batch: Batch, names: Mapping[str, str]) -> tuple[str, str]:
    """For whom else a batch waits."""
    day = in_words(date.fromisoformat(batch.as_of))
    by = names.get(batch.prepared_by, "petugas lama")
    whom = "verifikator lain" if batch.submitted_at else "dikirim untuk persetujuan"
    return f"{LISTS}/{batch.id}", f"Daftar per {day} dari {by} menunggu {whom}"
