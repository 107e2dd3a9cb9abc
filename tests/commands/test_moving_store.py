"""`manage.py backup` and `restore` from one PC to Firestore and back."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from PIL import Image

from commands.complaints.verify import verify as verify_complaints
from commands.maintenance.audit import audit
from commands.maintenance.backup import backup, restore
from commands.maintenance.register import register
from shared.complaints.intake.service import IntakeService
from shared.complaints.model.case import Receipt
from shared.complaints.photos.storage import PhotoStorage
from shared.deployment import Deployment
from shared.platform import data_version, settings
from shared.platform.crypto import key_file
from shared.platform.settings import DATABASES
from shared.programmes.catalogue import load_catalogue
from shared.recipients.lookup.question import Typed, read
from shared.recipients.lookup.service import LookupService
from shared.recipients.use_cases.weekly_sync import RecipientSync
from shared.staff.accounts import Role, Staff
from tests.complaints.office import TYPED
from tests.recipients.office import HEADERS, row

Env = Callable[[], None]


@pytest.fixture
def on_pc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Env:
    """Sets the environment to one PC; called again, to that PC once more."""

    def change() -> None:
        for name in ("STORE", "PROJECT", "FILES", *(f"{each.upper()}_KEYS" for each in DATABASES)):
            monkeypatch.delenv(f"NUTERA_{name}", raising=False)
        monkeypatch.setenv("NUTERA_DATA", str(tmp_path / "data"))

    change()
    return change


@pytest.fixture
def on_firestore(on_pc: Env, tmp_path: Path, emulator: str, monkeypatch: pytest.MonkeyPatch) -> Env:
    """Sets the environment to a new project, with the keys of `keys.json`."""

    def change() -> None:
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", emulator)
        monkeypatch.setenv("NUTERA_STORE", "firestore")
        monkeypatch.setenv("NUTERA_PROJECT", f"test-{uuid.uuid4().hex[:20]}")
        monkeypatch.setenv("NUTERA_FILES", str(tmp_path / "bucket"))
        for name, keys in key_file.load(tmp_path / "keys.json").items():
            monkeypatch.setenv(f"NUTERA_{name.upper()}_KEYS", keys.secret_text())

    return change


def _opened() -> Any:
    return closing(Deployment.from_settings(settings.load(), needs=DATABASES))


def _json(command: Any, *words: object) -> Any:
    ran = CliRunner().invoke(command, [*map(str, words), "--json"])
    assert ran.exit_code == 0, ran.output
    return json.loads(ran.stdout)


def _refusal(command: Any, *words: object) -> str:
    ran = CliRunner().invoke(command, [*map(str, words), "--json"])
    assert ran.exit_code == 2, ran.output
    return str(json.loads(ran.stdout)["error"]["code"])


def _begin(tmp_path: Path) -> Receipt:
    """An office with a published list, and a complaint with a photo."""
    with _opened() as deployment:
        key = deployment.kelurahan.key
        for name in DATABASES:
            data_version.write(deployment.store(name), key, deployment.clock())
        sync = RecipientSync.of(deployment, load_catalogue())
        people = [Staff(name, name, role, key) for name, role in
                  (("op", Role.OPERATOR), ("ver", Role.VERIFIER))]  # fmt: skip
        path = tmp_path / "list.csv"
        lines = [",".join(HEADERS), *(",".join(row(number)) for number in range(1, 30))]
        path.write_text("\n".join(lines), "utf-8")
        batch = sync.prepare(path, path.name, people[0])
        sync.submit(batch.id, people[0], "Hasil pemutakhiran bulan ini")
        sync.approve(batch.id, people[1], "Disetujui untuk uji coba")
        Image.new("RGB", (60, 40), "red").save(tmp_path / "foto.jpg")
        return IntakeService.of(deployment).receive(
            TYPED, "key-of-a-test-0001", [tmp_path / "foto.jpg"]
        )


def _is_whole(receipt: Receipt) -> None:
    """All is verified; a resident finds themselves and their complaint with its photo."""
    assert _json(audit, "verify")["ok"]
    assert _json(register, "verify")["ok"]
    found = _json(verify_complaints)
    assert (found["ok"], found["complaints"], found["photos"]) == (True, 1, 1)
    with _opened() as deployment:
        status = IntakeService.of(deployment).status(receipt.ticket, receipt.secret)
        assert status.case.photos == 1
        album = PhotoStorage(deployment.files, deployment.intake_keys, deployment.kelurahan.key)
        assert album.photo(receipt.case.photo_folder, 1)[:3] == b"\xff\xd8\xff"
        desk = LookupService(
            deployment.lookup,
            deployment.lookup_keys,
            deployment.kelurahan,
            load_catalogue(),
            deployment.clock,
        )
        person = dict(zip(HEADERS, row(3), strict=True))
        question = read(Typed(person["NIK"], person["Nama"]), deployment.kelurahan.lookup_factor)
        assert desk.answer(question, None, "192.0.2.1").listed


def test_an_office_moves_from_its_pc_to_firestore_and_back(
    on_pc: Env, on_firestore: Env, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipt = _begin(tmp_path)
    keys = tmp_path / "keys.json"
    first = _json(backup, tmp_path / "1.zip", "--keys", keys)
    on_firestore()
    assert _refusal(restore, tmp_path / "1.zip", "--keys", keys) == "BACKUP_KEYS"
    there = _json(restore, tmp_path / "1.zip")
    assert there["documents"] == first["documents"]
    _is_whole(receipt)
    assert _refusal(restore, tmp_path / "1.zip") == "already-exists"

    second = _json(backup, tmp_path / "2.zip", "--keys", tmp_path / "again.json")
    assert (tmp_path / "again.json").read_text() == keys.read_text()
    assert second["files"] == first["files"] == 1
    on_pc()
    monkeypatch.setenv("NUTERA_DATA", str(tmp_path / "another"))
    back = _json(restore, tmp_path / "2.zip", "--keys", keys)
    assert back["documents"] == second["documents"]
    _is_whole(receipt)
    with _opened() as deployment:
        actions = [entry.action for entry in deployment.audit.entries()]
    assert actions.count("backup.make") == 2
    assert actions.count("backup.restore") == 2


def test_databases_whose_restore_has_not_ended_are_opened_by_nothing(
    on_pc: Env, on_firestore: Env, tmp_path: Path
) -> None:
    _begin(tmp_path)
    _json(backup, tmp_path / "1.zip", "--keys", tmp_path / "keys.json")
    on_firestore()
    with _opened() as deployment:
        mark = data_version.unfinished("of another archive", "token", deployment.clock())
        for name in DATABASES:
            deployment.store(name).set(data_version.path(deployment.kelurahan.key), mark)
    for command, *words in (
        (audit, "verify"), (register, "verify"), (verify_complaints,), (backup, tmp_path / "2.zip")
    ):  # fmt: skip
        assert _refusal(command, *words) == "RESTORE_UNFINISHED"
    assert not (tmp_path / "2.zip").exists()
    assert _refusal(restore, tmp_path / "1.zip") == "already-exists"
    _json(restore, tmp_path / "1.zip", "--force")
    assert _json(audit, "verify")["ok"]
