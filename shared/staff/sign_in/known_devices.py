"""Known devices: a signed mark of the browsers in which an account has signed in before.

A mark gives nobody access. Whoever has one gets tries of its own at the sign-in, apart from those
that strangers use up.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from itsdangerous import BadData

from shared.platform.clock import Clock
from shared.platform.crypto.keys import Keyset
from shared.staff import signed_tokens

MARK_SECONDS: Final = 400 * 24 * 3600  # browsers keep no cookie longer
_MAX_ACCOUNTS = 12


@dataclass(frozen=True, slots=True)
class Device:
    """A browser: its random id, and the ids of the accounts that signed in there, newest first."""

    id: str = field(repr=False)
    accounts: tuple[str, ...] = ()


class KnownDevices:
    """The marks of devices. Nothing is stored: a mark is signed."""

    def __init__(
        self,
        keyset: Keyset,
        clock: Clock,
        new_id: Callable[[], str] = lambda: secrets.token_urlsafe(12),
    ) -> None:
        self._serializer = signed_tokens.serializer(keyset, "device", clock)
        self._new_id = new_id

    def read(self, mark: str) -> Device | None:
        """Return the device of a mark; None for one that is forged, too old, or none."""
        try:
            content: Any = self._serializer.loads(mark, max_age=MARK_SECONDS)
            device_id, accounts = content
        except (BadData, UnicodeError):
            return None
        return Device(device_id, tuple(accounts))

    def mark(self, device: Device | None, staff_id: str) -> str:
        """Return the mark of a device, or of a new one, on which this account has just signed in.

        The accounts that signed in last are kept, for a PC that is shared.
        """
        known = device or Device(self._new_id())
        others = [each for each in known.accounts if each != staff_id]
        kept = [staff_id, *others][:_MAX_ACCOUNTS]
        return signed_tokens.text(self._serializer.dumps([known.id, kept]))
