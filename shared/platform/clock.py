"""What time it is: passed in everywhere, so that tests need no patching."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]
"""A function that answers with the present moment: aware, in UTC."""

JAKARTA = "Asia/Jakarta"


def system_clock() -> datetime:
    """The machine's own clock."""
    return datetime.now(UTC)


@cache
def _zone(timezone: str) -> ZoneInfo:
    return ZoneInfo(timezone)


def today(clock: Clock, timezone: str = JAKARTA) -> date:
    """The calendar day it is now for the people of a time zone."""
    return clock().astimezone(_zone(timezone)).date()


def start_of_day(day: date, timezone: str = JAKARTA) -> datetime:
    """The first moment (UTC) of a calendar day of a time zone."""
    return datetime.combine(day, time(), tzinfo=_zone(timezone)).astimezone(UTC)


def end_of_day(day: date, timezone: str = JAKARTA) -> datetime:
    """The first moment (UTC) after a calendar day of a time zone."""
    midnight = datetime.combine(day + timedelta(days=1), time(), tzinfo=_zone(timezone))
    return midnight.astimezone(UTC)


def seconds_left_today(clock: Clock, timezone: str = JAKARTA) -> int:
    """How many seconds are left of today in a time zone, at least 1."""
    return max(1, int((end_of_day(today(clock, timezone), timezone) - clock()).total_seconds()))
