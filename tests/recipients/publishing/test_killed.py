"""`kill -9` in the middle of a publication: run again, everything is as it should be."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator

from shared.platform.store.firestore.store import FirestoreStore
from shared.recipients.model.batch import State
from tests.recipients.office import ROOT, Office, nik, row

KILLS = {"sqlite": 24, "firestore": 10}
"""Each is the start of a process: one in every two commits or so, on Firestore in every four."""
TRIES = 2
PEOPLE = 320


def test_a_publication_killed_at_any_moment_is_finished_by_the_next_run(office: Office) -> None:
    office.publish(row(n) for n in range(PEOPLE))
    chance = random.Random(20261120)
    commits = _approve(office, _prepared(office, 0), None, chance)
    assert commits > 30
    kills = KILLS[_kind(office)]
    killed = 0
    moments = _moments(commits, kills, chance)
    for attempt in range(1, TRIES * kills):
        batch_id = _prepared(office, attempt)
        _approve(office, batch_id, next(moments), chance)
        killed += bool(office.sync.head().publishing)
        office.later(minutes=3)  # the lease of the dead process runs out
        if office.sync.batch(batch_id).state is not State.PUBLISHED:
            office.sync.approve(batch_id, office.verifier, "Dilanjutkan setelah mati")
        assert office.sync.batch(batch_id).state is State.PUBLISHED
        people = office.register()
        assert {number: person.rt for number, person in people.items()} == _wished(attempt)
        assert len(office.projected()) == len(people)
        head = office.sync.head()
        assert (head.people, head.publishing) == (len(people), "")
        if killed == kills:
            break
    assert killed == kills
    assert office.audit.verify().ok


def _moments(commits: int, kills: int, chance: random.Random) -> Iterator[int]:
    """After how many commits to kill: in each stretch of the publication once, then anywhere."""
    stretches = [range(commits * at // kills, commits * (at + 1) // kills) for at in range(kills)]
    chance.shuffle(stretches)
    for stretch in stretches:
        yield 1 + chance.choice(stretch)
    while True:
        yield chance.randrange(1, commits)


def _kind(office: Office) -> str:
    return "firestore" if isinstance(office.registry, FirestoreStore) else "sqlite"


def _wished(attempt: int) -> dict[str, str]:
    """Who should be on the list of an attempt, and with which RT."""
    start = attempt % 2 * 20
    return {nik(n): f"{1 + (n + attempt) % 9:02d}" for n in range(start, PEOPLE + start)}


def _prepared(office: Office, attempt: int) -> str:
    start = attempt % 2 * 20
    office.later(minutes=1)
    path = office.csv(
        row(n, rt=f"{1 + (n + attempt) % 9:02d}") for n in range(start, PEOPLE + start)
    )
    return office.sent(office.sync.prepare(path, path.name, office.operator)).id


def _approve(office: Office, batch_id: str, kill_after: int | None, chance: random.Random) -> int:
    """Approve in a process of its own; how many commits it told of.

    It is killed so many commits in, and up to the length of a commit later, wherever it then is.
    """
    store = office.registry
    where = store.project if isinstance(store, FirestoreStore) else office.folder
    command = [sys.executable, "-m", "tests.recipients.publishing.publisher_process"]
    process = subprocess.Popen(
        [*command, _kind(office), str(where), batch_id, office.now.isoformat()],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    told = 0
    last = time.perf_counter()
    usual = 0.0
    for line in process.stdout:
        if line == "end\n":
            break
        told += 1
        now = time.perf_counter()
        usual, last = now - last, now
        if told == kill_after:
            time.sleep(chance.uniform(0, min(usual, 0.1)))
            process.kill()
            break
    process.stdout.close()
    process.wait()
    return told
