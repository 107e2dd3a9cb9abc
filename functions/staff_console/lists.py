"""The week's list: what waits, bringing one in, and a year of batches."""

from __future__ import annotations

from datetime import date
from typing import Final

from flask import Response

from functions.staff_console.composition import (
    actor_names,
    inbox,
    recipient_sync,
)
from functions.staff_console.console import (
    as_typed,
    does,
    faults,
    officer,
    page,
    redirect,
    shows,
)
from functions.staff_console.wording import BATCH_STATES
from shared.platform.deployment import Deployment
from shared.platform.errors import (
    AppError,
    Busy,
    Conflict,
    FileRejected,
    Invalid,
    Unavailable,
)
from shared.platform.http.requests import Context
from shared.platform.http.schemas import RequestSchema
from shared.recipients import State

PATH: Final = "/staff/sinkronisasi"
_MIB: Final = 1024 * 1024
_FORM_AROUND_FILE: Final = 64 * 1024
_WEEKS: Final = 52


class Upload(RequestSchema):
    """What stands beside the file, or instead of it: a source of the kelurahan's file."""

    source = as_typed(maximum=64)
    as_of = as_typed(maximum=20)


def _upload_bytes(deployment: Deployment) -> int:
    return deployment.kelurahan.limits.upload_mib * _MIB + _FORM_AROUND_FILE


@shows(PATH, "lists.read", "The lists")
def overview(context: Context) -> Response:
    """What waits, how to bring a list in, and the last 52 batches."""
    return _overview(context)


@does(PATH, "lists.prepare", "Bring a list in", Upload, upload="file", max_bytes=_upload_bytes)
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
            batch = inbox(context.deployment).prepare(typed["source"], staff, as_of=as_of)
        else:
            raise Invalid(errors=[{"pointer": "#/file", "detail": "Pilih berkas daftarnya."}])
    except (Invalid, Conflict, Unavailable) as error:
        return _overview(context, error)
    return redirect(f"{PATH}/{batch.id}")


def _overview(context: Context, error: AppError | None = None) -> Response:
    batches = recipient_sync(context.deployment).batches(_WEEKS)
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
        states=BATCH_STATES,
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
