"""An office of the version before, on either store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from shared.platform.store import Store
    from tests.migrations.old_office import OldOffice


@pytest.fixture
def old(stores: dict[str, Store], tmp_path: Path) -> OldOffice:
    """The test runs once on SQLite and once on Firestore."""
    from shared.platform.crypto.keys import Keyset
    from tests.migrations.old_office import OldOffice

    return OldOffice(stores, tmp_path, Keyset(bytes(range(32))).heir())
