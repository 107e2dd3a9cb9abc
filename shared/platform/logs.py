"""Structured logs: JSON lines with fields from an allow-list, and no personal data.

A message is a constant; values go into fields, and only into known ones. Text is masked where it
holds 16 digits in a row. Of an exception only its type and place are told, of another library's
message only who wrote it: their texts may hold addresses, paths of documents or queries.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

FIELDS = frozenset(
    {
        # who and what
        *("request_id", "function", "status", "duration_ms", "slug", "code", "action", "purpose"),
        *("batch", "state", "kind", "type", "place", "logger", "library_level", "key_id"),
        # how many
        *("reads", "writes", "deletes", "round_trips", "bytes", "limit", "count"),
        *("rows", "people", "entitlements", "added", "changed", "removed", "unchanged"),
        *("errors", "warnings", "reversed", "kept", "failed", "retries", "rate_limited"),
        *("age_days", "escalated", "asked_back", "erased", "photos", "orphans", "expired"),
        *("late", "highest", "folders", "damaged", "unfinished", "finished"),
    }
)
SEVERITIES = ("DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT")

TRACE_FIELD = "logging.googleapis.com/trace"

_TRACE: ContextVar[str | None] = ContextVar("trace", default=None)
_LOGGER = logging.getLogger("nutera")
_ROOT = Path(__file__).resolve().parents[2]
_LONG_NUMBER = re.compile(r"\d(?:[ .\-]?\d){15,}")
_MAX_TEXT = 200
_LEVELS = {
    "DEBUG": logging.DEBUG,
    "INFO": logging.INFO,
    "NOTICE": logging.INFO,
    "WARNING": logging.WARNING,
    "ERROR": logging.ERROR,
    "CRITICAL": logging.CRITICAL,
    "ALERT": logging.CRITICAL,
}
# They write the address of each request, or the text of each exception.
_TALKATIVE = ("werkzeug", "uvicorn.error", "gunicorn.access", "urllib3", "google")


def event(message: str, *, severity: str = "INFO", **fields: Any) -> None:
    """Write one line. `message` is a constant of the code; fields not in `FIELDS` are dropped."""
    _LOGGER.log(_LEVELS[severity], message, extra={"nutera": _allowed(fields, severity)})


def request_line(
    *, function: str, request_id: str, status: int, duration_ms: float, **counts: Any
) -> None:
    """Write the one line of a request."""
    severity = "ERROR" if status >= 500 else "INFO"
    event(
        "request",
        severity=severity,
        function=function,
        request_id=request_id,
        status=status,
        duration_ms=round(duration_ms, 1),
        **counts,
    )


@contextmanager
def traced(trace: str | None) -> Iterator[None]:
    """Have every line that is written meanwhile carry a trace, "projects/P/traces/T"."""
    token = _TRACE.set(trace)
    try:
        yield
    finally:
        _TRACE.reset(token)


def place_of(error: BaseException) -> dict[str, str]:
    """Return the type of an exception and where it was raised, in our own code if possible."""
    frames = [(frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    own = [frame for frame in frames if _is_own(frame[0])]
    found = (own or frames)[-1:]
    place = f"{_relative(found[0][0])}:{found[0][1]}" if found else "unknown"
    return {"type": type(error).__qualname__, "place": place}


def masked(text: str) -> str:
    """Return the text with runs of 16 or more digits masked, also with separators inside."""
    return _LONG_NUMBER.sub("[16 digits]", text)


class JsonLines(logging.Formatter):
    """Formatter: one record as one line of JSON, with the field names of Google Cloud Logging."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without a line end."""
        fields = getattr(record, "nutera", None)
        if record.name == _LOGGER.name and isinstance(fields, Mapping):
            content = {"message": masked(str(record.msg)), **_allowed(fields)}
        else:
            content = {
                "severity": record.levelname,
                "message": "a library wrote a line",
                "logger": record.name,
                "place": f"{_relative(record.pathname)}:{record.lineno}",
            }
        if record.exc_info and record.exc_info[1] is not None:
            content.update(place_of(record.exc_info[1]))
        trace = _TRACE.get()
        if trace is not None and masked(trace) == trace:
            content[TRACE_FIELD] = trace
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        return json.dumps({"time": time, **content}, ensure_ascii=False)


def configure(stream: TextIO | None = None, *, level: int = logging.INFO) -> None:
    """Send all logging of this process through `JsonLines` to a stream (standard output).

    Plain handlers that a framework has put up are taken down, since they would write the text of
    exceptions and addresses of requests. Calling it again changes the stream.
    """
    root = logging.getLogger()
    for logger in (root, *(logging.getLogger(name) for name in _TALKATIVE)):
        for handler in list(logger.handlers):
            if isinstance(handler, _Lines) or _is_plain(handler):
                logger.removeHandler(handler)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.ERROR)
    handler = _Lines(stream or sys.stdout)
    handler.setFormatter(JsonLines())
    root.addHandler(handler)
    root.setLevel(level)
    _LOGGER.setLevel(level)


class _Lines(logging.StreamHandler[TextIO]):
    """Our own log handler, so that it can be told from a framework's."""


def _is_plain(handler: logging.Handler) -> bool:
    return type(handler).__module__.split(".")[0] in ("logging", "werkzeug", "functions_framework")


def _allowed(fields: Mapping[str, Any], severity: str | None = None) -> dict[str, Any]:
    kept: dict[str, Any] = {"severity": severity} if severity else {}
    for name, value in fields.items():
        if name == "severity" and value in SEVERITIES:
            kept[name] = value
        elif name in FIELDS:
            kept[name] = _told(value)
    return kept


def _told(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return value if len(masked(str(value))) == len(str(value)) else "[16 digits]"
    if isinstance(value, str):
        return masked(value)[:_MAX_TEXT]
    return f"[{type(value).__name__}]"


def _is_own(filename: str) -> bool:
    path = Path(filename)
    return _ROOT in path.parents and "site-packages" not in path.parts


def _relative(filename: str) -> str:
    path = Path(filename)
    if _is_own(filename):
        return path.relative_to(_ROOT).as_posix()
    return "/".join(path.parts[-2:])
