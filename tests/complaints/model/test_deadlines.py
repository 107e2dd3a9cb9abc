"""Deadlines at the edges of days, weekends, holidays and years, in a kelurahan's own zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.complaints.model import kinds
from shared.complaints.model.deadlines import Deadlines
from shared.kelurahan import configuration
from shared.kelurahan.working_days import WorkingDays
from tests.kelurahan.test_working_days import FIXED, OFF

ROOT = Path(__file__).resolve().parents[3]
TAMANSARI = configuration.load("tamansari", ROOT / "kelurahan")
KINDS = kinds.load(TAMANSARI)
FIVE, FOURTEEN, HOURS = KINDS["not-received"], KINDS["not-listed"], KINDS["personal-data"]
JAKARTA = ZoneInfo("Asia/Jakarta")
DEADLINES = Deadlines(FIXED)
TICK = timedelta(microseconds=1)

START = datetime(2025, 1, 1, tzinfo=UTC)
moments = st.timedeltas(timedelta(0), timedelta(days=8 * 365)).map(lambda passed: START + passed)


def at(written: str) -> datetime:
    """A moment in Jakarta."""
    return datetime.fromisoformat(written).replace(tzinfo=JAKARTA)


def last_instant(day: str) -> datetime:
    return at(f"{day}T23:59:59.999999")


@pytest.mark.parametrize(
    ("received", "verify", "resolve_5"),
    [
        # an ordinary Tuesday: 25, 26, 27 | 30, 1
        ("2026-11-24T10:00", "2026-11-27", "2026-12-01"),
        # on a Saturday and a Sunday: Monday is the first day
        ("2026-11-28T10:00", "2026-12-02", "2026-12-04"),
        ("2026-11-29T23:59", "2026-12-02", "2026-12-04"),
        # the last minute of Tuesday and the first of Wednesday in Jakarta: a day apart
        ("2026-11-24T23:59", "2026-11-27", "2026-12-01"),
        ("2026-11-25T00:01", "2026-11-30", "2026-12-02"),
        # a minute on either side of midnight in UTC is the same morning in Jakarta
        ("2026-11-25T06:59", "2026-11-30", "2026-12-02"),
        ("2026-11-25T07:01", "2026-11-30", "2026-12-02"),
        # on a holiday, and before Lebaran 2026: 17 March, then 25, 26, 27, 30
        ("2026-03-19T09:00", "2026-03-27", "2026-03-31"),
        ("2026-03-16T09:00", "2026-03-26", "2026-03-30"),
        # year's end: 23, 28, 29, 30, 31
        ("2026-12-22T09:00", "2026-12-29", "2026-12-31"),
        ("2026-12-31T09:00", "2027-01-07", "2027-01-11"),
        # 29 February 2028 is worked: 25, 28, 29 | 1, 2
        ("2028-02-24T09:00", "2028-02-29", "2028-03-02"),
        ("2028-02-29T23:59", "2028-03-03", "2028-03-07"),
    ],
)
def test_deadlines_worked_by_hand(received: str, verify: str, resolve_5: str) -> None:
    assert DEADLINES.verify_by(FIVE, at(received)) == last_instant(verify)
    assert DEADLINES.resolve_by(FIVE, at(received)) == last_instant(resolve_5)


def test_fourteen_and_sixty_days_worked_by_hand() -> None:
    # from Tuesday 24 November 2026, weeks of working days:
    weeks = [
        ("25 26 27 Nov", 3),
        ("30 Nov, 1 2 3 4 Dec", 8),
        ("7 to 11 Dec", 13),
        ("14 to 18 Dec", 18),
        ("21 22 23 Dec; cuti bersama, Natal", 21),
        ("28 to 31 Dec; Tahun Baru", 25),
        ("4 6 7 8 Jan; Isra Mikraj on 5", 29),
        ("11 to 15 Jan", 34),
        ("18 to 22 Jan", 39),
        ("25 to 29 Jan", 44),
        ("1 to 4 Feb; cuti bersama Imlek on 5", 48),
        ("8 to 12 Feb", 53),
        ("15 to 19 Feb", 58),
        ("22 23 Feb", 60),
    ]
    assert weeks[-1][1] == FOURTEEN.field_check_days
    received = at("2026-11-24T10:00")
    assert DEADLINES.resolve_by(FOURTEEN, received) == last_instant("2026-12-14")
    checked = DEADLINES.resolve_by(FOURTEEN, received, field_check=True)
    assert checked == last_instant("2027-02-23")


def test_a_deadline_is_an_aware_moment_in_utc_that_reads_as_its_own_day_in_the_zone() -> None:
    due_at = DEADLINES.verify_by(FIVE, at("2026-11-24T10:00"))
    assert due_at.tzinfo is UTC
    assert due_at == datetime(2026, 11, 27, 16, 59, 59, 999_999, tzinfo=UTC)
    assert due_at.astimezone(JAKARTA).date() == date(2026, 11, 27)
    assert DEADLINES.promised_on(due_at) == date(2026, 11, 27)


def test_each_zone_has_its_own_day() -> None:
    received = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)  # 22:30 in Jakarta, 00:30 in Jayapura
    jayapura = Deadlines(FIXED, "Asia/Jayapura")
    assert DEADLINES.promised_on(DEADLINES.verify_by(FIVE, received)) == date(2026, 11, 27)
    assert jayapura.promised_on(jayapura.verify_by(FIVE, received)) == date(2026, 11, 30)
    assert jayapura.verify_by(FIVE, received).astimezone(UTC).hour == 14


def test_seventy_two_hours_run_over_a_weekend_to_the_second() -> None:
    friday = at("2026-11-27T15:20:30")
    monday = at("2026-11-30T15:20:30")
    assert DEADLINES.verify_by(HOURS, friday) == monday
    assert DEADLINES.resolve_by(HOURS, friday) == monday
    assert DEADLINES.resolve_by(HOURS, friday, field_check=True) == monday
    assert DEADLINES.promised_on(monday) == date(2026, 11, 30)


@pytest.mark.parametrize("local", ["00:00", "00:01", "12:00", "23:59"])
def test_seventy_two_hours_are_promised_for_a_day_on_which_they_still_run(local: str) -> None:
    received = at(f"2026-11-24T{local}")
    due_at = DEADLINES.resolve_by(HOURS, received)
    promised = DEADLINES.promised_on(due_at)
    assert datetime.combine(promised, datetime.min.time(), JAKARTA) < due_at
    assert promised == date(2026, 11, 26 if local == "00:00" else 27)


@pytest.mark.parametrize(
    ("now", "late"),
    [
        ("2026-11-27T23:59:59.999999", 0),
        ("2026-11-28T00:00", 1),  # Saturday: late is late, though no working day has passed
        ("2026-11-29T12:00", 1),
        ("2026-11-30T00:00", 1),
        ("2026-11-30T23:59", 1),
        ("2026-12-01T00:00", 2),
        ("2026-12-04T12:00", 5),
        ("2026-12-05T12:00", 5),
        ("2026-12-24T12:00", 18),
        ("2026-12-28T00:00", 19),
    ],
)
def test_days_late_are_working_days(now: str, late: int) -> None:
    due_at = last_instant("2026-11-27")  # a Friday
    assert DEADLINES.days_late(due_at, at(now)) == late


def test_hours_are_late_by_a_day_as_soon_as_they_are_over() -> None:
    due_at = at("2026-11-29T10:00")  # a Sunday
    assert DEADLINES.days_late(due_at, due_at) == 0
    assert DEADLINES.days_late(due_at, due_at + TICK) == 1
    assert DEADLINES.days_late(due_at, at("2026-12-01T10:00")) == 2


def test_levels_follow_after_three_and_five_working_days() -> None:
    due_at = last_instant("2026-12-22")  # then 23, 28, 29 | 30, 31
    assert DEADLINES.escalate_at(due_at, 1) == due_at
    assert DEADLINES.escalate_at(due_at, 2) == last_instant("2026-12-29")
    assert DEADLINES.escalate_at(due_at, 3) == last_instant("2026-12-31")


def test_the_file_says_when_levels_follow() -> None:
    text = (ROOT / "kelurahan" / "tamansari.toml").read_text("utf-8")
    own = Deadlines.of(configuration.parse(text.replace("[3, 5]", "[1, 2]"), "uji"))
    due_at = last_instant("2026-11-24")
    assert own.escalate_at(due_at, 2) == last_instant("2026-11-25")
    assert own.escalate_at(due_at, 3) == last_instant("2026-11-26")


@pytest.mark.parametrize("level", [-1, 0, 4])
def test_there_are_three_levels(level: int) -> None:
    with pytest.raises(ValueError, match="level"):
        DEADLINES.escalate_at(last_instant("2026-11-24"), level)


@given(moments, st.sampled_from(sorted(KINDS)))
@settings(deadline=None)
def test_no_promise_ends_on_a_day_off_or_before_an_earlier_promise(
    received: datetime, code: str
) -> None:
    kind = KINDS[code]
    verify = DEADLINES.verify_by(kind, received)
    resolve = DEADLINES.resolve_by(kind, received)
    checked = DEADLINES.resolve_by(kind, received, field_check=True)
    assert received < verify <= resolve <= checked
    if kind.hours is None:
        for due_at in (verify, resolve, checked):
            assert FIXED.is_working(DEADLINES.promised_on(due_at))


@given(moments, st.timedeltas(timedelta(0), timedelta(days=400)))
@settings(deadline=None)
def test_lateness_grows_and_levels_come_in_order(due_at: datetime, passed: timedelta) -> None:
    now = due_at + passed
    late = DEADLINES.days_late(due_at, now)
    assert (late > 0) == (now > due_at)
    assert DEADLINES.days_late(due_at, now + timedelta(days=1)) >= late
    levels = [DEADLINES.escalate_at(due_at, level) for level in (1, 2, 3)]
    assert levels == sorted(levels)
    assert len(set(levels)) == 3


def test_the_example_keeps_the_same_promises_as_the_tables() -> None:
    own = Deadlines(WorkingDays.of(TAMANSARI), TAMANSARI.timezone)
    for day in OFF:
        received = at(f"{day}T09:00")
        assert own.verify_by(FIVE, received) == DEADLINES.verify_by(FIVE, received)
