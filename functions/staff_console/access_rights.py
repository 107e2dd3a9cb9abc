"""Access rights in the console: one table of roles; a test tries every route with every role."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shared.staff.accounts import Role, Staff

_O, _V, _A, _D = Role.OPERATOR, Role.VERIFIER, Role.AUDITOR, Role.ADMIN


def _roles(*roles: Role) -> frozenset[Role]:
    return frozenset(roles)


ACCOUNT: Final = "account"
RIGHTS: Final[Mapping[str, frozenset[Role]]] = {
    "home": _roles(_O, _V, _A, _D),
    ACCOUNT: _roles(*Role),
    "lists.read": _roles(_O, _V, _A, _D),
    "lists.prepare": _roles(_O, _V),
    "lists.rows": _roles(_O, _V, _A),
    "lists.decide": _roles(_V),
    "residents.read": _roles(_O, _V, _A),
    "residents.reveal": _roles(_O, _V, _A),
    "complaints.read": _roles(_O, _V, _A),
    "complaints.work": _roles(_O, _V),
    "complaints.name": _roles(_V),
    "complaints.erase": _roles(_V),
    "complaints.export": _roles(_O, _V, _A),
    "audit.read": _roles(_A, _D, _V),
    "audit.export": _roles(_A),
    "staff.manage": _roles(_D),
    "staff.confirm": _roles(_V, _D),
}
"""Surveyors have nothing here but their own account. `lists.rows` shows the people of a list,
`lists.read` counts alone: who looks after the accounts sees nobody's record. An account that still
waits for a second person (`shared/staff/confirmation.py`) has its role's rights, but takes no step
that asks for the password again."""


def may(staff: Staff, right: str) -> bool:
    """Whether this person has the right."""
    return staff.role in RIGHTS[right]
