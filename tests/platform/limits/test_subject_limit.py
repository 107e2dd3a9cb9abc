"""The daily limit on different subjects that an address asks about."""

from __future__ import annotations

import pickle

import pytest

from shared.platform.errors import TooManyRequests
from shared.platform.limits.subject_limit import SubjectLimit
from tests.hand_clock import HandClock

HERE = "192.0.2.1"


def let_through(limit: SubjectLimit, origin: str, subjects: list[str]) -> int:
    count = 0
    for subject in subjects:
        try:
            limit.take(origin, subject)
        except TooManyRequests:
            continue
        count += 1
    return count


def test_an_address_has_so_many_different_subjects_a_day(clock: HandClock) -> None:
    limit = SubjectLimit(3, clock)
    assert let_through(limit, HERE, ["a", "b", "a", "c", "d", "a", "e"]) == 5
    assert let_through(limit, "192.0.2.2", ["d"]) == 1
    with pytest.raises(TooManyRequests) as refused:
        limit.take(HERE, "d")
    assert refused.value.retry_after_seconds == 14 * 3600  # midnight in Jakarta
    clock.forward(hours=14)
    assert let_through(limit, HERE, ["d", "e", "f", "g"]) == 3


def test_a_whole_ipv6_network_has_sixteen_addresses_worth(clock: HandClock) -> None:
    limit = SubjectLimit(2, clock)
    asked = [let_through(limit, f"2001:db8:1:{n << 6:x}::1", [f"s{n}"]) for n in range(300)]
    assert sum(asked) == 32
    assert let_through(limit, "2001:db8:2::1", ["s"]) == 1


def test_what_is_remembered_is_bounded_and_holds_nobody(clock: HandClock) -> None:
    limit = SubjectLimit(2, clock, networks_kept=10)
    let_through(limit, HERE, ["3273095501900001", "b"])
    kept = repr(limit._asked) + repr(pickle.dumps(limit._asked))
    assert HERE not in kept
    assert "3273095501900001" not in kept
    assert let_through(limit, HERE, ["c"]) == 0
    for last in range(10):
        limit.take(f"198.51.100.{last}", "a")
    assert len(limit._asked) == 10
    assert let_through(limit, HERE, ["c"]) == 1


@pytest.mark.parametrize(("per_address", "kept"), [(0, 10), (1, 0)])
def test_none_at_all_cannot_be_the_limit(clock: HandClock, per_address: int, kept: int) -> None:
    with pytest.raises(ValueError, match="one"):
        SubjectLimit(per_address, clock, networks_kept=kept)
