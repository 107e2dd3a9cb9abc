"""Staff roster: the names of staff, kept where complaints come in.

The function that takes complaints in may not open the registry with its accounts, and has to know
whether a complaint names somebody of the staff. So each change of an account writes the names,
roles and last days of all of them, sealed, into the database `intake`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import Any, Final, cast

from shared.platform.clock import JAKARTA, Clock, today
from shared.platform.crypto.keys import Keyset
from shared.platform.crypto.signed_documents import signed, verified
from shared.platform.document_format import DocumentFormat
from shared.platform.store.port import Store, Value
from shared.staff.account_repository import Account, Role, Staff

FORMAT: Final = DocumentFormat("intake", "state", schema=1, document="staff_roster", is_signed=True)


class StaffRoster:
    """The roster of one kelurahan, at kelurahan/<key>/state/staff_roster of `intake`."""

    def __init__(
        self,
        store: Store,
        keys: Keyset,
        kelurahan_key: str,
        clock: Clock,
        timezone: str = JAKARTA,
    ) -> None:
        self._store = store
        self._keys = keys
        self._kelurahan_key = kelurahan_key
        self._path = f"kelurahan/{kelurahan_key}/state/staff_roster"
        self._clock = clock
        self._timezone = timezone

    def active(self) -> list[Staff]:
        """The staff whose accounts are active today; none before the first account was made.

        SealBroken where the document was changed by somebody without the keys.
        """
        snapshot = self._store.get(self._path)
        if not snapshot.exists:
            return []
        sealed = cast(bytes, FORMAT.current(verified(self._keys, snapshot))["sealed"])
        day = today(self._clock, self._timezone).isoformat()
        return [
            Staff(entry["id"], entry["name"], Role(entry["role"]), self._kelurahan_key)
            for entry in cast(
                list[dict[str, Any]], json.loads(self._keys.unseal(sealed, self._path))
            )
            if entry["until"] is None or day <= entry["until"]
        ]

    def write(self, accounts: Iterable[Account]) -> None:
        """Keep the accounts that are active, in place of those kept so far."""
        entries = [
            {
                "id": each.staff.id,
                "name": each.staff.name,
                "role": each.staff.role.value,
                "until": _iso(each.until),
            }
            for each in accounts
            if each.is_active
        ]
        now = self._clock()
        data: dict[str, Value] = {
            "schema": FORMAT.schema,
            "sealed": self._keys.seal(json.dumps(entries).encode(), self._path),
            "created_at": now,
            "updated_at": now,
        }
        self._store.set(self._path, signed(self._keys, self._path, data))


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
