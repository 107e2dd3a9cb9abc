"""The public projection: what it holds of a person, and which claims it accepts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.platform.crypto.keys import Keyset
from shared.platform.store.port import Snapshot
from shared.recipients.lookup import projection
from shared.recipients.lookup.projection import Claim, Factor

KELURAHAN = "3273091002"
NIK = "3273095501900001"
KK = "3273091001100001"
NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
KEYS = Keyset(b"1" * 32)
AIDS = [("pkh", "2026-T4", "Aktif"), ("bpnt", "2026-11", "Aktif")]


def built(name: str = "SITI AMINAH", kk: str = KK, keys: Keyset = KEYS) -> Snapshot:
    document_id, document = projection.build(NIK, name, kk, AIDS, keys, KELURAHAN, NOW)
    return Snapshot(projection.path(KELURAHAN, document_id), dict(document))


def proves(
    snapshot: Snapshot, name: str, kk: str = "", factor: Factor = "name", keys: Keyset = KEYS
) -> bool:
    return projection.matching([snapshot], projection.claim(name, kk), keys, factor) is snapshot


def words_of(snapshot: Snapshot) -> list[bytes]:
    assert snapshot.data is not None
    words = snapshot.data["words"]
    assert isinstance(words, list)
    return words


@pytest.mark.parametrize(
    "name", ["Siti", "siti aminah", "AMINAH", "Hj. Siti", "Aminah Sitti", "siti-x aminah, S.Pd"]
)
def test_any_word_of_the_name_is_enough(name: str) -> None:
    assert proves(built("Hj. Siti Aminah, S.Pd"), name)


@pytest.mark.parametrize("name", ["Hj.", "S", "A. S.", "Sit", "Dewi", "BINTI", "", "Amin ah"])
def test_titles_initials_and_other_names_prove_nothing(name: str) -> None:
    assert not proves(built("Hj. Siti Aminah binti Hasan"), name)


FREQUENT = ("SITI", "AHMAD", "NUR", "DEWI")


@pytest.mark.parametrize("order", [*permutations(FREQUENT)])
def test_four_names_in_one_question_are_one_guess(order: tuple[str, ...]) -> None:
    """Whoever types frequent names meets nobody whom the one name wouldn't have met."""
    met = [name for name in FREQUENT if proves(built(f"{name} MUSTOFA"), " ".join(order))]
    alone = [name for name in FREQUENT if proves(built(f"{name} MUSTOFA"), order[0])]
    assert met == alone == [order[0]]


@pytest.mark.parametrize("factor", ["name", "kk", "both", "either"])
def test_a_question_is_one_guess_whatever_proves(factor: Factor) -> None:
    ways = [("Siti", "999999"), ("Dewi", KK[-6:])]
    assert sum(proves(built(), name, kk, factor) for name, kk in ways) <= 1


@pytest.mark.parametrize(
    "name",
    [
        "Siti Aminnah",  # misspelt
        "Aminah Siti",  # in another order
        "Siti Budi Santoso",  # by the husband's name
        "Siti A",
        "Ibu Siti Aminah",
        "Bu Siti",
        "Neng Aminah",
    ],
)
def test_what_is_typed_after_the_first_word_does_no_harm(name: str) -> None:
    assert proves(built(), name)


@pytest.mark.parametrize(
    "name", ["Muhamad Rizki", "Moh. Rizki", "M. Rizki", "Mochammad Rizki P", "Rizki", "Mohammad"]
)
def test_the_name_that_is_spelt_in_a_dozen_ways_gives_way_to_the_next(name: str) -> None:
    assert proves(built("MOHAMMAD RIZKI"), name)


@pytest.mark.parametrize("name", ["Neng", "Mas", "Muhammad", "Moh"])
def test_a_word_that_gives_way_counts_where_it_is_all_there_is(name: str) -> None:
    assert proves(built(f"{name} SITI"), name)
    assert proves(built(name), name)


@pytest.mark.parametrize(
    ("factor", "name", "kk", "expected"),
    [
        ("name", "Siti", "", True),
        ("name", "Siti", "999999", True),
        ("name", "Dewi", KK[-6:], False),
        ("kk", "", KK[-6:], True),
        ("kk", "Siti", "999999", False),
        ("kk", "Siti", "", False),
        ("both", "Siti", KK[-6:], True),
        ("both", "Siti", "999999", False),
        ("both", "Dewi", KK[-6:], False),
        ("either", "Siti", "", True),
        ("either", "", KK[-6:], True),
        ("either", "Dewi", "999999", False),
        ("kk", "", KK[-5:], False),
    ],
)
def test_the_kelurahan_chooses_the_factor(
    factor: Factor, name: str, kk: str, expected: bool
) -> None:
    assert proves(built(), name, kk, factor) is expected


@pytest.mark.parametrize("kk", ["", "12345"])
def test_a_person_without_a_kk_number_is_not_proven_by_an_empty_one(kk: str) -> None:
    assert not proves(built(kk=kk), "", "", "kk")
    assert not proves(built(kk=kk), "", "000000", "kk")


def test_nothing_personal_is_in_the_document() -> None:
    snapshot = built("Hj. Siti Aminah")
    text = repr((snapshot.id, snapshot.data)).upper()
    assert set(snapshot.data or {}) == {
        "schema", "name", "words", "kk", "entitlements", "updated_at", "tag",
    }  # fmt: skip
    assert (snapshot.data or {})["name"] == "S*** A***"
    for secret in ("SITI", "AMINAH", NIK, NIK[:6], KK, KK[-6:]):
        assert secret not in text


def test_the_same_person_twice_is_the_same_content() -> None:
    first = projection.build(NIK, "Siti", KK, AIDS, KEYS, KELURAHAN, NOW)
    later = NOW + timedelta(days=7)
    again = projection.build(NIK, "Siti", KK, AIDS[::-1], KEYS, KELURAHAN, later)
    assert first[0] == again[0] == projection.identifier(KEYS, KELURAHAN, NIK)
    assert projection.content(first[1]) == projection.content(again[1])
    assert {**first[1], "updated_at": later} == again[1]


@pytest.mark.parametrize(
    ("name", "kk", "aids"),
    [("Dewi", KK, AIDS), ("Siti", KK[:-1] + "9", AIDS), ("Siti", KK, AIDS[:1]), ("Siti", "", AIDS)],
)
def test_whatever_changes_changes_the_content(
    name: str, kk: str, aids: list[tuple[str, str, str]]
) -> None:
    before = projection.build(NIK, "Siti", KK, AIDS, KEYS, KELURAHAN, NOW)[1]
    after = projection.build(NIK, name, kk, aids, KEYS, KELURAHAN, NOW)[1]
    assert projection.content(before) != projection.content(after)


def test_the_tag_is_over_what_counts_as_content_and_no_part_of_it() -> None:
    _, document = projection.build(NIK, "Siti", KK, AIDS, KEYS, KELURAHAN, NOW)
    _, again = projection.build(NIK, "Siti", KK, AIDS, KEYS, KELURAHAN, NOW + timedelta(days=7))
    _, other = projection.build(NIK, "Siti", KK, AIDS[:1], KEYS, KELURAHAN, NOW)
    assert document["tag"] == again["tag"] != other["tag"]
    bare = {name: document[name] for name in document if name != "tag"}
    assert projection.content(bare) == projection.content(document)


def test_a_document_is_vouched_for_in_its_own_place_and_under_its_own_key_only() -> None:
    snapshot, nothing = built(), Snapshot(projection.path(KELURAHAN, "a" * 26), None)
    assert projection.are_ours([snapshot], KEYS)
    assert projection.are_ours([nothing], KEYS)
    assert not projection.are_ours([Snapshot(nothing.path, snapshot.data)], KEYS)
    assert not projection.are_ours([snapshot], Keyset(b"2" * 32))


def test_during_a_rotation_each_document_is_vouched_for_by_its_own_key() -> None:
    old, both = Keyset(b"0" * 32), Keyset(b"1" * 32, b"0" * 32)
    assert projection.are_ours([built(), built(keys=old)], both)
    assert not projection.are_ours([built(keys=old), built()], both)


@given(
    st.lists(st.sampled_from(["SITI", "NUR", "AGUS", "DEDE", "ASEP", "WATI", "RINA"]), min_size=1)
)
@settings(max_examples=40, deadline=None)
def test_names_of_every_length_are_filled_up_alike(words: list[str]) -> None:
    snapshot = built(" ".join(words))
    tags = words_of(snapshot)
    assert len(tags) % 4 == 0
    assert len(set(tags)) == len(tags)
    assert {len(tag) for tag in tags} == {projection.TAG_BYTES}
    assert tags == sorted(tags)
    assert all(proves(snapshot, word) for word in words)


def test_equal_names_of_two_people_do_not_look_alike() -> None:
    other = projection.build(NIK[:-1] + "2", "SITI AMINAH", KK, AIDS, KEYS, KELURAHAN, NOW)[1]
    assert not set(words_of(built())) & set(other["words"])  # type: ignore[arg-type]
    assert (built().data or {})["kk"] != other["kk"]


def test_the_document_of_another_person_proves_nothing_when_moved() -> None:
    moved = Snapshot(projection.path(KELURAHAN, "a" * 26), built().data)
    assert not proves(moved, "Siti")


def test_after_a_rotation_documents_of_both_keys_are_found() -> None:
    old = Keyset(b"0" * 32)
    both = Keyset(b"1" * 32, b"0" * 32)
    current, previous = projection.identifiers(both, KELURAHAN, NIK)
    assert (current, previous) == (
        projection.identifier(KEYS, KELURAHAN, NIK),
        projection.identifier(old, KELURAHAN, NIK),
    )
    nothing = Snapshot(projection.path(KELURAHAN, current), None)
    found = projection.matching([nothing, built(keys=old)], Claim("SITI"), both, "name")
    assert found is not None
    assert found.id == previous
    nothing = Snapshot(projection.path(KELURAHAN, previous), None)
    found = projection.matching([built(), nothing], Claim("SITI"), both, "name")
    assert found is not None
    assert found.id == current


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        {"words": None, "kk": None},
        {"words": [1, "x", b""], "kk": "text"},
        {"words": [bytes(8)] * 40, "kk": b""},
    ],
)
@pytest.mark.parametrize("factor", ["name", "kk", "both", "either"])
def test_a_missing_or_broken_document_proves_nothing(data: dict | None, factor: Factor) -> None:
    snapshot = Snapshot(projection.path(KELURAHAN, "a" * 26), data)
    assert not proves(snapshot, "Siti", "000000", factor)
    assert projection.are_ours([snapshot], KEYS) is (data is None)
    assert projection.entitlements(snapshot) == ()


def test_entitlements_are_read_back_in_order() -> None:
    assert [each.programme for each in projection.entitlements(built())] == ["bpnt", "pkh"]
