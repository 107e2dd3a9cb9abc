"""The end of a publication that died, for whoever has no list of their own to bring."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.recipients.batches.batch_contents import BatchContents
from shared.recipients.publishing.databases import Databases
from shared.recipients.publishing.publication import Publication
from shared.recipients.use_cases.weekly_sync import LEASE, LEASE_SECONDS

if TYPE_CHECKING:
    from shared.deployment import Deployment


class InterruptedPublication:
    """The publication of a kelurahan that was begun and not ended, if there is one."""

    def __init__(self, deployment: Deployment) -> None:
        self._leases = deployment.leases
        self._publication = Publication(
            deployment.kelurahan, Databases.of(deployment), deployment.audit, deployment.clock
        )
        self._contents = BatchContents(self._publication.batches, deployment.kelurahan)

    def is_there(self) -> bool:
        """Whether one was begun and not ended; its officer may still be at it."""
        return bool(self._publication.head().publishing)

    def finish(self, owner: str) -> None:
        """Finish it.

        Raises Busy while its officer, or the lease of a process that died, is still at it;
        WrongState (PUBLICATION_STUCK), with a line in the log, where only a repair helps.
        """
        with self._leases.hold(LEASE, owner, LEASE_SECONDS) as lease:
            self._publication.finish_interrupted(self._contents.approved_differences, lease)
