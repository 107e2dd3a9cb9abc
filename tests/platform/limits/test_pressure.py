"""Pressure: when so many events within an hour are too many, and when they no longer are."""

from __future__ import annotations

import pytest

from shared.platform.limits.pressure import Pressure
from tests.hand_clock import HandClock


def test_it_is_high_while_the_last_hour_holds_so_many_and_says_once_that_it_rose(
    clock: HandClock,
) -> None:
    pressure = Pressure(3, clock)
    rose = []
    for _ in range(5):
        assert pressure.is_high() == (True in rose)
        rose.append(pressure.add())
        clock.forward(minutes=10)
    assert rose == [False, False, True, False, False]
    clock.forward(minutes=29, seconds=59)
    assert pressure.is_high()
    clock.forward(seconds=1)
    assert not pressure.is_high()
    assert pressure.add()


def test_none_at_all_cannot_be_the_limit(clock: HandClock) -> None:
    with pytest.raises(ValueError, match="one"):
        Pressure(0, clock)
