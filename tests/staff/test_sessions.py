"""Sessions: 30 idle minutes, 8 hours, of the account as it stands, and not to be forged."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from itsdangerous import URLSafeTimedSerializer

from shared.platform.crypto.keys import Keyset
from shared.platform.errors import Unauthenticated
from shared.platform.store.sqlite.store import SqliteStore
from shared.staff.accounts import Accounts, Role, Staff
from shared.staff.sessions import Sessions
from shared.staff.sign_in.passwords import Passwords
from tests.hand_clock import KELURAHAN, HandClock
from tests.metered import Metered
from tests.rotation import rotated, without_previous

EMAIL, PASSWORD = "ani@contoh.example", "tiga ekor kucing hitam"


@pytest.fixture
def accounts(
    sqlite_store: SqliteStore, keyset: Keyset, clock: HandClock, passwords: Passwords
) -> Accounts:
    return Accounts(sqlite_store, keyset, clock, kelurahan_key=KELURAHAN, passwords=passwords)


@pytest.fixture
def staff(accounts: Accounts) -> Staff:
    return accounts.add(EMAIL, "Ani", Role.SURVEYOR, KELURAHAN, PASSWORD, date(2026, 12, 31))


@pytest.fixture
def sessions(keyset: Keyset, accounts: Accounts, clock: HandClock) -> Sessions:
    return Sessions(keyset, accounts, clock)


def test_a_session_ends_after_thirty_idle_minutes(
    sessions: Sessions, staff: Staff, clock: HandClock
) -> None:
    token = sessions.issue(staff).token
    clock.forward(minutes=30)
    assert sessions.read(token) == staff
    clock.forward(seconds=1)
    with pytest.raises(Unauthenticated):
        sessions.read(token)
    assert sessions.read(token, may_be_idle=True) == staff


def test_a_session_in_use_lasts_eight_hours_with_the_same_form_token(
    sessions: Sessions, staff: Staff, clock: HandClock
) -> None:
    session = sessions.issue(staff)
    token = session.token
    for _ in range(16):
        assert sessions.renewed(token) is None
        clock.forward(minutes=30)
        assert sessions.read(token) == staff
        token = sessions.renewed(token) or ""
        assert token != session.token
        assert sessions.csrf(token) == session.csrf
    clock.forward(seconds=1)
    for may_be_idle in (False, True):
        with pytest.raises(Unauthenticated):
            sessions.read(token, may_be_idle=may_be_idle)


def test_a_session_that_has_ended_still_tells_whose_it_was(
    sessions: Sessions, keyset: Keyset, staff: Staff, clock: HandClock
) -> None:
    token = sessions.issue(staff).token
    clock.forward(days=3)
    assert sessions.owner(token) == staff.id
    for other in ("", token[:-1], token + "x", "a.b.c", "\ud800"):
        assert sessions.owner(other) is None


def test_a_session_from_the_future_is_refused(
    sessions: Sessions, staff: Staff, clock: HandClock
) -> None:
    token = sessions.issue(staff).token
    clock.forward(days=-1)
    with pytest.raises(Unauthenticated):
        sessions.read(token)


def test_sessions_end_with_the_account_at_once(
    sessions: Sessions, accounts: Accounts, staff: Staff
) -> None:
    token = sessions.issue(staff).token
    accounts.end(EMAIL)
    with pytest.raises(Unauthenticated):
        sessions.read(token)
    accounts.add(EMAIL, "Ani", Role.OPERATOR, KELURAHAN, PASSWORD)
    with pytest.raises(Unauthenticated):  # opening it anew doesn't bring them back
        sessions.read(token)


def test_sessions_end_with_the_last_day_of_the_account(
    sessions: Sessions, staff: Staff, clock: HandClock
) -> None:
    clock.now = clock.now.replace(month=12, day=31, hour=16)
    token = sessions.issue(staff).token
    assert sessions.read(token) == staff
    clock.forward(hours=1)
    with pytest.raises(Unauthenticated):
        sessions.read(token)


@pytest.mark.parametrize("how", ["password", "everywhere"])
def test_sessions_end_when_somebody_says_so(
    sessions: Sessions, accounts: Accounts, staff: Staff, how: str
) -> None:
    token = sessions.issue(staff).token
    if how == "password":
        accounts.set_password(EMAIL, "empat ekor kucing putih")
    else:
        accounts.end_sessions(EMAIL)
    with pytest.raises(Unauthenticated):
        sessions.read(token)
    assert sessions.read(sessions.issue(accounts.by_email(EMAIL)).token) == staff


def test_each_session_has_its_own_form_token(sessions: Sessions, staff: Staff) -> None:
    one, other = sessions.issue(staff), sessions.issue(staff)
    assert one.token != other.token
    assert one.csrf != other.csrf
    assert sessions.csrf(one.token) == one.csrf
    assert sessions.is_own_form(one.token, one.csrf)
    assert not sessions.is_own_form(one.token, other.csrf)
    assert not sessions.is_own_form(one.token, "")
    assert not sessions.is_own_form(one.token, "\ud800é")


def test_a_session_of_another_deployment_is_refused(
    sessions: Sessions, accounts: Accounts, staff: Staff, clock: HandClock
) -> None:
    foreign = Sessions(Keyset(b"f" * 32), accounts, clock).issue(staff)
    with pytest.raises(Unauthenticated):
        sessions.read(foreign.token)
    assert sessions.csrf(foreign.token) != foreign.csrf


def test_a_session_outlives_a_key_rotation(
    sessions: Sessions, keyset: Keyset, accounts: Accounts, staff: Staff, clock: HandClock
) -> None:
    token = sessions.issue(staff).token
    both = rotated(keyset)
    assert Sessions(both, accounts, clock).read(token) == staff
    with pytest.raises(Unauthenticated):
        Sessions(without_previous(both), accounts, clock).read(token)


def test_something_else_signed_with_the_session_key_is_no_session(
    sessions: Sessions, keyset: Keyset, staff: Staff
) -> None:
    other = URLSafeTimedSerializer(keyset.subkey("session"), salt="other")
    with pytest.raises(Unauthenticated):
        sessions.read(str(other.dumps([KELURAHAN, staff.id, 1, "n"])))


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.one_of(st.text(), st.integers(0, 1000)))
def test_no_other_text_is_a_session(sessions: Sessions, staff: Staff, change: str | int) -> None:
    token = sessions.issue(staff).token
    if isinstance(change, str):
        forged = change
    else:
        at = change % len(token)
        forged = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        if at == len(token) - 1:  # the last character carries bits that nobody reads
            forged = token[:-1]
    with pytest.raises(Unauthenticated):
        sessions.read(forged)


def test_reading_a_session_is_one_document(
    sqlite_store: SqliteStore,
    keyset: Keyset,
    clock: HandClock,
    passwords: Passwords,
    staff: Staff,
    sessions: Sessions,
) -> None:
    metered = Metered(sqlite_store)
    other = Sessions(keyset, Accounts(metered, keyset, clock, passwords=passwords), clock)
    other.read(sessions.issue(staff).token)
    assert (metered.reads, metered.writes, metered.round_trips) == (1, 0, 1)


def test_a_session_is_not_shown(sessions: Sessions, staff: Staff) -> None:
    session = sessions.issue(staff)
    assert session.token not in repr(session)
    assert session.csrf not in repr(session)
