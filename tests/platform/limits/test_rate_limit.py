"""The per-address rate limit: requests in an hour, and nothing stored about anybody."""

from __future__ import annotations

import math
import pickle
import sys
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.platform.errors import TooManyRequests
from shared.platform.limits.rate_limit import RateLimit

HOUR = 3600


class Clock:
    """Shows the time that the test sets."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> datetime:
        return datetime(2026, 11, 20, 3, tzinfo=UTC) + timedelta(seconds=self.seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def is_refused(pace: RateLimit, origin: str) -> int:
    with pytest.raises(TooManyRequests) as caught:
        pace.take(origin)
    return caught.value.retry_after_seconds


def test_one_more_than_allowed_is_refused_until_the_first_is_an_hour_old(clock: Clock) -> None:
    pace = RateLimit(3, clock)
    for second in (0, 600, 1200):
        clock.seconds = second
        pace.take("192.0.2.1")
    clock.seconds = 1300
    assert is_refused(pace, "192.0.2.1") == 2300
    clock.seconds = HOUR - 0.5
    assert is_refused(pace, "192.0.2.1") == 1
    clock.seconds = HOUR
    pace.take("192.0.2.1")
    assert is_refused(pace, "192.0.2.1") == 600


def test_a_whole_ipv6_network_has_sixteen_addresses_worth(clock: Clock) -> None:
    pace, let_through = RateLimit(3, clock), 0
    for subnet in range(0, 0xFFFF, 0x40):
        with suppress(TooManyRequests):
            pace.take(f"2001:db8:1:{subnet:x}::1")
            let_through += 1
    assert let_through == 3 * 16
    assert is_refused(pace, "2001:db8:1:ffff::1") == HOUR
    pace.take("2001:db8:2::1")
    pace.give_back("2001:db8:1::1")
    pace.take("2001:db8:1:ffff::1")


def test_what_is_given_back_was_never_taken(clock: Clock) -> None:
    pace = RateLimit(2, clock)
    for second in (0, 600, 1200):
        clock.seconds = second
        pace.take("192.0.2.1")
        if second == 600:
            pace.give_back("192.0.2.1")
    assert is_refused(pace, "192.0.2.1") == 2400
    pace.take("192.0.2.2")
    pace.give_back("192.0.2.2")
    pace.give_back("192.0.2.2")
    pace.give_back("192.0.2.3")
    for _ in range(2):
        pace.take("192.0.2.2")
    is_refused(pace, "192.0.2.2")
    assert len(pace._taken) == 2


def test_being_refused_makes_nobody_wait_longer(clock: Clock) -> None:
    pace = RateLimit(1, clock)
    pace.take("192.0.2.1")
    for second in range(0, HOUR, 60):
        clock.seconds = second
        assert is_refused(pace, "192.0.2.1") == HOUR - second
    clock.seconds = HOUR
    pace.take("192.0.2.1")


def test_one_origin_is_not_another_s_fault(clock: Clock) -> None:
    pace = RateLimit(1, clock)
    pace.take("192.0.2.1")
    pace.take("192.0.2.2")
    assert is_refused(pace, "::ffff:192.0.2.1")


def test_a_subscriber_s_network_is_one_origin(clock: Clock) -> None:
    pace = RateLimit(2, clock)
    pace.take("2001:db8:1:2::1")
    pace.take("2001:db8:1:2:ffff::9")
    assert is_refused(pace, "2001:db8:1:2:1234::1")
    pace.take("2001:db8:1:3::1")


@pytest.mark.parametrize("origin", ["", "no address", "\ud800", "x" * 100_000])
def test_what_is_no_address_is_counted_too(clock: Clock, origin: str) -> None:
    pace = RateLimit(1, clock)
    pace.take(origin)
    assert is_refused(pace, origin) == HOUR


TIMES = st.lists(st.integers(0, 3 * HOUR), max_size=40).map(sorted)


@given(TIMES, st.integers(1, 5))
def test_no_hour_ever_holds_more_than_is_allowed_and_no_free_place_is_denied(
    times: list[int], per_hour: int
) -> None:
    clock, allowed = Clock(), list[int]()
    pace = RateLimit(per_hour, clock)
    for second in times:
        clock.seconds = second
        within = [at for at in allowed if at > second - HOUR]
        if len(within) < per_hour:
            pace.take("192.0.2.1")
            allowed.append(second)
        else:
            assert is_refused(pace, "192.0.2.1") == within[0] + HOUR - second


def test_only_so_many_origins_are_remembered_and_the_quietest_goes_first(clock: Clock) -> None:
    pace = RateLimit(2, clock, origins_kept=3)
    for number, origin in enumerate(["a", "b", "c", "a", "d"]):
        clock.seconds = number
        pace.take(origin)
    assert len(pace._taken) == 3
    assert is_refused(pace, "a")
    pace.take("b")  # forgotten, so it begins anew
    pace.take("b")


def test_memory_is_bounded_by_origins_and_takes(clock: Clock) -> None:
    pace = RateLimit(5, clock, origins_kept=100)
    for number in range(5_000):
        pace.take(f"192.0.{number // 250}.{number % 250}")
    assert len(pace._taken) == 100
    for _ in range(1_000):
        clock.seconds += HOUR / 5
        pace.take("192.0.2.1")
    assert [len(times) for times in pace._taken.values()] == [5]


def test_after_an_hour_nothing_of_anybody_is_left(clock: Clock) -> None:
    pace = RateLimit(5, clock)
    for number in range(50):
        pace.take(f"192.0.2.{number}")
    clock.seconds = HOUR
    pace.take("198.51.100.1")
    assert len(pace._taken) == 1


def test_an_address_can_not_be_found_in_memory(clock: Clock) -> None:
    one, other = RateLimit(5, clock), RateLimit(5, clock)
    for pace in (one, other):
        pace.take("192.0.2.77")
    kept = pickle.dumps(one._taken)
    assert b"192.0.2.77" not in kept
    assert bytes([192, 0, 2, 77]) not in kept
    assert set(one._taken).isdisjoint(other._taken)  # each process draws a key of its own


def test_threads_together_get_no_more_than_one_alone(clock: Clock) -> None:
    pace = RateLimit(50, clock)
    refused: list[int] = []
    start = threading.Barrier(8)

    def ask() -> None:
        start.wait()
        for _ in range(25):
            try:
                pace.take("192.0.2.1")
            except TooManyRequests as error:
                refused.append(error.retry_after_seconds)

    switching = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(switching)
    assert len(refused) == 8 * 25 - 50


def test_a_clock_that_is_set_back_locks_nobody_out_for_good(clock: Clock) -> None:
    pace = RateLimit(1, clock)
    clock.seconds = 10 * HOUR
    pace.take("192.0.2.1")
    clock.seconds = 0
    assert is_refused(pace, "192.0.2.1") == HOUR
    clock.seconds = HOUR
    pace.take("192.0.2.1")


@pytest.mark.parametrize(("per_hour", "kept"), [(0, 10), (-1, 10), (1, 0)])
def test_a_pace_of_nothing_is_a_mistake(clock: Clock, per_hour: int, kept: int) -> None:
    with pytest.raises(ValueError):
        RateLimit(per_hour, clock, origins_kept=kept)


def test_the_wait_is_told_in_whole_seconds(clock: Clock) -> None:
    pace = RateLimit(1, clock)
    pace.take("192.0.2.1")
    clock.seconds = 0.25
    assert is_refused(pace, "192.0.2.1") == math.ceil(HOUR - 0.25)


def test_to_look_counts_nothing(clock: Clock) -> None:
    pace = RateLimit(1, clock)
    for _ in range(5):
        pace.check("192.0.2.1")
    pace.take("192.0.2.1")
    with pytest.raises(TooManyRequests) as caught:
        pace.check("192.0.2.1")
    assert caught.value.retry_after_seconds == HOUR
    pace.check("192.0.2.2")
    clock.seconds = HOUR
    pace.check("192.0.2.1")
