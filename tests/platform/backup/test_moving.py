"""A backup of one store restored into the other, and back: nothing is lost, nothing half done."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.platform import data_version
from shared.platform.backup import archive as archives
from shared.platform.backup import cloud_restore, creation, restore
from shared.platform.backup.documents import Tally, written
from shared.platform.backup.manifest import DATABASES, Manifest, documents_part
from shared.platform.backup.source import at_one_moment
from shared.platform.crypto.keys import Keyset
from shared.platform.errors import AlreadyExists, Busy, Conflict, FileRejected, Invalid, Unavailable
from shared.platform.files.storage import Folder
from shared.platform.files.workspace import Workspace
from shared.platform.settings import Settings
from shared.platform.store import Store, Write
from shared.platform.store.firestore.store import FirestoreStore
from shared.platform.store.sqlite.store import SqliteStore
from tests.hand_clock import KELURAHAN, HandClock
from tests.store.test_contract_values import VALUES, same

KEYS = {name: Keyset.generate() for name in DATABASES}
VERSION = data_version.path(KELURAHAN)


@dataclass
class Place:
    """Where data lies: a PC, or a project of Firestore."""

    given: Settings
    clock: HandClock

    def store(self, name: str) -> Store:
        if self.given.is_embedded:
            return SqliteStore(self.given.data / f"{name}.sqlite3")
        assert self.given.project is not None
        return FirestoreStore(self.given.project, name)

    def fill(self, text: str = "old") -> None:
        """Documents of every kind of value, at every depth; and a file."""
        for name in DATABASES:
            with closing(self.store(name)) as store:
                for number, value in enumerate(VALUES):
                    store.set(f"kelurahan/{KELURAHAN}/values/{number}", {"v": value, "of": name})
                numbers = range(700)
                store.commit(
                    Write("set", f"lone/parent/things/{number}/below/é {number}", {"text": text})
                    for number in numbers
                )
                data_version.write(store, KELURAHAN, self.clock())
        folder = Path(self.given.files) / "uploads"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "list.xlsx").write_text(text)

    def back_up(self, target: Path) -> Manifest:
        return creation.make(target, self.given, KEYS, self.clock)

    def restore(self, source: Path, *, force: bool = False, keys: Any = None) -> None:
        if self.given.is_embedded:
            restore.restore(source, self.given, keys or KEYS, self.clock, force=force)
            return
        workspace = Workspace(self.given.data / "tmp")
        cloud_restore.restore(
            source, self.given, keys or KEYS, self.clock, KELURAHAN, workspace, force=force
        )

    def contents(self) -> dict[str, tuple[int, str]]:
        """Count and digest of each database's documents."""
        found = {}
        with at_one_moment(self.given, DATABASES) as databases:
            for name, documents in databases.items():
                tally = Tally()
                for _ in written(documents, tally):
                    pass
                found[name] = tally.count, tally.digest
        return found


@pytest.fixture
def pc(tmp_path: Path, clock: HandClock) -> Place:
    return Place(Settings(data=tmp_path / "pc" / "data"), clock)


@pytest.fixture
def cloud(
    tmp_path: Path, clock: HandClock, emulator: str, monkeypatch: pytest.MonkeyPatch
) -> Place:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", emulator)
    data = tmp_path / "cloud"
    project = f"test-{uuid.uuid4().hex[:20]}"
    return Place(
        Settings(store="firestore", project=project, data=data, files=str(data / "bucket")), clock
    )


def test_a_pc_moves_to_firestore_and_back(
    pc: Place, cloud: Place, tmp_path: Path, clock: HandClock
) -> None:
    pc.fill()
    before = pc.contents()
    first = pc.back_up(tmp_path / "1.zip")
    cloud.restore(tmp_path / "1.zip")
    assert cloud.contents() == before
    assert (Path(cloud.given.files) / "uploads" / "list.xlsx").read_text() == "old"

    second = cloud.back_up(tmp_path / "2.zip")
    assert (second.documents, second.digests) == (first.documents, first.digests)
    back = Place(Settings(data=tmp_path / "other" / "data"), clock)
    back.restore(tmp_path / "2.zip")
    assert back.contents() == before
    assert (Path(back.given.files) / "uploads" / "list.xlsx").read_text() == "old"
    for name in DATABASES:
        with closing(back.store(name)) as store:
            for number, value in enumerate(VALUES):
                data = store.get(f"kelurahan/{KELURAHAN}/values/{number}").data
                assert data is not None
                assert same(data["v"], value)
                assert data["of"] == name


def test_a_backup_of_firestore_is_of_one_moment(
    cloud: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody writes to all databases while the first of them is read."""
    cloud.fill()
    before = cloud.contents()
    real = FirestoreStore.all_documents

    def disturbed(self: FirestoreStore, at: Any = None) -> Iterator[Any]:
        cloud.fill("new")
        for name in DATABASES:
            with closing(cloud.store(name)) as store:
                store.set("lone/extra", {"text": "new"})
        yield from real(self, at)

    with monkeypatch.context() as changed:
        changed.setattr(FirestoreStore, "all_documents", disturbed)
        manifest = cloud.back_up(tmp_path / "b.zip")
    assert {
        name: (manifest.documents[name], manifest.digests[name]) for name in DATABASES
    } == before


def test_data_in_firestore_are_not_replaced_unasked(
    pc: Place, cloud: Place, tmp_path: Path
) -> None:
    pc.fill("old")
    cloud.fill("new")
    with closing(cloud.store("intake")) as store:
        store.set("lone/extra", {"text": "new"})
    before = cloud.contents()
    pc.back_up(tmp_path / "b.zip")
    with pytest.raises(AlreadyExists):
        cloud.restore(tmp_path / "b.zip")
    assert cloud.contents() == before
    cloud.restore(tmp_path / "b.zip", force=True)
    assert cloud.contents() == pc.contents()


@pytest.mark.parametrize("wrong", ["a damaged archive", "other keys", "another kelurahan"])
def test_what_can_not_be_restored_changes_nothing(
    wrong: str, pc: Place, cloud: Place, tmp_path: Path
) -> None:
    pc.fill("old")
    cloud.fill("new")
    before = cloud.contents()
    source = tmp_path / "b.zip"
    if wrong == "another kelurahan":
        pc.given = replace(pc.given, kelurahan="elsewhere")
    pc.back_up(source)
    if wrong == "a damaged archive":
        content = bytearray(source.read_bytes())
        content[1000] ^= 1
        source.write_bytes(bytes(content))
    other = {name: Keyset.generate() for name in DATABASES} if wrong == "other keys" else None
    with pytest.raises((FileRejected, Conflict)):
        cloud.restore(source, force=True, keys=other)
    assert cloud.contents() == before


def test_a_manifest_that_counts_otherwise_is_refused(pc: Place, tmp_path: Path) -> None:
    """An archive whose every part is proved, and which lacks a document all the same."""
    pc.fill()
    source = tmp_path / "b.zip"
    with source.open("wb") as file:
        writer = archives.Writer(file, KEYS)
        tallies = {name: Tally() for name in DATABASES}
        for name in DATABASES:
            tallies[name].add(b"of a document that isn't there")
            writer.add(documents_part(name), [])
        writer.finish("now", pc.given.kelurahan, tallies)
    with pytest.raises(FileRejected):
        pc.restore(source, force=True)
    with archives.opened(source, KEYS) as archive, pytest.raises(FileRejected):
        archive.check()


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{}\n",
        b'["a/b"]\n',
        b'["a", {}]\n',
        b'["a/b", {"v": 1}]\n',
        b'["a/b", {"v": "Z"}]\n',
        b'["a/b", {}]',
        b"\xff\n",
        b"x" * 100,
    ],
)
def test_a_part_that_holds_no_documents_is_refused(
    line: bytes, pc: Place, tmp_path: Path
) -> None:  # fmt: skip
    source = tmp_path / "b.zip"
    with source.open("wb") as file:
        writer = archives.Writer(file, KEYS)
        tallies = {name: Tally() for name in DATABASES}
        for name in DATABASES:
            tallies[name].add(line)
            writer.add(documents_part(name), [line])
        writer.finish("now", pc.given.kelurahan, tallies)
    with pytest.raises(FileRejected):
        pc.restore(source)
    assert not pc.given.data.exists()


def test_whoever_writes_during_a_restore_is_noticed(
    pc: Place, cloud: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pc.fill()
    pc.back_up(tmp_path / "b.zip")
    real = FirestoreStore.get_many
    written_by_somebody: list[bool] = []

    def disturbed(self: FirestoreStore, paths: Any) -> Any:
        if len(paths) > 1 and not written_by_somebody:  # the comparison has begun
            written_by_somebody.append(True)
            with closing(cloud.store("registry")) as store:
                store.set("lone/extra", {"text": "of somebody"})
        return real(self, paths)

    monkeypatch.setattr(FirestoreStore, "get_many", disturbed)
    with pytest.raises(Busy) as caught:
        cloud.restore(tmp_path / "b.zip")
    assert caught.value.code == "RESTORE_DISTURBED"
    with closing(cloud.store("registry")) as store, pytest.raises(Unavailable):
        data_version.check(store, KELURAHAN, is_fresh_without=True)
    cloud.restore(tmp_path / "b.zip")
    assert cloud.contents() == pc.contents()


def test_what_firestore_has_deleted_by_its_expiry_is_not_missed(
    pc: Place, cloud: Place, tmp_path: Path, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(pc.store("lookup")) as store:
        store.set("lone/expired", {"expires_at": clock() - timedelta(days=1)})
        store.set("lone/lasting", {"expires_at": clock() + timedelta(days=1)})
    for name in ("registry", "intake"):
        pc.store(name).close()
    pc.back_up(tmp_path / "b.zip")
    real = cloud_restore._Run.compare

    def later(self: Any, name: str, documents: Any) -> None:
        if name == "lookup":
            with closing(cloud.store("lookup")) as store:
                store.delete("lone/expired")
        real(self, name, documents)

    monkeypatch.setattr(cloud_restore._Run, "compare", later)
    cloud.restore(tmp_path / "b.zip")
    with closing(cloud.store("lookup")) as store:
        assert store.get("lone/lasting").exists


def test_firestore_without_a_place_for_files_is_refused(cloud: Place, tmp_path: Path) -> None:
    cloud.given = replace(cloud.given, files="")
    for attempt in (cloud.back_up, cloud.restore):
        with pytest.raises(Invalid) as caught:
            attempt(tmp_path / "b.zip")
        assert caught.value.code == "FILES_UNKNOWN"


def _restored(cloud: Place, source: Path, last: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.platform.backup.restoring_process", str(source)]
    command += [str(cloud.given.project), str(cloud.given.data), str(last)]
    command += [KEYS[name].secret_text() for name in DATABASES]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_restore_into_firestore_that_is_killed_at_any_change_is_closed_and_can_be_repeated(
    pc: Place, cloud: Place, tmp_path: Path
) -> None:
    pc.fill()
    pc.back_up(tmp_path / "b.zip")
    wanted = pc.contents()
    total = int(_restored(cloud, tmp_path / "b.zip", 0).stdout)
    assert cloud.contents() == wanted
    chosen = {2, 3, total - 2, total - 1, *random.Random(5).sample(range(4, total - 2), 2)}
    for last in sorted(chosen):
        project = f"test-{uuid.uuid4().hex[:20]}"
        place = Place(replace(cloud.given, project=project), cloud.clock)
        done = _restored(place, tmp_path / "b.zip", last)
        assert done.returncode == -signal.SIGKILL, done.stderr
        with closing(place.store("registry")) as store, pytest.raises(Unavailable) as caught:
            data_version.check(store, KELURAHAN, is_fresh_without=True)
        assert caught.value.code == "RESTORE_UNFINISHED"
        place.restore(tmp_path / "b.zip")
        assert place.contents() == wanted
        with closing(place.store("registry")) as store:
            data_version.check(store, KELURAHAN, is_fresh_without=False)


def test_files_of_a_bucket_are_in_a_backup_and_come_back(pc: Place, tmp_path: Path) -> None:
    from cloudpathlib.local import LocalGSClient

    client = LocalGSClient(
        local_storage_dir=tmp_path / "bucket", local_cache_dir=tmp_path / "cache"
    )
    bucket = Folder(client.CloudPath("gs://bucket/files"))
    bucket.save("uploads/list.xlsx", b"a list", max_bytes=100)
    bucket.save("complaint-photos/k/one/1", os.urandom(3_000_000), max_bytes=4_000_000)
    found = {name: b"".join(pieces) for name, pieces in creation.files_of(bucket)}
    assert found == {name: bucket.read(name, max_bytes=4_000_000) for name in bucket.list()}
    assert len(found) == 2
    pc.fill()
    source = tmp_path / "b.zip"
    with source.open("wb") as file:
        writer = archives.Writer(file, KEYS)
        for name in DATABASES:
            writer.add(documents_part(name), [])
        for name, pieces in creation.files_of(bucket):
            writer.add(f"files/{name}", pieces)
        writer.finish("now", pc.given.kelurahan, {name: Tally() for name in DATABASES})
    other = Folder(client.CloudPath("gs://other/files"))
    with archives.opened(source, KEYS) as archive:
        cloud_restore._restore_files(archive, other, tmp_path)
    assert {name: other.read(name, max_bytes=4_000_000) for name in other.list()} == found
    assert (tmp_path / "file").stat().st_mode & 0o077 == 0


def test_of_two_restores_at_once_the_later_one_stands(
    pc: Place, cloud: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pc.fill("old")
    pc.back_up(tmp_path / "old.zip")
    pc.fill("new")
    pc.back_up(tmp_path / "new.zip")
    real, others = cloud_restore._Run.fill, ["new.zip"]

    def interrupted(self: Any, *given: Any) -> None:
        if others:
            cloud.restore(tmp_path / others.pop(), force=True)
        real(self, *given)

    monkeypatch.setattr(cloud_restore._Run, "fill", interrupted)
    with pytest.raises(Busy) as caught:
        cloud.restore(tmp_path / "old.zip")
    assert caught.value.code == "RESTORE_DISTURBED"
    assert cloud.contents() == pc.contents()
    with closing(cloud.store("registry")) as store:
        data_version.check(store, KELURAHAN, is_fresh_without=False)
