"""People on the list: found by NIK, name or RW; shown masked; a letter for them; who looked."""

from __future__ import annotations

from functools import partial
from typing import Final

from flask import Response

from functions.staff_console.console import confirm, faults, officer, page, service
from functions.staff_console.lists import KINDS, recipient_sync, staff_names
from functions.staff_console.people_words import FIELDS, entitlements, person_fields
from functions.staff_console.rights import RIGHTS
from shared.platform.audit import check_text
from shared.platform.clock import today
from shared.platform.dates import in_words
from shared.platform.deployment import Deployment
from shared.platform.errors import AppError, Forbidden, Invalid, TooManyRequests
from shared.platform.http.parts import per_deployment
from shared.platform.http.requests import Context
from shared.platform.http.schemas import RequestSchema, Text
from shared.recipients import FreshnessBoard, People
from shared.recipients.people import PAGE, Record

_typed = partial(Text, minimum=0, load_default="", strip=False)
_PATH: Final = "/staff/warga"
_SHORTEST_REASON: Final = 5
_LOOKS_SHOWN: Final = 50


class Search(RequestSchema):
    """Whom somebody looks for: one of the three. In a body, for a NIK stays out of addresses."""

    nik = _typed(maximum=60)
    name = _typed(maximum=100)
    rw = _typed(maximum=10)
    after = _typed(maximum=80)


class Reveal(RequestSchema):
    """Why the NIK is needed, and the password once more."""

    reason = _typed(maximum=600)
    password = _typed(maximum=400)


@per_deployment
def _people(deployment: Deployment) -> People:
    return People.of(deployment)


@service.route(
    "GET",
    _PATH,
    auth="staff",
    roles=RIGHTS["residents.read"],
    page=True,
    summary="The search for people",
)
def search_form(context: Context) -> Response:
    """The form alone."""
    return _search(context, [])


@service.route(
    "POST",
    _PATH,
    auth="staff",
    roles=RIGHTS["residents.read"],
    body=Search,
    form=True,
    page=True,
    summary="Search for people",
)
def search(context: Context) -> Response:
    """Those found, masked; that somebody searched, and how many were found, is in the audit log."""
    typed, people, deployment = context.body, _people(context.deployment), context.deployment
    after = typed["after"] or None
    try:
        if typed["nik"].strip():
            by = "nik"
            record = people.by_nik(typed["nik"])
            found = [] if record is None else [record]
        elif typed["name"].strip():
            by, found = "name", people.by_name(typed["name"], after)
        elif typed["rw"] in deployment.kelurahan.rws:
            by, found = "rw", people.by_rw(typed["rw"], after)
        else:
            raise Invalid(errors=[{"pointer": "#/nik", "detail": "Isi NIK, nama, atau RW."}])
    except Invalid as error:
        return _search(context, [], error)
    deployment.audit.append(
        officer(context).id, "resident.search", "residents", {"by": by, "found": len(found)}
    )
    return _search(context, found, searched=True)


@service.route(
    "GET",
    f"{_PATH}/<id:person>",
    auth="staff",
    roles=RIGHTS["residents.read"],
    page=True,
    summary="One person of the list",
)
def show(context: Context) -> Response:
    """Entitlements, where each came from, and history; the NIK is masked."""
    return _person(context)


@service.route(
    "POST",
    f"{_PATH}/<id:person>/nik",
    auth="staff",
    roles=RIGHTS["residents.reveal"],
    body=Reveal,
    form=True,
    page=True,
    summary="The NIK of a person",
)
def reveal(context: Context) -> Response:
    """The same page with the numbers, this once; with a reason, which is kept."""
    try:
        reason = _reason(context.body["reason"])
        confirm(context)
    except (Invalid, Forbidden, TooManyRequests) as error:
        return _person(context, error)
    return _person(context, reason=reason)


@service.route(
    "GET",
    f"{_PATH}/<id:person>/surat",
    auth="staff",
    roles=RIGHTS["residents.read"],
    page=True,
    summary="A letter for a person",
)
def letter(context: Context) -> Response:
    """What the list says of them as of a day, to be printed and signed."""
    deployment = context.deployment
    record = _people(deployment).get(context.path["person"])
    deployment.audit.append(officer(context).id, "resident.letter", record.id)
    return page(
        context,
        "letter.html",
        "Surat keterangan",
        person=record.person,
        entitlements=entitlements(record.person),
        fresh=_fresh_day(deployment),
        today=in_words(today(deployment.clock, deployment.kelurahan.timezone)),
    )


@service.route(
    "GET",
    f"{_PATH}/<id:person>/jejak",
    auth="staff",
    roles=RIGHTS["audit.read"],
    page=True,
    summary="Who looked at this person",
)
def looks(context: Context) -> Response:
    """The entries of the audit log that are about this person, the newest first."""
    deployment = context.deployment
    record = _people(deployment).get(context.path["person"])
    entries = deployment.audit.newest(subject=record.id, limit=_LOOKS_SHOWN)
    deployment.audit.append(officer(context).id, "resident.looks", record.id)
    return page(
        context,
        "looks.html",
        "Siapa yang melihat",
        record=record,
        entries=entries,
        names=staff_names(deployment),
    )


def _search(
    context: Context,
    found: list[Record],
    error: AppError | None = None,
    *,
    searched: bool = False,
) -> Response:
    typed = context.body if isinstance(context.body, dict) else {}
    return page(
        context,
        "residents.html",
        "Warga",
        200 if error is None else error.status,
        errors={} if error is None else faults(error),
        values={key: value for key, value in typed.items() if key != "nik"},
        people=[(each.id, person_fields(each.person)) for each in found],
        searched=searched,
        after=found[-1].id if len(found) == PAGE else None,
        rws=context.deployment.kelurahan.rws,
    )


def _person(context: Context, error: AppError | None = None, *, reason: str = "") -> Response:
    deployment, staff = context.deployment, officer(context)
    people = _people(deployment)
    record = people.get(context.path["person"])
    action, details = ("resident.nik", {"reason": reason}) if reason else ("resident.read", {})
    deployment.audit.append(staff.id, action, record.id, details)
    told = person_fields(record.person)
    if reason:
        told |= {"NIK": record.person.nik, "Nomor KK": record.person.kk}
    words = dict(KINDS.values())
    return page(
        context,
        "resident.html",
        record.person.name,
        200 if error is None else error.status,
        errors={} if error is None else faults(error),
        values={},
        record=record,
        told=told,
        fields=FIELDS,
        is_revealed=bool(reason),
        history=[(each.batch, words[each.difference.kind]) for each in people.history(record.id)],
        entitlements=entitlements(record.person),
        origin=recipient_sync(deployment).batch(record.batch),
    )


def _fresh_day(deployment: Deployment) -> str:
    kelurahan = deployment.kelurahan
    board = FreshnessBoard(deployment.lookup, kelurahan.key, kelurahan.timezone, deployment.clock)
    fresh = board.read()
    return "-" if fresh is None else in_words(fresh.as_of)


def _reason(text: str) -> str:
    reason = " ".join(text.split())[:500]
    if len(reason) < _SHORTEST_REASON:
        detail = f"Tulis alasannya, sekurang-kurangnya {_SHORTEST_REASON} huruf."
        raise Invalid(errors=[{"pointer": "#/reason", "detail": detail}])
    check_text(reason)
    return reason
