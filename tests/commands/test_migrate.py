"""`manage.py migrate`: refused beside a running system, and told what it did."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from commands.maintenance.migrate import migrate
from shared.deployment import Deployment
from shared.kelurahan.configuration import load
from shared.platform.crypto.keys import Keyset
from shared.platform.settings import Settings
from tests.complaints.office import ROOT


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PC of the version before: two databases, two keys."""
    folder = tmp_path / "data"
    for name in ("STORE", "FILES", "REGISTRY_KEYS", "INTAKE_KEYS", "LOOKUP_KEYS"):
        monkeypatch.delenv(f"NUTERA_{name}", raising=False)
    monkeypatch.setenv("NUTERA_DATA", str(folder))
    monkeypatch.setenv("NUTERA_KELURAHAN_FOLDER", str(ROOT / "kelurahan"))
    folder.mkdir(mode=0o700)
    keys = {name: Keyset.generate().secret_text() for name in ("registry", "lookup")}
    (folder / "keys.json").write_text(json.dumps(keys))
    (folder / "keys.json").chmod(0o600)
    made = Deployment.from_settings(
        Settings(data=folder, kelurahan_folder=ROOT / "kelurahan"), needs=("registry", "lookup")
    )
    made.registry.set("a/b", {"x": 1})
    made.lookup.set("a/b", {"x": 1})
    made.close()
    return folder


def _said(*words: str) -> tuple[int, str]:
    ran = CliRunner().invoke(migrate, words)
    return ran.exit_code, ran.output


def test_it_is_refused_while_the_system_runs(data: Path) -> None:
    before = (data / "keys.json").read_text()
    running = Deployment.from_settings(
        Settings(data=data, kelurahan_folder=ROOT / "kelurahan"), needs=("registry",)
    )
    _ = running.registry.get("a/b")
    code, said = _said()
    assert (code, "Sistem sedang berjalan" in said) == (2, True)
    assert (data / "keys.json").read_text() == before
    running.close()
    assert _said()[0] == 0


def test_it_asks_for_a_new_copy_of_the_keys_once(data: Path) -> None:
    assert "intake" not in json.loads((data / "keys.json").read_text())
    code, first = _said()
    assert (code, "Simpan lagi salinannya" in first) == (0, True)
    assert "intake" in json.loads((data / "keys.json").read_text())
    assert "Simpan lagi salinannya" not in _said()[1]
    key = load("tamansari", ROOT / "kelurahan").key
    made = Deployment.embedded(Settings(data=data, kelurahan_folder=ROOT / "kelurahan"))
    assert made.intake.get(f"kelurahan/{key}/state/data_version").exists
    made.close()


def test_a_dry_run_makes_no_key(data: Path) -> None:
    before = {path.name: path.read_bytes() for path in data.glob("keys*")}
    code, said = _said("--dry-run", "--json")
    assert code == 0, said
    assert json.loads(said.splitlines()[-1])["dry_run"] is True
    assert {path.name: path.read_bytes() for path in data.glob("keys*")} == before


def test_a_key_file_that_others_read_is_told_in_a_sentence(data: Path) -> None:
    (data / "keys.json").chmod(0o644)
    code, said = _said()
    assert (code, "chmod 600" in said, "Traceback" in said) == (2, True, False)
    assert not (data / ".keys.json.lock").exists()
