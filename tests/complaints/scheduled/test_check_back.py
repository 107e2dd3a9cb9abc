"""Check back: two weeks after the end, once, and "no" reopens the complaint."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from shared.complaints.model.case import Receipt
from shared.complaints.model.lifecycle import Outcome, State, Step
from shared.complaints.scheduled.check_back import CheckBack
from shared.complaints.scheduled.unattended_sweep import Sweep
from shared.platform.errors import WrongState
from tests.complaints.office import Office


def check_back(office: Office) -> CheckBack:
    return CheckBack(office.premises)


def asked(office: Office) -> int:
    return check_back(office).run()["asked_back"]


def closed(office: Office) -> Receipt:
    receipt = office.receive()
    office.take("operator", receipt.case, Step.VERIFY)
    office.take("operator", receipt.case, Step.CLOSE, outcome=Outcome.UNPROVEN)
    return receipt


@pytest.fixture(autouse=True)
def _staffed(office: Office) -> None:
    office.hire("operator")


def test_the_question_comes_after_its_days_and_once(office: Office) -> None:
    receipt = closed(office)
    days = office.kelurahan.complaints.check_back_days
    office.later(days=days, seconds=-1)
    assert asked(office) == 0
    office.later(seconds=1)
    assert check_back(office).run(dry_run=True) == {"asked_back": 1}
    assert not office.desk.status(receipt.ticket, receipt.secret).asks_back
    assert asked(office) == 1
    assert asked(office) == 0
    status = office.desk.status(receipt.ticket, receipt.secret)
    assert status.asks_back
    assert status.timeline[-1].step is Step.CHECK_BACK
    assert "buka kembali" in status.timeline[-1].public
    assert status.case.state is State.CLOSED
    office.later(days=40)
    assert asked(office) == 0


def test_who_answers_no_may_open_it_again_for_the_hours_of_reopening(office: Office) -> None:
    first, late = closed(office), closed(office)
    office.later(days=office.kelurahan.complaints.check_back_days + 20)
    with pytest.raises(WrongState):
        office.desk.message(first.ticket, first.secret, Step.REOPEN, "Belum beres.")
    assert asked(office) == 2
    office.later(hours=office.kelurahan.complaints.reopen_hours)
    status = office.desk.message(first.ticket, first.secret, Step.REOPEN, "Belum beres.")
    assert status.case.state is State.REOPENED
    assert status.case.erase_at is None
    office.later(seconds=1)
    with pytest.raises(WrongState):
        office.desk.message(late.ticket, late.secret, Step.REOPEN, "Belum beres.")


def test_nobody_is_asked_who_said_already_or_withdrew_or_came_back(office: Office) -> None:
    rated, reopened, withdrawn = closed(office), closed(office), office.receive()
    office.desk.rate(rated.ticket, rated.secret, 4)
    office.desk.message(reopened.ticket, reopened.secret, Step.REOPEN, "Belum beres.")
    office.desk.message(withdrawn.ticket, withdrawn.secret, Step.WITHDRAW, "")
    office.receive()
    office.later(days=60)
    assert asked(office) == 0


def test_two_runs_at_once_ask_once(office: Office) -> None:
    receipts = [closed(office) for _ in range(5)]
    office.later(days=30)
    start = Barrier(2)

    def one(_: int) -> int:
        start.wait(20)
        return asked(office)

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(one, range(2))) == len(receipts)
    for receipt in receipts:
        steps = [each.step for each in office.book.timeline(office.book.get(receipt.case.id))]
        assert steps.count(Step.CHECK_BACK) == 1


def test_an_answer_between_reading_and_asking_wins(office: Office) -> None:
    receipt = closed(office)
    office.later(days=30)

    def meanwhile() -> bool:
        office.desk.rate(receipt.ticket, receipt.secret, 5)
        return True

    assert check_back(office).run(Sweep(meanwhile)) == {"asked_back": 0}


def test_nobody_is_asked_about_a_complaint_that_is_about_to_be_erased(office: Office) -> None:
    closed(office)
    office.later(days=office.kelurahan.complaints.retention_days)
    assert check_back(office).run(dry_run=True) == {"asked_back": 0}
    assert asked(office) == 0


def test_a_damaged_one_stops_none_of_the_others(office: Office) -> None:
    receipts = [closed(office) for _ in range(3)]
    broken = receipts[1].case.id
    office.registry.update(office.book.documents.path(broken), {"outcome": "proven"})
    office.later(days=30)
    tour = Sweep()
    assert check_back(office).run(tour) == {"asked_back": 2}
    assert tour.damaged == {broken}
    assert asked(office) == 0


def test_what_there_is_no_time_for_is_asked_the_next_time(office: Office) -> None:
    for _ in range(3):
        closed(office)
    office.later(days=30)
    left = iter([True, False])
    tour = Sweep(lambda: next(left))
    assert check_back(office).run(tour) == {"asked_back": 1}
    assert tour.is_cut_short
    assert asked(office) == 2
