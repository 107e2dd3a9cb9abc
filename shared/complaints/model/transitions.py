"""Transitions of a complaint: a step's effect on state, deadlines and windows; pure functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from shared.complaints.model import lifecycle
from shared.complaints.model.case import Case, Event
from shared.complaints.model.deadlines import Deadlines
from shared.complaints.model.kinds import Kind
from shared.complaints.model.lifecycle import Outcome, Step, Who
from shared.kelurahan.configuration import ComplaintRules
from shared.platform.errors import Invalid, WrongState
from shared.platform.store import Value

_REOPEN_OVER = "Waktu untuk membuka kembali pengaduan ini sudah lewat. Buat pengaduan baru."
_APPEAL_OVER = "Banding untuk pengaduan ini tidak dapat diajukan lagi. Buat pengaduan baru."
_NO_OUTCOME = "Pilih hasil pengaduan."


@dataclass(frozen=True, slots=True)
class Terms:
    """The rules of one kind of complaint."""

    kind: Kind
    deadlines: Deadlines
    rules: ComplaintRules


@dataclass(frozen=True, slots=True)
class Given:
    """What comes with a step. `by` is a staff id, or "" for the resident and the system."""

    by: str = ""
    outcome: Outcome | None = None
    field_check: bool = False
    handler: str = ""
    named: tuple[str, ...] = ()
    score: int | None = None
    level: int = 0


def stepped(case: Case, step: Step, who: Who, now: datetime, terms: Terms, given: Given) -> Case:
    """Return the complaint after a step.

    Raises WrongState where the table has no such step or its time is over, Invalid where an
    outcome is missing.
    """
    state = lifecycle.after(case.state, step, who)
    changed = replace(
        case,
        state=state,
        updated_at=now,
        version=case.version + 1,
        events=case.events + 1,
    )
    effect = _EFFECTS.get(step)
    return changed if effect is None else effect(changed, now, terms, given)


@dataclass(frozen=True, slots=True)
class Change:
    """A step's result: the changed complaint and its event. `more`: other fields."""

    case: Case
    event: Event
    more: Mapping[str, Value] = field(default_factory=dict)


def taken(
    case: Case,
    step: Step,
    who: Who,
    now: datetime,
    terms: Terms,
    given: Given = Given(),
    *,
    actor: str,
    role: str,
    public: str = "",
    internal: str = "",
    is_shown: bool = True,
    more: Mapping[str, Value] | None = None,
) -> Change:
    """Return the complaint after a step, with its event; raises as `stepped` does."""
    changed = stepped(case, step, who, now, terms, given)
    event = Event(
        number=changed.events,
        at=now,
        step=step,
        actor=actor,
        role=role,
        state=changed.state,
        is_shown=is_shown,
        outcome=changed.outcome if step in (Step.CLOSE, Step.WITHDRAW) else None,
        level=given.level,
        public=public,
        internal=internal,
    )
    return Change(changed, event, more or {})


def about(case: Case, named: Iterable[str]) -> Case:
    """Return the complaint with the staff whom it is about: none of them is in charge."""
    ids = tuple(sorted(set(named)))
    return replace(case, named=ids, handler="" if case.handler in ids else case.handler)


def resident_steps(case: Case, now: datetime) -> tuple[Step, ...]:
    """Return the steps the resident may take now: the table's, within their time windows."""
    possible = lifecycle.possible(case.state, "resident")
    return tuple(
        step
        for step in possible
        if not (step is Step.REOPEN and not _may_reopen(case, now))
        and not (step is Step.APPEAL and not _may_appeal(case, now))
    )


def _may_reopen(case: Case, now: datetime) -> bool:
    return case.reopen_until is not None and now <= case.reopen_until


def _may_appeal(case: Case, now: datetime) -> bool:
    on_time = case.appeal_until is not None and now <= case.appeal_until
    return on_time and not case.appealed and case.outcome is not Outcome.WITHDRAWN


def _verify(case: Case, now: datetime, terms: Terms, given: Given) -> Case:
    mine = replace(_with(case, given.by), handler=case.handler or given.by)
    return _due(mine, case.resolve_by, now)


def _act(case: Case, now: datetime, terms: Terms, given: Given) -> Case:
    resolve_by = case.resolve_by
    if given.field_check and not case.field_check:
        resolve_by = terms.deadlines.resolve_by(terms.kind, case.clock_started_at, field_check=True)
    return _due(
        replace(
            _with(case, given.by),
            handler=given.by or case.handler,
            field_check=case.field_check or given.field_check,
            resolve_by=resolve_by,
        ),
        resolve_by,
        now,
    )


def _close(case: Case, now: datetime, terms: Terms, given: Given) -> Case:
    if given.outcome is None or given.outcome is Outcome.WITHDRAWN:
        raise Invalid(errors=[{"pointer": "#/outcome", "detail": _NO_OUTCOME}])
    ended = _ended(_with(case, given.by), now, terms, given.outcome, given.by)
    return replace(ended, check_back_at=now + timedelta(days=terms.rules.check_back_days))


def _withdraw(case: Case, now: datetime, terms: Terms, given: Given) -> Case:
    return _ended(case, now, terms, Outcome.WITHDRAWN, "")


def _ended(case: Case, now: datetime, terms: Terms, outcome: Outcome, by: str) -> Case:
    rules = terms.rules
    return replace(
        case,
        outcome=outcome,
        due_at=None,
        closed_at=now,
        closed_by=by,
        reopen_until=now + timedelta(hours=rules.reopen_hours),
        appeal_until=now + timedelta(days=rules.appeal_days),
        photos_erase_at=now + timedelta(days=rules.photo_retention_days) if case.photos else None,
        erase_at=now + timedelta(days=rules.retention_days),
    )


def _rate(case: Case, now: datetime, terms: Terms, given: Given) -> Case:
    return replace(case, score=given.score, check_back_at=None)


def _reopen(case: Case, now: datetime, terms: Terms, given: Given) -> Case:
    if not _may_reopen(case, now):
        raise WrongState(_REOPEN_OVER)
    return replace(_begun_anew(case, now, terms), reopened=case.reopened + 1)


def _appeal(case: Case, now: datetime, terms: Terms, given: Given) -> Case:
    if not _may_appeal(case, now):
        raise WrongState(_APPEAL_OVER)
    before = (*case.barred, *case.involved, case.closed_by, case.handler)
    return replace(
        _begun_anew(case, now, terms),
        appealed=case.appealed + 1,
        barred=tuple(sorted({each for each in before if each})),
        handler="",
    )


def _with(case: Case, staff_id: str) -> Case:
    """Return the complaint with a step's taker recorded, who stays barred from its appeal."""
    known = {*case.involved, staff_id} if staff_id else case.involved
    return replace(case, involved=tuple(sorted(known)))


def _begun_anew(case: Case, now: datetime, terms: Terms) -> Case:
    """Return the complaint with its deadlines restarted, as for a new one."""
    verify_by = terms.deadlines.verify_by(terms.kind, now)
    return replace(
        case,
        clock_started_at=now,
        verify_by=verify_by,
        resolve_by=terms.deadlines.resolve_by(terms.kind, now),
        due_at=verify_by,
        field_check=False,
        level=0,
        outcome=None,
        score=None,
        closed_at=None,
        closed_by="",
        reopen_until=None,
        appeal_until=None,
        check_back_at=None,
        photos_erase_at=None,
        erase_at=None,
    )


def _due(case: Case, due_at: datetime, now: datetime) -> Case:
    """Return the complaint with another deadline; its level is reset unless that is overdue."""
    return replace(case, due_at=due_at, level=case.level if due_at < now else 0)


def _assign(case: Case, now: datetime, terms: Terms, given: Given) -> Case:
    return replace(case, handler=given.handler)


def _name(case: Case, now: datetime, terms: Terms, given: Given) -> Case:
    return about(case, given.named)


def _escalate(case: Case, now: datetime, terms: Terms, given: Given) -> Case:
    return replace(case, level=given.level)


def _check_back(case: Case, now: datetime, terms: Terms, given: Given) -> Case:
    """Return the complaint after the check-back question; "no" may still reopen it."""
    until = now + timedelta(hours=terms.rules.reopen_hours)
    return replace(case, check_back_at=None, reopen_until=max(case.reopen_until or until, until))


_Effect = Callable[[Case, datetime, Terms, Given], Case]
_EFFECTS: Final[Mapping[Step, _Effect]] = {
    Step.VERIFY: _verify,
    Step.ACT: _act,
    Step.CLOSE: _close,
    Step.WITHDRAW: _withdraw,
    Step.RATE: _rate,
    Step.REOPEN: _reopen,
    Step.APPEAL: _appeal,
    Step.ASSIGN: _assign,
    Step.NAME: _name,
    Step.ESCALATE: _escalate,
    Step.CHECK_BACK: _check_back,
}
