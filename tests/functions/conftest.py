"""The functions over a deployment of the test's own: SQLite in a folder, a clock that is moved."""

from __future__ import annotations

import importlib
import io
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import functions_framework
import pytest
from flask.testing import FlaskClient

from functions.gateway import Gateway
from functions.http_server.connections import Limits
from functions.http_server.server import LocalServer, make_server
from shared.deployment import Deployment
from shared.platform import logs
from shared.platform.files.workspace import Workspace
from shared.platform.settings import Settings
from shared.staff.accounts import Accounts, Role
from shared.staff.sign_in.passwords import Passwords
from tests.http import edge_service
from tests.kelurahan_files import without_codes

ROOT = Path(__file__).resolve().parents[2]
FUNCTIONS = (
    "complaint_intake",
    "housekeeping",
    "nik_lookup",
    "staff_console",
    "transparency",
    "weekly_sync",
)
PASSWORD = "kuda-laut-biru-tujuh"

Client = Callable[[str], FlaskClient]


class Clock:
    """Shows the time that the test sets."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 3, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def later(self, **delta: float) -> None:
        self.now += timedelta(**delta)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def hash_quickly(deployment: Any) -> None:
    """Accounts over the deployment's registry whose passwords cost little to check."""
    deployment.accounts = Accounts(
        deployment.registry,
        deployment.registry_keys,
        deployment.clock,
        kelurahan_key=deployment.kelurahan.key,
        passwords=Passwords(passes=1, memory_kib=8),
        on_change=lambda: deployment.roster.write(deployment.accounts.list()),
        report=deployment.failed_sign_ins.report,
        office=(deployment.kelurahan.name,),
    )


@pytest.fixture
def deployment(tmp_path: Path, clock: Clock) -> Iterator[Deployment]:
    """One office PC on which nothing is published yet."""
    folder = without_codes(tmp_path / "kelurahan")
    settings = Settings(data=tmp_path / "data", kelurahan_folder=folder)
    made = Deployment.embedded(settings, clock)
    hash_quickly(made)
    yield made
    made.close()


@pytest.fixture
def run_on(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Deployment], None]:
    """Have a function work with a deployment of the test's."""

    def run(function: str, deployment: Deployment) -> None:
        service = importlib.import_module(f"functions.{function}.main").service
        monkeypatch.setattr(service, "deployment", lambda: deployment)

    return run


@pytest.fixture
def staff(deployment: Deployment) -> dict[str, str]:
    """An account for each role: role -> e-mail. The password is PASSWORD."""
    emails = {role.value: f"{role.value}@contoh.example" for role in Role}
    for role, email in emails.items():
        until = date(2026, 12, 31) if role == "surveyor" else None
        deployment.accounts.add(
            email, f"Petugas {role}", Role(role), deployment.kelurahan.key, PASSWORD, until
        )
    return emails


@pytest.fixture
def client(
    deployment: Deployment,
    run_on: Callable[[str, Deployment], None],
    monkeypatch: pytest.MonkeyPatch,
) -> Client:
    """A client of one function, as the framework runs it."""
    monkeypatch.setenv("FUNCTION_TARGET", "")  # which the framework sets
    monkeypatch.setenv("FUNCTION_SIGNATURE_TYPE", "http")

    def make(target: str) -> FlaskClient:
        run_on(target, deployment)
        return functions_framework.create_app(target, str(ROOT / "main.py")).test_client()

    return make


@pytest.fixture
def edge(tmp_path: Path, deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """A client of the service that tests the edge, as the framework runs it."""
    monkeypatch.setenv("FUNCTION_TARGET", "")
    monkeypatch.setattr(edge_service.service, "deployment", lambda: deployment)
    edge_service.seen.clear()
    source = tmp_path / "edge_main.py"
    source.write_text("from tests.http.edge_service import edge\n")
    return functions_framework.create_app("edge", str(source)).test_client()


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that is logged, by whomever, from here on."""
    stream = io.StringIO()
    logs.configure(stream)
    yield stream
    logs.configure()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., int]]:
    """Serves the gateway over real HTTP, on a free port that it answers with."""
    running: list[tuple[LocalServer, threading.Thread]] = []

    def start(app: Gateway, limits: Limits | None = None) -> int:
        server = make_server(
            app,
            host="127.0.0.1",
            port=0,
            upload_mib=25,
            workspace=Workspace(tmp_path / "passing"),
            limit_of=app.largest_body,
            limits=limits,
        )
        thread = threading.Thread(target=server.run)
        thread.start()
        running.append((server, thread))
        return server.port

    yield start
    for server, thread in running:
        server.close()
        thread.join(20)
        assert not thread.is_alive()
