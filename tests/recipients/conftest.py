"""A kelurahan's office for the tests of the pipeline, on either store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from shared.platform.store import Store
    from tests.recipients.office import Office


@pytest.fixture
def office(databases: tuple[Store, Store], tmp_path: Path) -> Office:
    """An office with nothing published: the test runs once on SQLite and once on Firestore."""
    from tests.recipients.office import Office

    return Office(*databases, tmp_path)
