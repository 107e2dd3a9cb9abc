"""The deployment that a command works on."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Final

from shared.deployment import Deployment
from shared.platform import logs, settings
from shared.platform.audit.channel import acting_through
from shared.platform.errors import NotFound
from shared.platform.settings import DATABASES, Need
from shared.programmes.catalogue import load_catalogue
from shared.recipients.use_cases.weekly_sync import RecipientSync

COMMAND_LINE: Final = "command-line"
"""The actor in the audit log where a command was given by nobody in particular."""


@contextmanager
def opened(
    kelurahan: str | None = None,
    *,
    may_begin: bool = False,
    needs: Collection[Need] = DATABASES,
    migrates: bool = False,
) -> Iterator[Deployment]:
    """Open the deployment of the environment, for the time of one command.

    `kelurahan` names another TOML file than NUTERA_KELURAHAN does. NotFound where there is no data
    yet, unless the command may begin it: a mistyped folder must not pass for a whole one.
    SettingsInvalid where a database that it `needs` has no keys. `migrates`: as of a Deployment.
    """
    logs.configure(sys.stderr)  # the answer alone goes to standard output
    given = settings.load(needs=needs)
    if kelurahan is not None:
        given = dataclasses.replace(given, kelurahan=kelurahan)
    files = [given.data / f"{name}.sqlite3" for name in DATABASES]
    if given.is_embedded and not may_begin and not any(file.exists() for file in files):
        raise NotFound(
            "Belum ada data di folder ini. Periksa NUTERA_DATA, atau mulai dengan serve."
        )
    deployment = Deployment.from_settings(given, needs=needs, migrates=migrates)
    try:
        with acting_through("command-line"):
            yield deployment
    finally:
        deployment.close()


def recipient_sync(deployment: Deployment) -> RecipientSync:
    """Return the sync of the deployment's kelurahan."""
    return RecipientSync.of(deployment, load_catalogue())
