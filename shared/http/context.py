"""The request context: the checked request, who sent it, and the ports a handler works with."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Request

from shared.http.requests.client_address import client_address
from shared.platform.logs import masked

if TYPE_CHECKING:
    from shared.deployment import Deployment
    from shared.staff.accounts import Staff

FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TRACE = re.compile(r"([0-9a-f]{32})(?:/\d+(?:;o=\d)?)?")
_TRACE_PARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_HEX_AS_LETTERS = str.maketrans("0123456789abcdef", "bcdfghjklmnpqrst")


@dataclass(frozen=True, slots=True)
class Upload:
    """One uploaded file, on disk for the length of the request. `filename` is the sender's own."""

    path: Path
    filename: str


@dataclass
class Context:
    """One request as a handler sees it.

    `body` is what the route's schema loaded ({} without one), `path` the values of the route's
    <placeholders>, `staff` is set where an officer asks, `scheduler` where Cloud Scheduler does,
    `renewed` where the session's token is to be replaced by this newer one.
    `typed` holds the text fields of a form as they came, checked by nothing; None where none could
    be read.
    """

    request: Request
    request_id: str
    deployment_of: Callable[[], Deployment]
    path: Mapping[str, str] = field(default_factory=dict)
    body: Any = field(default_factory=dict)
    typed: Mapping[str, str] | None = field(default=None, repr=False)
    staff: Staff | None = None
    session: str | None = None
    renewed: str | None = field(default=None, repr=False)
    scheduler: bool = False
    has_page: bool = True
    upload: Upload | None = None
    uploads: tuple[Upload, ...] = ()
    notes: dict[str, Any] = field(default_factory=dict)
    closing: ExitStack = field(default_factory=ExitStack)

    @property
    def deployment(self) -> Deployment:
        """The process's composition: kelurahan, stores, keys, clock."""
        return self.deployment_of()

    @cached_property
    def is_form(self) -> bool:
        """Whether an HTML form sent it."""
        return self.request.mimetype in FORM_TYPES

    @cached_property
    def wants_html(self) -> bool:
        """Whether the answer should be a page: the default for a form, while a script gets JSON."""
        accepted = self.request.accept_mimetypes
        html, json = accepted["text/html"], accepted["application/json"]
        return html > json or (self.has_page and self.is_form and html == json)

    @cached_property
    def origin(self) -> str:
        """The client's address, only ever to be hashed by the limits; "" where unknown."""
        settings = self.deployment.settings
        return client_address(self.request, settings.trusted_hops, settings.front_ends)

    def note(self, **counts: Any) -> None:
        """Add allow-listed fields (counts, a slug) to this request's line in the log."""
        self.notes.update(counts)


def request_id_of(request: Request) -> str:
    """Return the request id that a proxy gave, if its form is a known one, or a new one.

    Only a UUID or a trace id is taken over, and none that has 16 digits in a row: the id is logged
    and sent back, and must not be a way to have a NIK or a name written into the log.
    """
    given = request.headers.get("X-Request-Id", "").lower()
    if _UUID.fullmatch(given) and masked(given) == given:
        return given
    trace = _TRACE.fullmatch(request.headers.get("X-Cloud-Trace-Context", "").lower())
    if trace and masked(trace[1]) == trace[1]:
        return trace[1]
    return new_request_id()


def trace_id_of(request: Request) -> str | None:
    """Return the trace id that Google's front end gave the request; None without one.

    One that has 16 digits in a row is left out, as with the request id.
    """
    trace = _TRACE.fullmatch(
        request.headers.get("X-Cloud-Trace-Context", "").lower()
    ) or _TRACE_PARENT.fullmatch(request.headers.get("traceparent", "").lower())
    if trace is None or masked(trace[1]) != trace[1] or not trace[1].strip("0"):
        return None
    return trace[1]


def new_request_id() -> str:
    """Make an id without digits, so that it is never taken for somebody's number."""
    return secrets.token_hex(8).translate(_HEX_AS_LETTERS)
