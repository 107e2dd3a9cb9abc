"""The week's list: bring it in, see what is wrong and what would change, send it, decide on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial
from itertools import islice
from typing import Any, Final

from flask import Response

from functions.staff_console.console import (
    confirm,
    download,
    faults,
    officer,
    page,
    redirect,
    service,
)
from functions.staff_console.people_words import FIELDS, person_fields
from functions.staff_console.rights import RIGHTS
from shared.platform.deployment import Deployment
from shared.platform.errors import (
    AppError,
    Busy,
    Conflict,
    FileRejected,
    Forbidden,
    Invalid,
    NotFound,
    TooManyRequests,
    Unavailable,
)
from shared.platform.http.parts import per_deployment
from shared.platform.http.requests import Context
from shared.platform.http.schemas import RequestSchema, Text
from shared.programmes import load as load_catalogue
from shared.recipients import Batch, Inbox, RecipientSync, State, write_report
from shared.recipients.differences import ChangeKind, Difference
from shared.recipients.guards import SENTENCES

_typed = partial(Text, minimum=0, load_default="", strip=False)
_PATH: Final = "/staff/sinkronisasi"
_MIB: Final = 1024 * 1024
_FORM_AROUND_FILE: Final = 64 * 1024
_WEEKS: Final = 52
_PROBLEMS_SHOWN: Final = 20
_PER_PAGE: Final = 50
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KINDS: Final[dict[str, tuple[ChangeKind, str]]] = {
    "masuk": ("added", "Masuk daftar"),
    "berubah": ("changed", "Berubah"),
    "keluar": ("removed", "Keluar dari daftar"),
}
STATES: Final = {
    State.DRAFT: "belum selesai dibaca",
    State.WAITING: "menunggu persetujuan",
    State.BLOCKED: "ditahan",
    State.PUBLISHING: "sedang diterbitkan",
    State.PUBLISHED: "terbit",
    State.FAILED: "gagal",
    State.UNDONE: "dibatalkan",
    State.REJECTED: "ditolak",
}


class Upload(RequestSchema):
    """What stands beside the file, or instead of it: a source of the kelurahan's file."""

    source = _typed(maximum=64)
    as_of = _typed(maximum=20)


class Submission(RequestSchema):
    """Why people leave the list."""

    reason = _typed(maximum=600)


class Decision(RequestSchema):
    """A yes, a no, or a step back, with the password once more where it is dear to reverse."""

    reason = _typed(maximum=600)
    password = _typed(maximum=400)
    differences_hash = _typed(maximum=128)


@per_deployment
def recipient_sync(deployment: Deployment) -> RecipientSync:
    """The sync of a deployment: one for a process."""
    return RecipientSync.of(deployment, load_catalogue())


@per_deployment
def _inbox(deployment: Deployment) -> Inbox:
    return Inbox.of(deployment, recipient_sync(deployment))


def _upload_bytes(deployment: Deployment) -> int:
    return deployment.kelurahan.limits.upload_mib * _MIB + _FORM_AROUND_FILE


@service.route(
    "GET", _PATH, auth="staff", roles=RIGHTS["lists.read"], page=True, summary="The lists"
)
def overview(context: Context) -> Response:
    """What waits, how to bring a list in, and the last 52 batches."""
    return _overview(context)


@service.route(
    "POST",
    _PATH,
    auth="staff",
    roles=RIGHTS["lists.prepare"],
    body=Upload,
    form=True,
    upload="file",
    max_bytes=_upload_bytes,
    page=True,
    summary="Bring a list in",
)
def bring_in(context: Context) -> Response:
    """Reads the file, or fetches the source, and leads to its report."""
    staff, typed = officer(context), context.body
    try:
        as_of = _day(typed["as_of"])
        if context.upload is not None:
            upload = context.upload
            sync = recipient_sync(context.deployment)
            batch = sync.prepare(upload.path, upload.filename, staff, as_of=as_of)
        elif typed["source"]:
            batch = _inbox(context.deployment).prepare(typed["source"], staff, as_of=as_of)
        else:
            raise Invalid(errors=[{"pointer": "#/file", "detail": "Pilih berkas daftarnya."}])
    except (Invalid, Conflict, Unavailable) as error:
        return _overview(context, error)
    return redirect(f"{_PATH}/{batch.id}")


@service.route(
    "GET",
    f"{_PATH}/<id:batch>",
    auth="staff",
    roles=RIGHTS["lists.read"],
    page=True,
    summary="The report of a batch",
)
def report(context: Context) -> Response:
    """Counts, the first problems, what would change, and what to do next."""
    return _report(context, _batch(context))


@service.route(
    "GET",
    f"{_PATH}/<id:batch>/perubahan",
    auth="staff",
    roles=RIGHTS["lists.read"],
    page=True,
    summary="What a batch changes, person by person",
)
def changes(context: Context) -> Response:
    """One page of one kind of change, old and new value field by field; kept in the audit log."""
    batch, args = _batch(context), context.request.args
    word = args.get("jenis", "masuk")
    if word not in KINDS:
        raise NotFound()
    number = _page_number(args.get("hal", "1"))
    kind, title = KINDS[word]
    deployment = context.deployment
    deployment.audit.append(
        officer(context).id, "batch.differences", batch.id, {"kind": kind, "page": number}
    )
    shown = recipient_sync(deployment).page(
        batch, kind, skip=(number - 1) * _PER_PAGE, limit=_PER_PAGE
    )
    total = getattr(batch, kind)
    return page(
        context,
        "changes.html",
        title,
        batch=batch,
        changes=[_told(each, kind) for each in shown],
        kind=kind,
        word=word,
        kinds=[(each, name, getattr(batch, of)) for each, (of, name) in KINDS.items()],
        fields=FIELDS,
        number=number,
        pages=max(1, -(-total // _PER_PAGE)),
        total=total,
    )


@service.route(
    "GET",
    f"{_PATH}/<id:batch>/masalah",
    auth="staff",
    roles=RIGHTS["lists.rows"],
    page=True,
    summary="The rows with problems, as a spreadsheet",
)
def problems(context: Context) -> Response:
    """The officer's own rows with the faulty cells marked; kept in the audit log."""
    batch, deployment = _batch(context), context.deployment
    deployment.audit.append(officer(context).id, "batch.problems", batch.id)
    faulty = recipient_sync(deployment).faulty_rows(batch)
    folder = context.closing.enter_context(deployment.workspace.directory())
    file = folder / "masalah.xlsx"
    write_report(file, faulty.headers, faulty.rows, scratch=folder)
    return download(file.read_bytes(), f"masalah-{batch.as_of}.xlsx", _XLSX)


@service.route(
    "POST",
    f"{_PATH}/<id:batch>/kirim",
    auth="staff",
    roles=RIGHTS["lists.prepare"],
    body=Submission,
    form=True,
    page=True,
    summary="Send a batch to the second officer",
)
def submit(context: Context) -> Response:
    """The second officer sees it from now on."""
    batch = _batch(context)
    try:
        recipient_sync(context.deployment).submit(
            batch.id, officer(context), context.body["reason"]
        )
    except (Invalid, Conflict) as error:
        return _report(context, _batch(context), error, "kirim")
    return redirect(f"{_PATH}/{batch.id}", "dikirim")


@service.route(
    "POST",
    f"{_PATH}/<id:batch>/setujui",
    auth="staff",
    roles=RIGHTS["lists.decide"],
    body=Decision,
    form=True,
    page=True,
    summary="Approve a batch and publish it",
)
def approve(context: Context) -> Response:
    """Publishes; the password once more, and the hash of what was shown."""
    batch, typed = _batch(context), context.body
    try:
        if batch.submitted_at is None:
            raise Conflict("Batch ini belum dikirim oleh petugas yang menyiapkannya.")
        confirm(context)
        recipient_sync(context.deployment).approve(
            batch.id, officer(context), typed["reason"] or None, typed["differences_hash"] or "-"
        )
    except (Invalid, Conflict, Forbidden, TooManyRequests) as error:
        return _report(context, _batch(context), error, "setujui")
    return redirect(f"{_PATH}/{batch.id}", "terbit")


@service.route(
    "POST",
    f"{_PATH}/<id:batch>/tolak",
    auth="staff",
    roles=RIGHTS["lists.prepare"],
    body=Decision,
    form=True,
    page=True,
    summary="Close a batch without publishing it",
)
def reject(context: Context) -> Response:
    """Whoever prepared it takes it back, or a verifier rejects it; with a reason."""
    batch = _batch(context)
    try:
        recipient_sync(context.deployment).reject(
            batch.id, officer(context), context.body["reason"]
        )
    except (Invalid, Conflict, Forbidden) as error:
        return _report(context, _batch(context), error, "tolak")
    return redirect(f"{_PATH}/{batch.id}", "ditolak")


@service.route(
    "POST",
    f"{_PATH}/<id:batch>/batalkan",
    auth="staff",
    roles=RIGHTS["lists.decide"],
    body=Decision,
    form=True,
    page=True,
    summary="Take a published batch back",
)
def undo(context: Context) -> Response:
    """Leads to the new batch that reverses it, with what became of each person."""
    batch = _batch(context)
    try:
        confirm(context)
        reversal = recipient_sync(context.deployment).undo(
            batch.id, officer(context), context.body["reason"]
        )
    except (Invalid, Conflict, Forbidden, TooManyRequests) as error:
        return _report(context, _batch(context), error, "batalkan")
    return redirect(f"{_PATH}/{reversal.id}", "dibatalkan")


def _batch(context: Context) -> Batch:
    return recipient_sync(context.deployment).batch(context.path["batch"])


def _overview(context: Context, error: AppError | None = None) -> Response:
    batches = recipient_sync(context.deployment).batches(_WEEKS)
    waiting = [each for each in batches if each.state in (State.WAITING, State.BLOCKED)]
    sources = context.deployment.kelurahan.sources
    return page(
        context,
        "lists.html",
        "Sinkronisasi",
        200 if error is None else error.status,
        errors={} if error is None else _file_faults(error),
        values=context.body if isinstance(context.body, dict) else {},
        batches=batches,
        waiting=waiting,
        states=STATES,
        names=staff_names(context.deployment),
        sources=[(name, each.title or name) for name, each in sources.items()],
        upload_mib=context.deployment.kelurahan.limits.upload_mib,
    )


def _report(
    context: Context, batch: Batch, error: AppError | None = None, action: str = ""
) -> Response:
    deployment, staff = context.deployment, officer(context)
    shown, rest = _first_problems(context, batch)
    is_waiting = batch.state in (State.WAITING, State.BLOCKED)
    is_own = batch.prepared_by == staff.id
    decides = staff.role in RIGHTS["lists.decide"]
    return page(
        context,
        "report.html",
        f"Batch {batch.as_of}",
        200 if error is None else error.status,
        errors={} if error is None else faults(error),
        values=context.body if isinstance(context.body, dict) else {},
        failed=action,
        batch=batch,
        states=STATES,
        names=staff_names(deployment),
        guards=[SENTENCES[code] for code in batch.blocked_for if code in SENTENCES],
        problems=shown,
        problems_left=rest,
        kinds=[(word, name, getattr(batch, of)) for word, (of, name) in KINDS.items()],
        may_submit=is_waiting
        and batch.submitted_at is None
        and staff.role in RIGHTS["lists.prepare"],
        may_decide=is_waiting and batch.submitted_at is not None and decides and not is_own,
        may_take_back=is_waiting and (is_own or decides),
        may_undo=batch.state is State.PUBLISHED and decides,
        is_own=is_own,
        undo_days=deployment.kelurahan.limits.undo_days,
    )


def staff_names(deployment: Deployment) -> dict[str, str]:
    """The names of the staff by their ids, ended ones too, and of those who are none."""
    accounts = deployment.accounts.list(deployment.kelurahan.key)
    known = {each.staff.id: each.staff.name for each in accounts}
    return {"": "", "scheduler": "Penjadwal", **known}


def _first_problems(context: Context, batch: Batch) -> tuple[list[dict[str, Any]], int]:
    """The first problems by the spreadsheet's rows, for those who may see rows; how many more."""
    total = batch.errors + batch.warnings
    if officer(context).role not in RIGHTS["lists.rows"] or not batch.problem_chunks:
        return [], total
    faulty = recipient_sync(context.deployment).faulty_rows(batch)
    shown = list(islice(_problems(faulty.rows), _PROBLEMS_SHOWN))
    return shown, total - len(shown)


def _problems(rows: Any) -> Iterator[dict[str, Any]]:
    for number, _, found in rows:
        for problem in found:
            yield {
                "row": number,
                "column": problem.column or "",
                "message": problem.message,
                "is_error": problem.severity == "error",
            }


def _told(difference: Difference, kind: ChangeKind) -> dict[str, Any]:
    """A change as the page shows it: whom, and each field before and after."""
    before = person_fields(difference.before) if difference.before else {}
    after = person_fields(difference.after) if difference.after else {}
    person = difference.after or difference.before
    assert person is not None
    rows: Sequence[tuple[str, str, str]] = [
        (name, before.get(name, ""), after.get(name, ""))
        for name in FIELDS
        if before.get(name, "") != after.get(name, "")
    ]
    return {"id": difference.id, "name": person.name, "rw": person.rw, "rows": rows}


def _file_faults(error: AppError) -> dict[str, str]:
    found = faults(error)
    if isinstance(error, (FileRejected, Busy, Unavailable)) or "" in found:
        return {"file": error.detail}
    return found


def _day(text: str) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        detail = "Tulis tanggal sebagai tahun-bulan-hari, misalnya 2026-11-20."
        raise Invalid(errors=[{"pointer": "#/as_of", "detail": detail}]) from None


def _page_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 and int(text) else 1
