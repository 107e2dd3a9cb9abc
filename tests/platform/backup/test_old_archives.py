"""Archives of older versions: made by their own code, and still restored, on either store."""

from __future__ import annotations

import shutil
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.platform.backup import cloud_restore, restore
from shared.platform.crypto.keys import Keyset
from shared.platform.files.workspace import Workspace
from shared.platform.settings import Settings
from shared.platform.store import Store
from shared.platform.store.firestore.store import FirestoreStore
from shared.platform.store.sqlite.store import SqliteStore
from tests.hand_clock import HandClock

ARCHIVES = Path(__file__).parent / "archives"
KEYS = {name: Keyset(name[:1].encode() * 32) for name in ("registry", "intake", "lookup")}
ARCHIVED = {"format-2.zip": ("registry", "lookup"), "format-3.zip": tuple(KEYS)}


def _is_there(store: Store, name: str) -> None:
    assert store.get("things/0").data == {
        "text": f"of {name}",
        "number": 1,
        "none": None,
        "bytes": b"\x00\xff",
        "at": datetime(2026, 11, 20, 8, 0, tzinfo=UTC),
        "list": [1, 2.5, {"a": True}],
    }
    assert store.get("things/0/below/1").data == {"text": "deeper"}


@pytest.mark.parametrize("archive", ARCHIVED)
def test_an_old_archive_is_restored_on_a_pc(archive: str, tmp_path: Path, clock: HandClock) -> None:
    given = Settings(data=tmp_path / "data")
    shutil.copy(ARCHIVES / archive, tmp_path / "old.zip")
    restore.restore(tmp_path / "old.zip", given, KEYS, clock)
    for name in KEYS:
        path = given.data / f"{name}.sqlite3"
        assert path.exists() == (name in ARCHIVED[archive])
        if path.exists():
            with closing(SqliteStore(path)) as store:
                _is_there(store, name)
    assert (given.data / "files" / "uploads" / "list.xlsx").read_text() == "old list"


@pytest.mark.parametrize("archive", ARCHIVED)
def test_an_old_archive_is_restored_into_firestore(
    archive: str, tmp_path: Path, clock: HandClock, firestore_store: FirestoreStore
) -> None:
    given = Settings(
        store="firestore",
        project=firestore_store.project,
        data=tmp_path / "data",
        files=str(tmp_path / "bucket"),
    )
    workspace = Workspace(tmp_path / "tmp")
    cloud_restore.restore(
        ARCHIVES / archive, given, KEYS, clock, "a-kelurahan", workspace, force=False
    )
    for name in KEYS:
        with closing(FirestoreStore(firestore_store.project, name)) as store:
            if name in ARCHIVED[archive]:
                _is_there(store, name)
            assert len([*store.all_paths()]) == (2 if name in ARCHIVED[archive] else 0)
    assert (tmp_path / "bucket" / "uploads" / "list.xlsx").read_text() == "old list"
    assert [*(tmp_path / "tmp").iterdir()] == []
