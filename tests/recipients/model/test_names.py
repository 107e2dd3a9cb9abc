"""How names are folded, compared and masked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.recipients.model import names


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ASEP SAEPUDIN", ("ASEP", "SAEPUDIN")),
        ("H. Asep Saepudin, S.Pd", ("ASEP", "SAEPUDIN")),
        ("HJ.SITI AMINAH", ("SITI", "AMINAH")),
        ("M. Yusuf bin Ali", ("YUSUF", "ALI")),
        ("Nur Hayati, S. Kom.", ("NUR", "HAYATI")),
        ("Sa'adah", ("SAADAH",)),
        ("Sa’adah", ("SAADAH",)),
        ("Drs. H. O. Kosasih", ("KOSASIH",)),
        ("Ujang (Alm)", ("UJANG",)),
        ("ALM. UJANG", ("UJANG",)),
        ("José Ávila", ("JOSE", "AVILA")),
        ("S. Agustina", ("AGUSTINA",)),
        ("Siti, SE, MM", ("SITI",)),
        ("Siti S.E.", ("SITI",)),
        ("O", ("O",)),
        ("", ()),
        ("--", ()),
    ],
)
def test_words_leave_out_titles_and_initials(name: str, words: tuple[str, ...]) -> None:
    assert names.words(name) == words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("H. ASEP", "ASEP"),
        ("ASEP SAEPUDIN", "asep  saepudin"),
        ("NUR HAYATI", "NURHAYATI"),
        ("SITI BINTI ALI", "SITI ALI"),
    ],
)
def test_the_same_person_is_recognised(one: str, other: str) -> None:
    assert names.identity(one) == names.identity(other)


@pytest.mark.parametrize(("one", "other"), [("ASEP", "UJANG"), ("ASEP S", "ASEP T")])
def test_two_people_stay_two(one: str, other: str) -> None:
    assert names.identity(one) != names.identity(other)


def test_names_in_another_script_are_told_apart_but_not_searched() -> None:
    assert names.identity("王秀英") != names.identity("李秀英")
    assert not names.is_searchable("王秀英 12")
    assert names.is_searchable("王秀英 Wang")


def test_a_mask_does_not_tell_how_long_a_name_is() -> None:
    assert names.masked("SITI AMINAH") == "S*** A***"
    assert names.masked("SRI AYUNINGTYASWATI") == "S*** A***"
    assert names.masked("H. ASEP, S.PD") == "A***"


@given(st.text(max_size=60))
def test_words_are_plain_whatever_comes_in(text: str) -> None:
    found = names.words(text)
    assert all(word.isascii() and word.isalnum() and word == word.upper() for word in found)


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz .,'", max_size=40))
def test_a_mask_shows_initials_alone(name: str) -> None:
    for part in names.masked(name).split():
        assert part[1:] == "***"
