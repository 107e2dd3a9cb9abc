"""The key file of one PC: made once, readable by its owner alone, replaced whole."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from shared.platform.crypto.key_file import FILE_NAME, load_or_create
from shared.platform.crypto.keys import Keyset, KeysInvalid
from tests.rotation import rotated


def test_the_first_start_makes_keys_that_only_the_owner_reads(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    registry, lookup = load_or_create(folder)
    assert (folder / FILE_NAME).stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert not registry.shares_root_with(lookup)
    assert [each.name for each in folder.iterdir()] == [FILE_NAME]


def test_the_next_start_finds_the_same_keys(tmp_path: Path) -> None:
    first, second = load_or_create(tmp_path), load_or_create(tmp_path)
    assert [keyset.key_id for keyset in first] == [keyset.key_id for keyset in second]


def test_many_first_starts_at_once_agree_on_one_file(tmp_path: Path) -> None:
    found: list[str] = []
    barrier = threading.Barrier(8)

    def start() -> None:
        barrier.wait()
        found.append(load_or_create(tmp_path)[0].key_id)

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert [each.name for each in tmp_path.iterdir()] == [FILE_NAME]


@pytest.mark.skipif(os.name != "posix", reason="file modes are those of POSIX")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644])
def test_a_key_file_that_others_reach_is_refused(tmp_path: Path, mode: int) -> None:
    load_or_create(tmp_path)
    (tmp_path / FILE_NAME).chmod(mode)
    with pytest.raises(KeysInvalid, match="chmod 600"):
        load_or_create(tmp_path)


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"registry": 1, "lookup": 2}', "\x00"])
def test_a_damaged_key_file_is_refused_and_left_alone(tmp_path: Path, content: str) -> None:
    path = tmp_path / FILE_NAME
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(KeysInvalid, match="rusak"):
        load_or_create(tmp_path)
    assert path.read_text() == content


def test_one_key_for_both_databases_is_refused(tmp_path: Path) -> None:
    text = Keyset.generate().secret_text()
    path = tmp_path / FILE_NAME
    path.write_text(json.dumps({"registry": text, "lookup": text}))
    path.chmod(0o600)
    with pytest.raises(KeysInvalid, match="dua basis data"):
        load_or_create(tmp_path)


def test_a_key_file_may_hold_the_previous_keys_behind_the_new_ones(tmp_path: Path) -> None:
    before = load_or_create(tmp_path)
    both = [rotated(keyset) for keyset in before]
    path = tmp_path / FILE_NAME
    written = zip(("registry", "lookup"), both, strict=True)
    path.write_text(json.dumps({name: keyset.secret_text() for name, keyset in written}))
    for old, new, read in zip(before, both, load_or_create(tmp_path), strict=True):
        assert read.key_ids == (new.key_id, old.key_id)
        assert read.unseal(old.seal(b"x", "p"), "p") == b"x"
