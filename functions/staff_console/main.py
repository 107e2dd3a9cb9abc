"""The console: server-rendered pages on which staff do their week's work.

Each area is a module that declares its routes on the one service of `console.py`. Who may do what
is the table in `rights.py`. Everything works without JavaScript.
"""

from __future__ import annotations

from urllib.parse import quote

from flask import Request, Response

from functions.staff_console import (
    case,
    case_intake,
    cases,
    home,
    list_report,
    lists,
    people,
    residents,
    sign_in,
    trail,
)
from functions.staff_console.console import redirect, service

__all__ = ["service", "staff_console"]

_AREAS = (case, case_intake, cases, home, list_report, lists, people, residents, sign_in, trail)


def staff_console(request: Request) -> Response:
    """The entry point. Who isn't signed in is led to the form, and back from there."""
    response = service(request)
    if response.status_code == 401 and request.path != "/staff/masuk":
        wanted = request.path if request.method == "GET" else ""
        led = redirect("/staff/masuk")
        if wanted:
            led.headers["Location"] += f"?lanjut={quote(wanted)}"
        return led
    return response
