"""Second person for accounts that may decide: what waits, for how long, and who may confirm it.

Whoever makes an account of a deciding role, or changes its password, role or second factor, could
sign in as its owner. So the account decides nothing until somebody who had no hand in the change
confirms it, or 24 hours have passed. What is kept is kept for every role: an operator's account may
get a deciding role later.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from shared.platform.errors import Conflict, Forbidden
from shared.platform.store.port import Value
from shared.staff.account_repository import DECIDING, Account, Staff

WAIT: Final = timedelta(hours=24)
TOLD_FOR: Final = timedelta(days=14)
"""How long an account that nobody confirmed is told about, after its wait has begun to count."""
UNTOUCHED: Final[Mapping[str, Value]] = {
    "decides_from": None,
    "unconfirmed_by": [],
    "unconfirmed_changes": [],
    "must_change_password": False,
    "password_by": None,
    "password_at": None,
}
"""The fields of an account that nobody but its owner has touched."""
CONFIRMED: Final[Mapping[str, Value]] = {
    "decides_from": None,
    "unconfirmed_by": [],
    "unconfirmed_changes": [],
}
_PENDING: Final = (
    "Akun Anda baru dibuat atau diubah admin. Langkah ini terbuka sesudah petugas kedua "
    "mengonfirmasi akun Anda, atau sesudah 24 jam."
)
_OWN_CHANGE: Final = "Petugas yang membuat atau mengubah akun ini tidak dapat mengonfirmasinya."
_OWN_ACCOUNT: Final = "Akun Anda sendiri dikonfirmasi petugas lain."
_NOTHING: Final = "Tidak ada yang menunggu konfirmasi pada akun ini."


def unconfirmed(data: Mapping[str, Any], change: str, by: str, now: datetime) -> dict[str, Value]:
    """Return the fields that mark a change ("add", "password", "role" or "code-cleared").

    Everybody who had a hand in the account since it was last confirmed is kept.
    """
    return {
        "decides_from": now + WAIT,
        "unconfirmed_by": sorted({*data["unconfirmed_by"], by}),
        "unconfirmed_changes": sorted({*data["unconfirmed_changes"], change}),
    }


def given_password(by: str, now: datetime) -> dict[str, Value]:
    """Return the fields of an account whose password somebody else set, so that they know it."""
    return {"must_change_password": True, "password_by": by, "password_at": now}


def require_confirmed(staff: Staff) -> None:
    """Raise Forbidden (NOT_CONFIRMED) for an account that still waits for a second person."""
    if staff.is_pending:
        raise Forbidden(_PENDING, code="NOT_CONFIRMED")


def may_confirm(account: Account, other: Account) -> bool:
    """Whether the other account may confirm this one."""
    return (
        other.is_active
        and other.staff.role in DECIDING
        and not other.staff.is_pending
        and other.staff.id != account.staff.id
        and other.staff.id not in account.unconfirmed_by
    )


def require_may_confirm(data: Mapping[str, Any], staff_id: str, actor: Staff) -> None:
    """Raise Forbidden or Conflict where this officer can't confirm the account of these fields."""
    require_confirmed(actor)
    if actor.role not in DECIDING:
        raise Forbidden()
    if actor.id == staff_id:
        raise Forbidden(_OWN_ACCOUNT)
    if not data["unconfirmed_by"]:
        raise Conflict(_NOTHING)
    if actor.id in data["unconfirmed_by"]:
        raise Forbidden(_OWN_CHANGE)
