"""A process of its own that approves a batch, so that a test can kill it at any moment.

Arguments: store kind, where (folder or project), batch id, the clock's time in ISO. It prints a
line after each commit to a store, so that the test knows how far it has come, and "end" at the end.
"""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.recipients.office import Office


class Telling:
    """A store that tells after each of its commits."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def run(self, work: Any) -> Any:
        result = self._store.run(work)
        print("run", flush=True)
        return result

    def set(self, path: str, data: Any) -> None:
        self._store.set(path, data)
        print("set", flush=True)


def main(kind: str, where: str, batch_id: str, now: str) -> None:
    stores: list[Any]
    if kind == "sqlite":
        from shared.platform.store.sqlite.store import SqliteStore

        stores = [SqliteStore(Path(where) / f"{name}.sqlite3") for name in ("registry", "lookup")]
    else:
        from shared.platform.store.firestore.store import FirestoreStore

        stores = [FirestoreStore(where, name) for name in ("registry", "lookup")]
    office = Office(Telling(stores[0]), Telling(stores[1]), Path())  # type: ignore[arg-type]
    office.now = datetime.fromisoformat(now)
    office.sync.approve(batch_id, office.verifier, "Disetujui untuk uji coba")
    print("end", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
