"""An office for the tests of complaints, on either store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from shared.platform.store import Store
    from tests.complaints.office import Office


@pytest.fixture
def office(store: Store, tmp_path: Path) -> Office:
    """An office without complaints: the test runs once on SQLite and once on Firestore."""
    from tests.complaints.office import Office

    return Office(store, tmp_path)
