"""Daily failure limits: exact counts, their cost, and no way round them."""

from __future__ import annotations

import json
import threading
from datetime import timedelta

import pytest

from shared.platform.crypto.keys import Keyset
from shared.platform.errors import TooManyRequests, Unavailable
from shared.platform.limits.failure_limits import Ceilings, Failures
from shared.platform.store import Query, Store
from shared.platform.store.sqlite.store import SqliteStore
from tests.hand_clock import KELURAHAN, HandClock
from tests.metered import Metered

CEILINGS = Ceilings(per_subject=3, per_origin=5, overall=8)


class Desk:
    """Someone who asks, and whose every try fails unless said otherwise."""

    def __init__(
        self,
        store: Store,
        keyset: Keyset,
        clock: HandClock,
        ceilings: Ceilings = CEILINGS,
        *,
        instances: int = 1,
        purpose: str = "lookup",
    ) -> None:
        self.store = store
        self.failures = Failures(
            store, keyset, KELURAHAN, purpose, clock, ceilings, instances=instances
        )

    def fail(self, subject: str, origin: str = "192.0.2.1") -> bool:
        """Whether the try was let through (and then failed)."""
        try:
            with self.failures.attempt(
                self.store.get(self.failures.path(subject)), subject, origin
            ) as attempt:
                attempt.fail()
        except TooManyRequests:
            return False
        return True

    def refused(self, subject: str, origin: str = "192.0.2.1") -> bool:
        try:
            self.failures.refuse_if_exhausted(self.store.get(self.failures.path(subject)), origin)
        except TooManyRequests:
            return True
        return False


def test_a_subject_may_fail_so_often_a_day_and_no_more(
    store: Store, keyset: Keyset, clock: HandClock
) -> None:
    desk = Desk(store, keyset, clock)
    assert [desk.fail("a") for _ in range(5)] == [True, True, True, False, False]
    assert not desk.refused("b")


def test_another_process_knows_of_the_failures(
    store: Store, keyset: Keyset, clock: HandClock
) -> None:
    first, second = Desk(store, keyset, clock), Desk(store, keyset, clock)
    assert [first.fail("a"), second.fail("a"), first.fail("a")] == [True] * 3
    assert second.refused("a")


def test_a_new_day_in_jakarta_begins_anew(store: Store, keyset: Keyset, clock: HandClock) -> None:
    desk = Desk(store, keyset, clock)
    while desk.fail("a"):
        pass
    clock.now = clock.now.replace(hour=16, minute=59, second=59)
    assert desk.refused("a")
    clock.forward(seconds=1)
    assert not desk.refused("a")
    assert [desk.fail("a") for _ in range(4)] == [True, True, True, False]


def test_an_origin_may_fail_for_so_many_subjects(
    store: Store, keyset: Keyset, clock: HandClock
) -> None:
    desk = Desk(store, keyset, clock)
    assert [desk.fail(f"s{i}") for i in range(6)] == [True] * 5 + [False]
    assert desk.refused("s0")
    assert not desk.refused("s0", "192.0.2.2")
    assert not desk.refused("s9", "")


def test_a_customer_with_a_whole_ipv6_network_has_sixteen_addresses_worth(
    store: Store, keyset: Keyset, clock: HandClock
) -> None:
    desk = Desk(store, keyset, clock, Ceilings(per_subject=9, per_origin=2, overall=999))
    asked = [desk.fail(f"a{i}", f"2001:db8:1:{i:x}::1") for i in range(40)]
    assert asked.count(True) == 8  # one /56
    asked = [desk.fail(f"b{i}", f"2001:db8:1:{i << 8:x}::1") for i in range(1, 80)]
    assert asked.count(True) == 32 - 8  # one /48
    assert desk.fail("c", "2001:db8:2::1")
    assert [desk.fail(f"d{i}", f"2001:db8:3::{i}") for i in range(4)].count(True) == 2  # one /64


def test_a_kind_of_try_may_go_on_where_another_is_at_its_end(
    store: Store, keyset: Keyset, clock: HandClock
) -> None:
    desk = Desk(store, keyset, clock)
    while desk.fail("a"):
        pass

    def go_on() -> bool:
        failed = desk.store.get(desk.failures.path("a"))
        try:
            with desk.failures.attempt(failed, "a", "192.0.2.9", more=2) as attempt:
                attempt.fail()
        except TooManyRequests:
            return False
        return True

    assert [go_on() for _ in range(4)] == [True, True, False, False]


def test_one_subject_again_and_again_is_one_for_its_origin(
    sqlite_store: SqliteStore, keyset: Keyset, clock: HandClock
) -> None:
    desk = Desk(sqlite_store, keyset, clock, Ceilings(per_subject=9, per_origin=2, overall=9))
    assert [desk.fail("a") for _ in range(9)] == [True] * 9
    assert not desk.refused("b")


def test_all_together_may_fail_for_so_many_subjects(
    store: Store, keyset: Keyset, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    desk = Desk(store, keyset, clock)
    assert [desk.fail(f"s{i}", f"192.0.2.{i}") for i in range(10)] == [True] * 8 + [False] * 2
    assert desk.refused("new", "198.51.100.1")
    alarms = [record for record in caplog.records if "ceiling" in record.message]
    assert len(alarms) == 1
    assert alarms[0].levelname == "CRITICAL"


def test_there_is_one_alarm_a_day(
    sqlite_store: SqliteStore,
    keyset: Keyset,
    clock: HandClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    desk = Desk(sqlite_store, keyset, clock, Ceilings(9, 9, 2))
    for _ in range(2):
        for i in range(4):
            desk.failures.record(f"s{i}", "192.0.2.1")
        clock.forward(days=1)
    assert len(caplog.records) == 2


def test_the_ceiling_outlives_the_process(store: Store, keyset: Keyset, clock: HandClock) -> None:
    before = Desk(store, keyset, clock)
    for i in range(8):
        before.fail(f"s{i}", f"192.0.2.{i}")
    after = Desk(store, keyset, clock)
    assert not after.fail("one more", "198.51.100.1")
    assert Desk(store, keyset, clock).refused("another", "198.51.100.2")


def test_an_origin_s_ceiling_outlives_the_process(
    store: Store, keyset: Keyset, clock: HandClock
) -> None:
    before = Desk(store, keyset, clock, Ceilings(3, 5, 99))
    for i in range(5):
        before.fail(f"s{i}", "192.0.2.1")
    assert not Desk(store, keyset, clock, Ceilings(3, 5, 99)).fail("one more", "192.0.2.1")
    later = Desk(store, keyset, clock, Ceilings(3, 5, 99))
    assert not later.refused("a", "192.0.2.2")  # the process has begun with somebody else
    assert [later.fail(f"t{i}", "192.0.2.1") for i in range(3)] == [True, False, False]


def test_whoever_comes_during_the_first_count_waits_for_it(
    sqlite_store: SqliteStore, keyset: Keyset, clock: HandClock
) -> None:
    before = Desk(sqlite_store, keyset, clock)
    for i in range(8):
        before.fail(f"s{i}", f"192.0.2.{i}")
    counting, may_end = threading.Event(), threading.Event()

    class Slow(Metered):
        def count(self, query: Query) -> int:
            counting.set()
            assert may_end.wait(10)
            return super().count(query)

    after, let_through = Desk(Slow(sqlite_store), keyset, clock), []

    def ask(number: int) -> None:
        let_through.append(after.fail(f"new {number}", f"198.51.100.{number}"))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    assert counting.wait(10)
    may_end.set()
    for thread in threads:
        thread.join()
    assert let_through == [False] * 6


def test_a_second_origin_that_fails_for_the_same_subjects_has_no_more_and_takes_nothing_away(
    store: Store, keyset: Keyset, clock: HandClock
) -> None:
    ceilings = Ceilings(per_subject=9, per_origin=5, overall=99)
    desk = Desk(store, keyset, clock, ceilings)
    first, second = "192.0.2.1", "192.0.2.2"
    for origin in (first, second):
        assert [desk.fail(f"s{i}", origin) for i in range(6)] == [True] * 5 + [False]
    clock.forward(seconds=60)
    for known in (desk, Desk(store, keyset, clock, ceilings)):
        assert not known.fail("another", first)
    assert not Desk(store, keyset, clock, ceilings).fail("another", second)
    assert not desk.refused("another", "192.0.2.3")


def test_where_the_ceiling_of_all_does_not_refuse_it_only_raises_the_alarm(
    store: Store, keyset: Keyset, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    ceilings = Ceilings(per_subject=3, per_origin=5, overall=8, overall_refuses=False)
    desk = Desk(store, keyset, clock, ceilings)
    assert [desk.fail(f"s{i}", f"192.0.2.{i}") for i in range(12)] == [True] * 12
    assert [record.levelname for record in caplog.records] == ["CRITICAL"]
    assert [desk.fail("one", "198.51.100.1") for _ in range(4)] == [True] * 3 + [False]
    assert [desk.fail(f"t{i}", "198.51.100.2") for i in range(6)] == [True] * 5 + [False]


def test_what_others_add_is_known_after_a_minute(
    store: Store, keyset: Keyset, clock: HandClock
) -> None:
    one, other = Desk(store, keyset, clock), Desk(store, keyset, clock)
    one.fail("a", "192.0.2.1")
    for i in range(7):
        other.fail(f"s{i}", f"198.51.100.{i}")
    assert not one.refused("b", "192.0.2.2")
    clock.forward(seconds=60)
    assert one.fail("b", "192.0.2.2")
    assert one.refused("c", "192.0.2.3")


def test_with_more_instances_each_counts_for_all(
    sqlite_store: SqliteStore, keyset: Keyset, clock: HandClock
) -> None:
    desk = Desk(
        sqlite_store, keyset, clock, Ceilings(per_subject=9, per_origin=99, overall=20), instances=5
    )
    let_through = [desk.fail(f"s{i}", f"192.0.2.{i}") for i in range(10)]
    # each one may have happened in all five
    assert let_through.count(True) == 4
    clock.forward(seconds=60)  # it hadn't
    assert [desk.fail(f"t{i}", f"198.51.100.{i}") for i in range(10)].count(True) == 4


def test_purposes_and_kelurahan_do_not_share_their_failures(
    sqlite_store: SqliteStore, keyset: Keyset, clock: HandClock
) -> None:
    desk = Desk(sqlite_store, keyset, clock)
    while desk.fail("a"):
        pass
    assert not Desk(sqlite_store, keyset, clock, purpose="form").refused("a")
    other = Failures(sqlite_store, keyset, "9901021003", "lookup", clock, CEILINGS)
    assert other.path("a").startswith("kelurahan/9901021003/failures/")
    other.refuse_if_exhausted(sqlite_store.get(other.path("a")), "192.0.2.1")


def test_a_success_costs_nothing_but_its_own_read(
    store: Store, keyset: Keyset, clock: HandClock
) -> None:
    metered = Metered(store)
    desk = Desk(metered, keyset, clock)
    assert not desk.refused("warm")  # the first answer of a process counts what was before
    metered.reset()
    snapshot = metered.get(desk.failures.path("a"))
    assert (metered.reads, metered.writes, metered.round_trips) == (1, 0, 1)
    with desk.failures.attempt(snapshot, "a", "192.0.2.1"):
        pass
    desk.failures.refuse_if_exhausted(snapshot, "192.0.2.1")
    assert (metered.reads, metered.writes, metered.round_trips) == (1, 0, 1)


def test_a_failure_is_one_write_and_a_count_once_a_minute(
    store: Store, keyset: Keyset, clock: HandClock
) -> None:
    metered = Metered(store)
    desk = Desk(metered, keyset, clock, Ceilings(99, 99, 99))
    costs = []
    for i in range(4):
        reads, writes = metered.reads, metered.writes
        desk.failures.record(f"s{i}", "192.0.2.1")
        costs.append((metered.reads - reads, metered.writes - writes))
    assert costs == [(2, 1), (0, 1), (0, 1), (0, 1)]
    assert metered.deletes == 0
    clock.forward(seconds=60)
    desk.failures.record("s9", "192.0.2.1")
    assert (metered.reads, metered.writes) == (4, 5)


def test_every_failing_subject_costs_the_same(
    sqlite_store: SqliteStore, keyset: Keyset, clock: HandClock
) -> None:
    metered = Metered(sqlite_store)
    desk = Desk(metered, keyset, clock, Ceilings(99, 99, 99))
    desk.failures.record("warm", "192.0.2.1")
    before = metered.reads, metered.writes, metered.round_trips
    desk.failures.record("known to the list", "192.0.2.1")
    between = metered.reads, metered.writes, metered.round_trips
    desk.failures.record("not", "192.0.2.1")
    after = metered.reads, metered.writes, metered.round_trips
    assert [b - a for a, b in zip(before, between, strict=True)] == [
        b - a for a, b in zip(between, after, strict=True)
    ]


def test_no_address_and_no_subject_is_kept(
    sqlite_store: SqliteStore, keyset: Keyset, clock: HandClock
) -> None:
    desk = Desk(sqlite_store, keyset, clock)
    desk.fail("a subject", "192.0.2.77")
    path = desk.failures.path("a subject")
    data = sqlite_store.get(path).data
    assert data is not None
    shown = path + json.dumps({name: str(value) for name, value in data.items()})
    assert "192.0.2.77" not in shown
    assert "a subject" not in shown
    assert data["count"] == 1
    (mark,) = (name for name in data if name.startswith("from_"))
    expires_at = data["expires_at"]
    assert expires_at == clock.now.replace(hour=17, minute=0)
    clock.forward(days=1)
    assert desk.failures.path("a subject") != path
    desk.fail("a subject", "192.0.2.77")
    other = sqlite_store.get(desk.failures.path("a subject")).data
    assert other is not None
    assert mark not in other  # marks of two days can't be joined


def test_the_refusal_says_when_to_come_back(
    sqlite_store: SqliteStore, keyset: Keyset, clock: HandClock
) -> None:
    desk = Desk(sqlite_store, keyset, clock)
    while desk.fail("a"):
        pass
    with pytest.raises(TooManyRequests) as caught:
        desk.failures.refuse_if_exhausted(sqlite_store.get(desk.failures.path("a")), None)
    assert timedelta(seconds=caught.value.retry_after_seconds) == timedelta(hours=14)


def test_somebody_in_charge_can_forget_the_failures(
    store: Store, keyset: Keyset, clock: HandClock
) -> None:
    desk = Desk(store, keyset, clock)
    while desk.fail("a"):
        pass
    desk.failures.forget("a")
    assert not desk.refused("a")


def test_parallel_tries_get_no_further_than_one_after_another(
    sqlite_store: SqliteStore, keyset: Keyset, clock: HandClock
) -> None:
    desk = Desk(sqlite_store, keyset, clock, Ceilings(3, 99, 99))
    read, compared = threading.Barrier(12), []

    def try_once() -> None:
        snapshot = sqlite_store.get(desk.failures.path("a"))
        read.wait()  # all have read before any has failed
        try:
            with desk.failures.attempt(snapshot, "a", "192.0.2.1") as attempt:
                compared.append(1)
                all_there.wait(5)
                attempt.fail()
        except TooManyRequests:
            refused.release()

    all_there, refused = threading.Event(), threading.Semaphore(0)
    threads = [threading.Thread(target=try_once) for _ in range(12)]
    for thread in threads:
        thread.start()
    for _ in range(9):
        assert refused.acquire(timeout=10)
    all_there.set()
    for thread in threads:
        thread.join()
    assert len(compared) == 3
    assert desk.refused("a")


@pytest.mark.parametrize(
    ("ceilings", "spread"), [(Ceilings(9, 4, 99), False), (Ceilings(9, 99, 4), True)]
)
def test_a_burst_gets_no_further_for_an_origin_or_for_all_than_one_after_another(
    sqlite_store: SqliteStore,
    keyset: Keyset,
    clock: HandClock,
    ceilings: Ceilings,
    spread: bool,
) -> None:
    desk = Desk(sqlite_store, keyset, clock, ceilings)
    begin, compared, told = threading.Barrier(12), [], []
    all_there, refused = threading.Event(), threading.Semaphore(0)

    def try_once(number: int) -> None:
        subject, origin = f"s{number}", f"192.0.2.{number if spread else 1}"
        snapshot = sqlite_store.get(desk.failures.path(subject))
        begin.wait()
        try:
            with desk.failures.attempt(snapshot, subject, origin) as attempt:
                compared.append(number)
                all_there.wait(10)
                attempt.fail()
        except TooManyRequests as refusal:
            told.append(refusal.retry_after_seconds)
            refused.release()

    threads = [threading.Thread(target=try_once, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for _ in range(8):
        assert refused.acquire(timeout=10)
    all_there.set()
    for thread in threads:
        thread.join()
    assert len(compared) == 4
    assert max(told) < 60  # those who were compared may have turned out to be right
    assert desk.refused("another")


def test_tries_that_succeed_leave_nothing_behind(
    sqlite_store: SqliteStore, keyset: Keyset, clock: HandClock
) -> None:
    desk = Desk(sqlite_store, keyset, clock, Ceilings(1, 1, 1))
    for subject in "abc":
        snapshot = sqlite_store.get(desk.failures.path(subject))
        with desk.failures.attempt(snapshot, subject, "192.0.2.1"):
            pass
    assert desk.fail("d")
    assert not desk.fail("e")


def test_threads_lose_no_failure(
    sqlite_store: SqliteStore, keyset: Keyset, clock: HandClock
) -> None:
    desk = Desk(sqlite_store, keyset, clock, Ceilings(99, 99, 16))

    def fail(thread: int) -> None:
        for i in range(3):
            desk.failures.record(f"{thread}-{i}", f"192.0.2.{thread}")

    threads = [threading.Thread(target=fail, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # 12 of 16; those written during the first count may have been counted twice until the next
    clock.forward(seconds=60)
    let_through = [desk.fail(f"more {i}", "198.51.100.1") for i in range(5)]
    assert let_through == [True] * 4 + [False]


class Failing(Metered):
    """A store that can be told to stop answering."""

    broken: str = ""

    def merge(self, path: str, fields: object) -> None:
        if self.broken == "merge":
            raise Unavailable
        super().merge(path, fields)  # type: ignore[arg-type]

    def count(self, query: Query) -> int:
        if self.broken == "count":
            raise Unavailable
        return super().count(query)


def test_a_failure_that_could_not_be_written_is_told_and_not_counted(
    sqlite_store: SqliteStore, keyset: Keyset, clock: HandClock
) -> None:
    store = Failing(sqlite_store)
    desk = Desk(store, keyset, clock, Ceilings(3, 3, 3))
    store.broken = "merge"
    for i in range(5):
        with pytest.raises(Unavailable):
            desk.failures.record(f"s{i}", "192.0.2.1")
    store.broken = ""
    assert [desk.fail(f"s{i}") for i in range(4)] == [True] * 3 + [False]


def test_where_the_store_can_not_count_the_process_still_does(
    sqlite_store: SqliteStore, keyset: Keyset, clock: HandClock
) -> None:
    store = Failing(sqlite_store)
    store.broken = "count"
    desk = Desk(store, keyset, clock)
    assert [desk.fail(f"s{i}", f"192.0.2.{i}") for i in range(9)] == [True] * 8 + [False]
