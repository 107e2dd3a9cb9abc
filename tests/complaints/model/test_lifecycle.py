"""The lifecycle of a complaint: the table alone, and random steps on a real store against it."""

from __future__ import annotations

import itertools
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from shared.complaints.model.follow_up_deduplication import MOST_A_DAY
from shared.complaints.model.lifecycle import (
    ENDED,
    OPEN,
    TABLE,
    Outcome,
    State,
    Step,
    after,
    possible,
)
from shared.platform.errors import (
    Forbidden,
    Overtaken,
    OwnWork,
    TooManyRequests,
    WrongState,
)
from shared.platform.store.sqlite.store import SqliteStore
from tests.complaints.office import Office

_OPEN = ("new", "verified", "in-progress", "reopened", "appealed")
_ENDED = ("closed", "rated")
ALLOWED: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("staff", "verify"): dict.fromkeys(("new", "reopened", "appealed"), "verified"),
    ("staff", "act"): {"verified": "in-progress"},
    ("staff", "close"): dict.fromkeys(("verified", "in-progress"), "closed"),
    ("staff", "note"): {each: each for each in (*_OPEN, *_ENDED)},
    ("staff", "assign"): {each: each for each in _OPEN},
    ("staff", "name"): {each: each for each in _OPEN},
    ("resident", "add"): {each: each for each in _OPEN},
    ("resident", "withdraw"): dict.fromkeys(_OPEN, "closed"),
    ("resident", "rate"): {"closed": "rated"},
    ("resident", "reopen"): dict.fromkeys(_ENDED, "reopened"),
    ("resident", "appeal"): dict.fromkeys(_ENDED, "appealed"),
    ("system", "escalate"): {each: each for each in _OPEN},
    ("system", "check-back"): {each: each for each in _ENDED},
}
"""Who may take which step from where, and where it leads: written down a second time."""


@pytest.mark.parametrize("who", ["staff", "resident", "system"])
@pytest.mark.parametrize("step", list(Step))
def test_a_step_leads_where_it_should_and_no_other_is_taken(who: Any, step: Step) -> None:
    targets = ALLOWED.get((who, step.value), {})
    for state in State:
        if state.value in targets:
            assert after(state, step, who) == targets[state.value]
            assert step in possible(state, who)
        else:
            with pytest.raises(WrongState):
                after(state, step, who)
            assert step not in possible(state, who)


def test_every_state_is_either_open_or_ended() -> None:
    assert set(State) == OPEN | ENDED
    assert not OPEN & ENDED


def test_silence_never_ends_a_complaint() -> None:
    assert all(rule.target is None for rule in TABLE.values() if "system" in rule.who)


def test_staff_alone_can_bring_every_open_complaint_to_an_end() -> None:
    def reached(state: State) -> set[State]:
        found, todo = {state}, [state]
        while todo:
            here = todo.pop()
            for step in possible(here, "staff"):
                then = after(here, step, "staff")
                if then not in found:
                    found.add(then)
                    todo.append(then)
        return found

    assert all(State.CLOSED in reached(state) for state in OPEN)
    assert all(not reached(state) & OPEN for state in ENDED)  # only a resident opens one again


_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""A disk would have to confirm each of thousands of commits, and no life is about that."""
_OFFICERS = ("operator", "colleague", "verifier")
_OUTCOMES = st.sampled_from([each for each in Outcome if each is not Outcome.WITHDRAWN])


class Lives(RuleBasedStateMachine):
    """Residents, staff, the system and time do what they like to one complaint."""

    def __init__(self) -> None:
        super().__init__()
        self.scratch = tempfile.TemporaryDirectory(dir=_MEMORY)
        folder = Path(self.scratch.name)
        self.store = SqliteStore(folder / "store.sqlite3")
        self.office = Office(self.store, folder)
        self.office.hire(*_OFFICERS)
        self.number = itertools.count()
        self.state = "new"
        self.changes = 1
        self.appealed = self.reopened = 0
        self.barred: set[str] = set()
        self.handler = self.closer = ""
        self.outcome: Outcome | None = None
        self.involved: set[str] = set()
        self.last: tuple[Step, str, str] | None = None
        self.added: Counter[date] = Counter()

    def teardown(self) -> None:
        self.store.close()
        self.scratch.cleanup()

    @initialize(
        kind=st.sampled_from(["not-received", "deduction", "personal-data"]),
        deciders=st.lists(st.sampled_from(_OFFICERS), max_size=2, unique=True),
        last=st.none() | st.sampled_from([Step.REOPEN, Step.APPEAL]),
    )
    def hand_in(self, kind: str, deciders: list[str], last: Step | None) -> None:
        """Some have been decided and appealed against before, so that this too is seen often."""
        receipt = self.office.receive(kind=kind)
        self.ticket, self.secret, self.id = receipt.ticket, receipt.secret, receipt.case.id
        self.rules = self.office.kelurahan.complaints
        self.clock_started = self.office.now
        for number, who in enumerate(deciders):
            if number:
                self.the_resident_writes(step=Step.APPEAL)
            self.an_officer_decides(who=who, outcome=Outcome.UNPROVEN)
        if deciders and last is not None:
            self.the_resident_writes(step=last)

    @property
    def case(self) -> Any:
        return self.office.book.get(self.id)

    def tries(self, who: str, step: Step, do: Any, *, is_on_time: bool = True) -> bool:
        """Take a step; where the table or the time forbids it, nothing may have changed."""
        before = self.office.stored(self.case)
        target = ALLOWED.get((who, step.value), {}).get(self.state)
        if target is None or not is_on_time:
            with pytest.raises(WrongState):
                do()
            assert self.office.stored(self.case) == before
            return False
        do()
        self.state = target
        self.changes += 1
        return True

    @rule(hours=st.sampled_from([1, 2, 24, 49, 24 * 11]))
    def time_passes(self, hours: int) -> None:
        self.office.later(hours=hours)

    @rule(seconds=st.sampled_from([-1, 0, 1]), window=st.sampled_from(["reopen", "appeal"]))
    @precondition(lambda self: self.state in _ENDED)
    def the_edge_of_a_window_comes(self, seconds: int, window: str) -> None:
        until = self.reopen_until if window == "reopen" else self.appeal_until
        self.office.now = max(self.office.now, until + timedelta(seconds=seconds))

    @rule(
        who=st.sampled_from(_OFFICERS),
        step=st.sampled_from([Step.VERIFY, Step.ACT, Step.CLOSE, Step.NOTE]),
        outcome=_OUTCOMES,
        field_check=st.booleans(),
    )
    def an_officer_acts(self, who: str, step: Step, outcome: Outcome, field_check: bool) -> None:
        officer, case = self.office.staff[who], self.case

        def do() -> None:
            self.office.work.step(
                officer,
                self.id,
                step,
                version=case.version,
                public="Sudah diperiksa di lapangan.",
                outcome=outcome if step is Step.CLOSE else None,
                field_check=field_check,
            )

        if officer.id in self.barred:
            before = self.office.stored(case)
            with pytest.raises(OwnWork):
                do()
            assert self.office.stored(case) == before
            return
        if not self.tries("staff", step, do):
            return
        if step is not Step.NOTE:
            self.involved.add(officer.id)
        if step is Step.VERIFY:
            self.handler = self.handler or officer.id
        elif step is Step.ACT:
            self.handler = officer.id
        elif step is Step.CLOSE:
            self.ended(outcome, officer.id)

    @rule(who=st.sampled_from(_OFFICERS), outcome=_OUTCOMES)
    @precondition(lambda self: self.state in _OPEN)
    def an_officer_decides(self, who: str, outcome: Outcome) -> None:
        """The short way to an end, so that what comes after it is seen often enough."""
        if self.state in ("new", "reopened", "appealed"):
            self.an_officer_acts(who=who, step=Step.VERIFY, outcome=outcome, field_check=False)
        self.an_officer_acts(who=who, step=Step.CLOSE, outcome=outcome, field_check=False)

    @rule(who=st.sampled_from(_OFFICERS), to=st.sampled_from(_OFFICERS))
    def an_officer_hands_over(self, who: str, to: str) -> None:
        giver, taker, case = self.office.staff[who], self.office.staff[to], self.case
        if {giver.id, taker.id} & self.barred:
            return
        work = self.office.work
        if self.tries(
            "staff",
            Step.ASSIGN,
            lambda: work.assign(giver, self.id, taker.id, version=case.version),
        ):
            self.handler = taker.id

    @rule(who=st.sampled_from(_OFFICERS), stale=st.integers(-2, 2).filter(bool))
    def an_officer_looked_too_long(self, who: str, stale: int) -> None:
        officer, case = self.office.staff[who], self.case
        before = self.office.stored(case)
        with pytest.raises((Overtaken, OwnWork)) as refused:
            self.office.work.step(
                officer, self.id, Step.NOTE, version=case.version + stale, internal="Dicatat."
            )
        if isinstance(refused.value, Overtaken):
            assert refused.value.fresh["version"] == self.changes
            assert refused.value.fresh["state"] == self.state
        assert self.office.stored(case) == before

    @rule(
        step=st.sampled_from([Step.ADD, Step.REOPEN, Step.APPEAL, Step.WITHDRAW]),
    )
    def the_resident_writes(self, step: Step) -> None:
        now, text = self.office.now, f"Pesan nomor {next(self.number)}."
        on_time = {
            Step.REOPEN: self.state not in _ENDED or now <= self.reopen_until,
            Step.APPEAL: self.state not in _ENDED
            or (
                now <= self.appeal_until
                and not self.appealed
                and self.outcome is not Outcome.WITHDRAWN
            ),
        }.get(step, True)
        promised = step in self.office.desk.status(self.ticket, self.secret).steps
        key, day = f"key-of-a-message-{text}", (now + timedelta(hours=7)).date()
        do = lambda: self.office.desk.message(self.ticket, self.secret, step, text, key)  # noqa: E731
        if step is Step.ADD and promised and self.added[day] == MOST_A_DAY:
            before = self.office.stored(self.case)
            with pytest.raises(TooManyRequests):
                do()
            assert self.office.stored(self.case) == before
            return
        taken = self.tries("resident", step, do, is_on_time=on_time)
        assert promised is taken
        if not taken:
            return
        self.added[day] += step is Step.ADD
        self.last = (step, text, key)
        if step is Step.WITHDRAW:
            self.ended(Outcome.WITHDRAWN, "")
        elif step in (Step.REOPEN, Step.APPEAL):
            self.begun_anew(step)

    @rule(step=st.sampled_from([Step.REOPEN, Step.APPEAL]))
    @precondition(lambda self: self.state in _ENDED)
    def the_resident_is_not_content(self, step: Step) -> None:
        self.the_resident_writes(step=step)

    @rule()
    @precondition(lambda self: self.last is not None)
    def the_line_was_bad_and_the_same_comes_again(self) -> None:
        assert self.last is not None
        before = self.office.stored(self.case)
        step, text, key = self.last
        status = self.office.desk.message(self.ticket, self.secret, step, text, key)
        assert status.case.state == self.state
        assert self.office.stored(self.case) == before

    @rule(score=st.integers(1, 5))
    def the_resident_rates(self, score: int) -> None:
        rated = self.tries(
            "resident",
            Step.RATE,
            lambda: self.office.desk.rate(
                self.ticket, self.secret, score, f"{next(self.number)} ya"
            ),
        )
        if rated:
            assert self.case.score == score

    @rule(level=st.integers(1, 3))
    def the_system_escalates(self, level: int) -> None:
        case = self.case
        if self.tries(
            "system", Step.ESCALATE, lambda: self.office.by_itself(case, Step.ESCALATE, level=level)
        ):
            assert self.case.level == level

    @rule()
    def the_system_asks_back(self) -> None:
        case = self.case
        if self.tries(
            "system", Step.CHECK_BACK, lambda: self.office.by_itself(case, Step.CHECK_BACK)
        ):
            again = self.office.now + timedelta(hours=self.rules.reopen_hours)
            self.reopen_until = max(self.reopen_until, again)

    def ended(self, outcome: Outcome, by: str) -> None:
        self.outcome, self.closer = outcome, by
        self.reopen_until = self.office.now + timedelta(hours=self.rules.reopen_hours)
        self.appeal_until = self.office.now + timedelta(days=self.rules.appeal_days)

    def begun_anew(self, step: Step) -> None:
        self.outcome, self.clock_started = None, self.office.now
        case = self.case
        assert (case.level, case.score, case.closed_at) == (0, None, None)
        assert case.verify_by > self.office.now
        assert not case.is_late(self.office.now)
        if step is Step.REOPEN:
            self.reopened += 1
        else:
            self.appealed += 1
            self.barred |= self.involved | ({self.handler} - {""})
            self.handler = ""

    @invariant()
    def the_complaint_is_as_it_should_be(self) -> None:
        case = self.case
        assert (case.state, case.version, case.events) == (self.state, self.changes, self.changes)
        assert (case.due_at is None) is (self.state in _ENDED)
        assert case.is_open is (self.state in _OPEN)
        assert (case.reopened, case.appealed) == (self.reopened, self.appealed)
        assert case.appealed <= 1
        assert (case.outcome, case.handler) == (self.outcome, self.handler)
        assert set(case.barred) == self.barred
        assert case.clock_started_at == self.clock_started
        assert (case.erase_at is None) is case.is_open
        if case.is_open:
            assert case.due_at in (case.verify_by, case.resolve_by)
        else:
            assert case.reopen_until == self.reopen_until
            assert case.appeal_until == self.appeal_until
            assert case.level <= 3

    @invariant()
    def every_change_is_an_event(self) -> None:
        timeline = self.office.book.timeline(self.case)
        assert [event.number for event in timeline] == [*range(1, self.changes + 1)]
        assert timeline[-1].state == self.state
        assert [*timeline] == sorted(timeline, key=lambda event: event.at)

    @invariant()
    def the_resident_is_told_nothing_about_officers(self) -> None:
        told = repr(asdict(self.office.desk.status(self.ticket, self.secret)))
        assert not any(officer.id in told for officer in self.office.staff.values())


def test_no_life_leaves_the_table() -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Lives,
        settings=settings(
            max_examples=60,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_only_officers_act(sqlite_store: SqliteStore, tmp_path: Path) -> None:
    office = Office(sqlite_store, tmp_path)
    office.hire("surveyor", "auditor", "admin")
    case = office.receive().case
    for who in office.staff:
        with pytest.raises(Forbidden):
            office.take(who, case, Step.VERIFY)
    assert office.book.get(case.id) == case
