"""HTTPS sources: a list at an address of an allowed host."""

from __future__ import annotations

import re
from email.message import Message
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import requests

from shared.kelurahan.configuration import SourceConfig
from shared.recipients.sources import fetch_result
from shared.recipients.sources.fetch_result import Fetched, NotModified, Outside
from shared.recipients.sources.public_https import Guard

_HOPS = 5
_PIECE_BYTES = 64 * 1024
_ETAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e]{0,200}"')
_FILE_NAME = re.compile(r"[^\W_][\w .()-]{0,100}\.(?:xlsx|xlsm|xls|ods|csv|tsv|txt)", re.IGNORECASE)


def fetch(
    source: SourceConfig, folder: Path, etag: str | None, max_bytes: int, outside: Outside
) -> Fetched | NotModified:
    """Download the list into `folder`, unless it is still the one that `etag` names.

    Each hop of a redirect has to be https, on an allowed host, and at a public address.
    """
    session = requests.Session()
    guard = Guard(outside, source.allow_hosts, source.timeout_seconds)
    with guard.over(session), _answer(session, guard, source, etag) as response:
        if response.status_code == 304 and etag is not None:
            return NotModified()
        _check(response, max_bytes)
        path = folder / "unduhan"
        _save(response, path, max_bytes)
        return Fetched(path, _file_name(response), _etag(response))


def _answer(
    session: requests.Session, guard: Guard, source: SourceConfig, etag: str | None
) -> requests.Response:
    headers = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "my-nutera"}
    if etag is not None:
        headers["If-None-Match"] = etag
    address = source.location
    for _ in range(_HOPS + 1):
        _require_allowed(address, source.allow_hosts)
        session.cookies.clear()
        response = session.get(
            address, headers=headers, stream=True, allow_redirects=False, timeout=guard.timeouts
        )
        if not response.is_redirect:
            return response
        response.close()
        address = _joined(address, response.headers["location"])
    raise fetch_result.silent()


def _joined(address: str, location: str) -> str:
    try:
        return urljoin(address, location)
    except ValueError:
        raise fetch_result.not_allowed() from None


def _require_allowed(address: str, hosts: tuple[str, ...]) -> None:
    try:
        parts = urlsplit(address)
        host, has_user = parts.hostname, "@" in parts.netloc
        parts.port  # noqa: B018 - raises ValueError where it isn't a number
    except ValueError:
        raise fetch_result.not_allowed() from None
    if parts.scheme != "https" or host not in hosts or has_user or "\\" in address:
        raise fetch_result.not_allowed()


def _check(response: requests.Response, max_bytes: int) -> None:
    if response.status_code in (401, 403, 404, 410):
        raise fetch_result.refused()
    if response.status_code != 200:
        raise fetch_result.silent()
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise fetch_result.silent()
    length = response.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length) > max_bytes:
        raise fetch_result.too_large()


def _save(response: requests.Response, path: Path, max_bytes: int) -> None:
    size = 0
    with path.open("xb") as file:
        for piece in response.iter_content(_PIECE_BYTES):
            size += len(piece)
            if size > max_bytes:
                raise fetch_result.too_large()
            file.write(piece)


def _etag(response: requests.Response) -> str | None:
    found = response.headers.get("etag", "").strip()
    return found if _ETAG.fullmatch(found) else None


def _file_name(response: requests.Response) -> str:
    """Return the source's name for the file; never a part of its address, which may be secret."""
    message = Message()
    message["content-disposition"] = response.headers.get("content-disposition", "")
    found = message.get_filename() or ""
    return found if _FILE_NAME.fullmatch(found) else "unduhan"
