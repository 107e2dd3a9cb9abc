"""Lists: upload, fetch from a source, reading progress, and past batches."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Final

from flask import Response

from functions.staff_console.composition import (
    actor_names,
    inbox,
    readings,
    recipient_sync,
)
from functions.staff_console.labels import READING_STEPS, prepared, stands
from functions.staff_console.page_frame import (
    as_typed,
    does,
    faults,
    officer,
    page,
    redirect,
    shows,
    typed_day,
)
from shared.deployment import Deployment
from shared.http.context import Context, Upload
from shared.http.requests.schema_fields import RequestSchema
from shared.platform.errors import (
    AppError,
    Busy,
    Conflict,
    FileRejected,
    Invalid,
    Unavailable,
)
from shared.recipients.model.batch import Batch, State
from shared.recipients.use_cases.reading_progress import Report, Stage
from shared.recipients.use_cases.source_import import SourceImport
from shared.recipients.use_cases.weekly_sync import RecipientSync
from shared.staff.accounts import Staff

PATH: Final = "/staff/sinkronisasi"
_MIB: Final = 1024 * 1024
_FORM_AROUND_FILE: Final = 64 * 1024
_WEEKS: Final = 52
_REFRESH_SECONDS: Final = 2


class ListUpload(RequestSchema):
    """The fields beside an uploaded file, or a source of the kelurahan's file instead."""

    source = as_typed(maximum=64)
    as_of = as_typed(maximum=20)


def _upload_bytes(deployment: Deployment) -> int:
    return deployment.kelurahan.limits.upload_mib * _MIB + _FORM_AROUND_FILE


@shows(PATH, "lists.read", "The lists")
def overview(context: Context) -> Response:
    """Show what waits, how to upload a list, and the last 52 batches."""
    return _overview(context)


@does(PATH, "lists.prepare", "Bring a list in", ListUpload, upload="file", max_bytes=_upload_bytes)
def bring_in(context: Context) -> Response:
    """Read an uploaded or fetched list; redirect to its report or to its progress."""
    staff, typed = officer(context), context.body
    try:
        as_of = typed_day(typed["as_of"], "as_of")
        work: Callable[[Report], Batch]
        if context.upload is not None:
            upload, sync = context.upload, recipient_sync(context.deployment)
            work = partial(_read, sync, upload, staff, as_of)
        elif typed["source"]:
            work = partial(_fetch, inbox(context.deployment), typed["source"], staff, as_of)
        else:
            raise Invalid(errors=[{"pointer": "#/file", "detail": "Pilih berkas daftarnya."}])
        # the file outlives this request where reading it does
        done = readings(context.deployment).begin(work, context.closing.pop_all())
    except (Invalid, Conflict, Unavailable) as error:
        return _overview(context, error)
    if isinstance(done, str):
        return redirect(f"{PATH}/membaca/{done}")
    return redirect(f"{PATH}/{done.id}", "sama" if done.state is State.PUBLISHED else None)


def _read(
    sync: RecipientSync, upload: Upload, staff: Staff, as_of: date | None, report: Report
) -> Batch:
    return sync.prepare(upload.path, upload.filename, staff, as_of=as_of, report=report)


def _fetch(
    sources: SourceImport, source: str, staff: Staff, as_of: date | None, report: Report
) -> Batch:
    return sources.prepare(source, staff, as_of=as_of, report=report)


@shows(f"{PATH}/membaca/<id:reading>", "lists.prepare", "How far the reading of a list is")
def progress(context: Context) -> Response:
    """Show a reading's progress, reloading automatically until it leads to the report."""
    found = readings(context.deployment).get(context.path["reading"])
    if found.stage is Stage.READY:
        return redirect(f"{PATH}/{found.batch}")
    if found.stage is Stage.REFUSED:
        return _overview(context, FileRejected(found.detail))
    waits = found.stage is not Stage.STALLED
    seconds = max(0, int((context.deployment.clock() - found.started_at).total_seconds()))
    answer = page(
        context,
        "reading.html",
        "Daftar sedang dibaca" if waits else "Pembacaan terhenti",
        waits=waits,
        steps=_steps(found.stage),
        rows=found.rows,
        seconds=seconds,
    )
    if waits:
        answer.headers["Refresh"] = str(_REFRESH_SECONDS)
    return answer


def _steps(now: Stage) -> list[tuple[str, str]]:
    """Return each step of a reading, and whether it is done, under way, or to come."""
    order = list(READING_STEPS)
    at = order.index(now) if now in order else -1
    states = ["selesai" if n < at else "sedang" if n == at else "nanti" for n in range(len(order))]
    return list(zip(READING_STEPS.values(), states, strict=True))


def _overview(context: Context, error: AppError | None = None) -> Response:
    sync = recipient_sync(context.deployment)
    batches, sequence = sync.batches(_WEEKS), sync.head().sequence
    waiting = [each for each in batches if each.state in (State.WAITING, State.BLOCKED)]
    sources = context.deployment.kelurahan.sources
    return page(
        context,
        "lists.html",
        "Sinkronisasi",
        error=error,
        errors={} if error is None else _file_faults(error),
        values=context.body if isinstance(context.body, dict) else {},
        batches=batches,
        waiting=waiting,
        overtaken={each.id for each in waiting if each.is_overtaken(sequence)},
        prepared=partial(prepared, timezone=context.deployment.kelurahan.timezone),
        stands=partial(stands, sequence=sequence),
        names=actor_names(
            context.deployment,
            (each for batch in batches for each in (batch.prepared_by, batch.approved_by)),
        ),
        sources=[(name, each.title or name) for name, each in sources.items()],
        upload_mib=context.deployment.kelurahan.limits.upload_mib,
    )


def _file_faults(error: AppError) -> dict[str, str]:
    found = faults(error)
    if isinstance(error, (FileRejected, Busy, Unavailable)) or "" in found:
        return {"file": error.detail_for_staff}
    return found
