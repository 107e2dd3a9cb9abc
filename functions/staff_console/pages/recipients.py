"""Recipients: search, masked record, letter, and who looked at it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final
from zoneinfo import ZoneInfo

from flask import Response

from functions.staff_console.composition import (
    actor_names,
    board,
    people,
    recipient_sync,
)
from functions.staff_console.labels import (
    CHANGES,
    FIELDS,
    entitlements,
    person_fields,
    source_name,
)
from functions.staff_console.page_frame import (
    Reason,
    as_typed,
    confirm,
    does,
    entry_number,
    officer,
    page,
    shows,
)
from shared.deployment import Deployment
from shared.http.context import Context
from shared.http.requests.schema_fields import RequestSchema
from shared.platform.audit.log import Entry
from shared.platform.clock import today
from shared.platform.errors import AppError, Forbidden, Invalid, NotFound, TooManyRequests
from shared.platform.indonesian_dates import in_words
from shared.recipients.batches.reasons import checked_reason
from shared.recipients.use_cases.people_search import PAGE, Record, origin

_PATH: Final = "/staff/warga"
_LOOKS_SHOWN: Final = 25
_LOOKS: Final = {
    "resident.search": "mencari dengan NIK",
    "resident.read": "melihat",
    "resident.nik": "membuka NIK",
    "resident.letter": "mencetak surat",
    "resident.looks": "melihat jejak",
}
_PLAIN: Final = frozenset({"resident.search", "resident.read", "resident.looks"})
"""What shows no more than everybody may see: such looks don't crowd out the others."""
_ONLY: Final = {"nik": "resident.nik", "surat": "resident.letter"}
"""The looks that weigh more, by the words of addresses."""


class Search(RequestSchema):
    """A search by NIK, name or RW. In a body, for a NIK stays out of addresses."""

    nik = as_typed(maximum=60)
    name = as_typed(maximum=100)
    rw = as_typed(maximum=10)
    after = as_typed(maximum=80)


@shows(_PATH, "residents.read", "The search for people")
def search_form(context: Context) -> Response:
    """Show the empty form."""
    return _search(context, [])


@does(_PATH, "residents.read", "Search for people", Search)
def search(context: Context) -> Response:
    """Show those found, masked; the search and its count are recorded in the audit log."""
    typed, deployment = context.body, context.deployment
    after = typed["after"] or None
    try:
        if typed["nik"].strip():
            by = "nik"
            record = people(deployment).by_nik(typed["nik"])
            found = [] if record is None else [record]
        elif typed["name"].strip():
            by, found = "name", people(deployment).by_name(typed["name"], after)
        elif typed["rw"] in deployment.kelurahan.rws:
            by, found = "rw", people(deployment).by_rw(typed["rw"], after)
        else:
            raise Invalid(errors=[{"pointer": "#/nik", "detail": "Isi NIK, nama, atau RW."}])
    except (Invalid, NotFound) as error:
        return _search(context, [], error)
    # an exact NIK is a look at one person, and stands on their trail
    subject = found[0].id if by == "nik" and found else "residents"
    deployment.audit.append(
        officer(context).id, "resident.search", subject, {"by": by, "found": len(found)}
    )
    return _search(context, found, searched=True)


@shows(f"{_PATH}/<id:person>", "residents.read", "One person of the list")
def show(context: Context) -> Response:
    """Show entitlements, their origin, and history; the NIK is masked."""
    return _person(context)


@does(f"{_PATH}/<id:person>/nik", "residents.reveal", "The NIK of a person", Reason)
def reveal(context: Context) -> Response:
    """Show the same page with the numbers in full, this once; with a recorded reason."""
    try:
        reason = checked_reason(context.body["reason"], needed=True)
        confirm(context)
    except (Invalid, Forbidden, TooManyRequests) as error:
        return _person(context, error)
    return _person(context, reason=reason)


@shows(f"{_PATH}/<id:person>/surat", "residents.read", "A letter for a person")
def letter(context: Context) -> Response:
    """Render a letter with what the list says of them as of a day, to be printed and signed."""
    deployment = context.deployment
    record = people(deployment).get(context.path["person"])
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


@shows(f"{_PATH}/<id:person>/jejak", "audit.read", "Who looked at this person")
def looks(context: Context) -> Response:
    """Show the audit entries about this person, the newest first, page by page.

    All of them, or only those of the looks that weigh more.
    """
    deployment, args = context.deployment, context.request.args
    record = people(deployment).get(context.path["person"])
    only = args.get("hanya") if args.get("hanya") in _ONLY else None
    entries = deployment.audit.newest(
        subject=record.id,
        action=None if only is None else _ONLY[only],
        before=entry_number(args.get("sebelum", "")),
        limit=_LOOKS_SHOWN,
    )
    deployment.audit.append(officer(context).id, "resident.looks", record.id)
    return page(
        context,
        "looks.html",
        "Siapa yang melihat",
        record=record,
        looks=_looks(entries, ZoneInfo(deployment.kelurahan.timezone)),
        only=only,
        before=entries[-1].seq if len(entries) == _LOOKS_SHOWN else None,
        is_first="sebelum" not in args,
        names=actor_names(deployment, (each.actor for each in entries)),
    )


@dataclass(frozen=True, slots=True)
class _Look:
    """One line of the trail: a look, or an officer's successive plain looks of a day."""

    at: datetime
    actor: str
    what: str
    reason: str


def _looks(entries: Sequence[Entry], zone: ZoneInfo) -> list[_Look]:
    def together(entry: Entry) -> tuple[object, ...]:
        alone = 0 if entry.action in _PLAIN else entry.seq
        return entry.actor, entry.at.astimezone(zone).date(), alone

    lines = []
    for _, some in groupby(entries, together):
        looks = list(some)
        times = Counter(_LOOKS.get(each.action, each.action) for each in looks)
        what = ", ".join(f"{name} {n} kali" if n > 1 else name for name, n in times.items())
        reason = str(looks[0].details.get("reason", ""))
        lines.append(_Look(looks[0].at, looks[0].actor, what, reason))
    return lines


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
        error=error,
        values={key: value for key, value in typed.items() if key != "nik"},
        people=[(each.id, person_fields(each.person)) for each in found],
        searched=searched,
        after=found[-1].id if len(found) == PAGE else None,
        rws=[(rw, rw) for rw in context.deployment.kelurahan.rws],
    )


def _person(context: Context, error: AppError | None = None, *, reason: str = "") -> Response:
    deployment, staff = context.deployment, officer(context)
    known = people(deployment)
    record = known.get(context.path["person"])
    action, details = ("resident.nik", {"reason": reason}) if reason else ("resident.read", {})
    deployment.audit.append(staff.id, action, record.id, details)
    newest = recipient_sync(deployment).batch(record.batch)
    history = known.history(record.id)
    told = person_fields(record.person)
    if reason:
        told |= {"NIK": record.person.nik, "Nomor KK": record.person.kk}
    return page(
        context,
        "resident.html",
        "Satu warga",  # titles stay in the browser's history, so they name nobody
        error=error,
        values={} if error is None else context.body,
        record=record,
        told=told,
        fields=FIELDS,
        is_revealed=bool(reason),
        history=[(each.batch, CHANGES[each.difference.kind]) for each in history],
        entitlements=[
            (text, batch, batch and source_name(deployment.kelurahan, batch.source))
            for text, each in zip(
                entitlements(record.person), record.person.entitlements, strict=True
            )
            for batch in [origin(each, history)]
        ],
        newest=newest,
        source=source_name(deployment.kelurahan, newest.source),
    )


def _fresh_day(deployment: Deployment) -> str:
    fresh = board(deployment).read()
    return "-" if fresh is None else in_words(fresh.as_of)
