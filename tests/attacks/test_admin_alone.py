# ruff: noqa: F401, F811 (fixtures of other folders)
"""One admin alone: who makes or resets both accounts of a four-eyes rule still publishes nothing.

Over HTTP, as a browser does it, through the console and through the API.
"""

from __future__ import annotations

import io
import re

import pytest

from shared.recipients.model.batch import State
from shared.staff.accounts import Role
from tests.functions.conftest import (
    PASSWORD,
    Client,
    Clock,
    client,
    clock,
    deployment,
    log,
    run_on,
    staff,
)
from tests.functions.staff_console.conftest import Browser, Console, console, csv, upload

SHOWN = re.compile(r'<p class="secret"><code>([^<]+)</code>')
OWN = {"operator": "sepeda-hijau-dua-belas", "verifier": "sepeda-merah-tiga-belas"}
"""What the admin chooses as the other's own password."""
PENDING = "Langkah ini terbuka sesudah petugas kedua mengonfirmasi akun Anda"


def staff_id(console: Console, email: str) -> str:
    return console.deployment.accounts.by_email(email, console.deployment.kelurahan.key).id


def signed_in(console: Console, email: str, password: str) -> Browser:
    browser = console.anybody()
    answer = browser.client.post("/staff/masuk", data={"email": email, "password": password})
    assert answer.status_code == 303, answer.text
    return browser


def taken_over(console: Console, role: str, given: str) -> Browser:
    """A browser of whoever knows the given password, after the change that it demands."""
    email = console.emails.get(role, role)
    browser = signed_in(console, email, given)
    chosen = OWN.get(role, OWN["verifier"])
    answer = browser.post("/staff/akun/kata-sandi", password=given, new_password=chosen)
    assert answer.status_code == 303, answer.text
    return signed_in(console, email, chosen)


def reset(console: Console, role: str) -> str:
    """The password that the admin is shown when they reset somebody's."""
    path = f"/staff/petugas/{staff_id(console, console.emails[role])}"
    answer = console.browser("admin").post(path, action="password", password=PASSWORD)
    shown = SHOWN.search(answer.text)
    assert shown is not None, answer.text
    return shown[1]


def made(console: Console, email: str, role: str) -> str:
    """The password of an account that the admin makes."""
    answer = console.browser("admin").post(
        "/staff/petugas", email=email, name="Petugas Baru", role=role, password=PASSWORD
    )
    shown = SHOWN.search(answer.text)
    assert shown is not None, answer.text
    return shown[1]


def sent(console: Console, operator: Browser) -> str:
    """The id of a list that an operator's browser has brought in and sent."""
    answer = operator.post("/staff/sinkronisasi", file=upload(csv(1, 2)))
    path = answer.headers["Location"].partition("?")[0]
    assert operator.post(f"{path}/kirim").status_code == 303
    return path.rpartition("/")[2]


def approve(console: Console, browser: Browser, batch_id: str, password: str) -> int:
    """The status of the console's answer to an approval."""
    batch = console.sync().batch(batch_id)
    answer = browser.post(
        f"/staff/sinkronisasi/{batch_id}/setujui",
        differences_hash=batch.differences_hash,
        reason="Sudah diperiksa",
        password=password,
    )
    if answer.status_code == 403:
        assert PENDING in answer.text
    return answer.status_code


def state(console: Console, batch_id: str) -> State:
    return console.sync().batch(batch_id).state


@pytest.fixture
def attack(console: Console) -> tuple[str, Browser]:
    """A list that the admin sent as an operator of their own, and the verifier's taken account."""
    email = "baru@contoh.example"
    operator = taken_over(console, email, made(console, email, "operator"))
    batch_id = sent(console, operator)
    return batch_id, taken_over(console, "verifier", reset(console, "verifier"))


def test_an_admin_who_resets_a_verifier_cannot_approve(
    console: Console,
    attack: tuple[str, Browser],
) -> None:
    batch_id, verifier = attack
    assert approve(console, verifier, batch_id, OWN["verifier"]) == 403
    assert state(console, batch_id) is State.WAITING


@pytest.mark.parametrize("role", ["verifier", "admin"])
def test_an_account_that_the_admin_makes_neither_approves_nor_confirms(
    console: Console,
    attack: tuple[str, Browser],
    role: str,
) -> None:
    batch_id, _ = attack
    email = "kedua@contoh.example"
    second = taken_over(console, email, made(console, email, role))
    if role == "verifier":
        assert approve(console, second, batch_id, OWN["verifier"]) == 403
    for whom in (console.emails["verifier"], email):
        path = f"/staff/konfirmasi/{staff_id(console, whom)}"
        assert second.post(path, password=OWN["verifier"]).status_code == 403
        assert console.browser("admin").post(path, password=PASSWORD).status_code == 403
    assert state(console, batch_id) is State.WAITING


def test_an_operator_made_a_verifier_waits_too(
    console: Console, attack: tuple[str, Browser]
) -> None:
    batch_id, _ = attack
    path = f"/staff/petugas/{staff_id(console, console.emails['auditor'])}"
    admin = console.browser("admin")
    assert admin.post(path, action="role", role="verifier", password=PASSWORD).status_code == 303
    assert approve(console, console.browser("auditor"), batch_id, PASSWORD) == 403
    assert state(console, batch_id) is State.WAITING


def test_the_api_refuses_it_as_well(
    console: Console, attack: tuple[str, Browser], client: Client
) -> None:
    batch_id, _ = attack
    api = client("weekly_sync")
    typed = {"email": console.emails["verifier"], "password": OWN["verifier"]}
    token = api.post("/api/sync/session", json=typed).get_json()["csrf"]
    answer = api.post(
        f"/api/sync/{batch_id}/approve",
        json={
            "password": OWN["verifier"],
            "differences_hash": console.sync().batch(batch_id).differences_hash,
        },
        headers={"X-CSRF-Token": token},
    )
    assert (answer.status_code, answer.get_json()["code"]) == (403, "NOT_CONFIRMED")
    assert state(console, batch_id) is State.WAITING


def test_a_second_person_s_confirmation_opens_it(
    console: Console,
    attack: tuple[str, Browser],
) -> None:
    batch_id, verifier = attack
    key = console.deployment.kelurahan.key
    console.deployment.accounts.add("dua@contoh.example", "Dua", Role.VERIFIER, key, PASSWORD)
    second = signed_in(console, "dua@contoh.example", PASSWORD)
    home = second.get("/staff").text
    assert "kata sandi diganti oleh Petugas admin" in home
    assert "1 akun menunggu konfirmasi Anda" in home
    assert "menunggu konfirmasi Anda" not in console.browser("admin").get("/staff").text
    whom = staff_id(console, console.emails["verifier"])
    own = verifier.post(f"/staff/konfirmasi/{whom}", password=OWN["verifier"])
    assert own.status_code == 403
    done = second.post(f"/staff/konfirmasi/{whom}", password=PASSWORD)
    assert done.status_code == 303
    assert "kata sandi diganti" not in second.get("/staff").text
    again = second.post(f"/staff/konfirmasi/{whom}", password=PASSWORD)
    assert again.status_code == 409
    assert approve(console, verifier, batch_id, OWN["verifier"]) == 303
    assert state(console, batch_id) is State.PUBLISHED
    [entry] = console.deployment.audit.newest(action="staff.confirm")
    assert entry.subject == whom
    assert entry.details == {"role": "verifier", "changes": ["password"], "via": "console"}


def test_where_nobody_can_confirm_a_day_of_loud_waiting_opens_it(
    console: Console,
    clock: Clock,
    log: io.StringIO,
) -> None:
    batch_id = sent(console, console.browser("operator"))
    given = reset(console, "verifier")
    assert '"severity": "ALERT"' in log.getvalue()
    verifier = taken_over(console, "verifier", given)
    [entry] = console.deployment.audit.newest(action="staff.password", limit=2)[1:]
    assert entry.details == {"confirmation": "alone", "via": "console"}
    for role in ("operator", "auditor", "admin"):
        assert "menunggu petugas kedua" in console.browser(role).get("/staff").text
    clock.later(hours=23, minutes=59)
    verifier = signed_in(console, console.emails["verifier"], OWN["verifier"])
    assert approve(console, verifier, batch_id, OWN["verifier"]) == 403
    clock.later(minutes=1)
    assert approve(console, verifier, batch_id, OWN["verifier"]) == 303
    assert state(console, batch_id) is State.PUBLISHED
    operator = signed_in(console, console.emails["operator"], PASSWORD)
    assert "tanpa konfirmasi, karena 24 jam sudah lewat" in operator.get("/staff").text


def test_a_given_password_opens_nothing_but_its_own_change(
    console: Console, client: Client
) -> None:
    given = reset(console, "operator")
    operator = signed_in(console, console.emails["operator"], given)
    led = operator.get("/staff")
    assert (led.status_code, led.headers["Location"]) == (303, "/staff/akun?pesan=sandi-wajib")
    assert operator.post("/staff/sinkronisasi", file=upload(csv(1))).status_code == 303
    assert console.sync().batches(5) == []
    told = operator.get("/staff/akun").text
    assert "Kata sandi Anda diganti oleh Petugas admin pada 20 November 2026, 10.00." in told
    api = client("weekly_sync")
    typed = {"email": console.emails["operator"], "password": given}
    assert api.post("/api/sync/session", json=typed).status_code == 200
    refused = api.get("/api/sync/abcdefghijklmnop")
    assert (refused.status_code, refused.get_json()["code"]) == (403, "PASSWORD_CHANGE")
    operator = taken_over(console, "operator", given)
    assert operator.get("/staff").status_code == 200
