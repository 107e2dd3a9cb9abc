"""A process of its own that migrates, so that a test can kill it at any moment.

Arguments: store kind, where (folder or project), folder, keys of `intake`, the clock's time in ISO.
It prints a line after each change of a store or file, and "end" at the end.
"""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from shared.migrations.runner import migrate
from shared.platform.crypto.keys import Keyset
from shared.platform.settings import DATABASES
from tests.migrations.old_office import OldOffice

CHANGES = ("run", "set", "commit", "delete", "save", "delete_folder")


class Telling:
    """A store or a folder that tells after each of its changes."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real, name)
        if name not in CHANGES:
            return found

        def telling(*given: Any, **named: Any) -> Any:
            result = found(*given, **named)
            print(name, flush=True)
            return result

        return telling


def main(kind: str, where: str, folder: str, keys: str, now: str) -> None:
    stores: dict[str, Any]
    if kind == "sqlite":
        from shared.platform.store.sqlite.store import SqliteStore

        stores = {name: SqliteStore(Path(where) / f"{name}.sqlite3") for name in DATABASES}
    else:
        from shared.platform.store.firestore.store import FirestoreStore

        stores = {name: FirestoreStore(where, name) for name in DATABASES}
    old = OldOffice(stores, Path(folder), Keyset.parse(keys))
    deployment = old.deployment(datetime.fromisoformat(now))
    for name, store in stores.items():
        setattr(deployment, name, Telling(store))
    deployment.files = Telling(deployment.files)
    migrate(deployment)
    print("end", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
