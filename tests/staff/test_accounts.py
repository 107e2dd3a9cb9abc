"""Staff: who may sign in, until when, and what a stranger learns (nothing)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest

from shared.platform.crypto.keys import Keyset
from shared.platform.errors import (
    AlreadyExists,
    AppError,
    Invalid,
    NotFound,
    TooManyRequests,
    Unauthenticated,
)
from shared.platform.store import Store
from shared.platform.store.sqlite.store import SqliteStore
from shared.staff.accounts import Accounts, Role
from shared.staff.sign_in.known_devices import Device
from shared.staff.sign_in.passwords import Passwords
from shared.staff.sign_in.sign_in_limits import ACCOUNT_DELAYS, ORIGIN_DELAYS
from tests.hand_clock import KELURAHAN, HandClock
from tests.metered import Metered
from tests.rotation import rotated

EMAIL, PASSWORD = "Ani@Contoh.example", "tiga ekor kucing hitam"


@pytest.fixture
def accounts(store: Store, keyset: Keyset, clock: HandClock, passwords: Passwords) -> Accounts:
    return Accounts(store, keyset, clock, kelurahan_key=KELURAHAN, passwords=passwords)


@pytest.fixture
def quick(
    sqlite_store: SqliteStore, keyset: Keyset, clock: HandClock, passwords: Passwords
) -> Accounts:
    return Accounts(sqlite_store, keyset, clock, kelurahan_key=KELURAHAN, passwords=passwords)


def sign_in(accounts: Accounts, email: str = EMAIL, password: str = PASSWORD) -> object:
    return accounts.sign_in(email, password, KELURAHAN, "192.0.2.1")


def test_an_officer_signs_in_and_is_found_again(accounts: Accounts) -> None:
    added = accounts.add(EMAIL, " Ani  Nurani ", Role.OPERATOR, KELURAHAN, PASSWORD)
    assert added.name == "Ani Nurani"
    assert sign_in(accounts) == added
    assert sign_in(accounts, " ani@contoh.EXAMPLE ") == added
    assert accounts.get(added.id) == added
    assert accounts.by_email(EMAIL) == added
    (account,) = accounts.list(KELURAHAN)
    assert account.staff == added
    assert account.email == "ani@contoh.example"
    assert account.is_active


def test_an_address_in_other_letters_is_the_same_account(quick: Accounts) -> None:
    added = quick.add("\uff21ni@Contoh.example", "Ani", Role.OPERATOR, KELURAHAN, PASSWORD)
    assert quick.list()[0].email == "ani@contoh.example"
    for spelling in (
        "ani@contoh.example",
        "ANI@CONTOH.EXAMPLE",
        "\uff41\uff4e\uff49@contoh.example",
    ):
        assert sign_in(quick, spelling) == added
        with pytest.raises(AlreadyExists):
            quick.add(spelling, "Ani", Role.VERIFIER, KELURAHAN, PASSWORD)
    assert quick.add("ani+x@contoh.example", "Ani", Role.VERIFIER, KELURAHAN, PASSWORD) != added


def test_every_refusal_is_the_same(accounts: Accounts, clock: HandClock) -> None:
    accounts.add(EMAIL, "Ani", Role.OPERATOR, KELURAHAN, PASSWORD)
    accounts.add("b@contoh.example", "Budi", Role.VERIFIER, KELURAHAN, PASSWORD)
    accounts.end("b@contoh.example")
    accounts.add("c@c.example", "Cici", Role.AUDITOR, KELURAHAN, PASSWORD, date(2026, 11, 24))
    clock.forward(days=1)
    refusals = []
    for email, password, kelurahan in (
        (EMAIL, "salah salah salah", KELURAHAN),
        (EMAIL, "", KELURAHAN),
        (EMAIL, PASSWORD, "9901021003"),
        ("nobody@contoh.example", PASSWORD, KELURAHAN),
        ("b@contoh.example", PASSWORD, KELURAHAN),
        ("c@c.example", PASSWORD, KELURAHAN),
        ("", "", KELURAHAN),
        ("\ud800@x", "\ud800", KELURAHAN),
    ):
        with pytest.raises(Unauthenticated) as caught:
            accounts.sign_in(email, password, kelurahan)
        refusals.append((caught.value.detail, caught.value.status, str(caught.value)))
    assert len(set(refusals)) == 1


def test_an_unknown_account_is_as_much_work_as_a_wrong_password(
    sqlite_store: SqliteStore, keyset: Keyset, clock: HandClock
) -> None:
    class Counting(Passwords):
        checked = 0

        def _hash(self, password: str) -> str:
            self.checked += 1
            return super()._hash(password)

        def fits(self, password: str, kept: str | None) -> bool:
            self.checked += 100
            return super().fits(password, kept)

    metered = Metered(sqlite_store)
    work = Counting(passes=1, memory_kib=64)
    accounts = Accounts(metered, keyset, clock, passwords=work)
    accounts.add(EMAIL, "Ani", Role.OPERATOR, KELURAHAN, PASSWORD)

    def cost(email: str) -> tuple[int, ...]:
        before = (metered.reads, metered.writes, metered.round_trips, work.checked)
        with pytest.raises(Unauthenticated):
            accounts.sign_in(email, "salah salah salah", KELURAHAN, "192.0.2.1")
        after = (metered.reads, metered.writes, metered.round_trips, work.checked)
        return tuple(b - a for a, b in zip(before, after, strict=True))

    cost("warm@contoh.example")
    assert cost(EMAIL) == cost("nobody@contoh.example") == (3, 2, 3, 100)


def test_an_account_is_open_to_the_end_of_its_last_day_in_jakarta(
    quick: Accounts, clock: HandClock
) -> None:
    quick.add(EMAIL, "Ani", Role.SURVEYOR, KELURAHAN, PASSWORD, until=date(2026, 11, 25))
    clock.now = clock.now.replace(day=25, hour=16, minute=59, second=59)
    sign_in(quick)
    clock.forward(seconds=1)
    with pytest.raises(Unauthenticated):
        sign_in(quick)
    with pytest.raises(NotFound):
        quick.by_email(EMAIL)
    assert not quick.list()[0].is_active


def test_an_ended_account_is_nobodys(accounts: Accounts) -> None:
    added = accounts.add(EMAIL, "Ani", Role.OPERATOR, KELURAHAN, PASSWORD)
    accounts.end(EMAIL)
    for ask in (lambda: accounts.get(added.id), lambda: accounts.by_email(EMAIL)):
        with pytest.raises(NotFound):
            ask()
    with pytest.raises(NotFound):
        accounts.end(EMAIL)
    (account,) = accounts.list()
    assert account.ended_at is not None
    assert not account.is_active


def test_an_ended_account_is_opened_anew_with_its_old_id(accounts: Accounts) -> None:
    before = accounts.add(EMAIL, "Ani", Role.SURVEYOR, KELURAHAN, PASSWORD, date(2026, 12, 1))
    with pytest.raises(AlreadyExists):
        accounts.add(EMAIL, "Ani", Role.ADMIN, KELURAHAN, PASSWORD)
    accounts.end(EMAIL)
    after = accounts.add(EMAIL, "Ani N", Role.OPERATOR, KELURAHAN, "empat ekor kucing putih")
    assert after.id == before.id
    assert after.version > before.version
    assert accounts.get(after.id).role is Role.OPERATOR
    with pytest.raises(Unauthenticated):
        sign_in(accounts)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"email": "tanpa tanda"}, "surel"),
        ({"email": "a@b"}, "surel"),
        ({"email": "\u0430ni@contoh.example"}, "surel"),  # a Cyrillic a
        ({"email": "ani\u200b@contoh.example"}, "surel"),
        ({"email": "ani@contoh\u3002ex\u0430mple"}, "surel"),
        ({"name": "  "}, "nama"),
        ({"name": "x" * 101}, "nama"),
        ({"password": "pendek"}, "12"),
        ({"role": Role.SURVEYOR}, "tanggal akhir"),
        ({"until": date(2026, 11, 23)}, "sudah lewat"),
    ],
)
def test_a_bad_account_is_refused_in_words(
    quick: Accounts, changed: dict[str, object], told: str
) -> None:
    wish: dict[str, object] = {
        "email": EMAIL,
        "name": "Ani",
        "role": Role.OPERATOR,
        "kelurahan_key": KELURAHAN,
        "password": PASSWORD,
        **changed,
    }
    with pytest.raises(Invalid) as caught:
        quick.add(**wish)  # type: ignore[arg-type]
    assert told.casefold() in caught.value.detail.casefold()
    assert quick.list() == []


def test_guessing_one_account_is_slower_with_each_try(
    store: Store, keyset: Keyset, clock: HandClock, passwords: Passwords
) -> None:
    accounts = Accounts(store, keyset, clock, passwords=passwords)
    accounts.add(EMAIL, "Ani", Role.OPERATOR, KELURAHAN, PASSWORD)
    for email in (EMAIL, "nobody@contoh.example"):
        for _ in range(ACCOUNT_DELAYS.free):
            with pytest.raises(Unauthenticated):
                sign_in(accounts, email, "salah salah salah")
        for seconds in (5, 10, 20, 40, 80, 160, 320, 640, 900, 900):
            with pytest.raises(TooManyRequests) as caught:  # the right password doesn't help
                sign_in(accounts, email)
            assert caught.value.retry_after_seconds == seconds + 1
            clock.forward(seconds=seconds)
            with pytest.raises(Unauthenticated):
                sign_in(accounts, email, "salah salah salah")
    accounts.set_password(EMAIL, "empat ekor kucing putih", KELURAHAN)
    assert sign_in(accounts, EMAIL, "empat ekor kucing putih")


def test_many_guesses_at_once_get_no_further(
    store: Store, keyset: Keyset, clock: HandClock, passwords: Passwords
) -> None:
    accounts = Accounts(store, keyset, clock, passwords=passwords)
    accounts.add(EMAIL, "Ani", Role.OPERATOR, KELURAHAN, PASSWORD)

    def guess(number: int) -> type[AppError]:
        with pytest.raises((Unauthenticated, TooManyRequests)) as caught:
            sign_in(accounts, EMAIL, f"salah {number}")
        return caught.type

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(guess, range(24)))
    assert 1 <= answers.count(Unauthenticated) <= ACCOUNT_DELAYS.free


def test_an_admin_s_decision_forgets_all_failures(
    store: Store, keyset: Keyset, clock: HandClock, passwords: Passwords
) -> None:
    accounts = Accounts(store, keyset, clock, kelurahan_key=KELURAHAN, passwords=passwords)
    staff = accounts.add(EMAIL, "Ani", Role.OPERATOR, KELURAHAN, PASSWORD)
    known = Device("device", (staff.id,))
    for device in (None, known):
        for _ in range(ACCOUNT_DELAYS.free):
            with pytest.raises(Unauthenticated):
                accounts.sign_in(EMAIL, "salah", KELURAHAN, "192.0.2.1", device=device)
        with pytest.raises(TooManyRequests):
            accounts.sign_in(EMAIL, PASSWORD, KELURAHAN, "192.0.2.1", device=device)
    accounts.unlock(EMAIL)
    assert accounts.sign_in(EMAIL, PASSWORD, KELURAHAN, device=known) == staff
    assert sign_in(accounts) == staff
    with pytest.raises(NotFound):
        accounts.unlock("nobody@contoh.example")


def test_failures_are_forgotten_with_time(quick: Accounts, clock: HandClock) -> None:
    quick.add(EMAIL, "Ani", Role.OPERATOR, KELURAHAN, PASSWORD)
    for _ in range(ACCOUNT_DELAYS.free + 1):
        with pytest.raises(Unauthenticated):
            sign_in(quick, EMAIL, "salah")
        clock.forward(seconds=5)
    clock.forward(seconds=2 * ACCOUNT_DELAYS.forgotten_after)
    with pytest.raises(Unauthenticated):  # the fifth again, so the first that has to be waited for
        sign_in(quick, EMAIL, "salah")
    with pytest.raises(TooManyRequests) as caught:
        sign_in(quick, EMAIL, "salah")
    assert caught.value.retry_after_seconds == ACCOUNT_DELAYS.first_seconds + 1


def test_a_right_password_is_no_failure_and_forgets_none(
    store: Store, keyset: Keyset, clock: HandClock, passwords: Passwords
) -> None:
    accounts = Accounts(store, keyset, clock, kelurahan_key=KELURAHAN, passwords=passwords)
    accounts.add(EMAIL, "Ani", Role.OPERATOR, KELURAHAN, PASSWORD)
    for _ in range(ACCOUNT_DELAYS.free - 1):
        with pytest.raises(Unauthenticated):
            sign_in(accounts, EMAIL, "salah")
    for _ in range(2 * ACCOUNT_DELAYS.free):
        assert sign_in(accounts)
    with pytest.raises(Unauthenticated):
        sign_in(accounts, EMAIL, "salah")
    with pytest.raises(TooManyRequests):
        sign_in(accounts)


def test_guessing_many_accounts_from_one_place_is_slowed_down(
    quick: Accounts, clock: HandClock
) -> None:
    quick.add(EMAIL, "Ani", Role.OPERATOR, KELURAHAN, PASSWORD)
    for i in range(ORIGIN_DELAYS.free):
        with pytest.raises(Unauthenticated):
            sign_in(quick, f"n{i}@contoh.example")
    with pytest.raises(TooManyRequests):
        sign_in(quick)
    assert quick.sign_in(EMAIL, PASSWORD, KELURAHAN, "198.51.100.9")
    clock.forward(seconds=ORIGIN_DELAYS.longest_seconds)
    assert sign_in(quick)


def test_wrong_sign_ins_from_everywhere_keep_nobody_else_out(quick: Accounts) -> None:
    quick.add(EMAIL, "Ani", Role.OPERATOR, KELURAHAN, PASSWORD)
    for i in range(205):
        with pytest.raises(Unauthenticated):
            quick.sign_in(f"n{i}@contoh.example", PASSWORD, KELURAHAN, f"198.51.100.{i % 250}")
    assert sign_in(quick)


def test_signing_in_renews_a_hash_of_smaller_figures(
    sqlite_store: SqliteStore, keyset: Keyset, clock: HandClock, passwords: Passwords
) -> None:
    before = Accounts(sqlite_store, keyset, clock, passwords=passwords)
    staff = before.add(EMAIL, "Ani", Role.OPERATOR, KELURAHAN, PASSWORD)
    path = f"kelurahan/{KELURAHAN}/staff/{staff.id}"
    grown = Passwords(passes=2, memory_kib=128)
    after = Accounts(sqlite_store, keyset, clock, passwords=grown)

    def kept() -> str:
        data = sqlite_store.get(path).data
        assert data is not None
        return str(data["password"])

    assert grown.is_outdated(kept())
    sign_in(after)
    assert not grown.is_outdated(kept())
    renewed = kept()
    sign_in(after)
    assert kept() == renewed
    assert after.get(staff.id, KELURAHAN).version == staff.version


def test_neither_address_nor_name_lies_open_in_the_store(
    sqlite_store: SqliteStore, quick: Accounts
) -> None:
    staff = quick.add(EMAIL, "Ani Nurani", Role.OPERATOR, KELURAHAN, PASSWORD)
    document = sqlite_store.get(f"kelurahan/{KELURAHAN}/staff/{staff.id}")
    shown = repr(document).casefold() + repr(staff) + repr(quick.list())
    assert "contoh" not in shown
    assert "nurani" not in shown.casefold()
    assert PASSWORD not in shown


def test_after_a_key_rotation_the_account_is_still_found(
    sqlite_store: SqliteStore, keyset: Keyset, clock: HandClock, passwords: Passwords
) -> None:
    before = Accounts(sqlite_store, keyset, clock, kelurahan_key=KELURAHAN, passwords=passwords)
    staff = before.add(EMAIL, "Ani", Role.OPERATOR, KELURAHAN, PASSWORD)
    after = Accounts(
        sqlite_store, rotated(keyset), clock, kelurahan_key=KELURAHAN, passwords=passwords
    )
    assert sign_in(after) == staff
    with pytest.raises(AlreadyExists):
        after.add(EMAIL, "Ani", Role.OPERATOR, KELURAHAN, PASSWORD)
    after.end(EMAIL)
    assert after.add(EMAIL, "Ani", Role.OPERATOR, KELURAHAN, PASSWORD).id == staff.id


@dataclass
class Tampering:
    """Somebody with the database, and without the keys."""

    store: SqliteStore
    path: str

    def read(self) -> dict[str, Any]:
        data = self.store.get(self.path).data
        assert data is not None
        return dict(data)

    def change(self, **fields: Any) -> None:
        self.store.set(self.path, {**self.read(), **fields})


@pytest.mark.parametrize(
    "field", ["role", "password", "until", "ended_at", "version", "name", "mac", "none"]
)
def test_what_is_changed_without_the_keys_is_nobodys_account(
    sqlite_store: SqliteStore,
    quick: Accounts,
    passwords: Passwords,
    caplog: pytest.LogCaptureFixture,
    field: str,
) -> None:
    until = date(2026, 12, 31)
    staff = quick.add(EMAIL, "Ani", Role.SURVEYOR, KELURAHAN, PASSWORD, until)
    other = quick.add("b@contoh.example", "Budi", Role.ADMIN, KELURAHAN, PASSWORD)
    hand = Tampering(sqlite_store, f"kelurahan/{KELURAHAN}/staff/{staff.id}")
    theirs = Tampering(sqlite_store, f"kelurahan/{KELURAHAN}/staff/{other.id}")
    wanted = "sandi si penyerang"
    changes: dict[str, dict[str, Any]] = {
        "role": {"role": "admin"},
        "password": {"password": passwords.hash(wanted)},
        "until": {"until": "2099-12-31"},
        "ended_at": {"ended_at": datetime(2026, 11, 1, tzinfo=UTC)},
        "version": {"version": 7},
        "name": {"name": theirs.read()["name"]},
        "mac": {"role": "admin", "mac": theirs.read()["mac"]},
        "none": {"role": "admin", "mac": None},
    }
    hand.change(**changes[field])
    for password in (PASSWORD, wanted):
        with pytest.raises(Unauthenticated):
            sign_in(quick, EMAIL, password)
    for ask in (lambda: quick.get(staff.id), lambda: quick.by_email(EMAIL)):
        with pytest.raises(NotFound):
            ask()
    with pytest.raises(NotFound):
        quick.set_password(EMAIL, "empat ekor kucing putih")
    assert [account.staff for account in quick.list()] == [other]
    alarms = [record for record in caplog.records if record.levelname == "CRITICAL"]
    assert alarms
    assert all("account" in record.message for record in alarms)


def test_an_account_moved_to_another_s_place_is_nobodys(
    sqlite_store: SqliteStore, quick: Accounts
) -> None:
    admin = quick.add(EMAIL, "Ani", Role.ADMIN, KELURAHAN, PASSWORD)
    operator = quick.add("b@contoh.example", "Budi", Role.OPERATOR, KELURAHAN, PASSWORD)
    folder = f"kelurahan/{KELURAHAN}/staff"
    data = Tampering(sqlite_store, f"{folder}/{admin.id}").read()
    for place in (f"{folder}/{operator.id}", f"kelurahan/9901021003/staff/{admin.id}"):
        sqlite_store.set(place, data)
    with pytest.raises(NotFound):
        quick.get(operator.id)
    with pytest.raises(NotFound):
        quick.get(admin.id, "9901021003")


def test_a_spoilt_account_is_opened_anew_and_no_session_lives_again(
    sqlite_store: SqliteStore, quick: Accounts, clock: HandClock
) -> None:
    before = quick.add(EMAIL, "Ani", Role.OPERATOR, KELURAHAN, PASSWORD)
    hand = Tampering(sqlite_store, f"kelurahan/{KELURAHAN}/staff/{before.id}")
    for spoil in (lambda: hand.change(version=0), lambda: sqlite_store.delete(hand.path)):
        spoil()
        clock.forward(seconds=1)
        after = quick.add(EMAIL, "Ani", Role.OPERATOR, KELURAHAN, PASSWORD)
        assert after.version > before.version
        before = after


def test_no_error_repeats_what_was_typed(quick: Accounts) -> None:
    with pytest.raises(AppError) as caught:
        quick.add("typed@", "typed", Role.OPERATOR, KELURAHAN, "typed")
    assert "typed" not in caught.value.detail + str(caught.value)


def test_names_are_told_of_those_asked_for_and_of_ended_ones_too(accounts: Accounts) -> None:
    ani = accounts.add(EMAIL, "Ani Nurani", Role.OPERATOR, KELURAHAN, PASSWORD)
    budi = accounts.add("budi@contoh.example", "Budi", Role.AUDITOR, KELURAHAN, PASSWORD)
    cici = accounts.add("cici@contoh.example", "Cici", Role.ADMIN, KELURAHAN, PASSWORD)
    accounts.end_by_id(budi.id)
    asked = [ani.id, budi.id, ani.id, "a" * 26]
    assert accounts.names(asked) == {ani.id: "Ani Nurani", budi.id: "Budi"}
    assert accounts.names([]) == {}
    assert accounts.names([cici.id], "kelurahan-lain") == {}
