"""Strangers at the sign-in keep no officer out, and get no further by haste."""

# ruff: noqa: F811 (fixtures of the functions are used here too)
from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask.testing import FlaskClient

from shared.deployment import Deployment
from shared.platform.errors import TooManyRequests, Unauthenticated
from shared.staff.sign_in.sign_in_limits import ACCOUNT_DELAYS, ORIGIN_DELAYS
from tests.functions.conftest import (  # noqa: F401
    PASSWORD,
    Client,
    Clock,
    client,
    clock,
    deployment,
    run_on,
    staff,
)

WRONG = "kata-sandi-yang-keliru"
OFFICE, ELSEWHERE = "192.0.2.10", "198.51.100.7"
Knock = Callable[..., int]


class Browser:
    """One browser at the console's sign-in, from one address."""

    def __init__(self, made: FlaskClient, origin: str) -> None:
        self.client = made
        self.wait_seconds = 0
        made.environ_base.update(HTTP_ORIGIN="http://localhost", REMOTE_ADDR=origin)

    def sign_in(self, email: str, password: str = PASSWORD) -> int:
        fields = {"email": email, "password": password}
        answer = self.client.post("/staff/masuk", data=fields)
        self.wait_seconds = int(answer.headers.get("Retry-After", 0))
        return answer.status_code

    def sign_out(self) -> None:
        page = self.client.get("/staff/akun", headers={"Accept": "text/html"}).text
        csrf = page.split('name="csrf" value="')[1].split('"')[0]
        assert self.client.post("/staff/keluar", data={"csrf": csrf}).status_code == 303
        assert self.client.get("/staff").status_code == 303


@pytest.fixture
def browser(client: Client) -> Callable[[str], Browser]:
    return lambda origin: Browser(client("staff_console"), origin)


def attack(stranger: Browser, email: str) -> None:
    """Wrong passwords until the sign-in has to wait."""
    for _ in range(50):
        if stranger.sign_in(email, WRONG) == 429:
            return
    raise AssertionError("nobody was made to wait")


def test_the_right_password_from_a_known_device_is_in_while_strangers_guess(
    browser: Callable[[str], Browser],
    staff: dict[str, str],
    clock: Clock,
) -> None:
    own, email = browser(OFFICE), staff["operator"]
    assert own.sign_in(email) == 303
    own.sign_out()
    stranger = browser(ELSEWHERE)
    for _ in range(24):  # hours of it
        attack(stranger, email)
        clock.later(seconds=stranger.wait_seconds)
    attack(stranger, email)
    assert browser(OFFICE).sign_in(email) == 429  # a browser that nobody has signed in with
    assert own.sign_in(email) == 303
    own.sign_out()
    assert own.sign_in(email, WRONG) == 401
    assert own.sign_in(email) == 303


def test_without_a_known_device_the_wait_is_minutes_and_not_the_day(
    browser: Callable[[str], Browser],
    staff: dict[str, str],
    clock: Clock,
) -> None:
    stranger, email = browser(ELSEWHERE), staff["operator"]
    for _ in range(40):
        attack(stranger, email)
        clock.later(seconds=stranger.wait_seconds)
    attack(stranger, email)
    assert ACCOUNT_DELAYS.longest_seconds - 5 < stranger.wait_seconds < 16 * 60
    clock.later(seconds=stranger.wait_seconds)
    assert browser(OFFICE).sign_in(email) == 303


def test_made_up_addresses_from_the_office_s_network_keep_no_colleague_out(
    browser: Callable[[str], Browser],
    staff: dict[str, str],
    clock: Clock,
) -> None:
    own, email = browser(OFFICE), staff["verifier"]
    assert own.sign_in(email) == 303
    guest = browser(OFFICE)
    for number in range(200):
        guest.sign_in(f"siapa{number}@contoh.example", WRONG)
    assert guest.sign_in("siapa@contoh.example", WRONG) == 429
    assert own.sign_in(email) == 303
    clock.later(seconds=ORIGIN_DELAYS.longest_seconds)
    assert browser(OFFICE).sign_in(staff["operator"]) == 303  # on a new device
    assert browser(ELSEWHERE).sign_in(staff["auditor"]) == 303


def test_a_mark_is_worth_nothing_for_another_account_or_when_forged(
    browser: Callable[[str], Browser],
    staff: dict[str, str],
) -> None:
    thief = browser(ELSEWHERE)
    assert thief.sign_in(staff["auditor"]) == 303
    cookie = thief.client.get_cookie("__session")
    assert cookie is not None
    attack(thief, staff["operator"])
    session, _, mark = cookie.value.partition("~")
    assert mark
    for forged in (f"~{mark[:-1]}", f"~{mark}x", f"~{session}", "~", "~~"):
        other = browser(ELSEWHERE)
        other.client.set_cookie("__session", forged)
        assert other.sign_in(staff["operator"]) == 429
        assert other.client.get("/staff").status_code == 303


def test_a_known_device_has_tries_of_its_own_and_no_more(
    browser: Callable[[str], Browser],
    staff: dict[str, str],
) -> None:
    own = browser(OFFICE)
    assert own.sign_in(staff["operator"]) == 303
    tried = [own.sign_in(staff["operator"], WRONG) for _ in range(8)]
    assert tried == [401] * ACCOUNT_DELAYS.free + [429] * (8 - ACCOUNT_DELAYS.free)


def test_a_burst_of_guesses_gets_no_further_than_one_after_another(
    deployment: Deployment,
    staff: dict[str, str],
) -> None:
    key = deployment.kelurahan.key

    def guess(number: int) -> str:
        try:
            deployment.accounts.sign_in(staff["operator"], f"{WRONG} {number}", key, ELSEWHERE)
        except Unauthenticated:
            return "compared"
        except TooManyRequests:
            return "refused"
        return "in"

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(guess, range(64)))
    assert answers.count("compared") == ACCOUNT_DELAYS.free
    assert answers.count("in") == 0


def test_guessing_is_fewer_than_a_hundred_tries_a_day(
    deployment: Deployment,
    staff: dict[str, str],
    clock: Clock,
) -> None:
    """As fast as the answers allow, for two days."""
    key, compared, end = deployment.kelurahan.key, [0, 0], clock.now.timestamp() + 2 * 86400
    while clock.now.timestamp() < end:
        day = int(end - clock.now.timestamp() <= 86400)
        with pytest.raises((Unauthenticated, TooManyRequests)) as caught:
            deployment.accounts.sign_in(staff["operator"], WRONG, key, ELSEWHERE)
        if isinstance(caught.value, TooManyRequests):
            clock.later(seconds=caught.value.retry_after_seconds)
        else:
            compared[day] += 1
    assert compared[0] <= 110
    assert compared[1] <= 97


def test_who_was_kept_waiting_is_let_in_by_an_admin(
    browser: Callable[[str], Browser],
    deployment: Deployment,
    staff: dict[str, str],
) -> None:
    attack(browser(ELSEWHERE), staff["operator"])
    assert browser(OFFICE).sign_in(staff["operator"]) == 429
    admin = browser(OFFICE)
    assert admin.sign_in(staff["admin"]) == 303
    page = admin.client.get("/staff/petugas", headers={"Accept": "text/html"}).text
    assert "Buka penahanan" in page
    csrf = page.split('name="csrf" value="')[1].split('"')[0]
    known = deployment.accounts.by_email(staff["operator"])
    fields = {"csrf": csrf, "action": "unlock", "password": PASSWORD}
    assert admin.client.post(f"/staff/petugas/{known.id}", data=fields).status_code == 303
    assert browser(OFFICE).sign_in(staff["operator"]) == 303
    told = [each.action for each in deployment.audit.newest(subject=known.id)]
    assert told[:3] == ["staff.sign-in", "staff.unlock", "staff.sign-in-failed"]


def test_the_audit_log_tells_of_failures_and_can_t_be_made_to_grow(
    browser: Callable[[str], Browser],
    deployment: Deployment,
    staff: dict[str, str],
    clock: Clock,
) -> None:
    stranger = browser(ELSEWHERE)
    for _ in range(30):  # as fast as the answers allow, past the longest delay
        attack(stranger, staff["operator"])
        clock.later(seconds=stranger.wait_seconds)
    known = deployment.accounts.by_email(staff["operator"])
    entries = list(deployment.audit.newest(subject=known.id))
    assert [each.action for each in entries] == ["staff.sign-in-failed"] * 2
    assert [each.actor for each in entries] == ["visitor"] * 2
    assert [each.details["wait_seconds"] for each in entries] == [900, 5]
    before = deployment.audit.head().seq
    for number in range(120):
        email = f"siapa{number}@contoh.example"
        for _ in range(ACCOUNT_DELAYS.free):
            assert stranger.sign_in(email, WRONG) == 401
            clock.later(seconds=10)
    entries = deployment.audit.entries(after=before, limit=500)
    assert {each.action for each in entries} == {"staff.sign-ins-failed"}
    assert [each.details["failures"] for each in entries] == [1, 10, 100]
    assert "siapa" not in str(entries)
