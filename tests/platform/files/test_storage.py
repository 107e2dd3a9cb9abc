"""Files: kept whole, under plain names, in a folder or in a bucket alike."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.platform.errors import NotFound, TooLarge, Unavailable
from shared.platform.files.storage import Folder, folder


@pytest.fixture(params=["here", "bucket"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Folder]:
    """A folder of this machine, and cloudpathlib's bucket that lies on the disk."""
    if request.param == "here":
        yield folder(str(tmp_path / "files"))
        return
    from cloudpathlib.local import LocalGSClient

    client = LocalGSClient(
        local_storage_dir=tmp_path / "bucket", local_cache_dir=tmp_path / "cache"
    )
    yield Folder(client.CloudPath("gs://bucket/files"))


def test_what_was_saved_is_read_listed_and_deleted(files: Folder) -> None:
    assert files.list() == []
    assert files.save("uploads/2026/list.xlsx", b"content", max_bytes=10) == 7
    assert files.save("other.txt", io.BytesIO(b"abc"), max_bytes=3) == 3
    assert files.list() == ["other.txt", "uploads/2026/list.xlsx"]
    assert files.list("uploads") == ["uploads/2026/list.xlsx"]
    assert files.list("nothing") == []
    assert files.read("other.txt", max_bytes=3) == b"abc"
    assert files.size("uploads/2026/list.xlsx") == 7
    with files.open("uploads/2026/list.xlsx") as file:
        assert file.read(3) == b"con"
    files.save("other.txt", b"new", max_bytes=10)
    assert files.read("other.txt", max_bytes=10) == b"new"
    files.delete("other.txt")
    files.delete("other.txt")
    assert files.list() == ["uploads/2026/list.xlsx"]


def test_what_is_not_there_is_not_found(files: Folder) -> None:
    files.save("folder/file", b"x", max_bytes=1)
    for name in ("missing", "folder", "folder/file/more"):
        with pytest.raises(NotFound):
            files.read(name, max_bytes=1)
        with pytest.raises(NotFound):
            files.size(name)


def test_what_is_too_large_is_not_kept(files: Folder) -> None:
    files.save("a", b"old", max_bytes=3)
    for content in (b"1234", io.BytesIO(b"1234")):
        with pytest.raises(TooLarge):
            files.save("a", content, max_bytes=3)
    assert files.read("a", max_bytes=3) == b"old"
    with pytest.raises(TooLarge):
        files.read("a", max_bytes=2)
    assert files.list() == ["a"]


@pytest.mark.parametrize(
    "name",
    [
        "", ".", "..", "../x", "a/../b", "/etc/passwd", "a//b", "a/", "-x", ".hidden", "a\\b",
        "a\x00b", "a b", "é", "C:/x", "a/b/c/d/e/f", "x" * 101, "a\n", "gs://b/x",
    ],
)  # fmt: skip
def test_no_name_leads_out_of_the_folder(files: Folder, name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="plain parts"):
        files.save(name, b"x", max_bytes=1)
    with pytest.raises(ValueError, match="plain parts"), files.open(name):
        pytest.fail("opened")
    with pytest.raises(ValueError, match="plain parts"):
        files.delete(name)
    assert files.list() == []


def test_no_link_leads_out_of_the_folder(tmp_path: Path) -> None:
    files = folder(str(tmp_path / "files"))
    files.save("a", b"x", max_bytes=1)
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "files" / "link").symlink_to(tmp_path / "secret")
    (tmp_path / "files" / "up").symlink_to(tmp_path)
    for name in ("link", "up/secret"):
        with pytest.raises(ValueError, match="within its folder"):
            files.read(name, max_bytes=9)
        with pytest.raises(ValueError, match="within its folder"):
            files.save(name, b"x", max_bytes=9)
    assert (tmp_path / "secret").read_bytes() == b"secret"


@pytest.mark.skipif(os.name != "posix", reason="file modes are those of POSIX")
def test_files_of_this_machine_are_for_their_owner_alone(tmp_path: Path) -> None:
    folder(str(tmp_path / "files")).save("a/b", b"x", max_bytes=1)
    assert (tmp_path / "files" / "a" / "b").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "files" / "a").stat().st_mode & 0o077 == 0


def test_a_sender_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    class Broken(io.RawIOBase):
        given = False

        def read(self, size: int = -1) -> bytes:
            if self.given:
                raise OSError("connection lost")
            self.given = True
            return b"half"

    files = folder(str(tmp_path / "files"))
    with pytest.raises(Unavailable):
        files.save("a", Broken(), max_bytes=100)  # type: ignore[arg-type]
    assert files.list() == []
    assert list((tmp_path / "files").iterdir()) == []


def test_only_folders_and_buckets_of_google_are_taken() -> None:
    for url in ("s3://bucket/x", "https://host/x", "file:///etc"):
        with pytest.raises(ValueError, match="gs://"):
            folder(url)


def test_folders_are_listed_dated_and_deleted_with_what_a_kill_left(
    files: Folder, tmp_path: Path
) -> None:
    assert files.folders("photos") == []
    for name in ("photos/a/1.sealed", "photos/a/2.sealed", "photos/b/1.sealed", "other/c/1.sealed"):
        files.save(name, b"x", max_bytes=1)
    files.save("photos/plain", b"x", max_bytes=1)
    assert {"a", "b"} <= {*files.folders("photos")} <= {"a", "b", "plain"}
    for path in (*tmp_path.rglob("a"), *tmp_path.rglob("a/*")):
        os.utime(path, (1_000_000, 1_000_000))
    assert files.changed_at("photos/a").timestamp() == 1_000_000
    for path in tmp_path.rglob("2.sealed"):
        os.utime(path, (2_000_000, 2_000_000))
    assert files.changed_at("photos/a").timestamp() == 2_000_000
    assert files.changed_at("photos/a/1.sealed").timestamp() == 1_000_000
    assert files.delete_folder("photos/a") == 2
    assert files.delete_folder("photos/a") == 0
    assert "a" not in files.folders("photos") or files.list("photos/a") == []
    assert files.list() == ["other/c/1.sealed", "photos/b/1.sealed", "photos/plain"]
    for name in ("photos/a/1.sealed", "photos/nothing"):
        with pytest.raises(NotFound):
            files.changed_at(name)


def test_half_of_a_file_that_a_kill_left_goes_with_its_folder(tmp_path: Path) -> None:
    files = folder(str(tmp_path))
    half = tmp_path / "photos" / "a" / ".aside-00ff"
    half.parent.mkdir(parents=True)
    half.write_bytes(b"half")
    assert files.folders("photos") == ["a"]
    assert files.list("photos") == []
    assert files.changed_at("photos/a").tzinfo is not None
    assert files.delete_folder("photos/a") == 0
    assert not half.parent.exists()
