"""The audit log: filters, entries, export and verification."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Final

from flask import Response

from functions.staff_console.access_rights import may
from functions.staff_console.composition import cases_naming
from functions.staff_console.labels import BATCH_STATES, CHANGES, MACHINES
from functions.staff_console.page_frame import (
    ROLE_NAMES,
    as_typed,
    confirm,
    does,
    download,
    entry_number,
    officer,
    page,
    shows,
    typed_day,
)
from functions.staff_console.pages.confirmations import CHANGES as CONFIRMED
from shared.complaints.model.labels import CHANNELS, STATES
from shared.http.context import Context
from shared.http.requests.schema_fields import RequestSchema
from shared.platform.audit.log import ChainReport, Entry
from shared.platform.clock import end_of_day, start_of_day
from shared.platform.errors import AppError, Forbidden, Invalid, TooManyRequests
from shared.platform.spreadsheet_cells import neutral_in_csv
from shared.staff.accounts import Staff

_PATH: Final = "/staff/audit"
_PER_PAGE: Final = 25
_EXPORT_PAGE: Final = 500
ACTIONS: Final = {
    "batch.prepare": "menyiapkan batch",
    "batch.submit": "mengirim batch",
    "batch.approve": "menyetujui batch",
    "batch.reject": "menolak batch",
    "batch.undo": "membatalkan batch",
    "batch.publish": "menerbitkan batch",
    "batch.report": "mengunduh laporan batch",
    "batch.differences": "melihat perubahan batch",
    "batch.problems": "mengunduh masalah batch",
    "complaint.read": "membaca pengaduan",
    "complaint.identity": "membuka identitas pelapor",
    "complaint.photo": "melihat foto pengaduan",
    "complaint.verify": "memverifikasi pengaduan",
    "complaint.act": "menindaklanjuti pengaduan",
    "complaint.close": "menyelesaikan pengaduan",
    "complaint.note": "mencatat pada pengaduan",
    "complaint.assign": "menyerahkan pengaduan",
    "complaint.name": "menetapkan petugas terlapor",
    "complaint.intake": "menerima pengaduan",
    "complaint.export": "mengekspor pengaduan",
    "complaint.erase": "menghapus isi pengaduan",
    "resident.search": "mencari warga",
    "resident.read": "melihat warga",
    "resident.nik": "membuka NIK warga",
    "resident.letter": "mencetak surat warga",
    "resident.looks": "melihat jejak warga",
    "staff.sign-in": "masuk",
    "staff.sign-in-failed": "gagal masuk berulang kali",
    "staff.sign-ins-failed": "gagal masuk dengan surel tanpa akun",
    "staff.unlock": "membuka penahanan",
    "staff.sign-out": "keluar",
    "staff.password": "mengganti kata sandi",
    "staff.code": "memasang kode",
    "staff.add": "menambah akun",
    "staff.end": "mengakhiri akun",
    "staff.role": "mengganti peran",
    "staff.until": "mengganti masa berlaku",
    "staff.code-cleared": "melepas kode",
    "staff.confirm": "mengonfirmasi akun",
    "register.repair": "memulihkan daftar terbit",
    "backup.make": "membuat cadangan",
    "backup.restore": "memulihkan cadangan",
    "audit.export": "mengekspor catatan audit",
    "clock.confirm": "memastikan jam komputer benar",
    "deletion": "penghapusan menurut masa simpan",
}

_COLUMNS: Final = (
    *("Nomor", "Waktu (UTC)", "Pelaku", "Nama pelaku", "Tindakan", "Arti tindakan"),
    *("Hal", "Nama hal", "Rincian", "Sidik"),
)
_THINGS: Final = {
    "batch": ("batch", "lists.read", "/staff/sinkronisasi"),
    "complaint": ("pengaduan", "complaints.read", "/staff/pengaduan"),
    "resident": ("warga", "residents.read", "/staff/warga"),
}
"""By the first word of an action what it is done to, who may see that, and where."""
_CLOSED: Final = "closed"
"""The subject that an officer sees instead of a complaint about them."""
_WHOLE: Final = {
    "complaints": "semua pengaduan",
    _CLOSED: "pengaduan yang tertutup bagi Anda",
    "residents": "daftar yang terbit",
    "register": "daftar yang terbit",
    "audit": "catatan audit",
    "backup": "cadangan",
    "staff": "petugas",
}
"""Subjects that aren't one thing."""
_DETAILS: Final = {
    "added": "masuk",
    "changed": "berubah",
    "removed": "keluar",
    "reversed": "dikembalikan",
    "kept": "dibiarkan",
    "failed": "gagal",
    "reason": "alasan",
    "differences_hash": "sidik perubahan",
    "state": "keadaan",
    "role": "peran",
    "until": "sampai",
    "channel": "melalui",
    "kind": "jenis",
    "page": "halaman",
    "photo": "foto",
    "by": "menurut",
    "found": "ditemukan",
    "failures": "banyaknya gagal",
    "wait_seconds": "ditahan (detik)",
    "via": "lewat",
    "confirmation": "konfirmasi",
    "changes": "perubahan",
}
_VALUES: Final[Mapping[str, Mapping[str, str]]] = {
    "state": {
        **{each.value: text for each, text in STATES.items()},
        **{each.value: text for each, text in BATCH_STATES.items()},
    },
    "role": {each.value: text for each, text in ROLE_NAMES.items()},
    "channel": {each.value: text for each, text in CHANNELS.items()},
    "via": {
        "console": "konsol",
        "api": "program",
        "command-line": "baris perintah",
        "command-line-unproved": "baris perintah, tanpa kata sandi",
        "scheduler": "penjadwal",
    },
    "confirmation": {
        "needed": "menunggu petugas kedua atau 24 jam",
        "alone": "menunggu 24 jam, tidak ada petugas kedua",
        "first": "tidak perlu, belum ada yang dapat mengonfirmasi",
    },
    "changes": CONFIRMED,
    "by": {"nik": "NIK", "name": "nama", "rw": "RW"},
    "kind": {kind: text.lower() for kind, text in CHANGES.items()},
}
_DIGEST_SHOWN: Final = 12


class Password(RequestSchema):
    """The password for confirmation."""

    password = as_typed(maximum=400)


@shows(_PATH, "audit.read", "The audit log")
def entries(context: Context) -> Response:
    """Show the newest entries first, filtered by actor, action and days."""
    return _entries(context)


@does(f"{_PATH}/periksa", "audit.read", "Prove the audit log whole")
def verify(context: Context) -> Response:
    """Verify the whole log; show from which entry on it was altered."""
    return _entries(context, verdict=context.deployment.audit.verify())


@does(f"{_PATH}/ekspor", "audit.export", "The audit log as a spreadsheet", Password)
def export(context: Context) -> Response:
    """Export all entries as CSV without formulas; needs the password."""
    try:
        confirm(context)
    except (Forbidden, TooManyRequests) as error:
        return _entries(context, error)
    audit = context.deployment.audit
    audit.append(officer(context).id, "audit.export", "audit")
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(_COLUMNS)
    names = _names(context)
    after = 0
    while found := audit.entries(after=after, limit=_EXPORT_PAGE):
        for each in _without_own_cases(context, found):
            details = json.dumps(dict(each.details), ensure_ascii=False)
            cells = (
                *(each.actor, names.get(each.actor, "")),
                *(each.action, ACTIONS.get(each.action, "")),
                *(each.subject, _subject(each, names)),
                *(details, each.digest.hex()),
            )
            writer.writerow([each.seq, each.at.isoformat(), *map(neutral_in_csv, cells)])
        after = found[-1].seq
    content = text.getvalue().encode("utf-8-sig")
    return download(content, "catatan-audit.csv", "text/csv; charset=utf-8")


def _entries(
    context: Context, error: AppError | None = None, verdict: ChainReport | None = None
) -> Response:
    args, audit = context.request.args, context.deployment.audit
    names = _names(context)
    actor = args.get("pelaku") if args.get("pelaku") in names else None
    action = args.get("tindakan") if args.get("tindakan") in ACTIONS else None
    days, fault = _days(args)
    zone = context.deployment.kelurahan.timezone
    after, end = audit.numbers(
        None if days[0] is None else start_of_day(days[0], zone),
        None if days[1] is None else end_of_day(days[1], zone),
    )
    seen = entry_number(args.get("sebelum", ""))
    found = audit.newest(
        actor=actor or None,
        action=action,
        after=after,
        before=min((each for each in (seen, end) if each is not None), default=None),
        limit=_PER_PAGE,
    )
    wanted = {
        "pelaku": actor,
        "tindakan": action,
        "dari": days[0] and days[0].isoformat(),
        "sampai": days[1] and days[1].isoformat(),
    }
    return page(
        context,
        "trail.html",
        "Catatan audit",
        error=error or fault,
        wanted={name: value for name, value in wanted.items() if value},
        values=args,
        is_export=error is not None,
        entries=_without_own_cases(context, found),
        actions=ACTIONS,
        names=names,
        actor=actor,
        action=action,
        before=found[-1].seq if len(found) == _PER_PAGE else None,
        verdict=verdict,
        told=_told,
        subject=partial(_subject, names=names),
        link=partial(_link, staff=officer(context)),
    )


def _without_own_cases(context: Context, entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries, without what leads to a complaint about the very officer who looks."""
    about_cases = {
        each.subject
        for each in entries
        if each.action.startswith("complaint.") and each.subject not in _WHOLE
    }
    closed = cases_naming(context.deployment, officer(context), about_cases)
    return [
        replace(each, subject=_CLOSED, details={}) if each.subject in closed else each
        for each in entries
    ]


def _days(args: Mapping[str, str]) -> tuple[tuple[date | None, date | None], Invalid | None]:
    """Return the first and last day asked for, None for no bound; and what is wrong there."""
    days: list[date | None] = []
    fault = None
    for name in ("dari", "sampai"):
        try:
            day = typed_day(args.get(name, ""), name)
        except Invalid as error:
            day, fault = None, error
        days.append(day)
    return (days[0], days[1]), fault


def _names(context: Context) -> dict[str, str]:
    """Return the names of all actors: staff, ended accounts too, and jobs."""
    accounts = context.deployment.accounts.list(context.deployment.kelurahan.key)
    return {**MACHINES, **{each.staff.id: each.staff.name for each in accounts}}


def _subject(entry: Entry, names: Mapping[str, str]) -> str:
    """Return what an entry is about, in words: an officer's name, or what kind of thing it is."""
    if entry.subject in _WHOLE:
        return _WHOLE[entry.subject]
    area = entry.action.partition(".")[0]
    return names.get(entry.subject) or (_THINGS[area][0] if area in _THINGS else "")


def _link(entry: Entry, staff: Staff) -> str:
    """Return the page of an entry's subject, for whoever may see it; else ""."""
    area = entry.action.partition(".")[0]
    if area not in _THINGS or entry.subject in _WHOLE:
        return ""
    _, right, path = _THINGS[area]
    return f"{path}/{entry.subject}" if may(staff, right) else ""


def _in_words(name: str, value: object) -> object:
    if isinstance(value, list):
        return ", ".join(str(_in_words(name, each)) for each in value)
    return _VALUES.get(name, {}).get(str(value), value)


def _told(details: Mapping[str, object]) -> str:
    """Return the details of an entry in one line; an export has them whole."""
    shown = {
        name: str(value)[:_DIGEST_SHOWN] if name == "differences_hash" else _in_words(name, value)
        for name, value in details.items()
        if value not in ("", None)
    }
    return "; ".join(f"{_DETAILS.get(name, name)}: {value}" for name, value in shown.items())
