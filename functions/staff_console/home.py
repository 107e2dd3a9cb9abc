"""The state of things at a glance, and what needs this person now."""

from __future__ import annotations

from datetime import date

from flask import Response

from functions.staff_console.composition import (
    board,
    recipient_sync,
    work_queue,
)
from functions.staff_console.console import (
    officer,
    page,
    shows,
)
from functions.staff_console.rights import may
from shared.platform.dates import in_words
from shared.platform.http.requests import Context
from shared.platform.staff import Staff
from shared.recipients import State

_NEWEST = 10


@shows("/staff", "home", "The home")
def home(context: Context) -> Response:
    """Age of the data, the batch that waits and for whom, complaints that are due or late."""
    staff = officer(context)
    todo = list(_batches(context, staff))
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
        fresh=board(context.deployment).read(),
        counts=counts,
    )


def _batches(context: Context, staff: Staff) -> list[tuple[str, str]]:
    """The batches that wait for this very person."""
    found = []
    for batch in recipient_sync(context.deployment).batches(_NEWEST):
        if batch.state not in (State.WAITING, State.BLOCKED):
            continue
        path, day = f"/staff/sinkronisasi/{batch.id}", in_words(date.fromisoformat(batch.as_of))
        if batch.submitted_at is None and may(staff, "lists.prepare"):
            found.append(
                (
                    path,
                    f"Daftar per {day} belum dikirim: periksa, lalu kirim",
                )
            )
        elif batch.submitted_at and may(staff, "lists.decide") and batch.prepared_by != staff.id:
            found.append(
                (
                    path,
                    f"Daftar per {day} menunggu persetujuan Anda",
                )
            )
    return found
