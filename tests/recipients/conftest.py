"""A kelurahan's office for the tests of the pipeline, on either store."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from shared.platform.store import Store
    from tests.recipients.office import Office

_KINDS = ["sqlite", pytest.param("firestore", marks=pytest.mark.emulator)]


@pytest.fixture(params=_KINDS)
def office(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Office]:
    """An office with nothing published: the test runs once on SQLite and once on Firestore."""
    from tests.recipients.office import Office

    stores: list[Store]
    if request.param == "sqlite":
        from shared.platform.store.sqlite import SqliteStore

        stores = [SqliteStore(tmp_path / f"{name}.sqlite3") for name in ("registry", "lookup")]
    else:
        from shared.platform.store.firestore import FirestoreStore

        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", request.getfixturevalue("emulator"))
        project = f"test-{uuid.uuid4().hex[:20]}"
        stores = [FirestoreStore(project, name) for name in ("registry", "lookup")]
    yield Office(stores[0], stores[1], tmp_path)
    for store in stores:
        store.close()
