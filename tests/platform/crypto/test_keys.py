"""Keys: identifiers and tags that never meet, and seals that open in their place alone."""

from __future__ import annotations

import os
import pickle
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.platform.crypto.keys import Keyset, KeysInvalid, _as_bytes, _joined
from shared.platform.errors import SealBroken
from tests.rotation import rotated, without_previous

OLD, NEW = b"o" * 32, b"n" * 32
PART_TUPLES = st.lists(st.text(max_size=6), max_size=4).map(tuple)


@settings(max_examples=200, deadline=None)
@given(PART_TUPLES, PART_TUPLES)
def test_different_parts_never_give_the_same_mac_input(
    one: tuple[str, ...], other: tuple[str, ...]
) -> None:
    assert (_joined(*_as_bytes(one)) == _joined(*_as_bytes(other))) == (one == other)


@settings(deadline=None)
@given(st.lists(st.binary(max_size=8), max_size=5))
def test_joined_parts_can_be_read_back(parts: list[bytes]) -> None:
    joined, read = _joined(*parts), []
    while joined:
        length = int.from_bytes(joined[:4], "big")
        read.append(joined[4 : 4 + length])
        joined = joined[4 + length :]
    assert read == parts


@settings(deadline=None)
@given(st.text(), st.text())
def test_moving_a_border_between_parts_changes_the_identifier(left: str, right: str) -> None:
    keyset = Keyset(NEW)
    cuts = {
        ("nik", left, right),
        ("nik", left + right, ""),
        ("nik", left + right),
        ("nik", left + "|" + right),
        ("nik" + left, right),
    }
    assert len({keyset.identifier(*cut) for cut in cuts}) == len(cuts)


def test_identifier_is_128_bits_in_lower_case_base32() -> None:
    identifier = Keyset(NEW).identifier("nik", "3273091002", "x")
    assert re.fullmatch(r"[a-z2-7]{26}", identifier)


def test_identifiers_and_tags_stay_what_they_are() -> None:
    """A change here loses every document: it needs a migration."""
    keyset = Keyset(bytes(range(32)))
    assert keyset.key_id == "2bk5xis6"
    assert keyset.identifier("nik", "3273091002", "a") == "2nhxqqkxhqqtke5mf7t2ox5ikq"
    assert keyset.tag("word", b"a|B", 8).hex() == "1ade95e54ea123a5"
    assert keyset.subkey("session").hex()[:16] == "dfa30acefc4bfb5c"


def test_what_one_key_makes_for_one_purpose_is_nothing_for_another() -> None:
    keyset, same = Keyset(NEW), b"same"
    made = [
        keyset.tag("a", same, 32),
        keyset.tag("b", same, 32),
        Keyset(OLD).tag("a", same, 32),
        keyset.subkey("a"),
        keyset.subkey("seal"),
        keyset.subkey("tag"),
        keyset.subkey("identifier"),
        keyset.subkey("key id"),
        NEW,
    ]
    assert len(set(made)) == len(made)
    assert keyset.identifier("a", "same") != Keyset(OLD).identifier("a", "same")


def test_after_a_rotation_the_old_identifiers_are_still_known() -> None:
    before = Keyset(OLD)
    after = rotated(before)
    assert after.key_id != before.key_id
    assert after.key_ids == (after.key_id, before.key_id)
    assert after.identifiers("nik", "x") == (
        after.identifier("nik", "x"),
        before.identifier("nik", "x"),
    )
    assert after.tags("w", b"x", 8)[1] == before.tag("w", b"x", 8)
    assert after.tag_under(before.key_id, "w", b"x") == before.tag("w", b"x")
    assert after.subkeys("s")[1] == before.subkey("s")
    assert after.under(before.key_id).identifier("nik", "x") == before.identifier("nik", "x")
    assert before.identifier("nik", "x") not in without_previous(after).identifiers("nik", "x")


def test_a_key_that_is_not_held_is_refused() -> None:
    with pytest.raises(KeysInvalid):
        Keyset(NEW).tag_under("aaaaaaaa", "nik", b"x")
    with pytest.raises(KeysInvalid):
        Keyset(NEW).under(Keyset(OLD).key_id)


def test_tag_fits_only_its_own_data_and_domain() -> None:
    keyset = Keyset(NEW, OLD)
    for tag in keyset.tags("word", b"data", 8):
        assert keyset.tag_fits(tag, "word", b"data")
        assert not keyset.tag_fits(tag, "word", b"other")
        assert not keyset.tag_fits(tag, "kk", b"data")
        assert not keyset.tag_fits(bytes(8), "word", b"data")
    assert not keyset.tag_fits(b"", "word", b"data")
    assert not keyset.tag_fits(b"x" * 33, "word", b"data")


@pytest.mark.parametrize("length", [0, 3, 33])
def test_a_tag_too_short_to_mean_anything_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="4 to 32"):
        Keyset(NEW).tag("word", b"x", length)


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=300), st.text(max_size=40))
def test_a_seal_opens_in_its_own_place_alone(plain: bytes, place: str) -> None:
    keyset = Keyset(NEW)
    sealed = keyset.seal(plain, place)
    assert keyset.unseal(sealed, place) == plain
    assert len(sealed) == len(plain) + 34
    with pytest.raises(SealBroken):
        keyset.unseal(sealed, place + "x")


@settings(deadline=None)
@given(st.data())
def test_no_changed_bit_of_a_seal_goes_unseen(data: st.DataObject) -> None:
    keyset = Keyset(NEW, OLD)
    sealed = bytearray(keyset.seal(b"nama seseorang", "p#name"))
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SealBroken):
        keyset.unseal(bytes(sealed), "p#name")


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_what_was_never_sealed_does_not_open(noise: bytes) -> None:
    keyset = Keyset(NEW)
    for text in (noise, keyset.seal(b"", "p")[:18] + noise):
        with pytest.raises(SealBroken):
            keyset.unseal(text, "p")


def test_the_same_text_never_gives_the_same_seal() -> None:
    keyset = Keyset(NEW)
    assert len({keyset.seal(b"x", "p") for _ in range(100)}) == 100


def test_a_seal_of_the_previous_key_opens_until_it_is_retired() -> None:
    before = Keyset(OLD)
    sealed = before.seal(b"x", "p")
    after = rotated(before)
    assert after.unseal(sealed, "p") == b"x"
    with pytest.raises(SealBroken):
        before.unseal(after.seal(b"x", "p"), "p")
    with pytest.raises(SealBroken):
        without_previous(after).unseal(sealed, "p")


def test_a_keyset_is_read_back_from_its_own_text() -> None:
    keyset = rotated(Keyset.generate())
    read = Keyset.parse(f"  {keyset.secret_text()}\n")
    assert read.key_ids == keyset.key_ids
    assert read.unseal(keyset.seal(b"x", "p"), "p") == b"x"


@settings(deadline=None)
@given(st.text(max_size=100))
def test_a_text_that_is_no_key_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(KeysInvalid) as caught:
        Keyset.parse(text)
    assert len(text.strip()) < 8 or text.strip() not in str(caught.value)


def test_a_previous_key_equal_to_the_current_one_is_refused() -> None:
    with pytest.raises(KeysInvalid):
        Keyset(NEW, NEW)
    with pytest.raises(KeysInvalid):
        Keyset(b"short")


def test_two_keysets_tell_when_they_share_a_root() -> None:
    assert Keyset(NEW, OLD).shares_root_with(Keyset(OLD))
    assert not Keyset(NEW).shares_root_with(Keyset(OLD))


def test_a_keyset_never_shows_its_keys() -> None:
    keyset = Keyset.generate()
    secret = keyset.secret_text().removeprefix("nutera1-")
    for shown in (repr(keyset), str(keyset), f"{[keyset]}"):
        assert secret not in shown
        assert keyset.key_id in shown
    with pytest.raises(TypeError):
        pickle.dumps(keyset)


def test_half_a_character_is_taken_like_any_other() -> None:
    keyset = Keyset(os.urandom(32))
    assert keyset.identifier("nik", "\ud800") != keyset.identifier("nik", "\ud801")
