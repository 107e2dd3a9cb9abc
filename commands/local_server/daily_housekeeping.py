"""Automatic daily housekeeping of one PC: soon after the server's start, and each new day.

It runs in a thread beside the server. An office PC has nothing else that would call it, is switched
off at night, and may sleep for days: so it asks which day it is, rather than counting hours.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, Final

from shared.deployment import Deployment
from shared.housekeeping.daily_run import Daily
from shared.platform import logs
from shared.platform.clock import today

BEGINS_AFTER_SECONDS: Final = 5
"""The server answers first."""
LOOKS_EVERY_SECONDS: Final = 20 * 60
"""Longer than a killed run's lease stands in the way of the next one."""
TURN_SECONDS: Final = 0.02
"""SQLite gives nobody a turn: without a pause between its commits a long run keeps all others who
write waiting, for seconds."""
THREAD: Final = "housekeeping"
_STOPS_WITHIN_SECONDS: Final = 10


class DailyHousekeeping:
    """Does `work` on each new day of `the_day`; `work` returns whether that day's is complete.

    What isn't done, or fails, is tried again at the next look.
    """

    def __init__(self, work: Callable[[], bool], the_day: Callable[[], date]) -> None:
        self._work = work
        self._the_day = the_day
        self._done_on: date | None = None

    def go(self, ends_within: Callable[[float], bool]) -> None:
        """Run until the end. `ends_within`: wait some seconds; True where it is to end now."""
        pause = BEGINS_AFTER_SECONDS
        while not ends_within(pause):
            pause = LOOKS_EVERY_SECONDS
            try:
                self._look()
            except Exception as error:  # nobody else would ever hear of it
                place = logs.place_of(error)
                logs.event("the daily housekeeping did not run", severity="ERROR", **place)

    def _look(self) -> None:
        day = self._the_day()
        if day != self._done_on and self._work():
            self._done_on = day


@contextmanager
def housekeeping_beside(
    deployment: Callable[[], Deployment], ends: threading.Event | None = None
) -> Iterator[None]:
    """Run the housekeeping while the block lasts; `ends` is set at its end.

    A run that is under way then stops before its next complaint, and is continued after the next
    start.
    """
    ended = ends or threading.Event()

    def the_day() -> date:
        opened = deployment()
        return today(opened.clock, opened.kelurahan.timezone)

    round_ = DailyHousekeeping(lambda: is_all_done(gentle(deployment(), ended)), the_day)
    # a daemon: where even its end takes too long, the server's end doesn't wait for it
    thread = threading.Thread(target=round_.go, args=(ended.wait,), name=THREAD, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(_STOPS_WITHIN_SECONDS)


def gentle(deployment: Deployment, ends: threading.Event | None = None) -> Daily:
    """Return a housekeeping that pauses before each complaint, so that other writers get a turn.

    It stops before its next complaint once `ends` is set.
    """
    ended = ends or threading.Event()

    def timer() -> float:
        """Return seconds, or infinity once `ends` is set, so that no part has time left."""
        return math.inf if ended.wait(TURN_SECONDS) else time.monotonic()

    return Daily(deployment, timer, pause=ended.wait)


def is_all_done(daily: Daily) -> bool:
    """Run it, log what was done, and return whether nothing is left for today."""
    report = daily.run()
    counts: dict[str, Any] = {**report.counts, "damaged": report.damaged}
    counts |= {"failed": len(report.failed), "unfinished": len(report.unfinished)}
    logs.event("the daily housekeeping ran", **counts)
    return report.ok and not report.unfinished
