"""Passwords: argon2id, long enough, and no shortcut for an unknown account."""

from __future__ import annotations

import unicodedata

import pytest

from shared.platform.errors import Invalid
from shared.staff.sign_in.passwords import MAX_LENGTH, Passwords

GOOD = "tiga ekor kucing hitam"


def test_a_password_fits_its_own_hash_alone(passwords: Passwords) -> None:
    kept = passwords.hash(GOOD)
    assert kept.startswith("$argon2id$")
    assert passwords.fits(GOOD, kept)
    assert not passwords.fits(GOOD + " ", kept)
    assert not passwords.fits("", kept)
    assert passwords.hash(GOOD) != kept


def test_the_same_letters_of_another_keyboard_fit(passwords: Passwords) -> None:
    typed = "kafé kafé kafé"
    kept = passwords.hash(unicodedata.normalize("NFC", typed))
    assert passwords.fits(unicodedata.normalize("NFD", typed), kept)


def test_nobody_has_no_password(passwords: Passwords) -> None:
    for tried in (GOOD, "", "tidak ada orang dengan sandi ini"):
        assert not passwords.fits(tried, None)


def test_a_damaged_hash_fits_nothing(passwords: Passwords) -> None:
    for kept in ("", "x", "$argon2id$v=19$m=8,t=1,p=1$AAAA$AAAA"):
        assert not passwords.fits(GOOD, kept)


@pytest.mark.parametrize(
    ("password", "told"),
    [
        ("pendek", "paling sedikit 12"),
        ("x" * (MAX_LENGTH + 1), "paling panjang"),
        ("a" * 12, "mudah"),
    ],
)
def test_a_bad_choice_is_refused_in_words(passwords: Passwords, password: str, told: str) -> None:
    with pytest.raises(Invalid) as caught:
        passwords.hash(password)
    assert told in caught.value.detail


def test_a_monstrous_password_is_no_work_and_no_error(passwords: Passwords) -> None:
    kept = passwords.hash(GOOD)
    assert not passwords.fits("x" * 1_000_000, kept)
    assert not passwords.fits("\ud800" * 20, kept)


def test_hashes_of_smaller_figures_are_outdated(passwords: Passwords) -> None:
    kept = passwords.hash(GOOD)
    assert not passwords.is_outdated(kept)
    assert Passwords(passes=2, memory_kib=64).is_outdated(kept)


def test_the_figures_of_the_real_thing_are_those_of_rfc_9106() -> None:
    kept = Passwords().hash(GOOD)
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=1$")
