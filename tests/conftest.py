"""Fixtures that every test may use: stores, the emulator, a browser.

What the machine lacks is skipped, counted and told with its reason at the end of the run; with
NUTERA_REQUIRE=1 (`.ci/run`) a lack is a failure.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from shared.platform.crypto.keys import Keyset
from shared.platform.settings import DATABASES
from shared.staff.sign_in.passwords import Passwords
from tests import emulator as emulators
from tests.hand_clock import HandClock

if TYPE_CHECKING:
    from shared.platform.store import Store
    from shared.platform.store.firestore.store import FirestoreStore
    from shared.platform.store.sqlite.store import SqliteStore

# no test is about time: the machine may be busy
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

_NEEDS = {"emulator": "the Firestore emulator", "browser": "a browser"}
# The first is the same browser without its windows, at half the cost of each page
_BROWSERS = ("chromium-headless-shell", "chromium", "google-chrome")
_STORES = ["sqlite", pytest.param("firestore", marks=pytest.mark.emulator)]


def _lack(need: str) -> str:
    """Why this machine can't do it; empty where it can."""
    if need == "emulator":
        return emulators.jar()[1]
    if _browser():
        return ""
    if os.environ.get("CHROMIUM"):
        return "CHROMIUM is no program"
    return "no chromium or google-chrome, and CHROMIUM is not set"


def _browser() -> str | None:
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named)
    return next(filter(None, map(shutil.which, _BROWSERS)), None)


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        emulators.prepare()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        emulators.clean()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if fixtures & {"emulator", "firestore_store"}:
            item.add_marker(pytest.mark.emulator)
        if "chromium" in fixtures:
            item.add_marker(pytest.mark.browser)


def pytest_runtest_setup(item: pytest.Item) -> None:
    for need, words in _NEEDS.items():
        if item.get_closest_marker(need) is None:
            continue
        reason = _lack(need)
        if reason and os.environ.get("NUTERA_REQUIRE") == "1":
            pytest.fail(f"NUTERA_REQUIRE=1, and this needs {words}: {reason}", pytrace=False)
        if reason:
            pytest.skip(f"needs {words}: {reason}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    counted: Counter[str] = Counter()
    for report in terminalreporter.stats.get("skipped", ()):
        if isinstance(report.longrepr, tuple):
            said = report.longrepr[2].removeprefix("Skipped: ")
            if said.startswith(tuple(f"needs {words}: " for words in _NEEDS.values())):
                counted[said.removeprefix("needs ")] += 1
    for said, tests in sorted(counted.items()):
        terminalreporter.write_line(f"skipped: {tests} tests need {said}", yellow=True)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a browser, for Playwright's `executable_path`."""
    path = _browser()
    assert path is not None
    return path


@pytest.fixture(scope="session")
def emulator() -> str:
    """host:port of the Firestore emulator."""
    return emulators.shared()


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[SqliteStore]:
    """An empty store in SQLite."""
    from shared.platform.store.sqlite.store import SqliteStore

    store = SqliteStore(tmp_path / "store.sqlite3")
    yield store
    store.close()


@pytest.fixture
def firestore_store(emulator: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[FirestoreStore]:
    """An empty store in Firestore: a project of its own in the emulator."""
    from shared.platform.store.firestore.store import FirestoreStore

    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", emulator)
    store = FirestoreStore(f"test-{uuid.uuid4().hex[:20]}")
    yield store
    store.close()


@pytest.fixture(params=_STORES)
def stores(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, Store]]:
    """The three databases, empty: the test runs once on SQLite and once on Firestore."""
    stores: dict[str, Store]
    if request.param == "sqlite":
        from shared.platform.store.sqlite.store import SqliteStore

        stores = {name: SqliteStore(tmp_path / f"{name}.sqlite3") for name in DATABASES}
    else:
        from shared.platform.store.firestore.store import FirestoreStore

        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", request.getfixturevalue("emulator"))
        project = f"test-{uuid.uuid4().hex[:20]}"
        stores = {name: FirestoreStore(project, name) for name in DATABASES}
    yield stores
    for each in stores.values():
        each.close()


@pytest.fixture
def databases(stores: dict[str, Store]) -> tuple[Store, Store]:
    """An empty registry and an empty lookup: the test runs once on SQLite and once on Firestore."""
    return stores["registry"], stores["lookup"]


@pytest.fixture(params=_STORES)
def store(request: pytest.FixtureRequest) -> Store:
    """An empty store: the test runs once on SQLite and once on Firestore."""
    made: Store = request.getfixturevalue(f"{request.param}_store")
    return made


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def keyset() -> Keyset:
    return Keyset(b"k" * 32)


@pytest.fixture
def passwords() -> Passwords:
    return Passwords(passes=1, memory_kib=64)
