"""The two databases that a publication writes to, each with its keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.platform.crypto.keys import Keyset
from shared.platform.store import Store

if TYPE_CHECKING:
    from shared.deployment import Deployment


@dataclass(frozen=True, slots=True)
class Databases:
    """The registry and the lookup database, each with its keys."""

    registry: Store
    registry_keys: Keyset
    lookup: Store
    lookup_keys: Keyset

    @classmethod
    def of(cls, deployment: Deployment) -> Databases:
        """Return the two databases of a deployment."""
        return cls(
            deployment.registry,
            deployment.registry_keys,
            deployment.lookup,
            deployment.lookup_keys,
        )
