"""The chaos drill: lists, approvals, complaints and housekeeping, each killed at random moments.

The suite kills a few. The long drill, by hand:

    NUTERA_CHAOS_KILLS=100 .venv/bin/python -m pytest -s tests/attacks/test_chaos.py
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.complaints.casework.integrity_check import find_damaged
from shared.complaints.model.context import ComplaintContext
from shared.deployment import Deployment
from shared.housekeeping.daily_run import Daily
from shared.platform.crypto.keys import Keyset
from shared.platform.errors import Busy
from shared.recipients.use_cases.interrupted_publication import InterruptedPublication
from shared.recipients.use_cases.register_repair import RegisterRepair
from tests.attacks import chaos_worker
from tests.attacks.chaos_worker import WORK
from tests.recipients.office import ROOT

KILLS = int(os.environ.get("NUTERA_CHAOS_KILLS", "8"))
SPEED = 30.0
"""A lease of two minutes is over after four seconds of the wall."""
STUCK_AT_MOST_SECONDS = 130
PATIENCE_SECONDS = 240.0


@dataclass
class Drill:
    """The processes of the drill, and the data that they work on."""

    given: dict[str, Any]
    folder: Path
    began: float = field(default_factory=time.time)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    later: timedelta = timedelta(0)

    def clock(self) -> datetime:
        return chaos_worker.quick_clock(self.began, SPEED)() + self.later

    def start(self, kind: str) -> None:
        arguments = [kind, str(self.folder), json.dumps(self.given), str(self.began), str(SPEED)]
        with (self.folder / f"{kind}.log").open("ab") as log:
            self.processes[kind] = subprocess.Popen(
                [sys.executable, "-m", "tests.attacks.chaos_worker", *arguments],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdout=log,
                stderr=log,
            )

    def kill(self, kind: str) -> None:
        self.processes[kind].kill()
        self.processes[kind].wait()

    def steps(self, kind: str) -> int:
        path = self.folder / f"{kind}.steps"
        return path.stat().st_size if path.exists() else 0

    def wait_for_a_step(self, kind: str, since: int) -> None:
        """Wait until a process has done something since it was started."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.steps(kind) <= since:
            assert self.processes[kind].poll() is None, self.said(kind)
            assert time.monotonic() < deadline, f"{kind} does nothing"
            time.sleep(0.02)

    def said(self, kind: str) -> str:
        return (self.folder / f"{kind}.log").read_text("utf-8", errors="replace")[-3_000:]

    def faults(self) -> str:
        found = [path.read_text("utf-8") for path in self.folder.glob("*.fault")]
        return "\n".join(found)[-6_000:]


@pytest.fixture(params=["sqlite", pytest.param("firestore", marks=pytest.mark.emulator)])
def drill(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Drill]:
    given: dict[str, Any] = {
        "data": str(tmp_path / "data"),
        "kelurahan_folder": str(ROOT / "kelurahan"),
        "store": request.param,
    }
    if request.param == "firestore":
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", request.getfixturevalue("emulator"))
        keys = {
            f"{name}_keys": Keyset.generate().secret_text()
            for name in ("registry", "intake", "lookup")
        }
        files = {"files": str(tmp_path / "files")}
        given |= {**keys, **files, "project": f"test-{uuid.uuid4().hex[:20]}"}
    made = Drill(given, tmp_path)
    try:
        yield made
    finally:
        for process in made.processes.values():
            process.kill()
            process.wait()


@contextmanager
def _opened(drill: Drill) -> Iterator[Deployment]:
    deployment = chaos_worker.opened(drill.given, drill.clock)
    yield deployment
    deployment.close()


def test_whatever_is_killed_when_nothing_is_lost_doubled_or_half_done(drill: Drill) -> None:
    chance, killed, left_half = random.Random(20261125), Counter[str](), 0
    with _opened(drill) as deployment:  # makes keys and tables, which are not what is tried here
        _ = [deployment.registry, deployment.intake, deployment.lookup]
        interrupted = InterruptedPublication(deployment)
        since = {kind: drill.steps(kind) for kind in WORK}
        for kind in WORK:
            drill.start(kind)
        for number in range(KILLS):
            kind = WORK[number % len(WORK)]
            if kind == "approvals":
                _wait_for_a_publication(interrupted)
            else:
                drill.wait_for_a_step(kind, since[kind])
            time.sleep(chance.uniform(0, 0.3))  # wherever it then is
            drill.kill(kind)
            killed[kind] += 1
            left_half += kind == "approvals" and interrupted.is_there()
            since[kind] = drill.steps(kind)
            drill.start(kind)
        _wait_for_a_publication(interrupted)
        for kind in WORK:
            drill.kill(kind)
        stuck, published = _finished(drill, deployment), deployment.audit
        assert drill.faults() == ""
        _is_whole(drill, deployment)
        print(
            f"\n{drill.given['store']}: {sum(killed.values())} kills {dict(killed)}, "
            f"{left_half} publications left half, stuck for {stuck} s at the end, "
            f"{published.head().seq} entries of the audit log, "
            f"{len(chaos_worker.lines_of(drill.folder / 'answers'))} complaints, "
            f"{time.time() - drill.began:.0f} s"
        )


def _wait_for_a_publication(interrupted: InterruptedPublication) -> None:
    """Wait until one has begun."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not interrupted.is_there():
        assert time.monotonic() < deadline, "nobody publishes"
        time.sleep(0.005)


def _finished(drill: Drill, deployment: Deployment) -> int:
    """Finish all that was interrupted; return for how many seconds nobody could do that."""
    interrupted, stuck = InterruptedPublication(deployment), 0

    def pause(seconds: float) -> None:
        nonlocal stuck
        stuck += int(seconds)
        drill.later += timedelta(seconds=seconds)

    try:
        report = Daily(deployment, lambda: float(stuck), pause=pause).run()
    except Busy:  # a housekeeping was killed too: an officer with a list comes first
        while interrupted.is_there():
            with suppress(Busy):
                interrupted.finish("verifier-1")
                break
            pause(5)
        drill.later += timedelta(minutes=17)
        report = Daily.of(deployment).run()
    assert stuck <= STUCK_AT_MOST_SECONDS
    assert (report.failed, report.unfinished, report.damaged) == ((), (), 0)
    assert not interrupted.is_there()
    return stuck


def _is_whole(drill: Drill, deployment: Deployment) -> None:
    register = RegisterRepair.of(deployment).verify()
    assert register.is_whole, register
    assert register.people == chaos_worker.PEOPLE
    assert deployment.audit.verify().ok
    # who got no answer sends again, and has the same complaint
    told = chaos_worker.lines_of(drill.folder / "answers")
    keys = (drill.folder / "keys").read_text("utf-8").split()
    assert told.keys() <= {*keys}
    again = {key: chaos_worker.hand_in(deployment, drill.folder, key) for key in keys}
    assert {key: again[key] for key in told} == told
    context = ComplaintContext.of(deployment)
    cases = [case for _, case in context.book.newest()]
    assert sorted(case.ticket for case in cases) == sorted({*again.values()})
    assert len(cases) == len({*keys})
    assert all(len(context.book.timeline(case)) == case.events for case in cases)
    for case in cases:
        for number in range(1, case.photos + 1):
            assert context.album.photo(case.photo_folder, number).startswith(b"\xff\xd8")
    assert find_damaged(context).damaged == ()
