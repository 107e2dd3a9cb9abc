"""`manage.py backup` and `manage.py restore`, on a PC of its own."""

from __future__ import annotations

import json
import os
import shutil
import stat
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from commands.maintenance.backup import backup, restore
from shared.complaints.intake.service import IntakeService
from shared.complaints.model.case import Case
from shared.complaints.model.lifecycle import Step
from shared.complaints.photos.storage import PhotoStorage
from shared.deployment import Deployment
from shared.housekeeping.daily_run import Daily
from shared.platform import settings
from shared.platform.settings import DATABASES
from tests.complaints.office import TYPED


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data"
    monkeypatch.setenv("NUTERA_DATA", str(folder))
    for name in (
        "NUTERA_STORE",
        "NUTERA_FILES",
        "NUTERA_REGISTRY_KEYS",
        "NUTERA_INTAKE_KEYS",
        "NUTERA_LOOKUP_KEYS",
    ):
        monkeypatch.delenv(name, raising=False)
    return folder


def _with_deployment(do: Any) -> Any:
    deployment = Deployment.from_settings(settings.load(), needs=DATABASES)
    try:
        return do(deployment)
    finally:
        deployment.close()


def _sealed(text: str) -> Any:
    def do(deployment: Deployment) -> None:
        sealed = deployment.registry_keys.seal(text.encode(), "things/1")
        deployment.registry.set("things/1", {"sealed": sealed})
        deployment.lookup.set("things/1", {"text": text})

    return do


def _unsealed(deployment: Deployment) -> str:
    data = deployment.registry.get("things/1").data
    assert data is not None
    sealed = data["sealed"]
    assert isinstance(sealed, bytes)
    return deployment.registry_keys.unseal(sealed, "things/1").decode()


def _run(command: Any, *words: object) -> Result:
    return CliRunner().invoke(command, [str(word) for word in words])


def _refusal(ran: Result) -> str:
    assert ran.exit_code == 2, ran.output
    return str(json.loads(ran.stdout)["error"]["code"])


def test_a_pc_that_is_lost_comes_back_from_backup_and_keys(data: Path, tmp_path: Path) -> None:
    _with_deployment(_sealed("a secret"))
    archive, keys = tmp_path / "backup.zip", tmp_path / "stick" / "keys.json"
    keys.parent.mkdir()
    ran = _run(backup, archive, "--keys", keys, "--json")
    said = json.loads(ran.stdout)
    assert said["documents"]["registry"] >= 1
    assert said["keys_file"] == "keys.json"
    assert stat.S_IMODE(keys.stat().st_mode) == 0o600
    shutil.rmtree(data)

    assert _refusal(_run(restore, archive, "--json")) == "BACKUP_KEYS"
    assert not data.exists(), "a restore must not make new keys"
    ran = _run(restore, archive, "--keys", keys, "--json")
    assert json.loads(ran.stdout)["kept"] is None
    assert _with_deployment(_unsealed) == "a secret"
    assert _with_deployment(lambda deployment: deployment.audit.verify().ok)


def _at(now: datetime) -> Deployment:
    """The data of this PC at another time."""
    return Deployment.from_settings(settings.load(), needs=DATABASES, clock=lambda: now)


def _photo_of(deployment: Deployment, case: Case) -> bytes:
    album = PhotoStorage(deployment.files, deployment.intake_keys, deployment.kelurahan.key)
    return album.photo(case.photo_folder, 1)


def test_photos_of_complaints_come_back_with_them(data: Path, tmp_path: Path) -> None:
    Image.new("RGB", (60, 40), "red").save(tmp_path / "foto.jpg")
    photos = [tmp_path / "foto.jpg"]
    key = "key-of-a-test-0001"
    receipt = _with_deployment(lambda d: IntakeService.of(d).receive(TYPED, key, photos))
    kept = _with_deployment(lambda d: _photo_of(d, receipt.case))
    assert kept[:3] == b"\xff\xd8\xff"
    archive, keys = tmp_path / "backup.zip", tmp_path / "keys.json"
    _run(backup, archive, "--keys", keys, "--json")
    assert kept[:200] not in archive.read_bytes()
    shutil.rmtree(data)
    _run(restore, archive, "--keys", keys, "--json")

    assert _with_deployment(lambda d: _photo_of(d, receipt.case)) == kept
    (file,) = [path for path in (data / "files").rglob("*") if path.is_file()]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    status = _with_deployment(lambda d: IntakeService.of(d).status(receipt.ticket, receipt.secret))
    assert status.case.photos == 1
    # the housekeeping knows whose photos they are, also long after
    assert _with_deployment(lambda d: Daily.of(d).run()).counts["orphans"] == 0
    os.utime(file, (0, 0))
    os.utime(file.parent, (0, 0))
    assert _with_deployment(lambda d: Daily.of(d).run()).counts["orphans"] == 0
    assert file.exists()


def test_what_was_erased_since_a_backup_is_erased_again_after_its_restore(
    data: Path, tmp_path: Path
) -> None:
    before = datetime.now(UTC) - timedelta(days=400)
    Image.new("RGB", (60, 40), "red").save(tmp_path / "foto.jpg")
    with closing(_at(before)) as deployment:
        desk = IntakeService.of(deployment)
        receipt = desk.receive(TYPED, "key-of-a-test-0001", [tmp_path / "foto.jpg"])
        desk.message(receipt.ticket, receipt.secret, Step.WITHDRAW, "Sudah beres.")
    _run(backup, tmp_path / "b.zip")
    for _ in range(2):
        counts = _with_deployment(lambda d: Daily.of(d).run()).counts
        assert (counts["photos"], counts["erased"]) == (1, 1)
        assert not [path for path in (data / "files").rglob("*") if path.is_file()]
        _run(restore, tmp_path / "b.zip", "--force", "--json")
        with closing(_at(before)) as deployment:
            assert _photo_of(deployment, receipt.case)


def test_backup_and_restore_are_in_the_audit_log(data: Path, tmp_path: Path) -> None:
    _with_deployment(_sealed("x"))
    _run(backup, tmp_path / "b.zip", "--json")
    _run(restore, tmp_path / "b.zip", "--force", "--json")
    actions = _with_deployment(
        lambda deployment: {entry.action for entry in deployment.audit.entries()}
    )
    assert {"backup.make", "backup.restore"} <= actions


def test_the_old_data_are_kept_where_the_new_ones_replace_them(data: Path, tmp_path: Path) -> None:
    _with_deployment(_sealed("first"))
    _run(backup, tmp_path / "b.zip")
    _with_deployment(_sealed("second"))
    assert _refusal(_run(restore, tmp_path / "b.zip", "--json")) == "already-exists"
    assert _with_deployment(_unsealed) == "second"
    ran = _run(restore, tmp_path / "b.zip", "--force", "--json")
    kept = tmp_path / json.loads(ran.stdout)["kept"]
    assert _with_deployment(_unsealed) == "first"
    assert (kept / "registry.sqlite3").is_file()


def test_it_is_said_plainly_that_both_files_are_needed(data: Path, tmp_path: Path) -> None:
    _with_deployment(_sealed("x"))
    without = _run(backup, tmp_path / "a.zip").output
    assert "Kunci TIDAK ada di dalamnya" in without
    assert "keduanya diperlukan" in without
    with_keys = _run(backup, tmp_path / "b.zip", "--keys", tmp_path / "k.json").output
    assert "Simpan di tempat lain" in with_keys
    assert "nutera1-" not in without + with_keys


def test_keys_of_another_pc_are_refused(data: Path, tmp_path: Path) -> None:
    _with_deployment(_sealed("x"))
    archive = tmp_path / "b.zip"
    _run(backup, archive)
    shutil.rmtree(data)
    _with_deployment(_sealed("another office"))
    assert _refusal(_run(restore, archive, "--force", "--json")) == "BACKUP_KEYS"
    assert _with_deployment(_unsealed) == "another office"


def test_a_key_file_that_others_can_read_is_refused(data: Path, tmp_path: Path) -> None:
    _with_deployment(_sealed("x"))
    _run(backup, tmp_path / "b.zip", "--keys", tmp_path / "k.json")
    (tmp_path / "k.json").chmod(0o644)
    ran = _run(restore, tmp_path / "b.zip", "--keys", tmp_path / "k.json", "--force", "--json")
    assert _refusal(ran) == "BACKUP_KEYS"


@pytest.mark.parametrize("taken", ["b.zip", "k.json"])
def test_no_file_is_written_over(data: Path, tmp_path: Path, taken: str) -> None:
    _with_deployment(_sealed("x"))
    (tmp_path / taken).write_text("somebody's")
    ran = _run(backup, tmp_path / "b.zip", "--keys", tmp_path / "k.json", "--json")
    assert _refusal(ran) == "already-exists"
    assert (tmp_path / taken).read_text() == "somebody's"


def test_without_data_nothing_is_made(data: Path, tmp_path: Path) -> None:
    assert _refusal(_run(backup, tmp_path / "b.zip", "--json")) == "not-found"
    assert not data.exists()


def test_a_running_server_is_left_alone(data: Path, tmp_path: Path) -> None:
    _with_deployment(_sealed("x"))
    _run(backup, tmp_path / "b.zip")

    def restore_meanwhile(deployment: Deployment) -> Result:
        assert deployment.registry.get("things/1").exists
        return _run(restore, tmp_path / "b.zip", "--force", "--json")

    assert _refusal(_with_deployment(restore_meanwhile)) == "busy"
