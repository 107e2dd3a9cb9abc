"""Migration run: every step that the data still needs, again and again until it is done.

Each step can be killed at any moment and run again: what is done already is passed over, nothing is
lost and nothing is there twice. The version is written last, in all databases.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.migrations.complaints_to_intake import ComplaintsToIntake
from shared.migrations.formats import FORMATS
from shared.migrations.schema_upgrade import upgrade_documents
from shared.platform import data_version
from shared.platform.settings import DATABASES

if TYPE_CHECKING:
    from shared.deployment import Deployment


@dataclass(frozen=True, slots=True)
class MigrationReport:
    """Counts of what was done, or in a dry run would be.

    `moved`: documents and photos that went to another database, by kind. `upgraded`: documents by
    collection that went from the previous schema to today's; `read`: all that were looked at.
    `damaged`: ids of complaints that were moved as they lay there, since they aren't as this system
    wrote them. `conflicting`: ids of those left in the registry, since both databases have gone on
    with them.
    """

    moved: Mapping[str, int]
    upgraded: Mapping[str, int]
    read: int
    damaged: tuple[str, ...]
    conflicting: tuple[str, ...]


def migrate(
    deployment: Deployment, *, dry_run: bool = False, without_missing_photos: bool = False
) -> MigrationReport:
    """Bring all data of a deployment's kelurahan to the form of this code.

    Nothing else may work on the data meanwhile. `without_missing_photos`: go on where photos of
    complaints are gone. Raises Conflict as `ComplaintsToIntake.run` does, Contended where something
    else works on the data, Unavailable (DATA_NEWER) where it is newer than the code.
    """
    key = deployment.kelurahan.key
    names = [name for name in DATABASES if not dry_run or name in deployment.keysets]
    for name in names:
        version = data_version.read(deployment.store(name), key)
        if version is not None and version > data_version.CURRENT:
            data_version.check(deployment.store(name), key, is_fresh_without=True)
    move = ComplaintsToIntake(
        deployment, dry_run=dry_run, without_missing_photos=without_missing_photos
    )
    move.run()
    upgraded, read = upgrade_documents(deployment, FORMATS, names, dry_run=dry_run)
    if not dry_run:
        deployment.roster.write(deployment.accounts.list())
        for name in names:
            data_version.write(deployment.store(name), key, deployment.clock())
    return MigrationReport(
        dict(move.counts),
        upgraded,
        read,
        tuple(sorted(move.damaged)),
        tuple(sorted(move.conflicting)),
    )
