"""The queue of complaints: by deadline, search by number, and export."""

from __future__ import annotations

from typing import Final

from flask import Response

from functions.staff_console.composition import (
    actor_names,
    casework,
    work_queue,
)
from functions.staff_console.page_frame import (
    XLSX,
    Reason,
    as_typed,
    confirm,
    does,
    download,
    officer,
    page,
    redirect,
    shows,
)
from shared.complaints.casework.export import write_export
from shared.complaints.casework.integrity_check import DamageTolerantContext
from shared.complaints.casework.service import Casework, Filter
from shared.complaints.casework.work_queue import Due
from shared.complaints.model import kinds
from shared.complaints.model.labels import STATES
from shared.complaints.model.lifecycle import State
from shared.http.context import Context
from shared.http.requests.schema_fields import RequestSchema
from shared.platform.errors import (
    AppError,
    Forbidden,
    Invalid,
    TooManyRequests,
)

PATH: Final = "/staff/pengaduan"
_DUE: Final[dict[str, Due]] = {"lewat": "late", "hari-ini": "today"}


class Ticket(RequestSchema):
    """A ticket to be found; in a body, since a number stays out of addresses."""

    ticket = as_typed(maximum=60)


@shows(PATH, "complaints.read", "The queue")
def queue(context: Context) -> Response:
    """List open complaints by their deadline, or ended ones; a few at a time."""
    return _queue(context)


@does(f"{PATH}/cari", "complaints.read", "Find a complaint by its number", Ticket)
def find(context: Context) -> Response:
    """Redirect to the case, whose address doesn't tell the number."""
    try:
        case = casework(context.deployment).find(officer(context), context.body["ticket"])
    except AppError as error:
        return _queue(context, error, "cari")
    return redirect(f"{PATH}/{case.id}")


@does(
    f"{PATH}/ekspor",
    "complaints.export",
    "All complaints as a spreadsheet, without who complains",
    Reason,
)
def export(context: Context) -> Response:
    """Export complaints; needs the password, and a reason for the audit log.

    Leaves out what was changed past the application: the file's name says how many.
    """
    deployment, staff = context.deployment, officer(context)
    complaints = DamageTolerantContext.of(deployment)
    work = Casework(complaints, deployment.accounts, deployment.audit)
    try:
        confirm(context)
        found = work.files(staff, Filter(), context.body["reason"])
    except (Invalid, Forbidden, TooManyRequests) as error:
        return _queue(context, error, "ekspor")
    folder = context.closing.enter_context(deployment.workspace.directory())
    file = folder / "pengaduan.xlsx"
    known = kinds.load(deployment.kelurahan)
    with file.open("w+b") as opened:
        write_export(
            opened,
            ".xlsx",
            found,
            titles={code: kind.title for code, kind in known.items()},
            timezone=deployment.kelurahan.timezone,
            days_late=work.days_late,
            promised_on=work.promised_on,
            officers=work.officers(),
            scratch=folder,
        )
    left_out = f"-tanpa-{len(complaints.damaged)}-yang-rusak" if complaints.damaged else ""
    return download(file.read_bytes(), f"pengaduan{left_out}.xlsx", XLSX)


def _queue(context: Context, error: AppError | None = None, failed: str = "") -> Response:
    deployment, args = context.deployment, context.request.args
    known = kinds.load(deployment.kelurahan)
    wanted = {
        "keadaan": _known(args.get("keadaan"), {each.value for each in State}),
        "jenis": _known(args.get("jenis"), set(known)),
        "rw": _known(args.get("rw"), set(deployment.kelurahan.rws)),
        "tenggat": _known(args.get("tenggat"), set(_DUE)),
        "milik": _known(args.get("milik"), {"saya"}),
        "arsip": _known(args.get("arsip"), {"1"}),
    }
    is_open = not (wanted["arsip"] or wanted["keadaan"] in ("closed", "rated"))
    staff = officer(context)
    found = work_queue(deployment).page(
        staff,
        Filter(
            is_open=is_open,
            state=wanted["keadaan"],
            kind=wanted["jenis"],
            rw=wanted["rw"],
            handler=staff.id if wanted["milik"] else None,
        ),
        due=_DUE.get(wanted["tenggat"] or "") if is_open else None,
        after=args.get("sesudah") or None,
    )
    work, now = casework(deployment), deployment.clock()
    return page(
        context,
        "cases.html",
        "Pengaduan",
        error=error,
        failed=failed,
        values={"reason": context.body["reason"]} if failed == "ekspor" else {},
        cases=[
            {
                "case": case,
                "kind": known[case.kind].title,
                "due": None if case.due_at is None else work.promised_on(case.due_at),
                "late": work.days_late(case) if case.is_late(now) else 0,
            }
            for case in found.cases
        ],
        after=found.after,
        damaged=found.damaged,
        wanted={key: value for key, value in wanted.items() if value},
        kinds=known,
        states=STATES,
        rws=deployment.kelurahan.rws,
        names=actor_names(deployment, (case.handler for case in found.cases)),
    )


def _known(text: str | None, words: set[str]) -> str | None:
    return text if text in words else None
