"""The calendar of working days, by which deadlines to residents are counted.

Monday to Friday, without national holidays and cuti bersama (package `holidays`, which follows the
joint decree of three ministers where it is out and estimates moving feasts where it isn't), and
with what the kelurahan's TOML adds and takes away.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from shared.kelurahan.configuration import Calendar, Kelurahan

_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5


class WorkingDays:
    """The working days of one kelurahan."""

    def __init__(self, calendar: Calendar) -> None:
        self._off = {each.date: each.name for each in calendar.days_off}
        self._worked = frozenset(calendar.extra_working)
        self._national: dict[int, Mapping[date, str]] = {}

    @classmethod
    def of(cls, kelurahan: Kelurahan) -> WorkingDays:
        """Return the working days that a kelurahan's file describes."""
        return cls(kelurahan.calendar)

    def is_working(self, day: date) -> bool:
        """Whether the office works on that day."""
        return self.reason(day) is None

    def reason(self, day: date) -> str | None:
        """Return why the office is closed, in Indonesian; None where it is open."""
        if day in self._worked:
            return None
        if day in self._off:
            return self._off[day]
        holiday = self._holidays(day.year).get(day)
        if holiday is not None:
            return holiday
        if day.weekday() == _SATURDAY:
            return "Sabtu"
        return "Minggu" if day.weekday() > _SATURDAY else None

    def after(self, day: date, working_days: int) -> date:
        """Return the n-th working day after `day`, which never counts. `working_days` >= 1."""
        if working_days < 1:
            raise ValueError("at least one working day")
        while working_days:
            day += _DAY
            working_days -= self.is_working(day)
        return day

    def between(self, start: date, end: date) -> int:
        """Return how many working days come after `start`, up to and including `end`."""
        days = (start + _DAY * number for number in range(1, (end - start).days + 1))
        return sum(map(self.is_working, days))

    def _holidays(self, year: int) -> Mapping[date, str]:
        if year not in self._national:
            from holidays.constants import GOVERNMENT, PUBLIC
            from holidays.countries.indonesia import Indonesia

            found = Indonesia(years=year, language="id", categories=(PUBLIC, GOVERNMENT))
            self._national[year] = dict(found.items())
        return self._national[year]
