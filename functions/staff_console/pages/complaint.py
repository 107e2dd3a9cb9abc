"""One complaint: its text, its history, and the next step."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask import Response
from marshmallow import fields

from functions.staff_console.access_rights import RIGHTS, may
from functions.staff_console.composition import (
    actor_names,
    casework,
)
from functions.staff_console.error_pages import kept
from functions.staff_console.page_frame import (
    Reason,
    as_typed,
    confirm,
    does,
    officer,
    page,
    redirect,
    shows,
)
from functions.staff_console.pages.complaint_queue import PATH
from shared.complaints.model import kinds
from shared.complaints.model.labels import CHANNELS, OUTCOMES, STATES, STEPS
from shared.complaints.model.lifecycle import Outcome, Step
from shared.complaints.model.text_rules import LONGEST_TYPED
from shared.http.context import Context
from shared.http.requests.schema_fields import RequestSchema
from shared.platform.errors import (
    AppError,
    Forbidden,
    Invalid,
    Overtaken,
    TooManyRequests,
    WrongState,
)
from shared.programmes.catalogue import load_catalogue

_OUTCOMES: Final = tuple(each for each in Outcome if each is not Outcome.WITHDRAWN)
_FIELDS: Final = ("step", "public", "internal", "outcome", "to", "why", "reason", "password")
_BUTTONS: Final = {
    Step.VERIFY: "Tandai sudah diverifikasi",
    Step.ACT: "Mulai tindak lanjut",
    Step.CLOSE: "Selesaikan",
    Step.NOTE: "Simpan catatan",
}


class TakenStep(RequestSchema):
    """A step, with the version of the case that was looked at."""

    step = as_typed(maximum=20)
    version = as_typed(maximum=12)
    public = as_typed(maximum=LONGEST_TYPED)
    internal = as_typed(maximum=LONGEST_TYPED)
    outcome = as_typed(maximum=20)
    field_check = as_typed(maximum=10)


class HandOver(RequestSchema):
    """A hand-over: to whom, and why."""

    to = as_typed(maximum=80)
    version = as_typed(maximum=12)
    why = as_typed(maximum=LONGEST_TYPED)


class NamedStaff(RequestSchema):
    """The staff whom a case is about."""

    named = fields.List(fields.String(), load_default=list)
    version = as_typed(maximum=12)


class Erasure(Reason):
    """An erasure: at whose wish, with the version of the case that was looked at."""

    version = as_typed(maximum=12)


@shows(f"{PATH}/<id:case>", "complaints.read", "A complaint")
def show(context: Context) -> Response:
    """Show text, history and possible steps, without who complains."""
    return _case(context)


@does(f"{PATH}/<id:case>/pelapor", "complaints.read", "Who complains", Reason)
def reveal(context: Context) -> Response:
    """Show the same page with name, NIK and contact, this once."""
    try:
        confirm(context)
        return _case(context, identity_reason=context.body["reason"])
    except (Invalid, Forbidden, TooManyRequests) as error:
        return _case(context, error, "pelapor")


@does(
    f"{PATH}/<id:case>/langkah",
    "complaints.work",
    "Take the next step in a complaint",
    TakenStep,
    max_bytes=64 * 1024,
)
def take_step(context: Context) -> Response:
    """Take a step; whoever was overtaken sees the fresh state and what they typed."""
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
    return redirect(f"{PATH}/{context.path['case']}", "langkah")


@does(
    f"{PATH}/<id:case>/serahkan",
    "complaints.work",
    "Hand a complaint over to a colleague",
    HandOver,
    max_bytes=64 * 1024,
)
def hand_over(context: Context) -> Response:
    """Hand the case over, and return to it."""
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
    return redirect(f"{PATH}/{context.path['case']}", "langkah")


@does(
    f"{PATH}/<id:case>/petugas-terlapor",
    "complaints.name",
    "Say whom of the staff a complaint is about",
    NamedStaff,
)
def name(context: Context) -> Response:
    """Name the staff whom it is about, who can't see it any more."""
    try:
        casework(context.deployment).name(
            officer(context),
            context.path["case"],
            context.request.form.getlist("named"),
            version=_version(context.body["version"]),
        )
    except (Invalid, Overtaken, WrongState, Forbidden) as error:
        return _case(context, error, "terlapor")
    return redirect(f"{PATH}/{context.path['case']}", "langkah")


@does(f"{PATH}/<id:case>/hapus", "complaints.erase", "Erase what a complaint says", Erasure)
def erase(context: Context) -> Response:
    """Erase text, photos and identity; return to what is left of the case."""
    try:
        confirm(context)
        casework(context.deployment).erase(
            officer(context),
            context.path["case"],
            context.body["reason"],
            version=_version(context.body["version"]),
        )
    except (Invalid, Overtaken, WrongState, Forbidden, TooManyRequests) as error:
        return _case(context, error, "hapus")
    return redirect(f"{PATH}/{context.path['case']}", "dihapus")


@shows(f"{PATH}/<id:case>/foto/<number:photo>", "complaints.read", "A photo of a complaint")
def photo(context: Context) -> Response:
    """Return a photo; the view is recorded in the audit log."""
    content = casework(context.deployment).photo(
        officer(context), context.path["case"], int(context.path["photo"])
    )
    response = Response(content, 200, content_type="image/jpeg")
    response.headers["Cache-Control"] = "no-store"
    return response


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
    next_steps = file.next_steps
    buttons = {step: _BUTTONS[step] for step in next_steps if step in _BUTTONS}
    may_erase = may(staff, "complaints.erase") and not (case.is_open or case.erased)
    is_gone = _is_gone(context, failed, next_steps) or (failed == "hapus" and not may_erase)
    chooses = Step.ASSIGN in next_steps or Step.NAME in next_steps
    accounts = deployment.accounts.list(deployment.kelurahan.key) if chooses else []
    return page(
        context,
        "case.html",
        f"Pengaduan {case.ticket}",
        error=error,
        values=context.body if error is not None and isinstance(context.body, dict) else {},
        failed=failed,
        anchors=_anchors(context, failed, is_gone=is_gone),
        typed=kept(context.body) if is_gone else [],
        file=file,
        case=case,
        words=file.words,
        is_revealed=identity_reason is not None,
        kind=kinds.load(deployment.kelurahan)[case.kind],
        programme=_programme(case.programme),
        state=STATES[case.state],
        outcome=None if case.outcome is None else OUTCOMES[case.outcome],
        channel=CHANNELS[case.channel],
        due=None if case.due_at is None else work.promised_on(case.due_at),
        timeline=[(event, STEPS[event.step], event.at.astimezone(zone)) for event in file.timeline],
        buttons=buttons,
        may_assign=Step.ASSIGN in next_steps,
        may_name=Step.NAME in next_steps,
        may_erase=may_erase,
        outcomes=[(each.value, OUTCOMES[each]) for each in _OUTCOMES],
        colleagues=[
            (each.staff.id, each.staff.name)
            for each in accounts
            if each.is_active
            and each.staff.role in RIGHTS["complaints.work"]
            and each.staff.id not in (*case.named, *case.barred)
        ],
        everybody=[(each.staff.id, each.staff.name) for each in accounts],
        names=actor_names(deployment, (case.handler, *(each.actor for each in file.timeline))),
    )


def _anchors(context: Context, failed: str, *, is_gone: bool) -> dict[str, str]:
    """Return where a step's faults are shown: each has its own form; one not offered has none."""
    if is_gone:
        return dict.fromkeys(_FIELDS, "")
    if failed == "langkah":
        return {name: f"{name}-{context.body['step']}" for name in ("public", "internal")}
    if failed == "hapus":
        return {name: f"{name}-erase" for name in ("reason", "password")}
    return {}


def _is_gone(context: Context, failed: str, offered: Collection[Step]) -> bool:
    """Whether something was typed in a form that the page doesn't offer any more."""
    if failed == "langkah":
        return context.body["step"] not in {each for each in offered if each in _BUTTONS}
    return failed == "serahkan" and Step.ASSIGN not in offered


def _programme(code: str) -> str:
    known = load_catalogue().programmes
    return known[code].name if code in known else ("Tidak tahu" if code else "")


def _version(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1


def _one_of(choices: Any, text: str, name: str) -> Any:
    for choice in choices:
        if choice.value == text:
            return choice
    raise Invalid(errors=[{"pointer": f"#/{name}", "detail": "Pilih salah satu."}])
