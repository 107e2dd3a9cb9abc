"""An office of the lookup, and what is logged."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO

import pytest

from shared.platform import logs
from shared.platform.store import Store
from tests.recipients.lookup.office import (
    Office,
)


@pytest.fixture
def office(store: Store) -> Office:
    made = Office(store)
    made.publish()
    return made


@pytest.fixture
def log() -> Iterator[StringIO]:
    stream = StringIO()
    logs.configure(stream)
    yield stream
    logs.configure()
