"""The home page: state of the data and of the work, and this officer's tasks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from flask import Response

from functions.staff_console.access_rights import may
from functions.staff_console.composition import (
    actor_names,
    board,
    recipient_sync,
    work_queue,
)
from functions.staff_console.labels import MACHINES, amount, prepared
from functions.staff_console.page_frame import (
    officer,
    page,
    shows,
)
from functions.staff_console.pages import confirmations
from functions.staff_console.pages.complaint_queue import PATH as CASES
from functions.staff_console.pages.lists import PATH as LISTS
from shared.complaints.casework.work_queue import Counts, DueWork
from shared.http.context import Context
from shared.platform.indonesian_dates import in_words
from shared.recipients.model.batch import Batch
from shared.staff.accounts import Staff

_WAITING_SHOWN: Final = 8


@shows("/staff", "home", "The home")
def home(context: Context) -> Response:
    """Show the data's age, the waiting batch, and complaints that are due or late."""
    staff = officer(context)
    sync, zone = recipient_sync(context.deployment), context.deployment.kelurahan.timezone
    waiting, sequence = sync.waiting(_WAITING_SHOWN), sync.head().sequence
    unconfirmed, mine = confirmations.notices(context)
    todo = [(confirmations.PATH, f"{mine} akun menunggu konfirmasi Anda")] if mine else []
    others = []
    for batch in waiting:
        is_overtaken = batch.is_overtaken(sequence)
        if _is_for(batch, staff, is_overtaken=is_overtaken):
            todo.append(_task(batch, zone, is_overtaken=is_overtaken))
        else:
            others.append((batch, is_overtaken))
    names = actor_names(context.deployment, (each.prepared_by for each, _ in others))
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
        unconfirmed=unconfirmed,
        todo=todo,
        others=[
            *(_told(each, names, zone, is_overtaken=late) for each, late in others),
            *_further(waiting),
        ],
        fresh=board(context.deployment).read(),
        counts=counts,
    )


def _case_tasks(counts: Counts, duties: DueWork) -> list[tuple[str, str]]:
    """Return the tasks about complaints, the most pressing first; a case may be in several."""
    tasks = (
        (f"{CASES}?tenggat=lewat", counts.late, "pengaduan terlambat"),
        (f"{CASES}?tenggat=hari-ini", counts.due_today, "pengaduan jatuh tempo hari ini"),
        (f"{CASES}?keadaan=appealed", duties.appealed, "banding menunggu"),
        (f"{CASES}?keadaan=reopened", duties.reopened, "pengaduan dibuka kembali"),
        (f"{CASES}?milik=saya", duties.handled, "pengaduan di tangan Anda"),
        (f"{CASES}?keadaan=new", counts.new, "pengaduan baru"),
    )
    return [(path, f"{amount(count)} {what}") for path, count, what in tasks if count]


def _is_for(batch: Batch, staff: Staff, *, is_overtaken: bool) -> bool:
    """Whether a batch waits for this very person."""
    if is_overtaken:
        return batch.prepared_by == staff.id or may(staff, "lists.decide")
    if batch.submitted_at is None:
        is_a_colleague_s = batch.prepared_by not in (staff.id, *MACHINES)
        # whoever decides about it leaves looking through it to those who prepare lists
        return may(staff, "lists.prepare") and not (is_a_colleague_s and may(staff, "lists.decide"))
    return may(staff, "lists.decide") and not batch.is_of(staff.id)


def _task(batch: Batch, zone: str, *, is_overtaken: bool) -> tuple[str, str]:
    if is_overtaken:
        what = "tertinggal dari yang terbit: tutup, lalu unggah lagi berkasnya"
    elif batch.submitted_at is None:
        what = "belum dikirim: periksa, lalu kirim"
    else:
        what = "menunggu persetujuan Anda"
    return f"{LISTS}/{batch.id}", f"{_name(batch, zone)} {what}"


def _name(batch: Batch, zone: str) -> str:
    day = in_words(date.fromisoformat(batch.as_of))
    return f"Daftar per {day} ({prepared(batch, zone)})"


def _further(waiting: Sequence[Batch]) -> list[tuple[str, str]]:
    """Return where the rest is, if more wait than are shown."""
    fullest = max(Counter(each.state for each in waiting).values(), default=0)
    return [(LISTS, "Masih ada daftar lain yang menunggu")] if fullest == _WAITING_SHOWN else []


def _told(
    batch: Batch, names: Mapping[str, str], zone: str, *, is_overtaken: bool
) -> tuple[str, str]:
    """Return for whom else a batch waits."""
    by = names.get(batch.prepared_by, "petugas lama")
    whom = "verifikator lain" if batch.submitted_at else "dikirim untuk persetujuan"
    what = "tertinggal dari yang terbit" if is_overtaken else f"menunggu {whom}"
    return f"{LISTS}/{batch.id}", f"{_name(batch, zone)} dari {by} {what}"
