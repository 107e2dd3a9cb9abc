"""The state of things at a glance, and what needs this person now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from flask import Response

from functions.staff_console.cases import PATH as CASES
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
from functions.staff_console.wording import MACHINES
from shared.complaints.work_queue import Counts, Duties
from shared.platform.dates import in_words
from shared.platform.http.requests import Context
from shared.platform.staff import Staff
from shared.recipients import Batch

_WAITING_SHOWN: Final = 8


@shows("/staff", "home", "The home")
def home(context: Context) -> Response:
    """Age of the data, the batch that waits and for whom, complaints that are due or late."""
    staff = officer(context)
    waiting = recipient_sync(context.deployment).waiting(_WAITING_SHOWN)
    todo = [_task(each) for each in waiting if _is_for(each, staff)]
    others = [each for each in waiting if not _is_for(each, staff)]
    names = actor_names(context.deployment, (each.prepared_by for each in others))
    counts: list[tuple[str, str, int]] = []
    if may(staff, "complaints.read"):
        queue = work_queue(context.deployment)
        found = queue.counts(staff)
        counts = [
            (f"{CASES}?keadaan=new", "baru", found.new),
            (f"{CASES}?tenggat=hari-ini", "jatuh tempo hari ini", found.due_today),
            (f"{CASES}?tenggat=lewat", "terlambat", found.late),
            (CASES, "semua yang terbuka", found.open),
        ]
        if may(staff, "complaints.work"):
            todo += _case_tasks(found, queue.duties(staff))
    return page(
        context,
        "home.html",
        "Beranda",
        todo=todo,
        others=[*(_told(each, names) for each in others), *_further(waiting)],
        fresh=board(context.deployment).read(),
        counts=counts,
    )


def _case_tasks(counts: Counts, duties: Duties) -> list[tuple[str, str]]:
    """What is to be done about complaints, the most pressing first; a case may be in several."""
    tasks = (
        (f"{CASES}?tenggat=lewat", counts.late, "pengaduan terlambat"),
        (f"{CASES}?tenggat=hari-ini", counts.due_today, "pengaduan jatuh tempo hari ini"),
        (f"{CASES}?keadaan=appealed", duties.appealed, "banding menunggu"),
        (f"{CASES}?keadaan=reopened", duties.reopened, "pengaduan dibuka kembali"),
        (f"{CASES}?milik=saya", duties.handled, "pengaduan di tangan Anda"),
        (f"{CASES}?keadaan=new", counts.new, "pengaduan baru"),
    )
    return [(path, f"{count} {what}") for path, count, what in tasks if count]


def _is_for(batch: Batch, staff: Staff) -> bool:
    """Does a batch wait for this very person?"""
    if batch.submitted_at is None:
        is_a_colleague_s = batch.prepared_by not in (staff.id, *MACHINES)
        # whoever decides about it leaves looking through it to those who prepare lists
        return may(staff, "lists.prepare") and not (is_a_colleague_s and may(staff, "lists.decide"))
    return may(staff, "lists.decide") and batch.prepared_by != staff.id


def _task(batch: Batch) -> tuple[str, str]:
    day = in_words(date.fromisoformat(batch.as_of))
    if batch.submitted_at is None:
        return f"{LISTS}/{batch.id}", f"Daftar per {day} belum dikirim: periksa, lalu kirim"
    return f"{LISTS}/{batch.id}", f"Daftar per {day} menunggu persetujuan Anda"


def _further(waiting: Sequence[Batch]) -> list[tuple[str, str]]:
    """Where the rest is, if more wait than are told."""
    fullest = max(Counter(each.state for each in waiting).values(), default=0)
    return [(LISTS, "Masih ada daftar lain yang menunggu")] if fullest == _WAITING_SHOWN else []


def _told(batch: Batch, names: Mapping[str, str]) -> tuple[str, str]:
    """For whom else a batch waits."""
    day = in_words(date.fromisoformat(batch.as_of))
    by = names.get(batch.prepared_by, "petugas lama")
    whom = "verifikator lain" if batch.submitted_at else "dikirim untuk persetujuan"
    return f"{LISTS}/{batch.id}", f"Daftar per {day} dari {by} menunggu {whom}"
