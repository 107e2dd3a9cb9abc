"""A process of its own that deletes what was kept long enough, so that a test can kill it.

Arguments: store kind, where (database file or project), the office's folder, the time in ISO.
In each transaction, after each of them, and after each file it prints a line and waits for one;
"end" at the end.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from shared.complaints.photos.storage import PhotoStorage
from shared.complaints.scheduled.retention import Retention
from shared.platform.crypto.keys import Keyset
from shared.platform.files.storage import Folder
from shared.platform.store import Store
from tests.complaints.office import Office


def tell(word: str) -> None:
    """Say how far it has come, and go no further until that was heard."""
    print(word, flush=True)
    sys.stdin.readline()


class TellingFolder(Folder):
    """Files that tell when one is gone."""

    def delete(self, name: str) -> None:
        super().delete(name)
        tell("file")


def telling(store: Any) -> Any:
    """The store, which tells within each of its transactions and after it."""
    run = store.run

    def told(work: Any) -> Any:
        def told_within(transaction: Any) -> Any:
            result = work(transaction)
            tell("writing")
            return result

        result = run(told_within)
        tell("commit")
        return result

    store.run = told
    return store


def main(kind: str, where: str, folder: str, now: str) -> None:
    store: Store
    if kind == "sqlite":
        from shared.platform.store.sqlite.store import SqliteStore

        store = SqliteStore(Path(where))
    else:
        from shared.platform.store.firestore.store import FirestoreStore

        store = FirestoreStore(where)
    office = Office(store, Path(folder), Keyset(bytes(range(32))))
    office.now = datetime.fromisoformat(now)
    key = office.kelurahan.key
    album = PhotoStorage(TellingFolder(Path(folder) / "files"), office.keys, key)
    telling(store)
    Retention(replace(office.premises, album=album)).run()
    print("end", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
