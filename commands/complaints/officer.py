"""The officer's casework session on the command line, and the printing of complaints."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from commands.acting_officer import ActingOfficer
from commands.deployment_context import opened
from commands.output import answer
from shared.complaints.casework.integrity_check import DamageTolerantContext
from shared.complaints.casework.service import Casework
from shared.complaints.model.case import Case, CaseFile
from shared.deployment import Deployment
from shared.staff.accounts import Staff

_LISTED = ("ticket", "kind", "state", "rw", "due_on", "days_late", "level", "handler")


class OfficerSession:
    """The casework with the officer who does it."""

    def __init__(self, deployment: Deployment, officer: Staff) -> None:
        self.deployment = deployment
        self._context = DamageTolerantContext.of(deployment)
        self.work = Casework(self._context, deployment.accounts, deployment.audit)
        self.officer = officer

    @property
    def damaged(self) -> int:
        """The number of damaged complaints that lists have left out so far."""
        return len(self._context.damaged)

    def case(self, ticket: str) -> Case:
        """Return the complaint of a ticket."""
        return self.work.find(self.officer, ticket)

    def colleague(self, given: str) -> str:
        """Return the staff id of a colleague given by e-mail address or by that id itself."""
        if "@" not in given:
            return given
        return self.deployment.accounts.by_email(given, self.deployment.kelurahan.key).id

    def shown(self, case: Case) -> dict[str, Any]:
        """Return a complaint without any personal data; staff are named by their ids."""
        return {
            "ticket": case.ticket,
            "kind": case.kind,
            "state": case.state.value,
            "outcome": None if case.outcome is None else case.outcome.value,
            "rw": case.rw,
            "received_at": case.received_at.isoformat(),
            "due_at": None if case.due_at is None else case.due_at.isoformat(),
            "due_on": None if case.due_at is None else str(self.work.promised_on(case.due_at)),
            "days_late": self.work.days_late(case),
            "level": case.level,
            "handler": case.handler,
            "version": case.version,
        }

    def told(self, file: CaseFile, *, with_identity: bool, with_nik: bool) -> dict[str, Any]:
        """Return a complaint as a whole; who complains only where that was asked for."""
        case = file.case
        return {
            **self.shown(case),
            "programme": case.programme,
            "rt": case.rt,
            "channel": case.channel.value,
            "verify_by": case.verify_by.isoformat(),
            "resolve_by": case.resolve_by.isoformat(),
            "anonymous": case.anonymous,
            "confidential": case.confidential,
            "photos": case.photos,
            "score": case.score,
            "named": list(case.named),
            "next_steps": [step.value for step in file.next_steps],
            "has_identity": file.has_identity,
            "identity": _identity(file, with_nik) if with_identity else None,
            "text": file.words.text,
            "timeline": _timeline(file),
        }

    def say(self, case: Case, as_json: bool) -> None:
        """Print a complaint as it stands after a step."""
        answer(self.shown(case), as_json, _lines(self.shown(case)))


@contextmanager
def at_desk(who: ActingOfficer) -> Iterator[OfficerSession]:
    """Open the casework session of an officer who has proved it, for the time of one command."""
    with opened() as deployment:
        yield OfficerSession(deployment, who.proved(deployment))


def line(said: dict[str, Any]) -> str:
    """Return one complaint of a list as a line."""
    return " ".join(f"{name}={said[name]}" for name in _LISTED)


def page(said: dict[str, Any]) -> str:
    """Return a complaint as a whole, for a person at a terminal."""
    lines = [_lines({n: v for n, v in said.items() if n not in ("timeline", "identity")})]
    lines += [f"pelapor.{name}: {value}" for name, value in (said["identity"] or {}).items()]
    for event in said["timeline"]:
        lines.append("{number}. {at} {step} ({role} {actor}) -> {state}".format(**event))
        lines += [f"   {name}: {event[name]}" for name in ("public", "internal") if event[name]]
    return printable("\n".join(lines))


def _lines(said: dict[str, Any]) -> str:
    return "\n".join(f"{name}: {'' if value is None else value}" for name, value in said.items())


def printable(text: str) -> str:
    """Return a resident's text without characters that would control the officer's terminal."""
    kept = (c if c in "\n\t" or unicodedata.category(c) != "Cc" else "\ufffd" for c in text)
    return "".join(kept)


def _identity(file: CaseFile, with_nik: bool) -> dict[str, str]:
    said = asdict(file.words)
    del said["text"]
    if not with_nik:
        said["nik"] = "*" * len(said["nik"][:-4]) + said["nik"][-4:]
    return said


def _timeline(file: CaseFile) -> list[dict[str, Any]]:
    return [
        {
            "number": event.number,
            "at": event.at.isoformat(),
            "step": event.step.value,
            "actor": event.actor,
            "role": event.role,
            "state": event.state.value,
            "outcome": None if event.outcome is None else event.outcome.value,
            "level": event.level,
            "shown": event.is_shown,
            "public": event.public,
            "internal": event.internal,
        }
        for event in file.timeline
    ]
