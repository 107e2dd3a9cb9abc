"""A function over data of another version: 503 with a sentence, and a line in the log."""

from __future__ import annotations

import importlib
import io
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import functions_framework
import pytest

from shared.deployment import Deployment
from shared.platform import data_version, logs
from shared.platform.crypto.keys import Keyset
from shared.platform.settings import DATABASES, Settings
from tests.functions.conftest import ROOT
from tests.http.test_middleware import is_problem

ASKED: dict[str, tuple[str, str, dict[str, Any]]] = {
    "complaint_intake": ("POST", "/api/complaints/status", {"ticket": "x", "secret": "x"}),
    "nik_lookup": ("POST", "/api/lookup", {"nik": "3273090101900007", "name": "WARGA"}),
    "staff_console": ("POST", "/staff/masuk", {"email": "a@b.example", "password": "x"}),
    "transparency": ("GET", "/api/figures", {}),
}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("FUNCTION_TARGET", "")
    return Settings(data=tmp_path / "data", kelurahan_folder=ROOT / "kelurahan")


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    yield io.StringIO()
    logs.configure()


def answer(
    function: str, settings: Settings, monkeypatch: pytest.MonkeyPatch, log: io.StringIO
) -> tuple[dict[str, Any], set[tuple[str, str]]]:
    """The problem that a function answers with, and the alarms in its log."""
    service = importlib.import_module(f"functions.{function}.main").service
    opened = partial(Deployment.from_settings, settings, needs=service.needs)
    monkeypatch.setattr(service, "deployment", opened)
    client = functions_framework.create_app(function, str(ROOT / "main.py")).test_client()
    logs.configure(log)
    method, path, body = ASKED[function]
    is_form = function in ("nik_lookup", "staff_console")
    sent = {"data": body} if is_form else {"json": body or None}
    headers = {"Accept": "application/json", "Origin": "http://localhost"}
    problem = is_problem(
        client.open(path, method=method, headers=headers, **sent), 503, "unavailable"
    )
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    return problem, {(each["message"], each["severity"]) for each in lines}


@pytest.mark.parametrize("function", ["complaint_intake", "staff_console"])
def test_data_that_has_to_be_migrated(
    function: str, settings: Settings, monkeypatch: pytest.MonkeyPatch, log: io.StringIO
) -> None:
    settings.data.mkdir(mode=0o700)
    keys = {name: Keyset.generate().secret_text() for name in ("registry", "lookup")}
    (settings.data / "keys.json").write_text(json.dumps(keys))
    (settings.data / "keys.json").chmod(0o600)
    problem, alarms = answer(function, settings, monkeypatch, log)
    assert problem["code"] == "DATA_OLDER"
    assert "sedang diperbarui" in problem["detail"]
    assert ("the data has to be migrated", "ALERT") in alarms


@pytest.mark.parametrize("function", ASKED)
def test_data_that_is_newer_than_the_code(
    function: str, settings: Settings, monkeypatch: pytest.MonkeyPatch, log: io.StringIO
) -> None:
    made = Deployment.embedded(settings)
    for name in DATABASES:
        path = data_version.path(made.kelurahan.key)
        made.store(name).set(path, {"schema": 1, "version": data_version.CURRENT + 1})
    made.close()
    problem, alarms = answer(function, settings, monkeypatch, log)
    assert problem["code"] == "DATA_NEWER"
    assert "sedang diperbarui" in problem["detail"]
    assert ("the data is newer than the code", "ALERT") in alarms
