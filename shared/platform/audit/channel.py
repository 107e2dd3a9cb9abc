"""Channel of an action: by which way into the system somebody acts, for the audit log.

Console and API may run in one process over one composition, so each request and each command says
it for its own context. A thread doesn't inherit it: what it runs is given a copy of the context.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, Literal

Channel = Literal["console", "api", "command-line", "command-line-unproved", "scheduler"]
"""`command-line-unproved`: a command that was given in somebody's name without their password."""

FIELD: Final = "via"
"""The field of an entry's details that holds it; entries of before have none."""
_channel: ContextVar[Channel | None] = ContextVar("channel", default=None)


@contextmanager
def acting_through(channel: Channel) -> Iterator[None]:
    """Say by which way somebody acts, for the time of the block."""
    before = _channel.set(channel)
    try:
        yield
    finally:
        _channel.reset(before)


def current() -> Channel | None:
    """Return by which way somebody acts now; None outside of requests and commands."""
    return _channel.get()
