"""Responses of handlers: JSON or a page, padded to one length where the length would tell."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Response

NO_STORE = "no-store"
# A compressing proxy would undo the padding.
NO_STORE_NO_TRANSFORM = "no-store, no-transform"


def encode(payload: Any) -> bytes:
    """Return compact UTF-8 JSON."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


def json_reply(payload: Any, status: int = 200, *, cache: str = NO_STORE) -> Response:
    """Return a JSON response; not cached by anyone unless `cache` says so."""
    return _reply(encode(payload), status, "application/json", cache)


def html_reply(html: str, status: int = 200, *, cache: str = NO_STORE) -> Response:
    """Return a page; not cached by anyone unless `cache` says so."""
    return _reply(html.encode(), status, "text/html; charset=utf-8", cache)


def padded_json(payload: Mapping[str, Any], length: int, status: int = 200) -> Response:
    """Return JSON of `length` bytes, by a `pad` of spaces; of a multiple of it if longer."""
    bare = encode({**payload, "pad": ""})
    body = encode({**payload, "pad": " " * (-len(bare) % length)})
    return _reply(body, status, "application/json", NO_STORE_NO_TRANSFORM)


def padded_page(html: str, length: int, status: int = 200) -> Response:
    """Return a page of `length` bytes, by spaces at its end; of a multiple of it if longer."""
    body = html.encode()
    body += b" " * (-len(body) % length)
    return _reply(body, status, "text/html; charset=utf-8", NO_STORE_NO_TRANSFORM)


def _reply(body: bytes, status: int, content_type: str, cache: str) -> Response:
    response = Response(body, status, content_type=content_type)
    response.headers["Cache-Control"] = cache
    return response
