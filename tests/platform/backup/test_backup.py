"""Backup and restore of one PC: whole, private, proved, and never half done."""

from __future__ import annotations

import io
import json
import os
import random
import signal
import stat
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.platform.backup import archive as archives
from shared.platform.backup import creation, restore
from shared.platform.backup.archive import Keys
from shared.platform.backup.manifest import DATABASES, Manifest
from shared.platform.crypto.keys import Keyset
from shared.platform.errors import AlreadyExists, Busy, Conflict, FileRejected, NotFound
from shared.platform.settings import Settings
from shared.platform.store.port import Write
from shared.platform.store.sqlite.store import SqliteStore
from tests.rotation import rotated

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


def clock() -> datetime:
    return NOW


@dataclass
class Office:
    """A PC with data."""

    given: Settings
    keys: Keys

    def write(self, text: str, documents: int = 40) -> None:
        """Replace all data by documents and a file that say `text`."""
        for name in DATABASES:
            with closing(SqliteStore(self.given.data / f"{name}.sqlite3")) as store:
                for first in range(0, documents, 400):
                    numbers = range(first, min(first + 400, documents))
                    store.commit(
                        Write("set", f"things/{number}", {"text": text, "number": number})
                        for number in numbers
                    )
        folder = Path(self.given.files) / "uploads"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "list.xlsx").write_text(text)

    def read(self) -> set[str]:
        """Every text that the data says: one, unless two states are mixed."""
        found = {(Path(self.given.files) / "uploads" / "list.xlsx").read_text()}
        for name in DATABASES:
            with closing(SqliteStore(self.given.data / f"{name}.sqlite3")) as store:
                for number in range(40):
                    data = store.get(f"things/{number}").data
                    assert data is not None
                    found.add(str(data["text"]))
        return found

    def back_up(self, target: Path) -> Manifest:
        return creation.make(target, self.given, self.keys, clock)

    def restore(self, source: Path, *, force: bool = False) -> restore.Restored:
        return restore.restore(source, self.given, self.keys, clock, force=force)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    keys = {name: Keyset.generate() for name in DATABASES}
    made = Office(Settings(data=tmp_path / "data"), keys)
    made.write("old")
    (made.given.data / "keys.json").write_text("kept as it is")
    (made.given.data / "inbox").mkdir()
    (made.given.data / "inbox" / "week.csv").write_text("nik")
    return made


def test_a_backup_is_private_and_says_what_is_in_it(office: Office, tmp_path: Path) -> None:
    target = tmp_path / "backup.zip"
    manifest = office.back_up(target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert manifest.documents == {"registry": 40, "intake": 40, "lookup": 40}
    assert manifest.created_at == "2026-11-20T08:00:00+00:00"
    with zipfile.ZipFile(target) as archive:
        assert set(archive.namelist()) == {
            "registry.documents", "intake.documents", "lookup.documents", "files/uploads/list.xlsx",
            "manifest.json", "manifest.mac",
        }  # fmt: skip
        assert json.loads(archive.read("manifest.json"))["keys"] == {
            name: [office.keys[name].key_id] for name in DATABASES
        }
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup.zip", "data"]


def test_no_key_is_in_a_backup(office: Office, tmp_path: Path) -> None:
    target = tmp_path / "backup.zip"
    office.back_up(target)
    with zipfile.ZipFile(target) as archive:
        whole = b"".join(archive.read(name) for name in archive.namelist())
    for keyset in office.keys.values():
        assert keyset.secret_text().encode() not in whole
    assert b"nutera1-" not in whole


def test_data_come_back_as_they_were(office: Office, tmp_path: Path) -> None:
    target = tmp_path / "backup.zip"
    office.back_up(target)
    office.write("new")
    done = office.restore(target, force=True)
    assert office.read() == {"old"}
    assert (office.given.data / "keys.json").read_text() == "kept as it is"
    assert (office.given.data / "inbox" / "week.csv").read_text() == "nik"
    assert stat.S_IMODE(office.given.data.stat().st_mode) == 0o700
    assert stat.S_IMODE((office.given.data / "registry.sqlite3").stat().st_mode) == 0o600
    assert done.kept == tmp_path / "data.before-20261120T080000"
    kept = Office(
        replace(office.given, data=done.kept, files=str(done.kept / "files")), office.keys
    )
    assert kept.read() == {"new"}


def test_a_second_round_changes_nothing(office: Office, tmp_path: Path) -> None:
    office.back_up(tmp_path / "one.zip")
    office.restore(tmp_path / "one.zip", force=True)
    manifest = office.back_up(tmp_path / "two.zip")
    with zipfile.ZipFile(tmp_path / "one.zip") as one:
        said = json.loads(one.read("manifest.json"))
    assert said["documents"] == manifest.documents
    assert said["salt"] != manifest.salt  # no two archives have one key
    one, two = (
        _content(office, tmp_path / name, "files/uploads/list.xlsx")
        for name in ("one.zip", "two.zip")
    )
    assert one == two == b"old"
    office.restore(tmp_path / "two.zip", force=True)
    assert office.read() == {"old"}


def test_a_new_pc_is_restored_with_the_key_file(office: Office, tmp_path: Path) -> None:
    target, key_file = tmp_path / "backup.zip", tmp_path / "keys.json"
    office.back_up(target)
    key_file.write_text("the keys")
    fresh = Office(Settings(data=tmp_path / "elsewhere" / "data"), office.keys)
    done = restore.restore(target, fresh.given, fresh.keys, clock, key_file=key_file)
    assert done.kept is None
    assert fresh.read() == {"old"}
    assert (fresh.given.data / "keys.json").read_text() == "the keys"
    assert stat.S_IMODE((fresh.given.data / "keys.json").stat().st_mode) == 0o600


def test_data_that_are_there_are_not_replaced_unasked(office: Office, tmp_path: Path) -> None:
    target = tmp_path / "backup.zip"
    office.back_up(target)
    office.write("new")
    with pytest.raises(AlreadyExists):
        office.restore(target)
    assert office.read() == {"new"}


def test_a_backup_does_not_replace_a_file(office: Office, tmp_path: Path) -> None:
    target = tmp_path / "backup.zip"
    target.write_text("somebody's")
    with pytest.raises(AlreadyExists):
        office.back_up(target)
    assert target.read_text() == "somebody's"


def test_without_data_there_is_nothing_to_back_up(tmp_path: Path) -> None:
    keys = {name: Keyset.generate() for name in DATABASES}
    place = tmp_path / "none"
    with pytest.raises(NotFound):
        creation.make(tmp_path / "b.zip", Settings(data=place), keys, clock)
    assert list(tmp_path.iterdir()) == []


def test_data_of_a_version_without_intake_can_be_backed_up_and_restored(
    office: Office, tmp_path: Path
) -> None:
    (office.given.data / "intake.sqlite3").unlink()
    before = {name: office.keys[name] for name in ("registry", "lookup")}
    target = tmp_path / "backup.zip"
    made = creation.make(target, office.given, before, clock)
    assert made.documents == {"registry": 40, "lookup": 40}
    restore.restore(target, office.given, office.keys, clock, force=True)
    assert not (office.given.data / "intake.sqlite3").exists()
    assert _content(office, target, "files/uploads/list.xlsx") == b"old"


def test_both_databases_are_of_the_same_moment_while_a_server_writes(
    office: Office, tmp_path: Path
) -> None:
    """A writer counts up in the registry, then in the lookup: a copy may see one of them behind."""
    office.write("old", documents=3_000)
    stop, written = threading.Event(), [0]

    def work() -> None:
        stores = [SqliteStore(office.given.data / f"{name}.sqlite3") for name in DATABASES]
        while not stop.is_set():
            written[0] += 1
            for store in stores:
                store.set("things/0", {"text": "old", "count": written[0]})
        for store in stores:
            store.close()

    writer = threading.Thread(target=work)
    writer.start()
    seen = []
    try:
        for number in range(8):
            target = tmp_path / f"{number}.zip"
            before = written[0]
            office.back_up(target)
            assert written[0] > before + 1, "the writer should go on meanwhile"
            seen.append(_counts(office, target))
    finally:
        stop.set()
        writer.join()
    assert all(registry - lookup in (0, 1) for registry, lookup in seen)
    assert seen == sorted(seen)
    assert seen[0] < seen[-1]


def _content(office: Office, archive: Path, name: str) -> bytes:
    content = io.BytesIO()
    with archives.opened(archive, office.keys) as opened:
        opened.extract(name, content)
    return content.getvalue()


def _counts(office: Office, archive: Path) -> tuple[int, int]:
    found = []
    for name in DATABASES:
        with archives.opened(archive, office.keys) as opened:
            data = dict(opened.documents(name))["things/0"]
            found.append(data.get("count", 0))
    return found[0], found[-1]  # type: ignore[return-value]


@pytest.fixture
def archive(office: Office, tmp_path: Path) -> Iterator[Path]:
    """A backup of "old", in an office that has gone on to "new"; at the end nothing has changed."""
    target = tmp_path / "backup.zip"
    office.back_up(target)
    office.write("new")
    yield target
    assert office.read() == {"new"}
    assert not list(tmp_path.glob(".data-restore-*"))


@pytest.mark.parametrize("part", range(5))
def test_a_byte_that_changed_is_noticed(office: Office, archive: Path, part: int) -> None:
    content = bytearray(archive.read_bytes())
    with zipfile.ZipFile(archive) as source:
        entry = source.infolist()[part]
    names = int.from_bytes(content[entry.header_offset + 26 : entry.header_offset + 28], "little")
    extras = int.from_bytes(content[entry.header_offset + 28 : entry.header_offset + 30], "little")
    content[entry.header_offset + 30 + names + extras + entry.compress_size // 2] ^= 0x41
    archive.write_bytes(bytes(content))
    with pytest.raises(FileRejected) as caught:
        office.restore(archive, force=True)
    assert caught.value.code == "BACKUP_DAMAGED"


@pytest.mark.parametrize("content", [b"", b"PK", b"x" * 1000, b"PK\x05\x06" + bytes(18)])
def test_a_file_that_is_no_backup_is_refused(office: Office, archive: Path, content: bytes) -> None:
    archive.write_bytes(content)
    with pytest.raises(FileRejected):
        office.restore(archive, force=True)


def test_a_truncated_archive_is_refused(office: Office, archive: Path) -> None:
    content = archive.read_bytes()
    archive.write_bytes(content[: len(content) // 2])
    with pytest.raises(FileRejected):
        office.restore(archive, force=True)


def _rewritten(archive: Path, **changes: bytes | None) -> None:
    """The archive with parts replaced, added, or (None) left out; names as in `changes`."""
    names = {name.replace("/", "__").replace(".", "_"): name for name in _names(archive)}
    with zipfile.ZipFile(archive) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    for key, content in changes.items():
        name = names.get(key, key)
        if content is None:
            del parts[name]
        else:
            parts[name] = content
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as made:
        for name, content in parts.items():
            made.writestr(name, content)
    archive.write_bytes(target.getvalue())


def _names(archive: Path) -> list[str]:
    with zipfile.ZipFile(archive) as source:
        return source.namelist()


def test_a_part_replaced_with_its_hash_is_noticed_by_the_mac(office: Office, archive: Path) -> None:
    import hashlib

    with zipfile.ZipFile(archive) as source:
        manifest = json.loads(source.read("manifest.json"))
    content = b"forged"
    part = {"number": 2, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    manifest["parts"]["files/uploads/list.xlsx"] = part
    _rewritten(
        archive,
        files__uploads__list_xlsx=content,
        manifest_json=json.dumps(manifest, indent=1, sort_keys=True).encode(),
    )
    with pytest.raises(FileRejected) as caught:
        office.restore(archive, force=True)
    assert caught.value.code == "BACKUP_DAMAGED"


def test_a_part_replaced_without_its_hash_is_noticed(office: Office, archive: Path) -> None:
    _rewritten(archive, files__uploads__list_xlsx=b"new")
    with pytest.raises(FileRejected):
        office.restore(archive, force=True)


@pytest.mark.parametrize("left_out", ["registry_documents", "manifest_json", "manifest_mac"])
def test_a_missing_part_is_noticed(office: Office, archive: Path, left_out: str) -> None:
    _rewritten(archive, **{left_out: None})
    with pytest.raises(FileRejected):
        office.restore(archive, force=True)


@pytest.mark.parametrize("name", ["../evil", "/tmp/evil", "files/../../evil", "extra"])
def test_a_part_that_is_not_in_the_manifest_is_refused(
    office: Office, archive: Path, name: str
) -> None:
    _rewritten(archive, **{name: b"x"})
    with pytest.raises(FileRejected):
        office.restore(archive, force=True)


@pytest.mark.parametrize(
    "name",
    ["../evil", "/evil", "files/../../evil", "files//x", "files/./x", "files\\..\\x", "files",
     "files/", "C:/x", "files/a\x00b", "keys.json", "files/a\nb"],
)  # fmt: skip
def test_even_a_proved_manifest_leads_nowhere_else(
    office: Office, archive: Path, name: str
) -> None:
    with zipfile.ZipFile(archive) as source:
        manifest = json.loads(source.read("manifest.json"))
    manifest["parts"][name] = {"number": 3, "bytes": 1, "sha256": "0" * 64}
    content = json.dumps(manifest).encode()
    mac = office.keys["registry"].tag("backup manifest", content, 32).hex().encode()
    _rewritten(archive, manifest_json=content, manifest_mac=mac, **{name: b"x"})
    with pytest.raises(FileRejected):
        office.restore(archive, force=True)


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b'{"format": 2}', b'{"format": 3}', b"\xff", b"[" * 50_000,
     b'{"format": 2, "parts": {"a": 5}}', b'{"format": 2, "parts": []}'],
)  # fmt: skip
def test_a_manifest_that_says_nonsense_is_refused(
    office: Office, archive: Path, content: bytes
) -> None:
    mac = office.keys["registry"].tag("backup manifest", content, 32).hex().encode()
    _rewritten(archive, manifest_json=content, manifest_mac=mac)
    with pytest.raises(FileRejected):
        office.restore(archive, force=True)


@pytest.mark.parametrize(
    "wrong", [{"salt": "00"}, {"salt": "x" * 64}, {"salt": "0" * 64}, {"number": 1}, {"bytes": 1},
              {"keys": {"registry": [], "lookup": []}}],
)  # fmt: skip
def test_even_a_proved_manifest_opens_nothing_else(
    office: Office, archive: Path, wrong: dict[str, object]
) -> None:
    with zipfile.ZipFile(archive) as source:
        manifest = json.loads(source.read("manifest.json"))
    if set(wrong) & set(manifest):
        manifest.update(wrong)
    else:
        manifest["parts"]["registry.documents"].update(wrong)
    content = json.dumps(manifest).encode()
    mac = office.keys["registry"].tag("backup manifest", content, 32).hex().encode()
    _rewritten(archive, manifest_json=content, manifest_mac=mac)
    with pytest.raises(FileRejected):
        office.restore(archive, force=True)


def test_nothing_of_the_data_can_be_read_without_the_keys(office: Office, tmp_path: Path) -> None:
    import zlib

    office.write("NAMA ORANG DAN ALAMAT", documents=2_000)
    target = tmp_path / "backup.zip"
    manifest = office.back_up(target)
    assert manifest.parts["registry.documents"].bytes > 100_000
    with zipfile.ZipFile(target) as opened:
        stored = {name: opened.read(name) for name in opened.namelist()}
    for name, content in stored.items():
        assert b"NAMA ORANG" not in content
        if name not in ("manifest.json", "manifest.mac"):
            packed = zlib.compress(content)
            assert len(packed) >= len(content), name  # nothing left to see
    assert b"NAMA ORANG" in _content(office, target, "registry.documents")


def test_parts_cannot_change_places(office: Office, archive: Path) -> None:
    import hashlib

    with zipfile.ZipFile(archive) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    manifest = json.loads(parts["manifest.json"])
    one, other = "registry.documents", "lookup.documents"
    parts[one], parts[other] = parts[other], parts[one]
    said = manifest["parts"]
    said[one], said[other] = said[other], said[one]
    assert said[one]["sha256"] == hashlib.sha256(parts[one]).hexdigest()
    content = json.dumps(manifest).encode()
    mac = office.keys["registry"].tag("backup manifest", content, 32).hex().encode()
    _rewritten(
        archive,
        registry_documents=parts[one],
        lookup_documents=parts[other],
        manifest_json=content,
        manifest_mac=mac,
    )
    with pytest.raises(FileRejected):
        office.restore(archive, force=True)


@pytest.mark.parametrize("wrong", DATABASES)
def test_other_keys_are_told_before_anything_happens(
    office: Office, archive: Path, wrong: str
) -> None:
    keys = {**office.keys, wrong: Keyset.generate()}
    with pytest.raises(Conflict) as caught:
        restore.restore(archive, office.given, keys, clock, force=True)
    assert caught.value.code == "BACKUP_KEYS"


def test_keys_that_were_rotated_since_still_open_it(office: Office, tmp_path: Path) -> None:
    target = tmp_path / "backup.zip"
    office.back_up(target)
    once = {name: rotated(keyset) for name, keyset in office.keys.items()}
    restore.restore(target, office.given, once, clock, force=True)
    twice = {name: rotated(keyset) for name, keyset in once.items()}
    with pytest.raises(Conflict):
        restore.restore(target, office.given, twice, clock, force=True)


def test_nothing_is_restored_under_a_running_server(office: Office, archive: Path) -> None:
    with closing(SqliteStore(office.given.data / "lookup.sqlite3")) as server:
        assert server.get("things/1").exists
        with pytest.raises(Busy):
            office.restore(archive, force=True)
        server.set("things/1", {"text": "new", "number": 1})


def test_a_damaged_database_can_be_restored_over(office: Office, tmp_path: Path) -> None:
    target = tmp_path / "backup.zip"
    office.back_up(target)
    (office.given.data / "registry.sqlite3").write_bytes(b"garbage" * 1000)
    office.restore(target, force=True)
    assert office.read() == {"old"}


def test_a_damaged_database_is_not_backed_up_as_if_it_were_whole(
    office: Office, tmp_path: Path
) -> None:
    path = office.given.data / "registry.sqlite3"
    office.write("old", documents=2_000)
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 4096] = bytes(4096)
    path.write_bytes(bytes(content))
    with pytest.raises(Exception, match="DAMAGED"):
        office.back_up(tmp_path / "backup.zip")
    assert not (tmp_path / "backup.zip").exists()


def test_files_outside_the_data_folder_are_not_restored_by_halves(
    office: Office, archive: Path, tmp_path: Path
) -> None:
    given = replace(office.given, files=str(tmp_path / "far"))
    with pytest.raises(Conflict) as caught:
        restore.restore(archive, given, office.keys, clock, force=True)
    assert caught.value.code == "FILES_ELSEWHERE"


_RESTORE = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from shared.platform.backup.restore import restore
from shared.platform.settings import Settings
from shared.platform.crypto.keys import Keyset
data, source, *keys = sys.argv[1:]
keys = dict(zip(("registry", "intake", "lookup"), map(Keyset.parse, keys), strict=True))
print("ready", flush=True)
sys.stdin.readline()
restore(Path(source), Settings(data=Path(data)), keys, lambda: datetime.now(UTC), force=True)
"""


def test_whoever_is_killed_leaves_the_old_data_or_the_new_ones(
    office: Office, tmp_path: Path
) -> None:
    for number in range(60):
        (Path(office.given.files) / f"{number}.bin").write_bytes(os.urandom(20_000))
    sources = {}
    for text in ("one", "two"):
        office.write(text)
        sources[text] = tmp_path / f"{text}.zip"
        office.back_up(sources[text])
    took = _restored_and_killed(office, sources["one"], None)
    assert office.read() == {"one"}
    chances, outcomes = random.Random(4), []
    for number in range(14):
        before = office.read()
        goal = "two" if before == {"one"} else "one"
        _restored_and_killed(office, sources[goal], took * chances.uniform(0, 1.1))
        restore.finish_interrupted(office.given.data)
        after = office.read()
        assert after in (before, {goal}), f"round {number}"
        outcomes.append(after == before)
    assert True in outcomes, "no kill came before the end"
    office.restore(sources["one"], force=True)
    assert office.read() == {"one"}
    assert list(tmp_path.glob(".data-restore-*")) == []


@pytest.mark.parametrize("next_is", ["a start", "another restore"])
def test_a_restore_killed_between_its_renames_is_finished_by_the_next(
    office: Office, tmp_path: Path, next_is: str
) -> None:
    office.back_up(tmp_path / "backup.zip")
    office.write("new")
    _restored_and_killed(office, tmp_path / "backup.zip", None, _DIES_BETWEEN)
    assert not office.given.data.exists()
    if next_is == "a start":
        restore.finish_interrupted(office.given.data)
    else:
        office.restore(tmp_path / "backup.zip", force=True)
    assert office.read() == {"old"}
    assert (office.given.data / "keys.json").read_text() == "kept as it is"
    assert list(tmp_path.glob(".data-restore-*")) == []
    before = [
        Office(replace(office.given, data=kept, files=str(kept / "files")), office.keys).read()
        for kept in tmp_path.glob("data.before-*")
    ]
    assert {"new"} in before


def test_without_a_killed_restore_there_is_nothing_to_finish(tmp_path: Path) -> None:
    unfinished = tmp_path / ".data-restore-x"
    unfinished.mkdir()
    (unfinished / ".unfinished").touch()
    restore.finish_interrupted(tmp_path / "data")
    assert not (tmp_path / "data").exists()


_DIES_BETWEEN = """
rename = Path.rename
def dying(self, target):
    rename(self, target)
    os.kill(os.getpid(), 9)
Path.rename = dying
"""


def _restored_and_killed(
    office: Office, source: Path, after: float | None, before: str = ""
) -> float:
    """Restore in another process, killed after so many seconds; how long it took."""
    keys = [keyset.secret_text() for keyset in office.keys.values()]
    program = before and _RESTORE.replace("\ndata,", f"\n{before}\ndata,")
    arguments = [str(office.given.data), str(source), *keys]
    command = [sys.executable, "-c", program or _RESTORE, *arguments]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": "."},
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == b"ready\n"
        began = time.monotonic()
        process.stdin.write(b"\n")
        process.stdin.flush()
        try:
            process.wait(after)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        process.wait()
        return time.monotonic() - began


_BACK_UP = """
import os, sys, time
from datetime import UTC, datetime
from pathlib import Path
from shared.platform.backup import archive as archives, creation
from shared.platform.crypto.keys import Keyset
from shared.platform.settings import Settings
data, target, when, *keys = sys.argv[1:]
kill = lambda *_: os.kill(os.getpid(), 9)
if when == "copied":
    creation.archives.Writer.add = kill
else:
    archives.Archive.check = kill
keys = dict(zip(("registry", "intake", "lookup"), map(Keyset.parse, keys), strict=True))
creation.make(Path(target), Settings(data=Path(data)), keys, lambda: datetime.now(UTC))
"""


@pytest.mark.parametrize("when", ["copied", "written"])
def test_a_killed_backup_leaves_nothing_open_and_the_next_one_sweeps_it(
    office: Office, tmp_path: Path, when: str
) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    keys = [keyset.secret_text() for keyset in office.keys.values()]
    data = office.given.data
    command = [sys.executable, "-c", _BACK_UP, str(data), str(stick / "a.zip"), when, *keys]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": "."}, check=False)
    assert done.returncode == -signal.SIGKILL
    left = [path for path in stick.rglob("*") if path.is_file()]
    assert left
    for path in left:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
        assert b"old" not in path.read_bytes()
    assert not (data / "tmp").exists()  # nothing is copied in the clear
    office.back_up(stick / "b.zip")
    assert [path.name for path in stick.iterdir()] == ["b.zip"]
    office.restore(stick / "b.zip", force=True)
    assert office.read() == {"old"}


def test_a_backup_that_is_being_made_is_not_swept(office: Office, tmp_path: Path) -> None:
    with creation._new_file(tmp_path) as (path, _):
        office.back_up(tmp_path / "b.zip")
        assert path.exists()
    assert not path.exists()
