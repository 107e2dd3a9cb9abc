"""The report of one batch: its problems, its changes, and the decision on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any, Final

from flask import Response

from functions.staff_console.access_rights import RIGHTS
from functions.staff_console.composition import (
    actor_names,
    recipient_sync,
)
from functions.staff_console.labels import (
    CHANGES,
    FIELDS,
    person_fields,
    source_name,
    stands,
)
from functions.staff_console.page_frame import (
    XLSX,
    as_typed,
    confirm,
    does,
    download,
    officer,
    page,
    redirect,
    shows,
)
from functions.staff_console.pages.lists import PATH
from shared.http.context import Context
from shared.http.requests.schema_fields import RequestSchema
from shared.platform.errors import (
    AppError,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    TooManyRequests,
)
from shared.recipients.batches.guards import SENTENCES
from shared.recipients.model.batch import Batch, State
from shared.recipients.model.differences import ChangeKind, Difference
from shared.recipients.reading.problem_report import write_report

_PROBLEMS_SHOWN: Final = 20
_PER_PAGE: Final = 50
_KINDS: Final[Mapping[str, ChangeKind]] = {
    "masuk": "added",
    "berubah": "changed",
    "keluar": "removed",
}
"""The kinds of changes by the words of addresses."""
_ANCHORS: Final[Mapping[str, Mapping[str, str]]] = {
    "masalah": {"password": "password-problems"},
    "tolak": {"reason": "reason-reject"},
    "batalkan": {"reason": "reason-undo"},
}
"""The fields whose ids aren't their name, by their form."""
_NO_FORM: Final = {"reason": "", "password": ""}
"""Faults of a form that the page doesn't offer any more lead nowhere."""


class Confirmation(RequestSchema):
    """The password for confirmation."""

    password = as_typed(maximum=400)


class Submission(RequestSchema):
    """Why people leave the list."""

    reason = as_typed(maximum=600)


class Decision(RequestSchema):
    """A decision on a batch, with the password where it is hard to reverse."""

    reason = as_typed(maximum=600)
    password = as_typed(maximum=400)
    differences_hash = as_typed(maximum=128)


@shows(f"{PATH}/<id:batch>", "lists.read", "The report of a batch")
def report(context: Context) -> Response:
    """Show counts, the first problems, the changes, and the next step."""
    return _report(context, _batch(context))


@shows(f"{PATH}/<id:batch>/perubahan", "lists.rows", "What a batch changes, person by person")
def changes(context: Context) -> Response:
    """Show one page of one kind of change, field by field; recorded in the audit log."""
    batch, args = _batch(context), context.request.args
    word = args.get("jenis", "masuk")
    if word not in _KINDS:
        raise NotFound()
    number = _page_number(args.get("hal", "1"))
    kind = _KINDS[word]
    title = CHANGES[kind]
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
        kinds=_counted(batch),
        fields=FIELDS,
        number=number,
        pages=max(1, -(-total // _PER_PAGE)),
        total=total,
    )


@does(
    f"{PATH}/<id:batch>/masalah",
    "lists.rows",
    "The rows with problems, as a spreadsheet",
    Confirmation,
)
def problems(context: Context) -> Response:
    """Export the officer's own rows with the faulty cells marked.

    Their NIK are in full: it needs the password, and is recorded in the audit log.
    """
    batch, deployment = _batch(context), context.deployment
    try:
        confirm(context)
    except (Forbidden, TooManyRequests) as error:
        return _report(context, batch, error, "masalah")
    deployment.audit.append(officer(context).id, "batch.problems", batch.id)
    faulty = recipient_sync(deployment).faulty_rows(batch)
    folder = context.closing.enter_context(deployment.workspace.directory())
    file = folder / "masalah.xlsx"
    write_report(file, faulty.headers, faulty.rows, scratch=folder)
    return download(file.read_bytes(), f"masalah-{batch.as_of}.xlsx", XLSX)


@does(f"{PATH}/<id:batch>/kirim", "lists.prepare", "Send a batch to the second officer", Submission)
def submit(context: Context) -> Response:
    """Submit the batch to the second officer."""
    batch = _batch(context)
    try:
        recipient_sync(context.deployment).submit(
            batch.id, officer(context), context.body["reason"]
        )
    except (Invalid, Conflict) as error:
        return _report(context, _batch(context), error, "kirim")
    return redirect(f"{PATH}/{batch.id}", "dikirim")


@does(f"{PATH}/<id:batch>/setujui", "lists.decide", "Approve a batch and publish it", Decision)
def approve(context: Context) -> Response:
    """Approve and publish; needs the password, and the hash of what was shown."""
    batch, typed = _batch(context), context.body
    try:
        confirm(context)
        recipient_sync(context.deployment).approve(
            batch.id, officer(context), typed["reason"] or None, typed["differences_hash"] or "-"
        )
    except (Invalid, Conflict, Forbidden, TooManyRequests) as error:
        return _report(context, _batch(context), error, "setujui")
    return redirect(f"{PATH}/{batch.id}", "terbit")


@does(f"{PATH}/<id:batch>/tolak", "lists.prepare", "Close a batch without publishing it", Decision)
def reject(context: Context) -> Response:
    """Reject with a reason: a verifier, or whoever prepared the batch taking it back."""
    batch = _batch(context)
    try:
        recipient_sync(context.deployment).reject(
            batch.id, officer(context), context.body["reason"]
        )
    except (Invalid, Conflict, Forbidden) as error:
        return _report(context, _batch(context), error, "tolak")
    return redirect(f"{PATH}/{batch.id}", "ditolak")


@does(f"{PATH}/<id:batch>/batalkan", "lists.decide", "Take a published batch back", Decision)
def undo(context: Context) -> Response:
    """Undo by a new batch, with the outcome for each person."""
    batch = _batch(context)
    try:
        confirm(context)
        reversal = recipient_sync(context.deployment).undo(
            batch.id, officer(context), context.body["reason"]
        )
    except (Invalid, Conflict, Forbidden, TooManyRequests) as error:
        return _report(context, _batch(context), error, "batalkan")
    return redirect(f"{PATH}/{reversal.id}", "dibatalkan")


def _batch(context: Context) -> Batch:
    return recipient_sync(context.deployment).batch(context.path["batch"])


def _report(
    context: Context, batch: Batch, error: AppError | None = None, action: str = ""
) -> Response:
    deployment, staff = context.deployment, officer(context)
    shown, rest = _first_problems(context, batch)
    is_waiting = batch.state in (State.WAITING, State.BLOCKED)
    sequence = recipient_sync(deployment).head().sequence
    is_overtaken = batch.is_overtaken(sequence)
    goes_on = is_waiting and not is_overtaken
    is_own = batch.prepared_by == staff.id
    is_of = batch.is_of(staff.id)
    is_sent = batch.submitted_at is not None
    decides = staff.role in RIGHTS["lists.decide"]
    offered = {
        "masalah": bool(shown),
        "kirim": goes_on and not is_sent and staff.role in RIGHTS["lists.prepare"],
        "setujui": goes_on and is_sent and decides and not is_of,
        "tolak": is_waiting and (is_own or decides),
        "batalkan": batch.state is State.PUBLISHED and decides,
    }
    return page(
        context,
        "report.html",
        f"Batch {batch.as_of}",
        error=error,
        guide="persetujuan" if decides and is_sent else None,
        values=context.body if isinstance(context.body, dict) else {},
        failed=action,
        anchors=_ANCHORS.get(action, {}) if offered.get(action) else _NO_FORM,
        batch=batch,
        stands=partial(stands, sequence=sequence),
        names=actor_names(deployment, (batch.prepared_by, batch.submitted_by, batch.approved_by)),
        source=source_name(deployment.kelurahan, batch.source),
        guards=[SENTENCES[code] for code in batch.blocked_for if code in SENTENCES],
        problems=shown,
        problems_left=rest,
        kinds=_counted(batch),
        offered=offered,
        is_own=is_own,
        is_overtaken=is_overtaken,
        needs_another=goes_on and is_sent and is_of,
        undo_days=deployment.kelurahan.limits.undo_days,
    )


def _counted(batch: Batch) -> list[tuple[str, str, int]]:
    """Return each kind of change: its word, its name, how many."""
    return [(word, CHANGES[kind], getattr(batch, kind)) for word, kind in _KINDS.items()]


def _first_problems(context: Context, batch: Batch) -> tuple[list[dict[str, Any]], int]:
    """Return the first problems in row order, for those who may see rows; and how many more."""
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
    """Return a change as the page shows it: the person, and each field before and after."""
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


def _page_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 and int(text) else 1
