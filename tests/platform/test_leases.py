"""Leases: one holder at a time, and none that outlives its time."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from shared.platform.errors import Busy
from shared.platform.leases import LONGEST_SECONDS, Leases
from shared.platform.store import Store
from tests.hand_clock import KELURAHAN, HandClock


@pytest.fixture
def leases(store: Store, clock: HandClock) -> Leases:
    return Leases(store, KELURAHAN, clock)


def test_while_one_holds_it_another_is_told_it_is_busy(leases: Leases) -> None:
    with leases.hold("sync", "a", 60):
        assert leases.holder("sync") == "a"
        with pytest.raises(Busy), leases.hold("sync", "b", 60):
            pytest.fail("held twice")
        with leases.hold("other", "b", 60):
            pass
    assert leases.holder("sync") is None
    with leases.hold("sync", "b", 60):
        pass


def test_a_block_that_fails_lets_go(leases: Leases) -> None:
    with pytest.raises(KeyError), leases.hold("sync", "a", 60):
        raise KeyError
    assert leases.holder("sync") is None


def test_a_holder_that_died_frees_it_when_its_time_is_over(
    leases: Leases, clock: HandClock
) -> None:
    dead = leases.hold("sync", "dead", 60)
    dead.__enter__()
    clock.forward(seconds=59)
    with pytest.raises(Busy), leases.hold("sync", "b", 60):
        pytest.fail("held twice")
    clock.forward(seconds=1)
    with leases.hold("sync", "b", 60):
        assert leases.holder("sync") == "b"
        dead.__exit__(None, None, None)  # it comes back, and must not free what isn't its own
        assert leases.holder("sync") == "b"


def test_renewing_holds_it_longer(leases: Leases, clock: HandClock) -> None:
    with leases.hold("sync", "a", 60) as lease:
        for _ in range(5):
            clock.forward(seconds=50)
            lease.renew()
        assert leases.holder("sync") == "a"


def test_a_holder_learns_that_it_has_lost_it(leases: Leases, clock: HandClock) -> None:
    with leases.hold("sync", "slow", 60) as slow:
        clock.forward(seconds=61)
        with leases.hold("sync", "quick", 60):
            with pytest.raises(Busy):
                slow.renew()
            assert leases.holder("sync") == "quick"


def test_one_that_ran_out_and_was_taken_by_nobody_can_be_renewed(
    leases: Leases, clock: HandClock
) -> None:
    with leases.hold("sync", "slow", 60) as lease:
        clock.forward(seconds=61)
        lease.renew()
        assert leases.holder("sync") == "slow"


def test_of_many_at_once_one_gets_it(leases: Leases) -> None:
    barrier, outcomes = threading.Barrier(4), []
    holdings = [leases.hold("sync", f"t{i}", 60) for i in range(4)]

    def take(i: int) -> None:
        barrier.wait()
        try:
            holdings[i].__enter__()
            outcomes.append(f"t{i}")
        except Busy:
            outcomes.append("busy")

    threads = [threading.Thread(target=take, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes)[:3] == ["busy"] * 3
    assert sorted(outcomes)[3] == leases.holder("sync")


def test_a_lease_begun_by_a_clock_that_was_a_year_ahead_is_void(
    leases: Leases, clock: HandClock
) -> None:
    clock.forward(days=365)
    dead = leases.hold("sync", "next year", 60)
    dead.__enter__()
    clock.forward(days=-365)
    assert leases.holder("sync") is None
    with leases.hold("sync", "a", 60):
        assert leases.holder("sync") == "a"


def test_a_holder_whose_clock_was_ahead_learns_that_it_has_lost_it(
    leases: Leases, clock: HandClock
) -> None:
    clock.forward(days=365)
    with leases.hold("sync", "next year", 60) as lost:
        clock.forward(days=-365)
        with leases.hold("sync", "a", 60), pytest.raises(Busy):
            lost.renew()


def test_a_clock_that_is_minutes_ahead_is_no_wrong_one(leases: Leases, clock: HandClock) -> None:
    clock.forward(minutes=4)
    with leases.hold("sync", "ahead", 60):
        clock.forward(minutes=-4)
        with pytest.raises(Busy), leases.hold("sync", "b", 60):
            pytest.fail("held twice")


def test_a_lease_that_says_it_lasts_for_longer_than_any_is_void(
    leases: Leases, store: Store, clock: HandClock
) -> None:
    dead = leases.hold("sync", "forged", 60)
    dead.__enter__()
    path = f"kelurahan/{KELURAHAN}/leases/sync"
    store.update(path, {"expires_at": clock.now + timedelta(days=365)})
    with leases.hold("sync", "a", 60):
        assert leases.holder("sync") == "a"


def test_nobody_holds_one_for_longer_than_an_hour(leases: Leases) -> None:
    with leases.hold("sync", "a", LONGEST_SECONDS):
        assert leases.holder("sync") == "a"
    with pytest.raises(ValueError, match="an hour"), leases.hold("sync", "a", LONGEST_SECONDS + 1):
        pytest.fail("held")
