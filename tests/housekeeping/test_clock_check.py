"""A clock that jumped: nothing is escalated or deleted by it, until somebody has looked at it."""

from __future__ import annotations

import pytest

from shared.housekeeping.daily_run import Daily, Report
from shared.platform.errors import WrongState
from tests.housekeeping.conftest import Log
from tests.housekeeping.premises import Premises

LINE = "the clock has jumped"


def run(premises: Premises, *, clock_is_right: bool = False) -> Report:
    return Daily(premises.deployment, lambda: 0.0).run(clock_is_right=clock_is_right)


def refused(premises: Premises, log: Log) -> None:
    """A run is refused, with its line in the log, and has changed nothing."""
    before, lines = premises.dump(), len(log.of(LINE))
    with pytest.raises(WrongState) as caught:
        run(premises)
    assert caught.value.code == "CLOCK_JUMPED"
    assert "--clock-is-right" in caught.value.detail
    assert log.of(LINE)[lines:] == [{"severity": "ERROR"}]
    assert premises.dump() == before


def confirmations(premises: Premises) -> int:
    entries = premises.deployment.audit.entries()
    return sum(entry.action == "clock.confirm" for entry in entries)


def test_a_clock_a_year_ahead_deletes_nothing(premises: Premises, log: Log) -> None:
    case = premises.ended()
    run(premises)
    premises.office.later(days=366)
    refused(premises, log)
    premises.office.later(days=-366)
    assert run(premises).counts["erased"] == 0
    assert not premises.office.book.get(case.id).erased


def test_the_work_of_the_office_doesnt_vouch_for_the_wrong_year(
    premises: Premises, log: Log
) -> None:
    premises.ended()
    run(premises)
    premises.office.later(days=366)
    premises.deployment.audit.append("somebody", "staff.sign_in", "somebody")
    refused(premises, log)


def test_before_the_first_run_the_audit_log_vouches(premises: Premises, log: Log) -> None:
    premises.ended()
    premises.deployment.audit.append("somebody", "staff.sign_in", "somebody")
    premises.office.later(days=366)
    refused(premises, log)


@pytest.mark.parametrize("days", [1, 21, 44])
def test_a_computer_that_was_off_for_weeks_goes_on(premises: Premises, days: int) -> None:
    run(premises)
    premises.office.later(days=days)
    assert run(premises).ok


@pytest.mark.parametrize("days", [46, 80])
def test_after_45_days_somebody_looks_at_the_clock_once(
    premises: Premises, log: Log, days: int
) -> None:
    run(premises)
    premises.office.later(days=days)
    refused(premises, log)
    assert run(premises, clock_is_right=True).ok
    assert confirmations(premises) == 1
    premises.office.later(days=1)
    assert run(premises).ok


def test_a_confirmation_that_nobody_needs_is_not_kept(premises: Premises) -> None:
    assert run(premises, clock_is_right=True).ok
    premises.office.later(days=1)
    assert run(premises, clock_is_right=True).ok
    assert confirmations(premises) == 0


def test_a_clock_that_went_back_is_not_believed(premises: Premises, log: Log) -> None:
    run(premises)
    premises.office.later(minutes=-50)  # a clock that was put right
    assert run(premises).ok
    premises.deployment.audit.append("somebody", "staff.sign_in", "somebody")
    premises.office.later(minutes=-61)
    refused(premises, log)
    assert run(premises, clock_is_right=True).ok
    premises.office.later(minutes=1)
    assert run(premises).ok


def test_a_mark_that_was_not_made_here_vouches_for_nothing(premises: Premises, log: Log) -> None:
    premises.deployment.audit.append("somebody", "staff.sign_in", "somebody")
    run(premises)
    premises.office.later(days=366)
    path = f"kelurahan/{premises.office.kelurahan.key}/state/housekeeping"
    premises.deployment.registry.update(path, {"ran_at": premises.office.now})
    refused(premises, log)


def test_a_dry_run_says_what_a_run_by_this_clock_would_do(premises: Premises) -> None:
    premises.ended()
    run(premises)
    premises.office.later(days=366)
    report = Daily(premises.deployment, lambda: 0.0).run(dry_run=True)
    assert report.counts["erased"] == 1
