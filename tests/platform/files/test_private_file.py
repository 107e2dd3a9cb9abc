"""A file for one person: whole or not at all, and readable by nobody else."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from shared.platform.errors import AlreadyExists, NotFound
from shared.platform.files.private_file import private_file


@pytest.mark.parametrize("overwrite", [False, True])
def test_only_its_owner_can_read_it(tmp_path: Path, overwrite: bool) -> None:
    path = tmp_path / "daftar.csv"
    before = os.umask(0)
    try:
        with private_file(path, overwrite=overwrite) as file:
            file.write(b"isi")
    finally:
        os.umask(before)
    assert path.read_bytes() == b"isi"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [*tmp_path.iterdir()] == [path]


def test_what_is_there_stays_unless_that_is_wanted(tmp_path: Path) -> None:
    path = tmp_path / "daftar.csv"
    path.write_bytes(b"lama")
    path.chmod(0o644)
    with pytest.raises(AlreadyExists), private_file(path) as file:
        file.write(b"baru")
    assert path.read_bytes() == b"lama"
    with private_file(path, overwrite=True) as file:
        file.write(b"baru")
    assert path.read_bytes() == b"baru"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_link_does_not_lead_to_another_file(tmp_path: Path, overwrite: bool) -> None:
    other, path = tmp_path / "lain.txt", tmp_path / "daftar.csv"
    other.write_bytes(b"punya orang lain")
    path.symlink_to(other)
    if overwrite:
        with private_file(path, overwrite=True) as file:
            file.write(b"baru")
        assert not path.is_symlink()
    else:
        with pytest.raises(AlreadyExists), private_file(path):
            pass
    assert other.read_bytes() == b"punya orang lain"


@pytest.mark.parametrize("overwrite", [False, True])
def test_nothing_is_left_of_one_that_failed(tmp_path: Path, overwrite: bool) -> None:
    path = tmp_path / "daftar.csv"
    if overwrite:
        path.write_bytes(b"lama")

    def begin_and_fail() -> None:
        with private_file(path, overwrite=overwrite) as file:
            file.write(b"setengah")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        begin_and_fail()
    assert [each.read_bytes() for each in tmp_path.iterdir()] == ([b"lama"] if overwrite else [])


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFound), private_file(tmp_path / "tidak" / "ada.csv"):
        pass
