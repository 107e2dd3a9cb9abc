"""Deadlines of complaints in working days: verification, decision and escalation.

The day on which it came in doesn't count; a deadline is the last instant of its day, in the
kelurahan's own zone. Where a law counts hours (3 x 24 for personal data), hours are counted, over
weekends too.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from shared.complaints.model.kinds import Kind
from shared.kelurahan.configuration import Kelurahan
from shared.kelurahan.working_days import WorkingDays
from shared.platform.clock import JAKARTA, end_of_day

_TICK = timedelta(microseconds=1)


class Deadlines:
    """The deadlines of one kelurahan. `escalate_after`: working days from late to levels 2, 3."""

    def __init__(
        self,
        days: WorkingDays,
        timezone: str = JAKARTA,
        escalate_after: tuple[int, int] = (3, 5),
    ) -> None:
        self._days = days
        self._timezone = timezone
        self._escalate_after = escalate_after

    @classmethod
    def of(cls, kelurahan: Kelurahan) -> Deadlines:
        """Return the deadlines that a kelurahan's file describes."""
        after = kelurahan.complaints.escalate_after
        return cls(WorkingDays.of(kelurahan), kelurahan.timezone, after)

    def verify_by(self, kind: Kind, received_at: datetime) -> datetime:
        """Return the deadline for verification."""
        if kind.hours is not None:
            return received_at + timedelta(hours=kind.hours)
        return self._end_after(received_at, kind.verify_days)

    def resolve_by(
        self, kind: Kind, received_at: datetime, *, field_check: bool = False
    ) -> datetime:
        """Return the deadline for the decision; later where a field check is needed."""
        if kind.hours is not None:
            return received_at + timedelta(hours=kind.hours)
        days = kind.field_check_days if field_check else kind.resolve_days
        return self._end_after(received_at, days)

    def days_late(self, due_at: datetime, now: datetime) -> int:
        """Return the working days since a deadline passed; 0 where it hasn't, else at least 1."""
        if now <= due_at:
            return 0
        return max(1, self._days.between(self.promised_on(due_at), self._day(now)))

    def escalate_at(self, due_at: datetime, level: int) -> datetime:
        """Return when an overdue complaint reaches level 1, 2 or 3."""
        if level == 1:
            return due_at
        if level not in (2, 3):
            raise ValueError("there are levels 1, 2 and 3")
        days = self._escalate_after[level - 2]
        return self._last_instant(self._days.after(self.promised_on(due_at), days))

    def promised_on(self, due_at: datetime) -> date:
        """Return the last day within a deadline, as the resident reads it."""
        return self._day(due_at - _TICK)

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(ZoneInfo(self._timezone)).date()

    def _end_after(self, received_at: datetime, working_days: int) -> datetime:
        return self._last_instant(self._days.after(self._day(received_at), working_days))

    def _last_instant(self, day: date) -> datetime:
        # not midnight, which a reader in the kelurahan would take for the day after
        return end_of_day(day, self._timezone) - _TICK
