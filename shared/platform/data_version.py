"""Version of all stored data of a kelurahan: which migrations a database has been through.

One small document in each database, at kelurahan/<key>/state/data_version. A database without one
is of the version that this code writes, unless its keys say that it has yet to be migrated.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from shared.platform import logs
from shared.platform.document_format import UPDATING, newer_data
from shared.platform.errors import Unavailable
from shared.platform.store.port import Data, Store

CURRENT: Final = 3
"""1: complaints in the registry. 2: complaints in the database `intake`. 3: addresses sealed."""


def path(kelurahan_key: str) -> str:
    """Return the path of a database's version."""
    return f"kelurahan/{kelurahan_key}/state/data_version"


def read(store: Store, kelurahan_key: str) -> int | None:
    """Return the version of a database; None where it says none."""
    version = (store.get(path(kelurahan_key)).data or {}).get("version")
    return version if isinstance(version, int) else None


def write(store: Store, kelurahan_key: str, now: datetime) -> None:
    """Write that a database is of the version of this code."""
    data: Data = {"schema": 1, "version": CURRENT, "created_at": now, "updated_at": now}
    store.set(path(kelurahan_key), data)


def unfinished(archive: str, token: str, now: datetime) -> Data:
    """Return what stands in place of the version while a backup is put back into the database.

    `archive`: the id of the backup; `token`: that of the run. No code knows its version, so one
    that doesn't know of restores refuses it too.
    """
    return {
        "schema": 1,
        "version": 2**31,
        "restoring": archive,
        "token": token,
        "created_at": now,
        "updated_at": now,
    }


def require_whole(store: Store, kelurahan_key: str) -> None:
    """Refuse a database where a restore has not ended: Unavailable (RESTORE_UNFINISHED)."""
    if "restoring" in (store.get(path(kelurahan_key)).data or {}):
        logs.event("a restore has not ended", severity="ALERT")
        raise Unavailable(code="RESTORE_UNFINISHED")


def write_if_missing(store: Store, kelurahan_key: str, now: datetime) -> None:
    """The same for a new database, which doesn't say its version yet."""
    if read(store, kelurahan_key) is None:
        write(store, kelurahan_key, now)


def older_data() -> Unavailable:
    """The error for data that has yet to be migrated, with a line in the log."""
    logs.event("the data has to be migrated", severity="ALERT")
    return Unavailable(UPDATING, code="DATA_OLDER")


def check(store: Store, kelurahan_key: str, *, is_fresh_without: bool) -> None:
    """Refuse a database that this code can't work on, with a line in the log.

    `is_fresh_without`: whether one that says no version is taken for a new one. Raises Unavailable:
    DATA_NEWER where the code is older than the data, DATA_OLDER where a migration is missing.
    """
    require_whole(store, kelurahan_key)
    version = read(store, kelurahan_key)
    if version is not None and version > CURRENT:
        logs.event("the data is newer than the code", severity="ALERT")
        raise newer_data()
    if version is None and is_fresh_without:
        return
    if version is None or version < CURRENT:
        raise older_data()
