"""Accounts that may decide wait for a second person: who waits, who may confirm, on both stores."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from shared.platform import logs
from shared.platform.crypto.keys import Keyset
from shared.platform.crypto.signed_documents import signed
from shared.platform.errors import Conflict, Forbidden, NotFound, Unauthenticated
from shared.platform.store import Store
from shared.staff.accounts import Accounts, Role, Staff
from shared.staff.confirmation import require_confirmed
from shared.staff.sign_in.passwords import Passwords
from tests.hand_clock import KELURAHAN, HandClock

PASSWORD = "tiga ekor kucing hitam"
NEW = "empat ekor kucing putih"
DECIDING = (Role.VERIFIER, Role.ADMIN)
Change = Callable[[Accounts, Staff, Staff], None]
CHANGES: dict[str, Change] = {
    "password": lambda accounts, whom, by: accounts.set_password(email(whom), NEW, actor=by),
    "code-cleared": lambda accounts, whom, by: accounts.clear_second_factor(whom.id, actor=by),
    "role": lambda accounts, whom, by: accounts.set_role(
        whom.id, Role.ADMIN if whom.role is Role.VERIFIER else Role.VERIFIER, actor=by
    ),
}
each_change = pytest.mark.parametrize("change", CHANGES)


@pytest.fixture
def accounts(store: Store, keyset: Keyset, clock: HandClock, passwords: Passwords) -> Accounts:
    return Accounts(store, keyset, clock, kelurahan_key=KELURAHAN, passwords=passwords)


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    logs.configure(stream)
    yield stream
    logs.configure()


def email(staff: Staff) -> str:
    return f"{staff.name}@contoh.example"


def hired(accounts: Accounts, name: str, role: Role, by: Staff | None = None) -> Staff:
    made = accounts.add(f"{name}@contoh.example", name, role, KELURAHAN, PASSWORD, by=by and by.id)
    return accounts.get(made.id)


def is_pending(accounts: Accounts, staff: Staff) -> bool:
    """Whether it waits, and is refused accordingly."""
    now = accounts.get(staff.id)
    code = None
    try:
        require_confirmed(now)
    except Forbidden as error:
        code = error.code
    assert (code == "NOT_CONFIRMED") is now.is_pending
    return now.is_pending


def test_the_first_accounts_work_at_once_with_the_password_they_have(accounts: Accounts) -> None:
    assert not accounts.has_deciders()
    for role in DECIDING:
        staff = hired(accounts, role.value, role)
        assert not is_pending(accounts, staff)
        assert not staff.must_change_password
    assert accounts.has_deciders()
    assert accounts.unconfirmed() == []


@pytest.mark.parametrize("role", [each for each in Role if each is not Role.SURVEYOR])
def test_an_account_that_somebody_adds_waits_where_it_may_decide(
    accounts: Accounts, role: Role
) -> None:
    ani = hired(accounts, "ani", Role.ADMIN)
    budi = hired(accounts, "budi", role, ani)
    assert budi.must_change_password
    assert is_pending(accounts, budi) is (role in DECIDING)
    assert [each.staff for each in accounts.unconfirmed()] == ([budi] if role in DECIDING else [])


@each_change
@pytest.mark.parametrize("role", DECIDING)
def test_every_change_of_an_admin_s_is_confirmed_by_somebody_else(
    accounts: Accounts, change: str, role: Role
) -> None:
    ani, cici = hired(accounts, "ani", Role.ADMIN), hired(accounts, "cici", Role.VERIFIER)
    budi = hired(accounts, "budi", role)
    CHANGES[change](accounts, budi, ani)
    assert is_pending(accounts, budi)
    [waiting] = accounts.unconfirmed()
    assert (waiting.unconfirmed_by, waiting.unconfirmed_changes) == ((ani.id,), (change,))
    budi = accounts.get(budi.id)
    for nobody in (ani, budi):
        with pytest.raises(Forbidden):
            accounts.confirm_changes(budi.id, nobody)
    assert is_pending(accounts, budi)
    accounts.confirm_changes(budi.id, cici)
    assert not is_pending(accounts, budi)
    assert accounts.unconfirmed() == []
    assert accounts.get(budi.id).version == budi.version  # who is signed in stays so
    with pytest.raises(Conflict):
        accounts.confirm_changes(budi.id, cici)


def test_what_the_owner_does_waits_for_nobody(accounts: Accounts) -> None:
    budi = hired(accounts, "budi", Role.VERIFIER)
    accounts.replace_password(budi, PASSWORD, NEW)
    assert not is_pending(accounts, budi)


def test_the_owner_s_own_password_ends_the_demand_for_it_and_not_the_wait(
    accounts: Accounts, clock: HandClock
) -> None:
    ani, budi = hired(accounts, "ani", Role.ADMIN), hired(accounts, "budi", Role.VERIFIER)
    accounts.set_password(email(budi), NEW, actor=ani)
    assert accounts.get(budi.id).must_change_password
    accounts.replace_password(budi, NEW, "lima ekor kucing belang")
    assert not accounts.get(budi.id).must_change_password
    assert is_pending(accounts, budi)
    told = accounts.account(budi.id)
    assert (told.password_by, told.password_at) == (ani.id, clock())  # the owner is still told


def test_everybody_who_had_a_hand_in_it_since_it_was_confirmed_is_out(accounts: Accounts) -> None:
    ani, eka = hired(accounts, "ani", Role.ADMIN), hired(accounts, "eka", Role.ADMIN)
    cici = hired(accounts, "cici", Role.VERIFIER)
    budi = hired(accounts, "budi", Role.OPERATOR, ani)  # ani knows this password
    accounts.set_role(budi.id, Role.VERIFIER, actor=eka)
    for either in (ani, eka):
        with pytest.raises(Forbidden):
            accounts.confirm_changes(budi.id, either)
    accounts.confirm_changes(budi.id, cici)
    accounts.clear_second_factor(budi.id, actor=eka)
    accounts.confirm_changes(budi.id, ani)
    assert not is_pending(accounts, budi)


def test_who_waits_confirms_nobody_and_who_may_not_decide_neither(accounts: Accounts) -> None:
    ani = hired(accounts, "ani", Role.ADMIN)
    budi, dedi = (hired(accounts, name, Role.VERIFIER, ani) for name in ("budi", "dedi"))
    olga = hired(accounts, "olga", Role.OPERATOR)
    for nobody in (dedi, olga):
        with pytest.raises(Forbidden):
            accounts.confirm_changes(budi.id, nobody)
    assert is_pending(accounts, budi)


def test_who_was_ended_meanwhile_confirms_nobody(accounts: Accounts) -> None:
    ani, cici = hired(accounts, "ani", Role.ADMIN), hired(accounts, "cici", Role.VERIFIER)
    budi = hired(accounts, "budi", Role.VERIFIER, ani)
    accounts.end_by_id(cici.id, actor=ani)
    with pytest.raises(Unauthenticated):
        accounts.confirm_changes(budi.id, cici)
    accounts.end_by_id(budi.id, actor=ani)
    with pytest.raises(NotFound):
        accounts.confirm_changes(budi.id, ani)
    assert accounts.unconfirmed() == []


def test_the_wait_is_a_day_and_is_told_for_two_weeks(accounts: Accounts, clock: HandClock) -> None:
    ani = hired(accounts, "ani", Role.ADMIN)
    budi = hired(accounts, "budi", Role.VERIFIER, ani)
    clock.forward(hours=23, minutes=59, seconds=59)
    assert is_pending(accounts, budi)
    clock.forward(seconds=1)
    assert not is_pending(accounts, budi)
    assert [each.staff for each in accounts.unconfirmed()] == [budi]
    clock.forward(days=13, hours=23)
    assert len(accounts.unconfirmed()) == 1
    clock.forward(hours=1)
    assert accounts.unconfirmed() == []


def test_another_change_begins_the_wait_anew(accounts: Accounts, clock: HandClock) -> None:
    ani = hired(accounts, "ani", Role.ADMIN)
    budi = hired(accounts, "budi", Role.VERIFIER, ani)
    clock.forward(hours=20)
    accounts.set_password(email(budi), NEW, actor=ani)
    clock.forward(hours=20)
    assert is_pending(accounts, budi)


def test_an_account_that_is_opened_anew_waits_as_a_new_one(accounts: Accounts) -> None:
    ani, budi = hired(accounts, "ani", Role.ADMIN), hired(accounts, "budi", Role.VERIFIER)
    accounts.end_by_id(budi.id, actor=ani)
    assert is_pending(accounts, hired(accounts, "budi", Role.VERIFIER, ani))


def test_the_log_is_loud_where_nobody_can_confirm(accounts: Accounts, log: io.StringIO) -> None:
    ani = hired(accounts, "ani", Role.ADMIN)
    budi = hired(accounts, "budi", Role.VERIFIER, ani)
    assert accounts.confirmation_of(budi.id) == "alone"
    hired(accounts, "cici", Role.VERIFIER)
    accounts.set_password(email(budi), NEW, actor=ani)
    assert accounts.confirmation_of(budi.id) == "needed"
    hired(accounts, "olga", Role.OPERATOR, ani)
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [each["severity"] for each in lines] == ["ALERT", "WARNING"]


def test_an_account_of_before_waits_for_nobody(
    store: Store, keyset: Keyset, accounts: Accounts, passwords: Passwords
) -> None:
    """A document of schema 1, as it was written before."""
    staff_id = keyset.identifier("staff", KELURAHAN, "ani@contoh.example")
    path = f"kelurahan/{KELURAHAN}/staff/{staff_id}"
    at = datetime(2026, 11, 2, 3, tzinfo=UTC)
    document = {
        "schema": 1,
        "email": keyset.seal(b"ani@contoh.example", f"{path}#email"),
        "name": keyset.seal(b"ani", f"{path}#name"),
        "role": "verifier",
        "password": passwords.hash(PASSWORD),
        "until": None,
        "ended_at": None,
        "created_at": at,
        "updated_at": at,
        "version": int(at.timestamp()),
    }
    store.set(path, signed(keyset, path, document))
    ani = accounts.sign_in("ani@contoh.example", PASSWORD, KELURAHAN)
    assert not is_pending(accounts, ani)
    assert not ani.must_change_password
    known = accounts.account(ani.id)
    assert (known.unconfirmed_by, known.password_by) == ((), None)
    accounts.set_password("ani@contoh.example", NEW, actor=hired(accounts, "eka", Role.ADMIN))
    assert is_pending(accounts, ani)
    data = store.get(path).data
    assert data is not None
    assert data["schema"] == 2
    decides_from = data["decides_from"]
    assert isinstance(decides_from, datetime)
    assert decides_from - timedelta(hours=24) == data["updated_at"]
