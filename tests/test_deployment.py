"""The composition: parts made once, when they are needed, and refused when they are unsafe."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import uuid
from dataclasses import replace
from pathlib import Path

import pytest

from shared import deployment
from shared.deployment import Deployment
from shared.kelurahan.configuration import KelurahanInvalid
from shared.platform import data_version
from shared.platform.crypto.keys import Keyset
from shared.platform.errors import Unavailable
from shared.platform.settings import DATABASES, Settings, SettingsInvalid
from shared.staff.accounts import Role
from tests.hand_clock import HandClock

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "kelurahan"


@pytest.fixture
def office(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data", kelurahan_folder=FOLDER)


def test_one_pc_needs_nothing_but_a_folder(office: Settings, clock: HandClock) -> None:
    made = Deployment.embedded(office, clock)
    made.registry.set("a/b", {"x": 1})
    made.lookup.set("a/b", {"x": 2})
    assert made.kelurahan.key == "3273091002"
    assert not made.registry_keys.shares_root_with(made.lookup_keys)
    assert not made.registry_keys.shares_root_with(made.intake_keys)
    staff = made.accounts.add(
        "a@contoh.example", "Ani", Role.OPERATOR, made.kelurahan.key, "tiga ekor kucing"
    )
    assert made.sessions.read(made.sessions.issue(staff).token) == staff
    made.audit.append(staff.id, "staff.add", staff.id)
    with made.leases.hold("sync", staff.id, 60):
        pass
    made.files.save("a.txt", b"x", max_bytes=1)
    made.close()
    names = sorted(path.name for path in office.data.iterdir())
    assert {"files", "intake.sqlite3", "keys.json", "lookup.sqlite3", "registry.sqlite3"} <= set(
        names
    )
    assert office.data.stat().st_mode & 0o077 == 0

    again = Deployment.embedded(office, clock)
    assert again.registry.get("a/b").data == {"x": 1}
    assert again.lookup.get("a/b").data == {"x": 2}
    assert again.accounts.get(staff.id) == staff
    assert again.audit.verify().entries == 1
    again.close()


def test_a_restore_that_was_killed_is_finished_by_the_next_start(office: Settings) -> None:
    first = Deployment.embedded(office)
    first.registry.set("a/b", {"x": 1})
    first.close()
    office.data.rename(office.data.with_name(".data-restore-k1ll3d"))
    again = Deployment.embedded(office)
    assert again.registry.get("a/b").data == {"x": 1}
    again.close()


def test_a_part_is_made_once_however_many_ask(office: Settings) -> None:
    made, found, barrier = Deployment(office), [], threading.Barrier(6)

    def ask() -> None:
        barrier.wait()
        found.append(made.registry)

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(store) for store in found}) == 1
    made.close()


def test_an_unsafe_key_file_is_refused_at_start(office: Settings) -> None:
    Deployment.embedded(office).close()
    (office.data / "keys.json").chmod(0o644)
    with pytest.raises(SettingsInvalid, match="chmod 600"):
        Deployment.embedded(office)


def test_a_kelurahan_that_is_not_there_is_refused_at_start(tmp_path: Path) -> None:
    with pytest.raises(KelurahanInvalid):
        Deployment.from_settings(Settings(data=tmp_path, kelurahan_folder=tmp_path))


def test_keys_are_taken_from_the_settings_outside_one_pc() -> None:
    lookup = Keyset.generate()
    given = Settings(
        store="firestore",
        project="p",
        lookup_keys=lookup.secret_text(),
        kelurahan_folder=FOLDER,
    )
    made = Deployment.from_settings(given, needs=("lookup",))
    assert made.lookup_keys.key_id == lookup.key_id
    with pytest.raises(SettingsInvalid, match="NUTERA_REGISTRY_KEYS"):
        _ = made.registry_keys
    with pytest.raises(SettingsInvalid, match="NUTERA_REGISTRY_KEYS"):
        Deployment.from_settings(given, needs=("registry", "lookup"))
    with pytest.raises(SettingsInvalid, match="sqlite"):
        Deployment.embedded(given)


def test_the_ways_of_google_are_there_where_the_settings_say_so(office: Settings) -> None:
    assert Deployment(office).firebase_tokens is None
    assert Deployment(office).scheduler_tokens is None
    named = Settings(firebase_project="f", scheduler_email="a@b", scheduler_audience="https://x")
    assert Deployment(named).firebase_tokens is not None
    assert Deployment(named).scheduler_tokens is not None


def test_the_process_has_one_deployment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deployment, "_current", None)
    monkeypatch.setenv("NUTERA_DATA", str(tmp_path))
    monkeypatch.setenv("NUTERA_KELURAHAN_FOLDER", str(FOLDER))
    one = deployment.current()
    assert deployment.current(needs=("lookup",)) is one
    assert one.settings.data == tmp_path
    one.close()


def test_importing_the_composition_loads_nothing_heavy() -> None:
    heavy = ["cryptography", "argon2", "cloudpathlib", "requests", "itsdangerous", "flask"]
    heavy += ["grpc", "sqlite3", "google.auth", "google.cloud.firestore", "google.api_core"]
    script = (
        "import sys, json\n"
        "import shared.deployment, shared.platform.limits.failure_limits, shared.platform.logs\n"
        "from shared.platform.crypto.keys import Keyset\n"
        "keyset = Keyset.generate()\n"
        "keyset.identifier('a', 'b'), keyset.tag('a', b'b'), keyset.subkey('a')\n"
        f"print(json.dumps([name for name in {heavy!r} if name in sys.modules]))\n"
    )
    asked = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert json.loads(asked.stdout) == []


@pytest.mark.emulator
def test_a_function_on_firestore_makes_no_key_file(
    tmp_path: Path, emulator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", emulator)
    given = Settings(
        store="firestore",
        data=tmp_path / "data",
        project=f"test-{uuid.uuid4().hex[:20]}",
        intake_keys=Keyset.generate().secret_text(),
        kelurahan_folder=FOLDER,
    )
    made = Deployment.from_settings(given, needs=("intake",))
    assert not made.intake.get("a/b").exists
    assert [*made.keysets] == ["intake"]
    assert not (tmp_path / "data").exists()
    made.close()


def test_an_intake_that_was_split_off_is_refused_until_it_is_migrated(office: Settings) -> None:
    registry = Keyset.generate()
    given = replace(
        office,
        registry_keys=registry.secret_text(),
        intake_keys=registry.heir().secret_text(),
        lookup_keys=Keyset.generate().secret_text(),
    )
    made = Deployment.embedded(given)
    with pytest.raises(Unavailable) as caught:
        _ = made.intake
    assert caught.value.code == "DATA_OLDER"
    made.registry.set("a/b", {"x": 1})
    migrating = Deployment.from_settings(given, needs=DATABASES, migrates=True)
    data_version.write(migrating.intake, made.kelurahan.key, made.clock())
    assert not made.intake.get("a/b").exists
    made.close()
    migrating.close()
