"""Complaints: the queue, a case with its timeline, the next step, and intake at the desk."""

from __future__ import annotations

import secrets
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask import Response
from marshmallow import fields

from functions.staff_console.console import (
    confirm,
    download,
    faults,
    officer,
    page,
    redirect,
    service,
)
from functions.staff_console.lists import staff_names
from functions.staff_console.rights import RIGHTS
from shared import programmes
from shared.complaints import (
    Casework,
    Channel,
    Filter,
    IntakeDesk,
    Outcome,
    State,
    Step,
    Submission,
    WorkQueue,
    kinds,
    write_export,
)
from shared.complaints.wording import CHANNELS, OUTCOMES, STATES, STEPS
from shared.complaints.work_queue import Due
from shared.platform.deployment import Deployment
from shared.platform.errors import (
    AppError,
    Conflict,
    Forbidden,
    Invalid,
    Overtaken,
    TooManyRequests,
    WrongState,
)
from shared.platform.http.parts import per_deployment
from shared.platform.http.requests import Context
from shared.platform.http.schemas import RequestSchema, Text
from shared.recipients import masked_nik

_typed = partial(Text, minimum=0, load_default="", strip=False)
_PATH: Final = "/staff/pengaduan"
_LONG: Final = 8_400
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_DUE: Final[dict[str, Due]] = {"lewat": "late", "hari-ini": "today"}
_OUTCOMES: Final = tuple(each for each in Outcome if each is not Outcome.WITHDRAWN)
_BUTTONS: Final = {
    Step.VERIFY: "Tandai sudah diverifikasi",
    Step.ACT: "Mulai tindak lanjut",
    Step.CLOSE: "Selesaikan",
    Step.NOTE: "Simpan catatan",
}
_FIELDS: Final = ("kind", "text", "programme", "rw", "rt", "name", "nik", "contact")


class Ticket(RequestSchema):
    """A ticket to be found; in a body, since a number stays out of addresses."""

    ticket = _typed(maximum=60)


class TakenStep(RequestSchema):
    """A step, by whom looked at which version of the case."""

    step = _typed(maximum=20)
    version = _typed(maximum=12)
    public = _typed(maximum=_LONG)
    internal = _typed(maximum=_LONG)
    outcome = _typed(maximum=20)
    field_check = _typed(maximum=10)


class HandOver(RequestSchema):
    """To whom a case goes, and why."""

    to = _typed(maximum=80)
    version = _typed(maximum=12)
    why = _typed(maximum=_LONG)


class Named(RequestSchema):
    """Whom of the staff a case is about."""

    named = fields.List(fields.String(), load_default=list)
    version = _typed(maximum=12)


class Reveal(RequestSchema):
    """Who complains: with the password once more, and a reason."""

    reason = _typed(maximum=600)
    password = _typed(maximum=400)


class Intake(RequestSchema):
    """A complaint that somebody makes at the desk, by telephone or on paper."""

    kind = _typed(maximum=40)
    text = _typed(maximum=_LONG)
    programme = _typed(maximum=40)
    rw = _typed(maximum=10)
    rt = _typed(maximum=10)
    name = _typed(maximum=200)
    nik = _typed(maximum=60)
    contact = _typed(maximum=254)
    anonymous = _typed(maximum=10)
    confidential = _typed(maximum=10)
    channel = _typed(maximum=20)
    idempotency_key = _typed(maximum=64)


@per_deployment
def casework(deployment: Deployment) -> Casework:
    """The casework of a deployment: one for a process."""
    return Casework.of(deployment)


@per_deployment
def work_queue(deployment: Deployment) -> WorkQueue:
    """The queue of a deployment: one for a process."""
    return WorkQueue.of(deployment)


@per_deployment
def _desk(deployment: Deployment) -> IntakeDesk:
    return IntakeDesk.of(deployment)


@service.route(
    "GET", _PATH, auth="staff", roles=RIGHTS["complaints.read"], page=True, summary="The queue"
)
def queue(context: Context) -> Response:
    """Open complaints by their deadline, or ended ones; a few at a time."""
    return _queue(context)


@service.route(
    "POST",
    f"{_PATH}/cari",
    auth="staff",
    roles=RIGHTS["complaints.read"],
    body=Ticket,
    form=True,
    page=True,
    summary="Find a complaint by its number",
)
def find(context: Context) -> Response:
    """Leads to the case, whose address doesn't tell the number."""
    try:
        case = casework(context.deployment).find(officer(context), context.body["ticket"])
    except AppError as error:
        return _queue(context, error)
    return redirect(f"{_PATH}/{case.id}")


@service.route(
    "GET",
    f"{_PATH}/terima-baru",
    auth="staff",
    roles=RIGHTS["complaints.work"],
    page=True,
    summary="The form for a complaint at the desk",
)
def intake_form(context: Context) -> Response:
    """Everything that somebody at the desk, on the telephone or on paper may tell."""
    return _intake_form(context, {"idempotency_key": secrets.token_urlsafe(24)})


@service.route(
    "POST",
    f"{_PATH}/terima-baru",
    auth="staff",
    roles=RIGHTS["complaints.work"],
    body=Intake,
    form=True,
    max_bytes=64 * 1024,
    page=True,
    summary="Take a complaint on behalf of somebody",
)
def intake(context: Context) -> Response:
    """The receipt to be handed over: number and secret are shown once."""
    typed, staff = context.body, officer(context)
    try:
        channel = Channel(typed["channel"]) if typed["channel"] in set(Channel) else Channel.STAFF
        if channel is Channel.WEB:
            channel = Channel.STAFF
        given = Submission(
            **{name: typed[name] for name in _FIELDS},
            anonymous=bool(typed["anonymous"]),
            confidential=bool(typed["confidential"]),
            channel=channel,
        )
        receipt = _desk(context.deployment).receive(given, typed["idempotency_key"] or "-")
    except (Invalid, Conflict) as error:
        return _intake_form(context, typed, error)
    if receipt.is_new:
        context.deployment.audit.append(
            staff.id, "complaint.intake", receipt.case.id, {"channel": channel.value}
        )
    return page(context, "case_receipt.html", "Tanda terima", receipt=receipt)


@service.route(
    "POST",
    f"{_PATH}/ekspor",
    auth="staff",
    roles=RIGHTS["complaints.export"],
    body=Reveal,
    form=True,
    page=True,
    summary="All complaints as a spreadsheet, without who complains",
)
def export(context: Context) -> Response:
    """The password once more, and a reason that goes into the audit log."""
    deployment, staff = context.deployment, officer(context)
    work = casework(deployment)
    try:
        confirm(context)
        found = work.files(staff, Filter(), context.body["reason"])
    except (Invalid, Forbidden, TooManyRequests) as error:
        return _queue(context, error)
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
            scratch=folder,
        )
    return download(file.read_bytes(), "pengaduan.xlsx", _XLSX)


@service.route(
    "GET",
    f"{_PATH}/<id:case>",
    auth="staff",
    roles=RIGHTS["complaints.read"],
    page=True,
    summary="A complaint",
)
def show(context: Context) -> Response:
    """What it says, what happened, and what may be done next; without who complains."""
    return _case(context)


@service.route(
    "POST",
    f"{_PATH}/<id:case>/pelapor",
    auth="staff",
    roles=RIGHTS["complaints.read"],
    body=Reveal,
    form=True,
    page=True,
    summary="Who complains",
)
def reveal(context: Context) -> Response:
    """The same page with name, NIK and contact, this once."""
    try:
        confirm(context)
        return _case(context, identity_reason=context.body["reason"])
    except (Invalid, Forbidden, TooManyRequests) as error:
        return _case(context, error, "pelapor")


@service.route(
    "POST",
    f"{_PATH}/<id:case>/langkah",
    auth="staff",
    roles=RIGHTS["complaints.work"],
    body=TakenStep,
    form=True,
    max_bytes=64 * 1024,
    page=True,
    summary="Take the next step in a complaint",
)
def take_step(context: Context) -> Response:
    """Back to the case; whoever was overtaken sees the fresh state and what they typed."""
    typed = context.body
    try:
        step = _one_of(_BUTTONS, typed["step"], "step")
        outcome = _one_of(_OUTCOMES, typed["outcome"], "outcome") if typed["outcome"] else None
        casework(context.deployment).step(
            officer(context),
            context.path["case"],
            step,
            version=_version(typed["version"]),
            public=typed["public"],
            internal=typed["internal"],
            outcome=outcome,
            field_check=bool(typed["field_check"]),
        )
    except (Invalid, Overtaken, WrongState, Forbidden) as error:
        return _case(context, error, "langkah")
    return redirect(f"{_PATH}/{context.path['case']}", "langkah")


@service.route(
    "POST",
    f"{_PATH}/<id:case>/serahkan",
    auth="staff",
    roles=RIGHTS["complaints.work"],
    body=HandOver,
    form=True,
    max_bytes=64 * 1024,
    page=True,
    summary="Hand a complaint over to a colleague",
)
def hand_over(context: Context) -> Response:
    """Back to the case."""
    typed = context.body
    try:
        casework(context.deployment).assign(
            officer(context),
            context.path["case"],
            typed["to"],
            version=_version(typed["version"]),
            why=typed["why"],
        )
    except (Invalid, Overtaken, WrongState, Forbidden) as error:
        return _case(context, error, "serahkan")
    return redirect(f"{_PATH}/{context.path['case']}", "langkah")


@service.route(
    "POST",
    f"{_PATH}/<id:case>/petugas-terlapor",
    auth="staff",
    roles=RIGHTS["complaints.name"],
    body=Named,
    form=True,
    page=True,
    summary="Say whom of the staff a complaint is about",
)
def name(context: Context) -> Response:
    """Those named can't see it any more."""
    try:
        casework(context.deployment).name(
            officer(context),
            context.path["case"],
            context.request.form.getlist("named"),
            version=_version(context.body["version"]),
        )
    except (Invalid, Overtaken, WrongState, Forbidden) as error:
        return _case(context, error, "terlapor")
    return redirect(f"{_PATH}/{context.path['case']}", "langkah")


def _photo(number: int) -> None:
    @service.route(
        "GET",
        f"{_PATH}/<id:case>/foto/{number}",
        auth="staff",
        roles=RIGHTS["complaints.read"],
        summary=f"Photo {number} of a complaint",
    )
    def photo(context: Context) -> Response:
        """The photo; that it was looked at is in the audit log."""
        content = casework(context.deployment).photo(officer(context), context.path["case"], number)
        response = Response(content, 200, content_type="image/jpeg")
        response.headers["Cache-Control"] = "no-store"
        return response


for _number in (1, 2, 3):
    _photo(_number)


def _queue(context: Context, error: AppError | None = None) -> Response:
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
        200 if error is None else error.status,
        errors={} if error is None else faults(error),
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
        names=staff_names(deployment),
    )


def _case(
    context: Context,
    error: AppError | None = None,
    failed: str = "",
    *,
    identity_reason: str | None = None,
) -> Response:
    deployment, staff = context.deployment, officer(context)
    work = casework(deployment)
    file = work.show(staff, context.path["case"], identity_reason=identity_reason)
    case, zone = file.case, ZoneInfo(deployment.kelurahan.timezone)
    accounts = deployment.accounts.list(deployment.kelurahan.key)
    return page(
        context,
        "case.html",
        f"Pengaduan {case.ticket}",
        200 if error is None else error.status,
        errors={} if error is None else faults(error),
        values=context.body if error is not None and isinstance(context.body, dict) else {},
        failed=failed,
        file=file,
        case=case,
        words=file.words,
        nik=masked_nik(file.words.nik) if file.words.nik else "",
        is_revealed=identity_reason is not None,
        kind=kinds.load(deployment.kelurahan)[case.kind],
        programme=_programme(case.programme),
        state=STATES[case.state],
        outcome=None if case.outcome is None else OUTCOMES[case.outcome],
        channel=CHANNELS[case.channel],
        due=None if case.due_at is None else work.promised_on(case.due_at),
        timeline=[(event, STEPS[event.step], event.at.astimezone(zone)) for event in file.timeline],
        buttons={step: _BUTTONS[step] for step in file.next_steps if step in _BUTTONS},
        may_assign=Step.ASSIGN in file.next_steps,
        may_name=Step.NAME in file.next_steps,
        outcomes=[(each.value, OUTCOMES[each]) for each in _OUTCOMES],
        colleagues=[
            (each.staff.id, each.staff.name)
            for each in accounts
            if each.is_active
            and each.staff.role in RIGHTS["complaints.work"]
            and each.staff.id not in (*case.named, *case.barred)
        ],
        everybody=[(each.staff.id, each.staff.name) for each in accounts],
        names=staff_names(deployment),
    )


def _intake_form(
    context: Context, typed: dict[str, Any], error: AppError | None = None
) -> Response:
    deployment = context.deployment
    found = programmes.load().programmes.values()
    return page(
        context,
        "case_intake.html",
        "Terima pengaduan",
        200 if error is None else error.status,
        errors={} if error is None else faults(error),
        values=typed,
        kinds=kinds.load(deployment.kelurahan),
        programmes=sorted((each.code, each.name) for each in found),
        rws=deployment.kelurahan.rws,
        channels=[(each.value, CHANNELS[each]) for each in Channel if each is not Channel.WEB],
    )


def _programme(code: str) -> str:
    known = programmes.load().programmes
    return known[code].name if code in known else ("Tidak tahu" if code else "")


def _known(text: str | None, words: set[str]) -> str | None:
    return text if text in words else None


def _version(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1


def _one_of(choices: Any, text: str, name: str) -> Any:
    for choice in choices:
        if choice.value == text:
            return choice
    raise Invalid(errors=[{"pointer": f"#/{name}", "detail": "Pilih salah satu."}])
