"""The rival of the lookup: a minimal function that does one Firestore `get`."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from flask import Request
from google.cloud import firestore


@cache
def _client() -> firestore.Client:
    return firestore.Client(os.environ["BARE_PROJECT"], database=os.environ["BARE_DATABASE"])


def bare(request: Request) -> dict[str, Any]:
    """Return the document at the requested path, as JSON."""
    asked = request.get_json()
    found = _client().document(asked["path"]).get().to_dict() or {}
    return {"name": found.get("name"), "entitlements": found.get("entitlements")}
