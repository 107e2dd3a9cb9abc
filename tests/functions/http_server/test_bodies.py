"""The pace of a body: what arrives steadily passes, and what stands still is cut off."""

from __future__ import annotations

from functions.http_server.bodies import Pace
from functions.http_server.connections import Limits

MIB = 1024 * 1024


def is_taken(size: int, *, piece: int, every_seconds: float, limits: Limits) -> bool:
    """Whether a body that arrives in such pieces is whole before it is due."""
    now = 0.0
    pace = Pace(limits, lambda: now)
    while pace.total < size:
        now += every_seconds
        if now > pace.due:
            return False
        pace.moved(piece)
    return True


def test_a_photo_over_the_slowest_mobile_network_passes() -> None:
    assert is_taken(3 * MIB, piece=1400, every_seconds=0.4, limits=Limits())


def test_a_byte_now_and_then_is_cut_off() -> None:
    assert not is_taken(4096, piece=1, every_seconds=16, limits=Limits())


def test_a_body_that_stops_after_a_quick_beginning_is_cut_off() -> None:
    limits = Limits()
    pace = Pace(limits, lambda: 100.0)
    pace.moved(20 * MIB)
    assert pace.due == 100 + limits.step_seconds


def test_no_body_takes_longer_than_the_longest() -> None:
    limits = Limits()
    slow = limits.step_bytes
    assert not is_taken(400 * slow, piece=slow, every_seconds=30, limits=limits)
    assert is_taken(50 * slow, piece=slow, every_seconds=30, limits=limits)
