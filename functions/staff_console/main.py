"""The console: server-rendered pages on which staff do their week's work.

Each area is a module that declares its routes on the one service of `console.py`. Who may do what
is the table in `rights.py`. Everything works without JavaScript.
"""

from __future__ import annotations

from flask import Request, Response

from functions.staff_console import (
    case,
    case_intake,
    cases,
    home,
    list_report,
    lists,
    people,
    refusals,
    residents,
    sign_in,
    trail,
)
from functions.staff_console.console import service

__all__ = ["service", "staff_console"]

_AREAS = (case, case_intake, cases, home, list_report, lists, people, residents, sign_in, trail)

service.refused = refusals.answer


def staff_console(request: Request) -> Response:
    """The entry point."""
    return service(request)
