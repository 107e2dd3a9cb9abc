"""A publication that died is finished by the daily housekeeping, or it says that it can't be."""

from __future__ import annotations

from typing import Any

import pytest

from shared.housekeeping.daily_run import SECONDS, Daily, Report
from shared.platform.store import Query
from shared.recipients.use_cases.weekly_sync import LEASE, LEASE_SECONDS
from tests.housekeeping.conftest import Log
from tests.housekeeping.premises import Premises
from tests.recipients.office import Office, nik, row

PEOPLE = 60


class Killed(BaseException):
    """The end of a process, which nothing catches."""


class Dying:
    """A store that dies in its transaction number `at`, and at all that would follow."""

    def __init__(self, store: Any, at: int) -> None:
        self._store = store
        self._left = at

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def run(self, work: Any) -> Any:
        self._left -= 1
        if self._left <= 0:
            raise Killed
        return self._store.run(work)


class Registrar:
    """The office that publishes into the databases of the premises, by the same clock."""

    def __init__(self, premises: Premises) -> None:
        deployment = premises.deployment
        self.premises = premises
        self.office = Office(deployment.registry, deployment.lookup, premises.folder)
        self.office.now = premises.office.now
        self.office.publish(row(n, rt="01") for n in range(PEOPLE))
        self.waited: list[float] = []

    def dies(self, at: int) -> str:
        """Approve a list in a process that dies at its transaction number `at` of the lookup."""
        office = self.office
        office.later(minutes=1)
        path = office.csv(row(n, rt="02") for n in range(PEOPLE))
        batch = office.sent(office.sync.prepare(path, path.name, office.operator))
        dying = office.opened(lookup=Dying(office.lookup, at))  # type: ignore[arg-type]
        with pytest.raises(Killed):
            dying.approve(batch.id, office.verifier, "Disetujui untuk uji coba")
        office.opened()
        # a process that dies lets go of nothing
        leases = self.premises.deployment.leases
        leases._take(LEASE, office.verifier.id, "of-the-dead", LEASE_SECONDS)
        assert office.sync.head().publishing == batch.id
        return batch.id

    def housekeeping(self, **more: Any) -> Report:
        """The daily run, whose pauses move the clock."""

        def pause(seconds: float) -> None:
            self.waited.append(seconds)
            self.premises.office.later(seconds=seconds)

        run = Daily(self.premises.deployment, lambda: float(sum(self.waited)), pause=pause)
        return run.run(**more)


@pytest.fixture
def registrar(premises: Premises) -> Registrar:
    return Registrar(premises)


@pytest.mark.parametrize("at", [1, 3, 7])
def test_it_is_finished_as_soon_as_its_lease_is_over(
    registrar: Registrar, log: Log, at: int
) -> None:
    registrar.dies(at)
    report = registrar.housekeeping()
    assert (report.failed, report.unfinished, report.counts["finished"]) == ((), (), 1)
    assert LEASE_SECONDS <= sum(registrar.waited) <= LEASE_SECONDS + 10
    office = registrar.office
    assert {person.rt for person in office.register().values()} == {"02"}
    assert len(office.projected()) == PEOPLE
    assert (office.sync.head().publishing, office.sync.head().sequence) == ("", 2)
    assert office.finds(nik(3), "WARGA").listed
    assert office.audit.verify().ok
    assert [line for line in log.lines if line.get("severity") == "ALERT"] == []
    assert registrar.housekeeping().counts["finished"] == 0


def test_a_dry_run_counts_it_and_leaves_it(registrar: Registrar) -> None:
    batch_id = registrar.dies(3)
    assert registrar.housekeeping(dry_run=True).counts["finished"] == 1
    assert registrar.office.sync.head().publishing == batch_id
    assert registrar.waited == []


def test_one_whose_officer_is_still_at_it_is_left_to_them(registrar: Registrar) -> None:
    registrar.dies(3)
    leases = registrar.premises.deployment.leases
    leases._take(LEASE, "alive", "of-the-dead", 10 * LEASE_SECONDS)
    report = registrar.housekeeping()
    assert (report.failed, report.unfinished) == ((), ("publication",))
    assert report.counts["finished"] == 0
    assert sum(registrar.waited) <= SECONDS["publication"] + 10
    assert registrar.office.sync.head().publishing


def test_one_that_cant_be_finished_is_told_and_stops_no_other_part(
    registrar: Registrar, log: Log
) -> None:
    batch_id = registrar.dies(3)
    office = registrar.office
    folder = f"kelurahan/{office.kelurahan.key}/batches/{batch_id}/differences"
    for snapshot in [*office.registry.query(Query(folder))]:
        office.registry.delete(snapshot.path)
    report = registrar.housekeeping()
    assert report.failed == ("publication",)
    assert "age_days" in report.counts
    assert log.of("a publication can't be finished") == [{"severity": "ALERT"}]
    (line,) = log.of("a part of the housekeeping failed")
    assert (line["severity"], line["action"], line["type"]) == (
        "ERROR",
        "publication",
        "WrongState",
    )
