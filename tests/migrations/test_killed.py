"""`kill -9` in the middle of a migration: run again, nothing is lost and nothing is there twice."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time

from shared.platform.store.firestore.store import FirestoreStore
from tests.complaints import dumping
from tests.complaints.office import ROOT, typed
from tests.migrations.old_office import OldOffice

KILLS = 30
COMPLAINTS = 30


def test_a_migration_killed_at_thirty_moments_loses_nothing_and_doubles_nothing(
    old: OldOffice,
) -> None:
    made = old.complaints(COMPLAINTS)
    before = [old.before(each) for each in made]
    chance = random.Random(20261124)
    killed = 0
    while killed < KILLS and _run(old, chance.randrange(4), chance):
        killed += 1
    assert killed == KILLS
    old.migrate()
    assert [old.after(each) for each in made] == before
    for each in made:
        status = old.desk().status(each.receipt.ticket, each.receipt.secret)
        assert status.case.ticket == each.receipt.ticket
        again = old.desk().receive(typed(text=each.text), each.key)
        assert (again.ticket, again.is_new) == (each.receipt.ticket, False)
    root = f"kelurahan/{old.office.kelurahan.key}"
    moved = [path for path in dumping.documents(old.stores["intake"]) if "/state/" not in path]
    assert len([path for path in moved if path.count("/") == 3]) == 2 * COMPLAINTS + 2
    events = sum(len(each["events"]) for each in before)
    assert len([path for path in moved if "/events/" in path]) == events
    registry = dumping.documents(old.stores["registry"])
    kinds = (f"{root}/complaints/", f"{root}/receipts/", f"{root}/deletions/")
    assert not [path for path in registry if path.startswith(kinds)]
    files, key = old.deployment().files, old.office.kelurahan.key
    assert len(files.folders(f"complaint-photos/{key}")) == sum(bool(e.photos) for e in made)
    assert files.folders(f"complaints/{key}") == []


def _run(old: OldOffice, kill_after: int, chance: random.Random) -> bool:
    """Migrate in a process of its own; whether it was killed before its end.

    It is killed so many changes in, and up to the length of one later, wherever it then is.
    """
    registry = old.stores["registry"]
    firestore = isinstance(registry, FirestoreStore)
    where = registry.project if firestore else old.folder  # type: ignore[attr-defined]
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "tests.migrations.migrating_process"),
            *("firestore" if firestore else "sqlite", str(where), str(old.folder)),
            *(old.intake_keys.secret_text(), old.office.now.isoformat()),
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    ended, told, last = False, 0, time.perf_counter()
    for line in process.stdout:
        ended = ended or line == "end\n"
        told, usual, last = told + 1, time.perf_counter() - last, time.perf_counter()
        if told > kill_after and not ended:
            time.sleep(chance.uniform(0, min(usual, 0.05)))
            process.kill()
            break
    process.stdout.close()
    process.wait()
    return not ended
