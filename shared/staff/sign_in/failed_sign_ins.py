"""What the audit log is told of failed sign-ins: bounded, and nothing that a stranger typed.

Of an account one entry a day for each step of its delays. Of addresses that belong to no account
the count alone, at 1, 10, 100 and so on a day. Both cost the same work, so that the time of an
answer doesn't tell which it was.
"""

from __future__ import annotations

from typing import Final

from shared.platform import logs
from shared.platform.audit.log import AuditLog
from shared.platform.clock import Clock, end_of_day, today
from shared.platform.document_format import DocumentFormat
from shared.platform.errors import Contended, Unavailable
from shared.platform.store.port import Store, Transaction, Value, Write

FORMAT: Final = DocumentFormat("registry", "sign_ins", schema=1)
VISITOR: Final = "visitor"
"""The actor of entries about somebody who isn't signed in."""
_ALARM_AT = 100
_ALARM: Final = "many failed sign-ins"
_UNTOLD: Final = "a failed sign-in could not be told"


class FailedSignIns:
    """The reports of one kelurahan's failed sign-ins; the day's count lies among `sign_ins`."""

    def __init__(
        self, store: Store, audit: AuditLog, kelurahan_key: str, clock: Clock, timezone: str
    ) -> None:
        self._store = store
        self._audit = audit
        self._collection = f"kelurahan/{kelurahan_key}/sign_ins"
        self._clock = clock
        self._timezone = timezone

    def report(self, staff_id: str | None, failures: int, wait_seconds: int) -> None:
        """Report a step of the delays that an account, or a stranger's address, has reached."""
        try:
            if staff_id is None:
                self._count()
            else:
                details = {"failures": failures, "wait_seconds": wait_seconds}
                self._audit.append(VISITOR, "staff.sign-in-failed", staff_id, details)
        except (Contended, Unavailable) as error:  # the try has failed, whatever is told of it
            logs.event(_UNTOLD, severity="WARNING", slug=error.slug)

    def _count(self) -> None:
        day = today(self._clock, self._timezone)
        path = f"{self._collection}/strangers-{day.isoformat()}"

        def one_more(transaction: Transaction) -> int:
            found = (transaction.get(path).data or {}).get("count", 0)
            assert isinstance(found, int)
            fields: dict[str, Value] = {
                "schema": FORMAT.schema,
                "count": found + 1,
                "updated_at": self._clock(),
                "expires_at": end_of_day(day, self._timezone),
            }
            transaction.write(Write("set", path, fields))
            return found + 1

        count = self._store.run(one_more)
        if set(str(count)[1:]) <= {"0"} and str(count)[0] == "1":
            details = {"failures": count}
            self._audit.append(VISITOR, "staff.sign-ins-failed", "staff", details)
        if count == _ALARM_AT:
            logs.event(_ALARM, severity="ALERT", limit=_ALARM_AT)
