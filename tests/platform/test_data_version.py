"""Data of another version than the code's is refused, and the log says so."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime

import pytest

from shared.platform import data_version, logs
from shared.platform.errors import Unavailable
from shared.platform.store import Store

KEY = "3273091002"
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def _version(store: Store, version: int) -> None:
    store.set(data_version.path(KEY), {"schema": 1, "version": version})


def test_a_new_database_is_taken_and_says_its_version_once_it_is_served(store: Store) -> None:
    data_version.check(store, KEY, is_fresh_without=True)
    data_version.write_if_missing(store, KEY, NOW)
    assert data_version.read(store, KEY) == data_version.CURRENT
    data_version.check(store, KEY, is_fresh_without=False)


def test_a_database_that_was_split_off_waits_for_its_migration(store: Store) -> None:
    with pytest.raises(Unavailable) as caught:
        data_version.check(store, KEY, is_fresh_without=False)
    assert caught.value.code == "DATA_OLDER"
    data_version.write(store, KEY, NOW)
    data_version.check(store, KEY, is_fresh_without=False)


@pytest.mark.parametrize(
    ("off", "code", "message"),
    [
        (1, "DATA_NEWER", "the data is newer than the code"),
        (-1, "DATA_OLDER", "the data has to be migrated"),
    ],
)
def test_another_version_is_refused_and_told_in_the_log(
    store: Store, off: int, code: str, message: str, kept_logging: None
) -> None:
    stream = io.StringIO()
    logs.configure(stream)
    _version(store, data_version.CURRENT + off)
    with pytest.raises(Unavailable) as caught:
        data_version.check(store, KEY, is_fresh_without=True)
    assert caught.value.code == code
    line = json.loads(stream.getvalue())
    assert (line["message"], line["severity"]) == (message, "ALERT")


def test_a_served_database_that_is_newer_keeps_its_version(store: Store) -> None:
    _version(store, data_version.CURRENT + 1)
    data_version.write_if_missing(store, KEY, NOW)
    assert data_version.read(store, KEY) == data_version.CURRENT + 1


@pytest.mark.parametrize("is_fresh_without", [True, False])
def test_a_database_whose_restore_has_not_ended_is_refused(
    store: Store, is_fresh_without: bool
) -> None:
    store.set(data_version.path(KEY), data_version.unfinished("an archive", "a run", NOW))
    with pytest.raises(Unavailable) as caught:
        data_version.check(store, KEY, is_fresh_without=is_fresh_without)
    assert caught.value.code == "RESTORE_UNFINISHED"
    data_version.write_if_missing(store, KEY, NOW)  # a server that starts meanwhile
    version = data_version.read(store, KEY)
    assert version is not None
    assert version > data_version.CURRENT  # which code that knows of no restores refuses
