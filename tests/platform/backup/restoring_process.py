"""A process of its own that restores into Firestore and dies at a given change.

Arguments: archive, project, folder, which change of a store is the last (0: none), keys of the
databases. It prints how many changes there were.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shared.platform.backup import cloud_restore
from shared.platform.crypto.keys import Keyset
from shared.platform.files.workspace import Workspace
from shared.platform.settings import DATABASES, Settings
from shared.platform.store.firestore.store import FirestoreStore

KELURAHAN = "3273091002"


def main(source: str, project: str, folder: str, last: str, *keys: str) -> None:
    changes = 0

    def counting(name: str) -> None:
        real = getattr(FirestoreStore, name)

        def counted(*given: Any, **named: Any) -> Any:
            nonlocal changes
            result = real(*given, **named)
            changes += 1
            if changes == int(last):
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        setattr(FirestoreStore, name, counted)

    for name in ("commit", "run"):
        counting(name)
    given = Settings(
        store="firestore", project=project, data=Path(folder), files=f"{folder}/bucket"
    )
    keysets = dict(zip(DATABASES, map(Keyset.parse, keys), strict=True))
    cloud_restore.restore(
        Path(source),
        given,
        keysets,
        lambda: datetime.now(UTC),
        KELURAHAN,
        Workspace(Path(folder) / "tmp"),
        force=False,
    )
    print(changes)


if __name__ == "__main__":
    main(*sys.argv[1:])
