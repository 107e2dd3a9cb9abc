"""Second factor: a code is valid for a moment, and once."""

from __future__ import annotations

from datetime import timedelta

import pyotp
import pytest

from shared.platform.crypto.keys import Keyset
from shared.platform.errors import Forbidden, Invalid, TooManyRequests, Unauthenticated
from shared.platform.store import Store
from shared.staff.accounts import Accounts, Role, Staff
from shared.staff.sign_in import second_factor
from shared.staff.sign_in.passwords import Passwords
from shared.staff.sign_in.sign_in_limits import ACCOUNT_DELAYS
from tests.hand_clock import KELURAHAN, HandClock

EMAIL, PASSWORD = "rina@contoh.example", "empat ekor kucing putih"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def accounts(store: Store, keyset: Keyset, clock: HandClock, passwords: Passwords) -> Accounts:
    return Accounts(store, keyset, clock, kelurahan_key=KELURAHAN, passwords=passwords)


@pytest.fixture
def staff(accounts: Accounts) -> Staff:
    return accounts.add(EMAIL, "Rina", Role.VERIFIER, KELURAHAN, PASSWORD)


def code(clock: HandClock, seconds: int = 0) -> str:
    return pyotp.TOTP(SECRET).at(clock() + timedelta(seconds=seconds))


def enrolled(accounts: Accounts, staff: Staff, clock: HandClock) -> None:
    accounts.set_second_factor(staff, SECRET, code(clock))
    clock.now += timedelta(minutes=2)


def test_signing_in_takes_the_code_once_an_app_is_set_up(
    accounts: Accounts, staff: Staff, clock: HandClock
) -> None:
    enrolled(accounts, staff, clock)
    for wrong in ("", "000000", code(clock, 120)):
        with pytest.raises(Unauthenticated):
            accounts.sign_in(EMAIL, PASSWORD, KELURAHAN, None, wrong)
    typed = f"{code(clock)[:3]} {code(clock)[3:]}"
    assert accounts.sign_in(EMAIL, PASSWORD, KELURAHAN, None, typed).has_code


def test_a_code_counts_once(accounts: Accounts, staff: Staff, clock: HandClock) -> None:
    enrolled(accounts, staff, clock)
    accounts.sign_in(EMAIL, PASSWORD, KELURAHAN, None, code(clock))
    with pytest.raises(Unauthenticated):
        accounts.sign_in(EMAIL, PASSWORD, KELURAHAN, None, code(clock))
    accounts.sign_in(EMAIL, PASSWORD, KELURAHAN, None, code(clock, 30))
    with pytest.raises(Unauthenticated):
        accounts.sign_in(EMAIL, PASSWORD, KELURAHAN, None, code(clock))


def test_a_right_code_does_not_help_a_wrong_password(
    accounts: Accounts, staff: Staff, clock: HandClock
) -> None:
    enrolled(accounts, staff, clock)
    with pytest.raises(Unauthenticated):
        accounts.sign_in(EMAIL, "kata sandi yang lain", KELURAHAN, None, code(clock))
    accounts.sign_in(EMAIL, PASSWORD, KELURAHAN, None, code(clock))  # it was not used up


def test_codes_are_not_to_be_guessed(accounts: Accounts, staff: Staff, clock: HandClock) -> None:
    enrolled(accounts, staff, clock)
    for _ in range(ACCOUNT_DELAYS.free):
        with pytest.raises(Unauthenticated):
            accounts.sign_in(EMAIL, PASSWORD, KELURAHAN, None, "000000")
    with pytest.raises(TooManyRequests):
        accounts.sign_in(EMAIL, PASSWORD, KELURAHAN, None, code(clock))


def test_an_app_is_taken_only_when_it_shows_the_right_code(
    accounts: Accounts, staff: Staff, clock: HandClock
) -> None:
    with pytest.raises(Invalid):
        accounts.set_second_factor(staff, SECRET, "123456")
    assert not accounts.sign_in(EMAIL, PASSWORD, KELURAHAN).has_code


def test_a_lost_phone_is_forgotten_by_the_admin(
    accounts: Accounts, staff: Staff, clock: HandClock
) -> None:
    enrolled(accounts, staff, clock)
    accounts.clear_second_factor(staff.id)
    assert not accounts.sign_in(EMAIL, PASSWORD, KELURAHAN).has_code


def test_the_secret_is_sealed(
    accounts: Accounts, staff: Staff, clock: HandClock, store: Store
) -> None:
    enrolled(accounts, staff, clock)
    kept = store.get(f"kelurahan/{KELURAHAN}/staff/{staff.id}")
    assert SECRET not in repr(kept)


def test_the_password_is_asked_again_within_limits(accounts: Accounts, staff: Staff) -> None:
    accounts.confirm(staff, PASSWORD)
    for _ in range(10):
        with pytest.raises(Forbidden):
            accounts.confirm(staff, "bukan kata sandinya")
    with pytest.raises(TooManyRequests):
        accounts.confirm(staff, PASSWORD)


def test_strangers_at_the_sign_in_do_not_lock_an_open_session(
    accounts: Accounts, staff: Staff
) -> None:
    for _ in range(ACCOUNT_DELAYS.free):
        with pytest.raises(Unauthenticated):
            accounts.sign_in(EMAIL, "bukan kata sandinya", KELURAHAN, "192.0.2.1")
    with pytest.raises(TooManyRequests) as refused:
        accounts.sign_in(EMAIL, PASSWORD, KELURAHAN, "198.51.100.1")
    assert "admin" in refused.value.detail
    accounts.confirm(staff, PASSWORD, "192.0.2.1")


def test_a_new_password_opens_both_doors(accounts: Accounts, staff: Staff) -> None:
    new = "lima ekor kelinci abu-abu"
    for _ in range(ACCOUNT_DELAYS.free):
        with pytest.raises(Unauthenticated):
            accounts.sign_in(EMAIL, "bukan kata sandinya", KELURAHAN)
    for _ in range(10):
        with pytest.raises(Forbidden):
            accounts.confirm(staff, "bukan kata sandinya")
    accounts.set_password(EMAIL, new)
    accounts.confirm(accounts.sign_in(EMAIL, new, KELURAHAN), new)


def test_another_role_ends_the_sessions(accounts: Accounts, staff: Staff) -> None:
    accounts.set_role(staff.id, Role.AUDITOR)
    changed = accounts.get(staff.id)
    assert changed.role is Role.AUDITOR
    assert changed.version != staff.version


def test_the_address_for_the_app_names_account_and_kelurahan() -> None:
    made = second_factor.address(SECRET, EMAIL, "MY NUTERA Taman Sari")
    assert made.startswith("otpauth://totp/MY%20NUTERA%20Taman%20Sari:rina%40contoh.example?")
    assert len(second_factor.new_secret()) == 32


@pytest.mark.parametrize("secret", ["", "!!!!", "A" * 31, "A" * 33, SECRET.lower(), "é" * 32])
def test_what_is_no_secret_of_160_bits_is_none(
    accounts: Accounts, staff: Staff, secret: str
) -> None:
    assert not second_factor.is_secret(secret)
    with pytest.raises(Invalid) as refused:
        accounts.set_second_factor(staff, secret, "123456")
    assert [each["pointer"] for each in refused.value.errors] == ["#/code"]


def test_a_secret_made_here_is_one() -> None:
    assert all(second_factor.is_secret(second_factor.new_secret()) for _ in range(50))
