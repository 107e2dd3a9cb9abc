"""Check of the clock before a daily run: by a wrong one it would escalate and delete for good.

A computer can't tell by itself whether it was switched off for long or its calendar was turned on:
in both cases its last trace is old. What tells them apart is how old. Offices close for days, and
for two weeks around Idulfitri; a clock is off by hours (another zone), or, after a typing mistake
or an empty battery, by months and years. So the clock is believed up to 45 days after the last run,
and somebody has to confirm it beyond that. Where it is wrong by less, what is deleted goes at most
45 days early, of the 90 or more that it is kept. It is not believed either where it is more than
an hour before the last run or the newest entry of the audit log: then one of the two was wrong.

Only a run moves the mark from which the 45 days are counted, never an entry of the audit log: by a
clock that is a year ahead the office works too, and its entries would vouch for the wrong year. An
entry stands in for the mark only before the first run. The times of the files in the data folder
vouch for nothing: opening the databases sets them, by the clock that is in question.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from shared.platform import logs
from shared.platform.crypto.signed_documents import signed, verified
from shared.platform.document_format import DocumentFormat
from shared.platform.errors import SealBroken, WrongState
from shared.platform.store import Value

if TYPE_CHECKING:
    from shared.deployment import Deployment

FORMAT: Final = DocumentFormat(
    "registry", "state", schema=1, document="housekeeping", is_signed=True
)
"""`ran_at`: when the last run began by a clock that was believed."""
FARTHEST_AHEAD: Final = timedelta(days=45)
FARTHEST_BACK: Final = timedelta(hours=1)
_TEXT: Final = (
    "Jam komputer ini jauh berbeda dari catatan terakhir. Periksa tanggal, tahun, dan jamnya. "
    "Jika sudah benar, jalankan sekali: manage.py housekeeping --clock-is-right"
)


class ClockCheck:
    """The check of one kelurahan's clock, and the mark of its last run."""

    def __init__(self, deployment: Deployment) -> None:
        self._registry = deployment.registry
        self._keys = deployment.registry_keys
        self._audit = deployment.audit
        self._clock = deployment.clock
        self._path = f"kelurahan/{deployment.kelurahan.key}/state/housekeeping"

    def pass_or_refuse(self, actor: str, *, is_right: bool = False) -> None:
        """Set the mark of a run that begins now.

        `is_right`: a person has looked at the clock; kept in the audit log where that mattered.
        Raises WrongState (CLOCK_JUMPED), with a line in the log, where the clock isn't believed.
        """
        now = self._clock()
        if self._has_jumped(now):
            if not is_right:
                logs.event("the clock has jumped", severity="ERROR")
                raise WrongState(_TEXT, code="CLOCK_JUMPED")
            self._audit.append(actor, "clock.confirm", "clock")
        mark: dict[str, Value] = {"schema": FORMAT.schema, "ran_at": now, "updated_at": now}
        self._registry.set(self._path, signed(self._keys, self._path, mark))

    def _has_jumped(self, now: datetime) -> bool:
        newest = [entry.at for entry in self._audit.entries(limit=1, newest_first=True)]
        marks = self._mark() or newest
        is_ahead = any(now - mark > FARTHEST_AHEAD for mark in marks)
        return is_ahead or any(mark - now > FARTHEST_BACK for mark in (*marks, *newest))

    def _mark(self) -> list[datetime]:
        """Return when the last run began; empty before the first, or for one not made here."""
        found = self._registry.get(self._path)
        try:
            ran_at = FORMAT.current(verified(self._keys, found))["ran_at"] if found.exists else None
        except SealBroken:
            return []
        return [ran_at] if isinstance(ran_at, datetime) else []
