"""Drafts: what an officer sent when the session had ended, sealed until they have signed in again.

The browser carries it through the sign-in form, and nothing is stored. Only a form that holds the
ended session's own token becomes a draft, and only the same officer opens it: so nobody can have
words of theirs sent in an officer's name.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from werkzeug.datastructures import MultiDict

from functions.staff_console.page_frame import is_own_path
from shared.deployment import Deployment
from shared.http.context import Context
from shared.http.requests.request_bodies import CSRF_FIELD
from shared.http.staff_session import session_of
from shared.platform.errors import SealBroken
from shared.staff.accounts import Staff

MAX_TEXT: Final = 64 * 1024
"""The length of a sealed draft as text, at most."""
_MAX_BYTES: Final = 45 * 1024
_SECONDS: Final = 12 * 3600
_NEVER: Final = (CSRF_FIELD, "password", "new_password", "code", "konsep")


@dataclass(frozen=True, slots=True)
class Draft:
    """A form as it was sent: where to, and its fields by name; no password is among them."""

    path: str
    fields: tuple[tuple[str, str], ...] = field(repr=False)


def sealed(context: Context, typed: Mapping[str, str]) -> str:
    """Return a form as a sealed draft; "" where it has no text, or is no form of its session."""
    deployment, token = context.deployment, session_of(context.request)
    owner = deployment.sessions.owner(token)
    if owner is None or not deployment.sessions.is_own_form(token, typed.get(CSRF_FIELD, "")):
        return ""
    pairs = typed.items(multi=True) if isinstance(typed, MultiDict) else typed.items()
    kept = [(name, text) for name, text in pairs if name not in _NEVER and text.strip()]
    if not kept:
        return ""
    content = [int(deployment.clock().timestamp()), context.request.path, kept]
    data = json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")
    if len(data) > _MAX_BYTES:
        return ""
    seal = deployment.registry_keys.seal(data, _place(deployment, owner))
    return base64.urlsafe_b64encode(seal).decode("ascii")


def opened(deployment: Deployment, staff: Staff, text: str) -> Draft | None:
    """Return the draft of this officer; None for somebody else's, one of yesterday, or none."""
    try:
        seal = base64.urlsafe_b64decode(text.encode("ascii", "replace"))
        data = deployment.registry_keys.unseal(seal, _place(deployment, staff.id))
    except (SealBroken, binascii.Error):
        return None
    at, path, fields = json.loads(data)
    if deployment.clock().timestamp() - at > _SECONDS or not is_own_path(path):
        return None
    return Draft(path, tuple((name, text) for name, text in fields))


def _place(deployment: Deployment, staff_id: str) -> str:
    return f"kelurahan/{deployment.kelurahan.key}/staff/{staff_id}#draft"
