"""`kill -9` in the middle of a publication: run again, everything is as it should be."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

from shared.recipients.batches import State
from tests.recipients.office import ROOT, Office, nik, row

KILLS = 50
TRIES = 160
PEOPLE = 700


def test_a_publication_killed_at_any_moment_is_finished_by_the_next_run(office: Office) -> None:
    office.publish(row(n) for n in range(PEOPLE))
    chance = random.Random(20261120)
    undisturbed = _approve(office, _prepared(office, 0), kill_after=None)
    killed = 0
    for attempt in range(1, TRIES):
        batch_id = _prepared(office, attempt)
        _approve(office, batch_id, kill_after=chance.uniform(0, undisturbed))
        killed += bool(office.sync.head().publishing)
        office.later(minutes=3)
        if office.sync.batch(batch_id).state is not State.PUBLISHED:
            office.sync.approve(batch_id, office.verifier, "Dilanjutkan setelah mati")
        assert office.sync.batch(batch_id).state is State.PUBLISHED
        people = office.register()
        assert {number: person.rt for number, person in people.items()} == _wished(attempt)
        assert len(office.projected()) == len(people)
        head = office.sync.head()
        assert (head.people, head.publishing) == (len(people), "")
        if killed == KILLS:
            break
    assert killed == KILLS
    assert office.audit.verify().ok


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
    return office.sync.prepare(path, path.name, office.operator).id


def _approve(office: Office, batch_id: str, kill_after: float | None) -> float:
    """Approve in a process of its own, killed so many seconds after it began; how long it took."""
    kind, where = _where(office)
    command = [sys.executable, "-m", "tests.recipients.publisher_process"]
    process = subprocess.Popen(
        [*command, kind, where, batch_id, office.now.isoformat()],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begin\n"
    started = time.perf_counter()
    timer = threading.Timer(kill_after, process.kill) if kill_after is not None else None
    if timer:
        timer.start()
    rest = process.stdout.read()
    process.wait()
    process.stdout.close()
    if timer:
        timer.cancel()
    else:
        assert rest == "end\n"
    return time.perf_counter() - started


def _where(office: Office) -> tuple[str, str]:
    from shared.platform.store.sqlite import SqliteStore

    if isinstance(office.registry, SqliteStore):
        return "sqlite", str(Path(office.folder))
    return "firestore", office.registry.project  # type: ignore[attr-defined]
