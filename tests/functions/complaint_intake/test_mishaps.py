"""Disk full, database killed: no complaint is lost, and nothing half-written stays."""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests

from shared.complaints.model.case import Case
from shared.complaints.model.context import ComplaintContext
from shared.complaints.model.repository import CaseRepository
from shared.complaints.photos.cleaning import MOST_OF_ONE_ADDRESS
from shared.complaints.photos.storage import PhotoStorage
from shared.complaints.scheduled.retention import Retention
from shared.deployment import Deployment
from shared.platform.crypto.keys import Keyset
from shared.platform.settings import DATABASES, Settings
from tests.complaints.intake import crowd
from tests.complaints.pictures import corners, telling, written
from tests.emulator import Emulator
from tests.functions.complaint_intake import complaining
from tests.functions.complaint_intake.complaining import ADDRESS, BODY, new_key

RULES = crowd.ROOT / "firestore.rules"
KELURAHAN = crowd.ROOT / "kelurahan"
PHOTO = telling()
LARGE_PHOTO = written(corners((1500, 1000)), "PNG", compress_level=0)  # 4.3 MiB
ON_A_SMALL_DISK = 'mount -t tmpfs -o size=48m,mode=700 none "$0" && exec "$@"'
PATIENCE_SECONDS = 120.0


def post(
    port: int, body: Mapping[str, Any], photos: Sequence[bytes] = (), *, page: bool = False
) -> requests.Response:
    """A complaint over the wire, by the form that has a field for photos."""
    files = [("photos", ("IMG_1.jpg", photo, "image/jpeg")) for photo in photos]
    nothing_chosen = [("photos", ("", b"", "application/octet-stream"))]
    return requests.post(
        f"http://127.0.0.1:{port}{ADDRESS}",
        data=dict(body),
        files=files or nothing_chosen,
        headers={"Accept": "text/html" if page else "application/json"},
        timeout=60,
    )


def post_json(port: int, body: Mapping[str, Any], path: str = ADDRESS) -> requests.Response:
    return requests.post(f"http://127.0.0.1:{port}{path}", json=body, timeout=60)


def as_seen(answer: requests.Response) -> Any:
    """The answer as the tests without a wire have it."""
    return SimpleNamespace(
        status_code=answer.status_code,
        text=answer.text,
        content_type=answer.headers["Content-Type"],
        headers=answer.headers,
    )


def is_down(answer: requests.Response) -> None:
    """A script is told that the service is down."""
    assert answer.status_code == 503, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == "/masalah/unavailable"


def is_kept_in_the_page(answer: requests.Response, sent: Mapping[str, Any]) -> None:
    """All that was typed, and the key, are in the form that sends it again."""
    assert "tidak ada yang hilang" in answer.text
    held = complaining.read(as_seen(answer), 503).form(ADDRESS).fields
    assert {name: held[name] for name in sent} == sent


@dataclass
class Kept:
    """What lies in store and files, looked at past the gateway."""

    settings: Settings

    def deployment(self) -> Deployment:
        return Deployment.from_settings(self.settings, needs=DATABASES)

    def cases(self) -> list[Case]:
        """All complaints, each with all its events."""
        deployment = self.deployment()
        try:
            book = CaseRepository(
                deployment.intake, deployment.intake_keys, deployment.kelurahan.key
            )
            found = [case for _, case in book.newest()]
            assert all(len(book.timeline(case)) == case.events for case in found)
            return found
        finally:
            deployment.close()

    def photo_folders(self) -> set[str]:
        deployment = self.deployment()
        try:
            keys, key = deployment.intake_keys, deployment.kelurahan.key
            return set(PhotoStorage(deployment.files, keys, key).folders())
        finally:
            deployment.close()

    def clean_up(self) -> None:
        """The housekeeping of the day after tomorrow."""
        deployment = self.deployment()
        try:
            later = datetime.now(UTC) + timedelta(days=2)
            Retention(replace(ComplaintContext.of(deployment), clock=lambda: later)).run()
        finally:
            deployment.close()


# --- a disk that is full --------------------------------------------------------------------------


@dataclass
class Disk:
    """A gateway whose data lie on a small disk of its own."""

    gateway: crowd.Gateway
    data: Path  # as it is seen from outside
    aside: Path

    def kept(self) -> Kept:
        """What the disk holds now: a copy of it, as SQLite would look for the place from here."""
        copy = self.aside / uuid.uuid4().hex
        shutil.copytree(self.data, copy, ignore=shutil.ignore_patterns("ballast", "*-shm"))
        return Kept(Settings(data=copy, kelurahan_folder=KELURAHAN))

    def fill(self) -> None:
        """Leave not a byte."""
        with (self.data / "ballast").open("wb", buffering=0) as ballast, suppress(OSError):
            while True:
                ballast.write(bytes(4096))

    def free(self) -> None:
        (self.data / "ballast").unlink()

    def files(self) -> set[str]:
        """What lies there, but for the database and its helpers."""
        paths = (each for each in self.data.rglob("*") if each.is_file())
        names = (each.relative_to(self.data).as_posix() for each in paths)
        return {each for each in names if "sqlite3" not in each and each != "ballast"}


def _mounts() -> bool:
    """Whether this user may have a disk of their own."""
    if shutil.which("unshare") is None:
        return False
    command = ["unshare", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    if not _mounts():
        pytest.skip("needs a small disk: unshare can't mount one here")
    data = tmp_path / "data"
    data.mkdir()
    given = {
        "NUTERA_DATA": str(data),
        "NUTERA_KELURAHAN_FOLDER": str(KELURAHAN),
        "TMPDIR": str(data),  # on an office PC all lies on one disk
    }
    before = ("unshare", "--map-root-user", "--mount", "sh", "-c", ON_A_SMALL_DISK, str(data))
    gateway = crowd.Gateway(given, tmp_path, before=before)
    gateway.start()
    try:
        assert gateway.process is not None
        yield Disk(gateway, Path(f"/proc/{gateway.process.pid}/root/{data}"), tmp_path)
    finally:
        gateway.stop()


def test_a_full_disk_is_told_and_nothing_half_stays(disk: Disk) -> None:
    port = disk.gateway.port
    first = post(port, {**BODY, "idempotency_key": new_key()}, [LARGE_PHOTO])
    assert first.status_code == 201, first.text
    told, before = first.json(), disk.files()
    asked = {"ticket": told["ticket"], "secret": told["secret"]}
    added = {**asked, "step": "add", "text": "Tetangga sudah menerima."}
    disk.fill()

    sent = {**BODY, "idempotency_key": new_key()}
    for full in (post_json(port, sent), post(port, sent), post(port, sent, [PHOTO] * 3)):
        is_down(full)
        assert full.json()["code"] == "STORAGE_FULL"
        assert "besok" in full.json()["detail"], "in a few minutes it will be just as full"
    is_down(post(port, sent, [LARGE_PHOTO]))
    is_down(post_json(port, added, f"{ADDRESS}/messages"))
    for photos in ([], [PHOTO] * 2):
        page = post(port, sent, photos, page=True)
        is_kept_in_the_page(page, sent)
        assert "beberapa menit lagi" not in page.text
    staff = requests.post(
        f"http://127.0.0.1:{port}/staff/masuk",
        data={"email": "a@contoh.example", "password": "salah"},
        headers={"Accept": "text/html", "Origin": f"http://127.0.0.1:{port}"},
        timeout=60,
    )
    assert "Penyimpanan komputer ini penuh" in staff.text
    large = post(port, sent, [LARGE_PHOTO], page=True)  # whose text has nowhere to lie either
    assert large.status_code == 503
    assert "Kembali ke halaman sebelumnya" in large.text
    assert "the disk is full" in (disk.aside / "log").read_text("utf-8")
    # who only asks is answered
    assert post_json(port, asked, f"{ADDRESS}/status").json()["state"] == "new"
    assert disk.files() == before
    assert [case.ticket for case in disk.kept().cases()] == [told["ticket"]]

    disk.free()
    number, _ = complaining.receipt(as_seen(post(port, sent, [PHOTO, LARGE_PHOTO], page=True)))
    assert post(port, sent, [PHOTO, LARGE_PHOTO]).json()["ticket"] == number
    assert post_json(port, added, f"{ADDRESS}/messages").json()["timeline"][-1]["step"] == "add"
    kept = disk.kept()
    assert {case.ticket for case in kept.cases()} == {told["ticket"], number}
    assert {case.photo_folder for case in kept.cases()} == kept.photo_folders()
    assert len(disk.files() - before) == 2


# --- a database that is killed --------------------------------------------------------------------


@dataclass
class Cloud:
    """A gateway over a database that can be killed, and begun anew with nothing in it."""

    gateway: crowd.Gateway
    kept: Kept
    folder: Path
    emulator: Emulator

    def kill(self) -> None:
        self.emulator.kill()

    def restart(self) -> None:
        port = int(self.emulator.host.rpartition(":")[2])
        self.emulator = Emulator(RULES, self.folder / "emulator", port=port)


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    emulator = Emulator(RULES, tmp_path / "emulator")
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", emulator.host)
    settings = Settings(
        store="firestore",
        data=tmp_path / "data",
        project=f"test-{uuid.uuid4().hex[:20]}",
        kelurahan_folder=KELURAHAN,
        registry_keys=Keyset.generate().secret_text(),
        intake_keys=Keyset.generate().secret_text(),
        lookup_keys=Keyset.generate().secret_text(),
    )
    given = {
        "NUTERA_STORE": "firestore",
        "NUTERA_DATA": str(settings.data),
        "NUTERA_PROJECT": str(settings.project),
        "NUTERA_KELURAHAN_FOLDER": str(KELURAHAN),
        "NUTERA_REGISTRY_KEYS": str(settings.registry_keys),
        "NUTERA_INTAKE_KEYS": str(settings.intake_keys),
        "NUTERA_LOOKUP_KEYS": str(settings.lookup_keys),
        "FIRESTORE_EMULATOR_HOST": emulator.host,
    }
    with crowd.running(given, tmp_path) as gateway:
        made = Cloud(gateway, Kept(settings), tmp_path, emulator)
        try:
            yield made
        finally:
            made.emulator.stop()


@pytest.mark.emulator
def test_a_database_killed_in_the_middle_loses_nothing_of_what_is_sent_again(cloud: Cloud) -> None:
    port = cloud.gateway.port
    bodies = [{**BODY, "idempotency_key": new_key()} for _ in range(12)]
    answered = threading.Semaphore(0)

    def send(body: Mapping[str, Any]) -> int:
        status = post(port, body, [PHOTO]).status_code
        answered.release()
        return status

    with ThreadPoolExecutor(MOST_OF_ONE_ADDRESS) as pool:
        sendings = [pool.submit(send, body) for body in bodies]
        for _ in range(6):
            answered.acquire()
        cloud.kill()
        statuses = [sending.result() for sending in sendings]
    assert {*statuses} == {201, 503}

    is_down(post_json(port, bodies[0]))
    is_kept_in_the_page(post(port, bodies[1], page=True), bodies[1])
    is_kept_in_the_page(post(port, bodies[2], [PHOTO], page=True), bodies[2])
    cloud.restart()

    tickets = [sent_again(port, body) for body in bodies]
    assert [sent_again(port, body) for body in bodies] == tickets
    assert sorted(case.ticket for case in cloud.kept.cases()) == sorted(tickets)
    cloud.kept.clean_up()
    assert {case.photo_folder for case in cloud.kept.cases()} == cloud.kept.photo_folders()


def sent_again(port: int, body: Mapping[str, Any]) -> str:
    """The ticket of a resident who taps until there is one."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        answer = post(port, body, [PHOTO])
        if answer.status_code != 503:
            assert answer.status_code in (200, 201), answer.text
            return str(answer.json()["ticket"])
    raise AssertionError("it never came back")
