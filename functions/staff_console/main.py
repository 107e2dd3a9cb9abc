"""The staff console: server-rendered pages for the week's work.

Each area is a module that declares its routes on the one service of `page_frame.py`. Who may do
what is the table in `access_rights.py`. Everything works without JavaScript.
"""

from __future__ import annotations

from flask import Request, Response

from functions.staff_console import error_pages
from functions.staff_console.page_frame import service
from functions.staff_console.pages import (
    accounts,
    audit_log,
    batch_report,
    complaint,
    complaint_at_desk,
    complaint_queue,
    confirmations,
    home,
    lists,
    recipients,
    sign_in,
)

__all__ = ["service", "staff_console"]

_AREAS = (
    complaint,
    complaint_at_desk,
    complaint_queue,
    confirmations,
    home,
    batch_report,
    lists,
    accounts,
    recipients,
    sign_in,
    audit_log,
)

service.refused = error_pages.answer


def staff_console(request: Request) -> Response:
    """Answer a request to the function."""
    return service(request)
