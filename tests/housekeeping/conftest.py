"""A deployment with an office's complaints in it, on either store, with a clock that is moved."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from shared.platform import logs

if TYPE_CHECKING:
    from shared.platform.store import Store
    from tests.housekeeping.premises import Premises


@pytest.fixture
def premises(stores: dict[str, Store], tmp_path: Path) -> Premises:
    """Where the housekeeping is done: the test runs once on SQLite and once on Firestore."""
    from tests.housekeeping.premises import Premises

    return Premises(stores, tmp_path)


class Log:
    """All that is logged from here on."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]

    def of(self, message: str) -> list[dict[str, Any]]:
        """The lines of an alarm, without their time."""
        found = [line for line in self.lines if line["message"] == message]
        return [{k: v for k, v in line.items() if k not in ("time", "message")} for line in found]


@pytest.fixture
def log() -> Iterator[Log]:
    """The log of this test."""
    made = Log()
    logs.configure(made.stream)
    yield made
    logs.configure()
