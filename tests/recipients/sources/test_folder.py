"""The newest list of a folder, on disk and in what cloudpathlib has for Cloud Storage."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cloudpathlib.local import LocalGSClient

from shared.kelurahan.configuration import SourceConfig
from shared.platform.errors import FileRejected, Unavailable
from shared.recipients.sources import folder as folders
from shared.recipients.sources.fetching import Fetched, NotModified, fetch


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    made = tmp_path / "inbox"
    made.mkdir()
    return made


@pytest.fixture
def copies(tmp_path: Path) -> Path:
    made = tmp_path / "copies"
    made.mkdir()
    return made


def _put(inbox: Path, name: str, content: bytes, age: int) -> None:
    (inbox / name).write_bytes(content)
    os.utime(inbox / name, (1_800_000_000 - age,) * 2)


def _source(inbox: Path) -> SourceConfig:
    return SourceConfig("folder", str(inbox))


def test_the_newest_spreadsheet_is_copied(inbox: Path, copies: Path) -> None:
    _put(inbox, "minggu 46.xlsx", b"old", 100)
    _put(inbox, "minggu 47.CSV", b"new", 50)
    _put(inbox, "catatan.docx", b"later, and no list", 10)
    _put(inbox, "~$minggu 47.xlsx", b"lock of Excel", 5)
    _put(inbox, ".~lock.minggu 47.csv", b"lock of LibreOffice", 5)
    (inbox / "arsip.xlsx").mkdir()
    got = fetch(_source(inbox), copies)
    assert isinstance(got, Fetched)
    assert got.filename == "minggu 47.CSV"
    assert got.path.read_bytes() == b"new"
    assert got.path.parent == copies
    assert (inbox / "minggu 47.CSV").exists()


def test_the_same_file_again_is_nothing_new(inbox: Path, copies: Path) -> None:
    _put(inbox, "a.csv", b"one", 100)
    got = fetch(_source(inbox), copies)
    assert isinstance(got, Fetched)
    (copies / "kotak-masuk").unlink()
    assert fetch(_source(inbox), copies, etag=got.etag) == NotModified()
    _put(inbox, "a.csv", b"two", 90)
    again = fetch(_source(inbox), copies, etag=got.etag)
    assert isinstance(again, Fetched)
    assert again.path.read_bytes() == b"two"


def test_an_empty_inbox_says_so(inbox: Path, copies: Path) -> None:
    with pytest.raises(Unavailable) as caught:
        fetch(_source(inbox), copies)
    assert caught.value.code == "SOURCE_EMPTY"


@pytest.mark.parametrize("what", ["missing", "a-file.csv"])
def test_no_folder_there_is_refused_without_its_path(inbox: Path, copies: Path, what: str) -> None:
    _put(inbox, "a-file.csv", b"x", 1)
    with pytest.raises(Unavailable) as caught:
        fetch(_source(inbox / what), copies)
    assert caught.value.code == "SOURCE_REFUSED"
    assert what not in f"{caught.value.detail} {caught.value.args}"


def test_a_list_over_the_limit_is_not_copied(inbox: Path, copies: Path) -> None:
    _put(inbox, "a.csv", bytes(100), 1)
    with pytest.raises(FileRejected) as caught:
        fetch(_source(inbox), copies, max_bytes=99)
    assert caught.value.code == "FILE_TOO_LARGE"
    assert list(copies.iterdir()) == []


@pytest.fixture
def bucket(tmp_path: Path) -> LocalGSClient:
    cache, stored = tmp_path / "cache", tmp_path / "stored"
    for made in (cache, stored):
        made.mkdir()
    return LocalGSClient(local_storage_dir=stored, local_cache_dir=cache)


def test_a_bucket_is_read_as_a_folder_is(bucket: LocalGSClient, copies: Path) -> None:
    inbox = bucket.CloudPath("gs://kotak-masuk/taman-sari/")
    (inbox / "minggu 47.csv").write_bytes(b"list")
    (inbox / "catatan.txt").write_bytes(b"no list")
    got = folders._newest(inbox, copies, None, 1_000)
    assert isinstance(got, Fetched)
    assert got.path.read_bytes() == b"list"
    assert got.filename == "minggu 47.csv"
    assert folders._newest(inbox, copies, got.etag, 1_000) == NotModified()


def test_a_bucket_without_credentials_is_refused(
    copies: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none.json"))
    with pytest.raises(Unavailable) as caught:
        fetch(SourceConfig("folder", "gs://kotak-masuk/taman-sari"), copies)
    assert caught.value.code == "SOURCE_REFUSED"
    assert "kotak-masuk" not in f"{caught.value.detail} {caught.value.args}"


def test_other_clouds_are_not_allowed(copies: Path) -> None:
    with pytest.raises(Unavailable) as caught:
        fetch(SourceConfig("folder", "s3://kotak-masuk/taman-sari"), copies)
    assert caught.value.code == "SOURCE_NOT_ALLOWED"
