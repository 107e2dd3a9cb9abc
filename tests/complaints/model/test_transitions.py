"""Transitions of a complaint, at the edges of its time windows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shared.complaints.model import kinds
from shared.complaints.model.case import Case
from shared.complaints.model.deadlines import Deadlines
from shared.complaints.model.lifecycle import Outcome, State, Step
from shared.complaints.model.transitions import Given, Terms, resident_steps, stepped
from shared.kelurahan import configuration
from shared.platform.errors import Invalid, WrongState

TAMANSARI = configuration.load("tamansari", Path(__file__).resolve().parents[3] / "kelurahan")
DEADLINES = Deadlines.of(TAMANSARI)
RULES = TAMANSARI.complaints
KINDS = kinds.load(TAMANSARI)
NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DECIDED = Given(by="op1", outcome=Outcome.PROVEN)


def _terms(case: Case) -> Terms:
    return Terms(KINDS[case.kind], DEADLINES, RULES)


def _new(code: str = "not-received", now: datetime = NOW, **more: Any) -> Case:
    kind = KINDS[code]
    verify_by = DEADLINES.verify_by(kind, now)
    return Case(
        id="a" * 26,
        ticket="TS26-0000-0000-0",
        kind=code,
        state=State.NEW,
        received_at=now,
        clock_started_at=now,
        verify_by=verify_by,
        resolve_by=DEADLINES.resolve_by(kind, now),
        due_at=verify_by,
        updated_at=now,
        **more,
    )


def _staff(case: Case, step: Step, now: datetime = NOW, what: Given = Given(by="op1")) -> Case:  # noqa: B008
    return stepped(case, step, "staff", now, _terms(case), what)


def _resident(case: Case, step: Step, now: datetime) -> Case:
    return stepped(case, step, "resident", now, _terms(case), Given())


def _closed(now: datetime = NOW, what: Given = DECIDED, **more: Any) -> Case:
    return _staff(_staff(_new(now=now, **more), Step.VERIFY, now), Step.CLOSE, now, what)


def test_the_windows_are_as_long_as_was_promised() -> None:
    closed = _closed()
    assert closed.reopen_until is not None
    assert closed.reopen_until - NOW >= timedelta(hours=72)
    assert closed.appeal_until == NOW + timedelta(days=14)
    assert closed.check_back_at == NOW + timedelta(days=14)


@pytest.mark.parametrize("step", [Step.REOPEN, Step.APPEAL])
def test_a_window_is_open_up_to_its_last_moment(step: Step) -> None:
    closed = _closed()
    until = closed.reopen_until if step is Step.REOPEN else closed.appeal_until
    assert until is not None
    assert step in resident_steps(closed, until)
    assert _resident(closed, step, until).is_open
    late = until + timedelta(microseconds=1)
    assert step not in resident_steps(closed, late)
    with pytest.raises(WrongState):
        _resident(closed, step, late)


def test_an_appeal_is_made_once_and_not_against_ones_own_withdrawal() -> None:
    appealed = _resident(_closed(), Step.APPEAL, NOW)
    again = _staff(_staff(appealed, Step.VERIFY, NOW, Given(by="op2")), Step.CLOSE, NOW, DECIDED)
    assert Step.APPEAL not in resident_steps(again, NOW)
    assert Step.REOPEN in resident_steps(again, NOW)
    with pytest.raises(WrongState):
        _resident(again, Step.APPEAL, NOW)
    withdrawn = _resident(_new(), Step.WITHDRAW, NOW)
    assert Step.APPEAL not in resident_steps(withdrawn, NOW)
    with pytest.raises(WrongState):
        _resident(withdrawn, Step.APPEAL, NOW)


def test_who_decided_or_handled_it_is_barred_from_its_appeal() -> None:
    closed = replace(_closed(barred=("op0",)), handler="op2", closed_by="op1")
    appealed = _resident(closed, Step.APPEAL, NOW)
    assert appealed.barred == ("op0", "op1", "op2")
    assert appealed.handler == ""
    assert _staff(appealed, Step.VERIFY, NOW, Given(by="op3")).handler == "op3"


@pytest.mark.parametrize("outcome", [None, Outcome.WITHDRAWN])
def test_staff_close_with_an_outcome_and_do_not_withdraw(outcome: Outcome | None) -> None:
    verified = _staff(_new(), Step.VERIFY)
    with pytest.raises(Invalid) as refused:
        _staff(verified, Step.CLOSE, NOW, Given(by="op1", outcome=outcome))
    assert refused.value.errors[0]["pointer"] == "#/outcome"


@given(
    code=st.sampled_from(sorted(KINDS)),
    late=st.integers(-200 * 24, 200 * 24),
    level=st.integers(0, 3),
)
def test_verifying_in_time_for_the_next_deadline_ends_the_escalation(
    code: str, late: int, level: int
) -> None:
    case = replace(_new(code), level=level)
    now = case.resolve_by + timedelta(hours=late)
    assume(now >= NOW)
    verified = _staff(case, Step.VERIFY, now)
    assert verified.due_at == case.resolve_by
    assert verified.level == (level if verified.is_late(now) else 0)


@given(code=st.sampled_from(sorted(KINDS)), hours=st.integers(0, 200 * 24))
def test_a_field_check_gives_more_time_from_the_clock_s_start_and_only_once(
    code: str, hours: int
) -> None:
    now = NOW + timedelta(hours=hours)
    verified = _staff(_new(code), Step.VERIFY, now)
    acted = _staff(verified, Step.ACT, now, Given(by="op1", field_check=True))
    assert acted.field_check
    assert acted.resolve_by == DEADLINES.resolve_by(KINDS[code], NOW, field_check=True)
    assert acted.due_at == acted.resolve_by >= verified.resolve_by
    without = _staff(verified, Step.ACT, now)
    assert (without.field_check, without.resolve_by) == (False, verified.resolve_by)


@given(
    step=st.sampled_from([Step.REOPEN, Step.APPEAL]),
    hours=st.integers(0, 72),
    score=st.none() | st.integers(1, 5),
    level=st.integers(0, 3),
    photos=st.integers(0, 3),
)
def test_a_complaint_that_begins_anew_has_the_deadlines_of_a_new_one(
    step: Step, hours: int, score: int | None, level: int, photos: int
) -> None:
    now = NOW + timedelta(hours=hours)
    ended = replace(_closed(photos=photos), level=level)
    if score is not None:
        ended = stepped(ended, Step.RATE, "resident", NOW, _terms(ended), Given(score=score))
    case = _resident(ended, step, now)
    fresh = _new(now=now)
    for name in ("verify_by", "resolve_by", "due_at", "clock_started_at"):
        assert getattr(case, name) == getattr(fresh, name)
    for name in ("outcome", "score", "closed_at", "erase_at", "photos_erase_at", "check_back_at"):
        assert getattr(case, name) is None
    assert (case.level, case.field_check, case.closed_by) == (0, False, "")
    assert case.received_at == NOW


def test_photos_go_before_the_words_and_only_where_there_are_any() -> None:
    assert _closed().photos_erase_at is None
    closed = _closed(photos=2)
    assert closed.photos_erase_at is not None
    assert closed.erase_at is not None
    assert closed.photos_erase_at <= closed.erase_at


def test_whoever_is_asked_back_can_still_open_it_again() -> None:
    closed = _closed()
    asked_at = NOW + timedelta(days=14)
    asked = stepped(closed, Step.CHECK_BACK, "system", asked_at, _terms(closed), Given())
    assert asked.check_back_at is None
    until = asked_at + timedelta(hours=RULES.reopen_hours)
    assert asked.reopen_until == until
    assert _resident(asked, Step.REOPEN, until).state is State.REOPENED
    at_once = stepped(closed, Step.CHECK_BACK, "system", NOW - SECOND, _terms(closed), Given())
    assert at_once.reopen_until == closed.reopen_until


def test_nobody_keeps_a_complaint_that_is_about_them() -> None:
    case = replace(_new(), handler="op1")
    assert _staff(case, Step.NAME, NOW, Given(named=("op1", "op1", "op0"))).named == ("op0", "op1")
    assert _staff(case, Step.NAME, NOW, Given(named=("op1",))).handler == ""
    assert _staff(case, Step.NAME, NOW, Given(named=("op2",))).handler == "op1"
