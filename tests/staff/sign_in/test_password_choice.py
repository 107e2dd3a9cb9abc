"""Choosing a password: common ones, and those of the place and the person, are refused."""

from __future__ import annotations

import subprocess
import sys

import pytest

from shared.platform.crypto.keys import Keyset
from shared.platform.errors import Invalid
from shared.platform.store.sqlite.store import SqliteStore
from shared.staff.accounts import Accounts, Role
from shared.staff.sign_in.passwords import Passwords
from tests.hand_clock import KELURAHAN, HandClock

EMAIL, NAME, GOOD = "rina.marlina@tamansari.example", "Rina Marlina", "tiga ekor kucing hitam"
EASY = (
    "password1234",
    "P@ssw0rd1234",
    "123456789012",
    "qwertyuiop12",
    "qwerty123456",
    "bismillah1234",
    "bismillah2026",
    "Bismillahirrahmanirrahim",
    "indonesia123",
    "Indonesia2026!",
    "merdeka17081945",
    "sayangkamu123",
    "rahasia12345",
    "katasandi123",
    "adminadmin12",
    "tamansari2026",
    "Taman Sari 2026",
    "kelurahantamansari",
    "bandungwetan1",
    "kotabandung26",
    "rinamarlina26",
    "Rina Marlina 1990",
    "marlinarina12",
    "rina.marlina1",
    "anilramanir12",
    "17agustus1945",
)


@pytest.fixture
def accounts(
    sqlite_store: SqliteStore, keyset: Keyset, clock: HandClock, passwords: Passwords
) -> Accounts:
    office = ("Taman Sari", "Kelurahan Taman Sari", "Bandung Wetan", "Kota Bandung")
    return Accounts(
        sqlite_store,
        keyset,
        clock,
        kelurahan_key=KELURAHAN,
        passwords=passwords,
        office=office,
    )


@pytest.mark.parametrize("easy", EASY)
def test_an_easy_password_is_refused_however_it_is_set(accounts: Accounts, easy: str) -> None:
    with pytest.raises(Invalid) as caught:
        accounts.add(EMAIL, NAME, Role.VERIFIER, KELURAHAN, easy)
    assert easy not in str(caught.value) + caught.value.detail
    assert accounts.list() == []
    staff = accounts.add(EMAIL, NAME, Role.VERIFIER, KELURAHAN, GOOD)
    for set_it in (
        lambda: accounts.set_password(EMAIL, easy),
        lambda: accounts.replace_password(staff, GOOD, easy),
    ):
        with pytest.raises(Invalid):
            set_it()
    assert accounts.sign_in(EMAIL, GOOD, KELURAHAN) == staff


@pytest.mark.parametrize(
    "good",
    [
        GOOD,
        "kuda-laut-biru-tujuh",
        "sepeda hijau dua belas",
        "perahu-kertas-kuning-satu",
        "kafé dan gula aren",
        "Rina suka teh melati panas",
        "kx7pd-m2wqa-9fhtc-bv3ze-yn8rg",
        "k" * 3 + "kunci panjang sekali " * 9,
    ],
)
def test_some_unrelated_words_are_taken(accounts: Accounts, good: str) -> None:
    accounts.add(EMAIL, NAME, Role.VERIFIER, KELURAHAN, good)
    assert accounts.sign_in(EMAIL, good, KELURAHAN)


def test_the_list_is_loaded_only_where_a_password_is_chosen() -> None:
    code = "import sys, shared.staff.accounts; sys.exit('zxcvbn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
