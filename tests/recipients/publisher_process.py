"""A process of its own that approves a batch, so that a test can kill it at any moment.

Arguments: store kind, where (folder or project), batch id, the clock's time in ISO. Prints "begin"
just before the approval and "end" after it.
"""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

from tests.recipients.office import Office


def main(kind: str, where: str, batch_id: str, now: str) -> None:
    if kind == "sqlite":
        from shared.platform.store.sqlite import SqliteStore

        folder = Path(where)
        registry = SqliteStore(folder / "registry.sqlite3")
        lookup = SqliteStore(folder / "lookup.sqlite3")
        office = Office(registry, lookup, folder)
    else:
        from shared.platform.store.firestore import FirestoreStore

        office = Office(FirestoreStore(where, "registry"), FirestoreStore(where, "lookup"), Path())
    office.now = datetime.fromisoformat(now)
    print("begin", flush=True)
    office.sync.approve(batch_id, office.verifier, "Disetujui untuk uji coba")
    print("end", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
