"""Roles of staff that work on complaints."""

from __future__ import annotations

from typing import Final

from shared.staff.accounts import Role

WORKERS: Final = frozenset({Role.OPERATOR, Role.VERIFIER})
READERS: Final = WORKERS | {Role.AUDITOR}
