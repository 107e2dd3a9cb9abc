"""`manage.py housekeeping`: the day's work by hand, on one PC."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from commands.maintenance.housekeeping import housekeeping
from shared.complaints.intake.service import IntakeService
from shared.complaints.model.case import Receipt
from shared.complaints.model.lifecycle import Step
from shared.deployment import Deployment
from shared.housekeeping.daily_run import Daily
from shared.platform.crypto.keys import Keyset
from shared.platform.settings import Settings
from tests.commands.conftest import ROOT, CommandLine
from tests.complaints.office import NIK, TYPED

Opened = Callable[..., Any]


@pytest.fixture
def opened(manage: CommandLine) -> Iterator[Callable[[datetime | None], Deployment]]:
    """Opens the data of the command line in this process, at another time if need be."""
    made: list[Deployment] = []

    def at(now: datetime | None = None) -> Deployment:
        given = Settings(data=manage.data, kelurahan_folder=ROOT / "kelurahan")
        clock = {} if now is None else {"clock": lambda: now}
        made.append(Deployment.embedded(given, **clock))
        return made[-1]

    yield at
    for each in made:
        each.close()


@pytest.fixture
def late(opened: Opened) -> Receipt:
    """A complaint that has waited for two months."""
    before = datetime.now(UTC) - timedelta(days=60)
    return IntakeService.of(opened(before)).receive(TYPED, "key-of-a-test-0001")


def steps(opened: Opened, receipt: Receipt) -> list[Step]:
    status = IntakeService.of(opened()).status(receipt.ticket, receipt.secret)
    return [each.step for each in status.timeline]


def test_a_dry_run_says_what_would_be_done_and_does_nothing(
    manage: CommandLine, opened: Opened, late: Receipt
) -> None:
    said = manage.json("housekeeping", "--dry-run")
    assert (said["dry_run"], said["failed"], said["unfinished"], said["damaged"]) == (
        *(True, [], []),
        0,
    )
    assert (said["counts"]["late"], said["counts"]["escalated"]) == (1, 3)
    assert said["counts"]["expired"] == 1
    assert steps(opened, late) == [Step.RECEIVE]
    done = manage.json("housekeeping")
    assert done == {**said, "dry_run": False}
    assert steps(opened, late) == [Step.RECEIVE] + [Step.ESCALATE] * 3
    again = manage.json("housekeeping")["counts"]
    assert (again["escalated"], again["expired"]) == (0, 0)


def test_a_person_reads_it_in_their_own_words(manage: CommandLine, late: Receipt) -> None:
    done = manage.run("housekeeping")
    assert done.returncode == 0
    lines = dict(line.split(": ") for line in done.stdout.splitlines() if not line.startswith("{"))
    assert (lines["Terlambat"], lines["Dinaikkan"]) == ("1", "3")
    assert not {"late", "escalated", "age_days"} & {*lines}
    for said in (late.ticket, late.secret, NIK, TYPED.name, TYPED.text):
        assert said not in done.stdout + done.stderr


def test_a_damaged_one_is_pointed_out_and_its_number_is_not_told(
    manage: CommandLine, opened: Opened, late: Receipt
) -> None:
    deployment = opened()
    path = f"kelurahan/{deployment.kelurahan.key}/complaints/{late.case.id}"
    deployment.intake.update(path, {"rw": "09"})
    said = manage.json("housekeeping")
    assert (said["damaged"], said["counts"]["escalated"]) == (1, 0)
    told = manage.run("housekeeping")
    assert "docs/runbooks.md): 1" in told.stdout
    assert late.case.id not in told.stdout + told.stderr


def test_a_part_that_fails_is_named_and_the_exit_code_says_so(
    manage: CommandLine, opened: Opened, late: Receipt
) -> None:
    (manage.data / "tmp").write_text("in the way")
    said = manage.json("housekeeping", exit_code=1)
    assert said["failed"] == ["workspace"]
    assert steps(opened, late) == [Step.RECEIVE] + [Step.ESCALATE] * 3
    told = manage.run("housekeeping")
    assert told.returncode == 1
    assert "GAGAL: workspace" in told.stdout


def test_another_run_under_way_is_waited_for_by_nobody(
    manage: CommandLine, opened: Opened, late: Receipt
) -> None:
    with opened().leases.hold("housekeeping", "another", 60):
        assert manage.json("housekeeping", exit_code=2)["error"]["code"] == "busy"
        assert manage.json("housekeeping", "--dry-run")["counts"]["escalated"] == 3
    assert steps(opened, late) == [Step.RECEIVE]


def test_without_data_nothing_is_made(manage: CommandLine) -> None:
    assert manage.json("housekeeping", exit_code=2)["error"]["code"] == "not-found"
    assert not manage.data.exists()


def test_beside_firestore_it_needs_the_bucket_of_the_photos(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NUTERA_STORE", "firestore")
    monkeypatch.setenv("NUTERA_PROJECT", "a-project")
    monkeypatch.setenv("NUTERA_DATA", str(tmp_path))
    monkeypatch.delenv("NUTERA_FILES", raising=False)
    for name in ("NUTERA_REGISTRY_KEYS", "NUTERA_INTAKE_KEYS", "NUTERA_LOOKUP_KEYS"):
        monkeypatch.setenv(name, Keyset.generate().secret_text())
    done = CliRunner().invoke(housekeeping, ["--json"])
    assert done.exit_code == 2
    assert "NUTERA_FILES" in json.loads(done.stdout)["error"]["message"]
    assert "google.cloud.firestore" not in sys.modules or not [*tmp_path.iterdir()]


def test_a_clock_that_jumped_is_confirmed_once_by_hand(
    manage: CommandLine, opened: Opened, late: Receipt
) -> None:
    Daily.of(opened(datetime.now(UTC) - timedelta(days=50))).run()
    before = steps(opened, late)
    refused = manage.json("housekeeping", exit_code=2)["error"]
    assert refused["code"] == "CLOCK_JUMPED"
    assert "--clock-is-right" in refused["message"]
    assert "the clock has jumped" in manage.said[-1]
    assert steps(opened, late) == before
    assert manage.json("housekeeping", "--clock-is-right")["counts"]["late"] == 1
    assert manage.json("housekeeping")["failed"] == []
    confirmed = opened().audit.newest(action="clock.confirm")
    assert [entry.actor for entry in confirmed] == ["housekeeping"]
