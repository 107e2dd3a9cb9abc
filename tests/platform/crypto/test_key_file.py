"""The key file of one PC: made once, readable by its owner alone, replaced whole."""

from __future__ import annotations

import json
import os
import threading
from itertools import combinations
from pathlib import Path

import pytest

from shared.platform.crypto.key_file import FILE_NAME, add_intake, load_or_create
from shared.platform.crypto.keys import Keyset, KeysInvalid
from shared.platform.errors import SealBroken
from tests.rotation import rotated


def test_the_first_start_makes_keys_that_only_the_owner_reads(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    keysets = load_or_create(folder)
    assert (folder / FILE_NAME).stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [*keysets] == ["registry", "intake", "lookup"]
    for one, other in combinations(keysets.values(), 2):
        assert not one.shares_root_with(other)
    assert not any(keyset.inherited for keyset in keysets.values())
    assert [each.name for each in folder.iterdir()] == [FILE_NAME]


def test_the_next_start_finds_the_same_keys(tmp_path: Path) -> None:
    first, second = load_or_create(tmp_path), load_or_create(tmp_path)
    assert {name: each.key_id for name, each in first.items()} == {
        name: each.key_id for name, each in second.items()
    }


def test_many_first_starts_at_once_agree_on_one_file(tmp_path: Path) -> None:
    found: list[str] = []
    barrier = threading.Barrier(8)

    def start() -> None:
        barrier.wait()
        found.append(load_or_create(tmp_path)["intake"].key_id)

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
    both = {name: rotated(keyset) for name, keyset in before.items()}
    written = {name: keyset.secret_text() for name, keyset in both.items()}
    (tmp_path / FILE_NAME).write_text(json.dumps(written))
    for name, read in load_or_create(tmp_path).items():
        assert read.key_ids == (both[name].key_id, before[name].key_id)
        assert read.unseal(before[name].seal(b"x", "p"), "p") == b"x"


def _of_before(folder: Path) -> dict[str, Keyset]:
    """A key file as it was before there was a database for what residents hand in."""
    keysets = {name: Keyset.generate() for name in ("registry", "lookup")}
    path = folder / FILE_NAME
    path.write_text(json.dumps({name: each.secret_text() for name, each in keysets.items()}))
    path.chmod(0o600)
    return keysets


def test_a_key_file_of_before_is_read_as_it_is(tmp_path: Path) -> None:
    before = _of_before(tmp_path)
    found = load_or_create(tmp_path)
    assert {name: each.key_id for name, each in found.items()} == {
        name: each.key_id for name, each in before.items()
    }


def test_the_key_of_intake_inherits_the_tags_of_the_registry_and_no_more(tmp_path: Path) -> None:
    before = _of_before(tmp_path)["registry"]
    added = add_intake(tmp_path / FILE_NAME)["intake"]
    again = add_intake(tmp_path / FILE_NAME)["intake"]
    read = load_or_create(tmp_path)["intake"]
    assert added.key_id == again.key_id == read.key_id != before.key_id
    (inherited,) = read.inherited
    assert inherited.key_id == before.key_id
    assert inherited.tag("a mark", b"x") == before.tag("a mark", b"x")
    with pytest.raises(SealBroken):
        read.unseal(before.seal(b"x", "a/b"), "a/b")
    assert not set(read.identifiers("nik", "x")) & set(before.identifiers("nik", "x"))
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600


def test_many_who_add_it_at_once_agree_on_one_key(tmp_path: Path) -> None:
    _of_before(tmp_path)
    found: list[str] = []
    barrier = threading.Barrier(8)

    def add() -> None:
        barrier.wait()
        found.append(add_intake(tmp_path / FILE_NAME)["intake"].key_id)

    threads = [threading.Thread(target=add) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert {load_or_create(tmp_path)["intake"].key_id} == set(found)
