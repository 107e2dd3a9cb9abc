"""Escalation: silence never closes a complaint; each level is reached once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest

from shared.complaints.model.case import Case, Event, Receipt
from shared.complaints.model.lifecycle import Outcome, State, Step
from shared.complaints.scheduled.escalation import HIGHEST_LEVEL, Escalation
from shared.complaints.scheduled.unattended_sweep import Sweep
from shared.platform.store import Write
from tests.complaints.office import Office

SECOND = timedelta(seconds=1)


def escalation(office: Office) -> Escalation:
    return Escalation(office.premises)


def run(office: Office, **more: bool) -> dict[str, int]:
    return escalation(office).run(**more)


def raised(office: Office, case: Case) -> list[Event]:
    return [each for each in office.book.timeline(case) if each.step is Step.ESCALATE]


def levels(office: Office, case: Case) -> list[int]:
    return [each.level for each in raised(office, office.book.get(case.id))]


def reaches(office: Office, case: Case, level: int) -> datetime:
    """When a complaint reaches a level."""
    assert case.due_at is not None
    return office.deadlines.escalate_at(case.due_at, level)


def test_each_level_is_one_event_at_its_time_and_not_before(office: Office) -> None:
    case = office.receive().case
    for level in (1, 2, 3):
        office.now = reaches(office, case, level) - SECOND
        assert run(office)["escalated"] == 0
        assert levels(office, case) == [*range(1, level)]
        office.now = reaches(office, case, level) + SECOND
        counts = run(office)
        assert counts == {"late": 1, "escalated": 1, "highest": int(level == HIGHEST_LEVEL)}
        assert run(office)["escalated"] == 0
        assert office.book.get(case.id).level == level
        assert levels(office, case) == [*range(1, level + 1)]
    office.later(days=90)
    assert run(office) == {"late": 1, "escalated": 0, "highest": 1}
    after = office.book.get(case.id)
    assert (after.state, after.due_at, after.version) == (State.NEW, case.due_at, 4)


def test_after_weeks_without_a_run_every_level_is_told(office: Office) -> None:
    case = office.receive().case
    office.later(days=45)
    assert run(office, dry_run=True) == {"late": 1, "escalated": 3, "highest": 1}
    assert levels(office, case) == []
    assert run(office) == {"late": 1, "escalated": 3, "highest": 1}
    assert levels(office, case) == [1, 2, 3]


def test_the_resident_reads_how_far_it_has_come(office: Office) -> None:
    receipt = office.receive()
    office.later(days=45)
    run(office)
    status = office.desk.status(receipt.ticket, receipt.secret)
    told = [each for each in status.timeline if each.step is Step.ESCALATE]
    assert [each.level for each in told] == [1, 2, 3]
    assert "diingatkan" in told[0].public
    assert "verifikator" in told[1].public
    assert office.kelurahan.complaints.escalation_contact in told[2].public
    assert {(each.actor, each.role, each.internal) for each in told} == {("", "system", "")}
    assert status.case.level == 3
    assert status.days_late > 0


def test_a_step_begins_anew_and_a_deadline_that_is_over_too_goes_on(office: Office) -> None:
    office.hire("operator")
    case = office.receive().case
    office.now = reaches(office, case, 1) + SECOND
    run(office)
    assert office.take("operator", case, Step.VERIFY).level == 0
    assert run(office) == {"late": 0, "escalated": 0, "highest": 0}
    verified = office.book.get(case.id)
    assert verified.due_at == case.resolve_by
    office.now = reaches(office, verified, 2) + SECOND
    assert run(office)["escalated"] == 2
    assert levels(office, case) == [1, 1, 2]
    # the next deadline has passed as well: what was told already isn't told again
    office.take("operator", case, Step.ACT)
    assert run(office)["escalated"] == 0
    assert office.book.get(case.id).level == 2


def closed(office: Office, receipt: Receipt) -> Case:
    office.take("operator", receipt.case, Step.VERIFY)
    return office.take("operator", receipt.case, Step.CLOSE, outcome=Outcome.PROVEN)


def test_an_ended_one_is_never_raised_and_a_reopened_one_is_again(office: Office) -> None:
    office.hire("operator")
    ended, withdrawn, again = office.receive(), office.receive(), office.receive()
    closed(office, ended)
    office.desk.message(withdrawn.ticket, withdrawn.secret, Step.WITHDRAW, "")
    closed(office, again)
    office.later(hours=2)
    office.desk.message(again.ticket, again.secret, Step.REOPEN, "Belum selesai.")
    office.later(days=60)
    assert run(office) == {"late": 1, "escalated": 3, "highest": 1}
    assert levels(office, again.case) == [1, 2, 3]
    assert levels(office, ended.case) == levels(office, withdrawn.case) == []


def test_the_oldest_comes_first_and_no_later_one_is_forgotten(office: Office) -> None:
    cases = []
    for _ in range(4):
        cases.append(office.receive().case)
        office.later(days=1)
    office.now = reaches(office, cases[0], 1) + SECOND
    late = [case for case in cases if reaches(office, case, 1) < office.now]
    assert run(office)["late"] == len(late) < len(cases)
    office.later(days=60)
    assert run(office)["late"] == len(cases)
    assert [levels(office, case) for case in cases] == [[1, 2, 3]] * len(cases)


def test_two_runs_at_once_tell_each_level_once(office: Office) -> None:
    cases = [office.receive().case for _ in range(6)]
    office.later(days=45)
    start = Barrier(2)

    def one(_: int) -> int:
        start.wait(20)
        return run(office)["escalated"]

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(one, range(2))) == 3 * len(cases)
    assert [levels(office, case) for case in cases] == [[1, 2, 3]] * len(cases)


def test_a_step_taken_between_reading_and_raising_wins(office: Office) -> None:
    office.hire("operator")
    case = office.receive().case
    office.now = reaches(office, case, 1) + SECOND

    def meanwhile() -> bool:
        """Asked after the complaint was read, and before it is raised."""
        office.take("operator", case, Step.VERIFY)
        return True

    tour = Sweep(meanwhile)
    assert escalation(office).run(tour) == {"late": 1, "escalated": 0, "highest": 0}
    assert levels(office, case) == []
    assert tour.damaged == set()


@pytest.mark.parametrize("harm", ["outcome", "mac", "event", "kind"])
def test_a_damaged_one_stops_none_of_the_others(office: Office, harm: str) -> None:
    first, broken, last = (office.receive().case for _ in range(3))
    path = office.book.documents.path(broken.id)
    harms = {
        "outcome": Write("update", path, {"outcome": "proven"}),
        "mac": Write("update", path, {"mac": b"0" * 16}),
        "kind": Write("update", path, {"kind": "no kind of ours"}),
        # the place of the next event is taken
        "event": Write("create", f"{path}/events/0002", {"number": 2}),
    }
    office.registry.commit([harms[harm]])
    office.later(days=45)
    tour = Sweep()
    assert escalation(office).run(tour)["escalated"] == 6
    assert tour.damaged == {broken.id}
    assert levels(office, first) == levels(office, last) == [1, 2, 3]


def test_what_there_is_no_time_for_is_raised_the_next_time(office: Office) -> None:
    cases = [office.receive().case for _ in range(3)]
    office.later(days=45)
    asked = iter([True, True, False])
    tour = Sweep(lambda: next(asked))
    assert escalation(office).run(tour)["escalated"] == 6
    assert tour.is_cut_short
    assert run(office)["escalated"] == 3
    assert [levels(office, case) for case in cases] == [[1, 2, 3]] * 3
