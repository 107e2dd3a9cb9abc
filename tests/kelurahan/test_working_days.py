"""Working days against calendars that were worked by hand, day by day, to be checked by reading.

The tables give each day's working number, or why it isn't worked. What they rest on is written into
the TOML of the test wherever the package only estimates, so that an update of it changes no table.
"""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.kelurahan import configuration
from shared.kelurahan.configuration import Calendar, DayOff
from shared.kelurahan.working_days import WorkingDays

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = (ROOT / "kelurahan" / "tamansari.toml").read_text("utf-8")

# Nyepi is on 19 March 2026, Idul Fitri on 21 and 22. Cuti bersama: 18, 20, 23 and 24 March.
LEBARAN_2026 = """
    2026-03-16 Mon  0
    2026-03-17 Tue  1
    2026-03-18 Wed  cuti bersama
    2026-03-19 Thu  Nyepi
    2026-03-20 Fri  cuti bersama
    2026-03-21 Sat  Idul Fitri
    2026-03-22 Sun  Idul Fitri
    2026-03-23 Mon  cuti bersama
    2026-03-24 Tue  cuti bersama
    2026-03-25 Wed  2
    2026-03-26 Thu  3
    2026-03-27 Fri  4
    2026-03-28 Sat  weekend
    2026-03-29 Sun  weekend
    2026-03-30 Mon  5
    2026-03-31 Tue  6
    2026-04-01 Wed  7
    2026-04-02 Thu  8
    2026-04-03 Fri  Wafat Yesus Kristus
    2026-04-04 Sat  weekend
    2026-04-05 Sun  weekend
    2026-04-06 Mon  9
"""
# Natal on 25 December with cuti bersama on 24, New Year on 1 January, Isra Mikraj on 5 January.
YEARS_END_2026 = """
    2026-12-22 Tue  0
    2026-12-23 Wed  1
    2026-12-24 Thu  cuti bersama
    2026-12-25 Fri  Natal
    2026-12-26 Sat  weekend
    2026-12-27 Sun  weekend
    2026-12-28 Mon  2
    2026-12-29 Tue  3
    2026-12-30 Wed  4
    2026-12-31 Thu  5
    2027-01-01 Fri  Tahun Baru
    2027-01-02 Sat  weekend
    2027-01-03 Sun  weekend
    2027-01-04 Mon  6
    2027-01-05 Tue  Isra Mikraj
    2027-01-06 Wed  7
    2027-01-07 Thu  8
    2027-01-08 Fri  9
"""
# Idul Fitri of 2028 falls about here; the test's file works on 28 February, whatever is estimated.
LEAP_DAY_2028 = """
    2028-02-24 Thu  0
    2028-02-25 Fri  1
    2028-02-26 Sat  weekend
    2028-02-27 Sun  weekend
    2028-02-28 Mon  2
    2028-02-29 Tue  3
    2028-03-01 Wed  4
    2028-03-02 Thu  5
    2028-03-03 Fri  6
"""
OFF = (
    *("2026-03-18", "2026-03-19", "2026-03-20", "2026-03-21", "2026-03-22", "2026-03-23"),
    *("2026-03-24", "2026-04-03", "2026-12-24", "2026-12-25", "2027-01-01", "2027-01-05"),
)
FIXED = WorkingDays(
    Calendar(
        days_off=tuple(DayOff(date.fromisoformat(day), "libur") for day in OFF),
        extra_working=(date(2028, 2, 28),),
    )
)
LOCAL = WorkingDays(
    Calendar(
        (DayOff(date(2026, 11, 25), "Pemilihan RW"),), (date(2026, 12, 24), date(2026, 11, 28))
    )
)

days = st.dates(date(2024, 1, 1), date(2035, 12, 31))
counts = st.integers(1, 80)


def rows(table: str) -> list[tuple[date, str, str]]:
    found = [line.split(maxsplit=2) for line in table.strip().splitlines()]
    return [(date.fromisoformat(day), weekday, told) for day, weekday, told in found]


@pytest.mark.parametrize("table", [LEBARAN_2026, YEARS_END_2026, LEAP_DAY_2028])
def test_a_calendar_worked_by_hand_is_counted_alike(table: str) -> None:
    first = rows(table)[0][0]
    worked = 0
    for number, (day, weekday, told) in enumerate(rows(table)):
        assert day == first + timedelta(days=number), "a day is missing from the table"
        assert f"{day:%a}" == weekday
        assert FIXED.is_working(day) == told.isdigit(), day
        if not told.isdigit() or number == 0:
            assert FIXED.between(first, day) == worked, day
            continue
        worked = int(told)
        assert FIXED.after(first, worked) == day
        assert FIXED.between(first, day) == worked


@pytest.mark.parametrize("table", [LEBARAN_2026, YEARS_END_2026])
def test_the_decree_of_2026_and_2027_needs_nothing_in_the_file(table: str) -> None:
    by_itself = WorkingDays(Calendar())
    for day, _, told in rows(table):
        assert by_itself.is_working(day) == told.isdigit(), day


def test_holidays_are_named_in_indonesian() -> None:
    by_itself = WorkingDays(Calendar())
    assert by_itself.reason(date(2026, 3, 19)) == "Hari Suci Nyepi"
    assert by_itself.reason(date(2026, 12, 24)) == "Cuti Bersama Hari Raya Natal"
    assert by_itself.reason(date(2026, 11, 28)) == "Sabtu"
    assert by_itself.reason(date(2026, 11, 29)) == "Minggu"
    assert by_itself.reason(date(2026, 11, 24)) is None


def test_an_estimated_feast_is_called_one() -> None:
    assert "(perkiraan)" in str(WorkingDays(Calendar()).reason(date(2028, 2, 28)))


def test_a_local_day_off_is_added_and_keeps_its_name() -> None:
    assert LOCAL.reason(date(2026, 11, 25)) == "Pemilihan RW"
    assert LOCAL.after(date(2026, 11, 24), 1) == date(2026, 11, 26)


def test_a_holiday_or_a_saturday_can_be_worked() -> None:
    assert LOCAL.is_working(date(2026, 12, 24))
    assert LOCAL.after(date(2026, 12, 23), 1) == date(2026, 12, 24)
    assert LOCAL.after(date(2026, 11, 27), 1) == date(2026, 11, 28)


def test_the_day_itself_never_counts_worked_or_not() -> None:
    friday, saturday, sunday = (date(2026, 11, day) for day in (27, 28, 29))
    monday = date(2026, 11, 30)
    assert [FIXED.after(day, 1) for day in (friday, saturday, sunday)] == [monday] * 3
    assert FIXED.after(monday, 1) == date(2026, 12, 1)


def test_no_days_lie_between_a_day_and_an_earlier_one() -> None:
    assert FIXED.between(date(2026, 11, 24), date(2026, 11, 24)) == 0
    assert FIXED.between(date(2026, 11, 24), date(2026, 11, 16)) == 0


@pytest.mark.parametrize("number", [0, -1])
def test_fewer_than_one_working_day_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="at least one"):
        FIXED.after(date(2026, 11, 24), number)


def test_the_days_of_the_file_are_used() -> None:
    written = EXAMPLE.replace(
        "days_off = []", 'days_off = [{ date = 2026-11-25, name = "Hari jadi" }]'
    ).replace("extra_working = []", "extra_working = [2026-12-24]")
    own = WorkingDays.of(configuration.parse(written, "uji"))
    assert own.reason(date(2026, 11, 25)) == "Hari jadi"
    assert own.is_working(date(2026, 12, 24))
    assert WorkingDays.of(configuration.parse(EXAMPLE, "uji")).is_working(date(2026, 11, 25))


def test_the_package_is_loaded_only_where_days_are_counted() -> None:
    code = "import sys, shared.complaints.model.deadlines; sys.exit('holidays' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


@given(days, counts)
@settings(deadline=None)
def test_each_further_working_day_is_later_and_worked(day: date, number: int) -> None:
    found = FIXED.after(day, number)
    assert found > day
    assert FIXED.is_working(found)
    assert FIXED.after(day, number + 1) > found


@given(days, counts)
@settings(deadline=None)
def test_counting_back_gives_the_number(day: date, number: int) -> None:
    assert FIXED.between(day, FIXED.after(day, number)) == number


@given(days, st.integers(0, 60), st.integers(0, 60))
@settings(deadline=None)
def test_spans_that_meet_add_up(day: date, first: int, second: int) -> None:
    middle = day + timedelta(days=first)
    end = middle + timedelta(days=second)
    assert FIXED.between(day, end) == FIXED.between(day, middle) + FIXED.between(middle, end)
