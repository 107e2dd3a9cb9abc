"""The last admin can't be removed or demoted, on both stores."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest

from shared.platform.crypto.keys import Keyset
from shared.platform.errors import Conflict, Unauthenticated
from shared.platform.store import Store
from shared.staff.accounts import Accounts, Role, Staff
from shared.staff.sign_in.passwords import Passwords
from tests.hand_clock import KELURAHAN, HandClock

PASSWORD = "tiga ekor kucing hitam"
Act = Callable[[Accounts, Staff, Staff | None], None]
ACTS: dict[str, Act] = {
    "end": lambda accounts, whom, by: accounts.end_by_id(whom.id, actor=by),
    "role": lambda accounts, whom, by: accounts.set_role(whom.id, Role.AUDITOR, actor=by),
    "until": lambda accounts, whom, by: accounts.set_until(whom.id, date(2026, 12, 31), actor=by),
}
each_act = pytest.mark.parametrize("act", ACTS.values(), ids=list(ACTS))


@pytest.fixture
def accounts(store: Store, keyset: Keyset, clock: HandClock, passwords: Passwords) -> Accounts:
    return Accounts(store, keyset, clock, kelurahan_key=KELURAHAN, passwords=passwords)


def admin(accounts: Accounts, name: str, until: date | None = None) -> Staff:
    return accounts.add(f"{name}@contoh.example", name, Role.ADMIN, KELURAHAN, PASSWORD, until)


def lasting(accounts: Accounts) -> list[str]:
    return [
        each.staff.name
        for each in accounts.list()
        if each.is_active and each.staff.role is Role.ADMIN and each.until is None
    ]


@each_act
def test_the_last_admin_stays(accounts: Accounts, act: Act) -> None:
    ani = admin(accounts, "ani")
    admin(accounts, "budi", date(2026, 12, 1))  # ends by itself, so isn't enough
    ended = admin(accounts, "cici")
    accounts.end_by_id(ended.id)
    with pytest.raises(Conflict) as refused:
        act(accounts, ani, None)
    assert "admin lain dulu" in refused.value.detail
    assert accounts.get(ani.id).version == ani.version
    dedi = admin(accounts, "dedi")
    act(accounts, ani, dedi)
    assert lasting(accounts) == ["dedi"]


def test_the_last_admin_is_not_ended_by_the_address_either(accounts: Accounts) -> None:
    admin(accounts, "ani")
    with pytest.raises(Conflict):
        accounts.end("ani@contoh.example")
    assert lasting(accounts) == ["ani"]


@each_act
def test_where_no_admin_lasts_the_others_can_still_be_changed(accounts: Accounts, act: Act) -> None:
    budi = admin(accounts, "budi", date(2026, 12, 1))
    rudi = accounts.add("rudi@contoh.example", "Rudi", Role.OPERATOR, KELURAHAN, PASSWORD)
    act(accounts, rudi, budi)
    act(accounts, budi, None)
    assert lasting(accounts) == []


@each_act
def test_who_was_ended_ends_nobody(accounts: Accounts, act: Act) -> None:
    ani, budi = admin(accounts, "ani"), admin(accounts, "budi")
    admin(accounts, "cici")
    act(accounts, budi, ani)
    before = accounts.list()
    for step in ACTS.values():
        with pytest.raises(Unauthenticated):
            step(accounts, ani, budi)
    with pytest.raises(Unauthenticated):
        accounts.set_password("ani@contoh.example", "empat ekor kucing putih", actor=budi)
    with pytest.raises(Unauthenticated):
        accounts.clear_second_factor(ani.id, actor=budi)
    assert accounts.list() == before


@each_act
@pytest.mark.parametrize("with_actors", [True, False], ids=["console", "command line"])
def test_two_who_end_each_other_at_the_same_moment_leave_one(
    accounts: Accounts, act: Act, with_actors: bool
) -> None:
    ani, budi = admin(accounts, "ani"), admin(accounts, "budi")
    start = Barrier(2)

    def ends(whom: Staff, by: Staff) -> bool:
        start.wait()
        try:
            act(accounts, whom, by if with_actors else None)
        except (Conflict, Unauthenticated):
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        done = [pool.submit(ends, ani, budi), pool.submit(ends, budi, ani)]
        assert sorted(each.result() for each in done) == [False, True]
    assert len(lasting(accounts)) == 1
