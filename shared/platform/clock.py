"""The clock and calendar days; the clock is passed in, so that tests need no patching."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]
"""A function that answers with the present moment: aware, in UTC."""

JAKARTA = "Asia/Jakarta"


def system_clock() -> datetime:
    """Return the machine's own time (UTC, aware)."""
    return datetime.now(UTC)


@cache
def _zone(timezone: str) -> ZoneInfo:
    return ZoneInfo(timezone)


def today(clock: Clock, timezone: str = JAKARTA) -> date:
    """Return today's date in a time zone."""
    return clock().astimezone(_zone(timezone)).date()


def start_of_day(day: date, timezone: str = JAKARTA) -> datetime:
    """Return the first moment (UTC) of a calendar day in a time zone."""
    return datetime.combine(day, time(), tzinfo=_zone(timezone)).astimezone(UTC)


def end_of_day(day: date, timezone: str = JAKARTA) -> datetime:
    """Return the first moment (UTC) after a calendar day in a time zone."""
    midnight = datetime.combine(day + timedelta(days=1), time(), tzinfo=_zone(timezone))
    return midnight.astimezone(UTC)


def seconds_left_today(clock: Clock, timezone: str = JAKARTA) -> int:
    """Return the seconds left of today in a time zone, at least 1."""
    return max(1, int((end_of_day(today(clock, timezone), timezone) - clock()).total_seconds()))
