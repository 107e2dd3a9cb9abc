"""The deployment that a command works on, and the officer it works for."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from shared import programmes
from shared.platform import logs, settings
from shared.platform.deployment import Deployment
from shared.recipients import RecipientSync

COMMAND_LINE: Final = "command-line"
"""The actor in the audit log where a command was given by nobody in particular."""


@contextmanager
def opened(kelurahan: str | None = None) -> Iterator[Deployment]:
    """The deployment of the environment, for the time of one command.

    `kelurahan` names another TOML file than NUTERA_KELURAHAN does.
    """
    logs.configure()
    needs = ("registry", "lookup")
    given = settings.load(needs=needs)
    if kelurahan is not None:
        given = dataclasses.replace(given, kelurahan=kelurahan)
    deployment = Deployment.from_settings(given, needs=needs)
    try:
        yield deployment
    finally:
        deployment.close()


def recipient_sync(deployment: Deployment) -> RecipientSync:
    """The sync of the deployment's kelurahan."""
    return RecipientSync.of(deployment, programmes.load())
