"""The clock: today in the kelurahan's time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.platform.clock import end_of_day, seconds_left_today, system_clock, today


def test_a_day_begins_at_midnight_in_jakarta() -> None:
    before = datetime(2026, 11, 23, 16, 59, 59, tzinfo=UTC)
    assert today(lambda: before) == date(2026, 11, 23)
    assert today(lambda: before + timedelta(seconds=1)) == date(2026, 11, 24)
    assert today(lambda: before, "Asia/Jayapura") == date(2026, 11, 24)


@given(st.timedeltas(timedelta(0), timedelta(days=5000)))
def test_now_is_always_before_the_end_of_today(passed: timedelta) -> None:
    now = datetime(2020, 1, 1, tzinfo=UTC) + passed
    left = end_of_day(today(lambda: now)) - now
    assert timedelta(0) < left <= timedelta(days=1)
    assert 1 <= seconds_left_today(lambda: now) <= 86_400


def test_the_system_clock_is_aware_of_utc() -> None:
    assert system_clock().tzinfo is UTC
