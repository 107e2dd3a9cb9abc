"""The automatic housekeeping of `serve`: on every day, whatever happened the day before."""

from __future__ import annotations

import io
import json
import math
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner

from commands.local_server import daily_housekeeping
from commands.local_server.daily_housekeeping import (
    BEGINS_AFTER_SECONDS,
    LOOKS_EVERY_SECONDS,
    TURN_SECONDS,
    DailyHousekeeping,
    gentle,
    is_all_done,
)
from commands.maintenance.housekeeping import housekeeping
from shared.complaints.intake.service import IntakeService
from shared.complaints.model.case import Receipt
from shared.deployment import Deployment
from shared.housekeeping.daily_run import SECONDS, Daily
from shared.platform import logs
from shared.platform.errors import Busy
from shared.platform.settings import Settings
from tests.commands.conftest import ROOT, CommandLine
from tests.complaints.office import typed

FIRST = date(2026, 11, 24)
RAN = "the daily housekeeping ran"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that is logged from here on."""
    stream = io.StringIO()
    logs.configure(stream)
    yield stream
    logs.configure()


class Wall:
    """A calendar that turns to its next day at each look, and the pauses between the looks."""

    def __init__(self, days: Iterable[int]) -> None:
        self._days = list(days)
        self._looks = 0
        self.pauses: list[float] = []

    def ends_within(self, seconds: float) -> bool:
        self.pauses.append(seconds)
        self._looks += 1
        return self._looks > len(self._days)

    def day(self) -> date:
        return FIRST + timedelta(days=self._days[self._looks - 1])


def test_it_is_done_soon_after_the_start_and_once_a_day() -> None:
    wall, done = Wall([0, 0, 0, 1, 1, 5, 5]), []
    DailyHousekeeping(lambda: done.append(wall.day()) is None, wall.day).go(wall.ends_within)
    assert [day - FIRST for day in done] == [timedelta(0), timedelta(1), timedelta(5)]
    assert wall.pauses == [BEGINS_AFTER_SECONDS] + [LOOKS_EVERY_SECONDS] * 7


def test_a_pc_whose_calendar_was_wrong_doesnt_wait_for_that_day_to_come() -> None:
    wall, done = Wall([4_000, 0, 0, 1]), []
    DailyHousekeeping(lambda: done.append(wall.day()) is None, wall.day).go(wall.ends_within)
    assert [(day - FIRST).days for day in done] == [4_000, 0, 1]


def test_what_is_not_all_done_is_gone_on_with_at_the_next_look() -> None:
    answers = iter([False, False, True])
    wall = Wall([0, 0, 0, 0])
    DailyHousekeeping(lambda: next(answers), wall.day).go(wall.ends_within)
    assert next(answers, None) is None


def test_a_run_that_fails_is_told_and_the_next_look_tries_again(log: io.StringIO) -> None:
    faults = iter([Busy(), RuntimeError("3273090101900007 is nobody's business"), None, None])
    tries = []

    def work() -> bool:
        tries.append(1)
        fault = next(faults)
        if fault is not None:
            raise fault
        return True

    wall = Wall([0, 0, 0, 0, 1])
    DailyHousekeeping(work, wall.day).go(wall.ends_within)
    assert len(tries) == 4
    told = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [(line["severity"], line["type"]) for line in told] == [
        ("ERROR", "Busy"),
        ("ERROR", "RuntimeError"),
    ]
    assert "nobody" not in log.getvalue()


def test_a_killed_runs_lease_is_over_at_the_next_look() -> None:
    from shared.housekeeping import daily_run

    assert sum(SECONDS.values()) < daily_run._LEASE_SECONDS < LOOKS_EVERY_SECONDS


def late_complaint(data: Path, number: int = 1) -> Receipt:
    """Handed in 60 days ago, and nobody has looked at it since."""
    handed_in = datetime.now(UTC) - timedelta(days=60)
    with _opened(data, lambda: handed_in) as deployment:
        return IntakeService.of(deployment).receive(typed(), f"key-of-a-test-{number:08d}")


@contextmanager
def _opened(data: Path, clock: Callable[[], datetime]) -> Iterator[Deployment]:
    """A deployment of one PC for the length of a block."""
    deployment = Deployment.embedded(
        Settings(data=data, kelurahan_folder=ROOT / "kelurahan"), clock
    )
    yield deployment
    deployment.close()


def test_a_day_is_done_when_no_part_failed_and_none_was_cut_short(
    tmp_path: Path, log: io.StringIO
) -> None:
    late_complaint(tmp_path)
    with _opened(tmp_path, lambda: datetime.now(UTC)) as deployment:
        assert not is_all_done(Daily(deployment, lambda: math.inf))
        in_the_way = tmp_path / "tmp"
        in_the_way.rmdir()
        in_the_way.touch()  # where the passing folders should be
        assert not is_all_done(Daily(deployment))
        in_the_way.unlink()
        assert is_all_done(Daily(deployment))
    ran = [line for line in map(json.loads, log.getvalue().splitlines()) if _ran(line)]
    assert [(each["unfinished"] > 0, each["failed"]) for each in ran] == [
        (True, 0),
        (False, 1),
        (False, 0),
    ]


class Impatient(threading.Event):
    """Waits for no run and for no turn. It knows how many turns there were, and the run's end."""

    def __init__(self) -> None:
        super().__init__()
        self.turns = 0
        self.has_run = threading.Event()

    def wait(self, timeout: float | None = None) -> bool:
        if timeout == TURN_SECONDS:
            self.turns += 1
        if timeout in (BEGINS_AFTER_SECONDS, TURN_SECONDS):
            return self.is_set()
        if timeout == LOOKS_EVERY_SECONDS:
            self.has_run.set()
        return super().wait(timeout)


def test_before_each_complaint_everybody_else_who_writes_has_a_turn(tmp_path: Path) -> None:
    late = 7
    for number in range(late):
        late_complaint(tmp_path, number)
    ends = Impatient()
    with _opened(tmp_path, lambda: datetime.now(UTC)) as deployment:
        with daily_housekeeping.housekeeping_beside(lambda: deployment, ends):
            assert ends.has_run.wait(30)
        assert Daily.of(deployment).run().counts == _quiet() | {"late": late, "highest": late}
    assert ends.turns >= late


def test_a_run_by_hand_gives_them_their_turns_too(
    manage: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    late, ends = 7, Impatient()
    for number in range(late):
        late_complaint(manage.data, number)
    monkeypatch.setenv("NUTERA_DATA", str(manage.data))
    monkeypatch.setattr(daily_housekeeping, "gentle", lambda given: gentle(given, ends))
    done = CliRunner().invoke(housekeeping, ["--json"])
    assert json.loads(done.stdout)["counts"]["late"] == late
    assert ends.turns >= late


def _quiet() -> dict[str, int]:
    """The counts of a run that finds nothing to do, where nothing was published."""
    names = ("late", "escalated", "highest", "asked_back", "photos", "erased", "orphans")
    return dict.fromkeys((*names, "expired", "folders", "finished"), 0) | {"age_days": -1}


def test_the_end_of_the_server_ends_a_run_that_is_under_way(
    tmp_path: Path, log: io.StringIO
) -> None:
    late_complaint(tmp_path)
    ends, runs = Impatient(), threading.Event()

    def clock() -> datetime:
        """Asked within the run, it stands still until the server is to end."""
        is_running = _is_held(deployment)
        if threading.current_thread().name == daily_housekeeping.THREAD and is_running:
            runs.set()
            assert ends.wait(30)
        return datetime.now(UTC)

    with _opened(tmp_path, clock) as deployment:
        with daily_housekeeping.housekeeping_beside(lambda: deployment, ends):
            assert runs.wait(30)
        assert daily_housekeeping.THREAD not in {each.name for each in threading.enumerate()}
        (ran,) = [line for line in map(json.loads, log.getvalue().splitlines()) if _ran(line)]
        assert (ran["escalated"], ran["failed"]) == (0, 0)
        assert ran["unfinished"] > 0
        # and the lease stands in nobody's way
        assert Daily.of(deployment).run().counts["escalated"] == 3


def _is_held(deployment: Deployment) -> bool:
    path = f"kelurahan/{deployment.kelurahan.key}/leases/housekeeping"
    return deployment.registry.get(path).exists


def _ran(line: dict[str, Any]) -> bool:
    return line["message"] == RAN


def test_serve_does_it_while_it_serves_and_ends_with_the_signal_of_a_shutdown(
    manage: CommandLine,
) -> None:
    receipt = late_complaint(manage.data)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-u", "manage.py", "serve", "--empty"],
        cwd=ROOT,
        env=manage.environment(PORT=str(port)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    try:
        said = []
        for line in process.stdout:
            said.append(line)
            if RAN in line:
                break
        done = json.loads(said[-1])
        assert (done["escalated"], done["highest"], done["failed"]) == (3, 1, 0), said
        status = requests.post(
            f"http://127.0.0.1:{port}/api/complaints/status",
            json={"ticket": receipt.ticket, "secret": receipt.secret},
            timeout=20,
        )
        assert status.json()["level"] == 3
        alarms = [json.loads(line)["message"] for line in said if '"severity": "ERROR"' in line]
        assert alarms == ["complaints wait at the highest level"]
    finally:
        process.terminate()
        rest, _ = process.communicate(timeout=30)
    assert process.returncode == 0, rest
    assert "Traceback" not in rest
    assert receipt.secret not in "".join(said) + rest
    # nothing is left over that stands in the way of a run by hand, and its alarms are no JSON
    by_hand = manage.json("housekeeping")
    assert (by_hand["counts"]["escalated"], by_hand["counts"]["highest"]) == (0, 1)
    assert "complaints wait at the highest level" in manage.said[-1]
