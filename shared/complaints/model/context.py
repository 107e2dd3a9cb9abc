"""The context of complaint work in one kelurahan: ports, rules and repository."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from shared.complaints.model.case import Case
from shared.complaints.model.deadlines import Deadlines
from shared.complaints.model.kinds import Kind
from shared.complaints.model.repository import CaseRepository
from shared.complaints.model.transitions import Terms
from shared.complaints.photos.storage import PhotoStorage
from shared.kelurahan.configuration import Kelurahan
from shared.platform.clock import Clock
from shared.platform.crypto.keys import Keyset
from shared.platform.store import Store

if TYPE_CHECKING:
    from shared.deployment import Deployment


@dataclass(frozen=True)
class ComplaintContext:
    """The ports, the rules and the complaints of one kelurahan."""

    store: Store
    keys: Keyset
    kelurahan: Kelurahan
    kinds: Mapping[str, Kind]
    deadlines: Deadlines
    album: PhotoStorage
    clock: Clock
    book: CaseRepository = field(init=False)

    def __post_init__(self) -> None:
        book = CaseRepository(self.store, self.keys, self.kelurahan.key)
        object.__setattr__(self, "book", book)

    @classmethod
    def of(cls, deployment: Deployment) -> Self:
        """Return the context of a deployment's kelurahan.

        Raises KelurahanInvalid as `kinds.load`.
        """
        from shared.complaints.model import kinds

        kelurahan = deployment.kelurahan
        return cls(
            store=deployment.intake,
            keys=deployment.intake_keys,
            kelurahan=kelurahan,
            kinds=kinds.load(kelurahan),
            deadlines=Deadlines.of(kelurahan),
            album=PhotoStorage(deployment.files, deployment.intake_keys, kelurahan.key),
            clock=deployment.clock,
        )

    def terms(self, case: Case) -> Terms:
        """Return the rules of a complaint's kind."""
        return Terms(self.kinds[case.kind], self.deadlines, self.kelurahan.complaints)

    def days_late(self, case: Case) -> int:
        """Return by how many working days a complaint is late now."""
        return 0 if case.due_at is None else self.deadlines.days_late(case.due_at, self.clock())
