"""Signing in: one answer for every failure, limits, eight hours, and the code where it is asked."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from typing import Literal

import pyotp
import pytest

from functions.staff_console.main import service
from shared.kelurahan.configuration import StaffRules
from shared.platform.errors import Invalid
from shared.staff.accounts import Role
from shared.staff.sign_in import second_factor
from shared.staff.sign_in.sign_in_limits import ACCOUNT_DELAYS
from tests.functions.conftest import PASSWORD, Clock
from tests.functions.staff_console.conftest import Console
from tests.functions.staff_console.test_rights import ROUTES, filled, ids, roles_of

WRONG = "Surel, kata sandi, atau kode tidak cocok."


def try_to(console: Console, email: str, password: str, code: str = "") -> tuple[int, str]:
    fields = {"email": email, "password": password, "code": code}
    answer = console.anybody().client.post(
        "/staff/masuk", data=fields, headers={"Accept": "text/html"}
    )
    return answer.status_code, answer.text.replace(email, "")


def test_every_failure_reads_the_same(console: Console) -> None:
    key = console.deployment.kelurahan.key
    console.deployment.accounts.add("dua@contoh.example", "Dua", Role.ADMIN, key, PASSWORD)
    console.deployment.accounts.end(console.emails["admin"])
    answers = {
        try_to(console, "siapa@contoh.example", PASSWORD),
        try_to(console, console.emails["operator"], "kata sandi yang salah"),
        try_to(console, console.emails["admin"], PASSWORD),
    }
    assert len(answers) == 1
    [(status, text)] = answers
    assert status == 401
    assert WRONG in text


def test_after_too_many_failures_the_right_password_has_to_wait(console: Console) -> None:
    for _ in range(ACCOUNT_DELAYS.free):
        assert try_to(console, console.emails["operator"], "salah salah salah")[0] == 401
    status, text = try_to(console, console.emails["operator"], PASSWORD)
    assert status == 429
    assert "Tunggu 6 detik" in text
    assert "minta admin membuka penahanan" in text


def test_a_session_ends_after_thirty_idle_minutes(console: Console, clock: Clock) -> None:
    browser = console.browser("operator")
    clock.later(minutes=29)
    assert browser.get("/staff").status_code == 200
    clock.later(minutes=29)
    assert browser.get("/staff/pengaduan").status_code == 200
    clock.later(minutes=31)
    answer = browser.get("/staff/pengaduan")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/staff/masuk?lanjut=/staff/pengaduan"


def test_a_session_in_use_ends_after_eight_hours(console: Console, clock: Clock) -> None:
    browser = console.browser("operator")
    browser.csrf()
    for _ in range(16):
        assert browser.post("/staff/warga", rw="03").status_code == 200  # the first page's token
        clock.later(minutes=30)
    clock.later(seconds=1)
    assert browser.get("/staff").status_code == 303


def test_a_renewed_session_keeps_the_device_s_mark(console: Console, clock: Clock) -> None:
    browser = console.browser("operator")
    before = browser.client.get_cookie("__session")
    assert "Set-Cookie" not in browser.get("/staff").headers
    clock.later(minutes=5)
    browser.get("/staff")
    after = browser.client.get_cookie("__session")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    assert before.value.partition("~")[2] == after.value.partition("~")[2] != ""
    assert browser.post("/staff/keluar").status_code == 303
    left = browser.client.get_cookie("__session")
    assert left is not None
    assert left.value == "~" + before.value.partition("~")[2]


def test_a_new_password_ends_every_session(console: Console) -> None:
    browser, other = console.browser("operator"), console.anybody()
    fields = {"email": console.emails["operator"], "password": PASSWORD}
    other.client.post("/staff/masuk", data=fields)
    new = "sepeda-hijau-dua-belas"
    refused = browser.post("/staff/akun/kata-sandi", password="bukan", new_password=new)
    assert refused.status_code == 403
    assert other.get("/staff").status_code == 200
    short = browser.post("/staff/akun/kata-sandi", password=PASSWORD, new_password="pendek")
    assert short.status_code == 400
    assert 'id="new_password-error"' in short.text
    done = browser.post("/staff/akun/kata-sandi", password=PASSWORD, new_password=new)
    assert done.status_code == 303
    assert other.get("/staff").status_code == 303
    assert try_to(console, console.emails["operator"], PASSWORD)[0] == 401
    assert try_to(console, console.emails["operator"], new)[0] == 303


def test_signing_out_ends_the_session_and_not_only_the_cookie(console: Console) -> None:
    browser = console.browser("operator")
    token = browser.client.get_cookie("__session")
    assert token is not None
    assert browser.post("/staff/keluar").status_code == 303
    thief = console.anybody()
    thief.client.set_cookie("__session", token.value)
    assert thief.get("/staff").status_code == 303


@pytest.mark.parametrize("action", ["end", "role", "password"])
def test_what_the_admin_changes_ends_the_sessions(console: Console, action: str) -> None:
    browser = console.browser("operator")
    assert browser.staff is not None
    answer = console.browser("admin").post(
        f"/staff/petugas/{browser.staff.id}", action=action, role="auditor", password=PASSWORD
    )
    assert answer.status_code in (200, 303)
    assert browser.get("/staff").status_code == 303


SHOWN = re.compile(r"ketik kodenya: <code>([A-Z2-7]{32})</code>")


def shown_secret(page: str) -> str:
    found = SHOWN.search(page)
    assert found is not None
    return found[1]


def set_up_code(console: Console, role: str) -> str:
    browser = console.browser(role)
    secret = shown_secret(browser.get("/staff/akun").text)
    code = pyotp.TOTP(secret).at(console.deployment.clock())
    answer = browser.post("/staff/akun/kode", code=code, password=PASSWORD)
    assert answer.status_code == 303, answer.text
    return secret


def test_a_code_is_set_up_on_the_page_and_asked_from_then_on(
    console: Console, clock: Clock
) -> None:
    secret = set_up_code(console, "operator")
    clock.later(minutes=5)
    email = console.emails["operator"]
    assert try_to(console, email, PASSWORD)[0] == 401
    code = pyotp.TOTP(secret).at(clock())
    assert try_to(console, email, PASSWORD, code)[0] == 303
    assert try_to(console, email, PASSWORD, code)[0] == 401


def test_the_secret_is_the_server_s_and_never_the_client_s(console: Console, clock: Clock) -> None:
    """A secret that somebody else knows can't be slipped into an officer's form."""
    browser, known = console.browser("operator"), second_factor.new_secret()
    fields = {"secret": known, "code": pyotp.TOTP(known).at(clock()), "password": PASSWORD}
    answer = browser.post("/staff/akun/kode", **fields)
    assert answer.status_code == 400
    assert known not in answer.text
    assert not console.officer("operator").has_code
    code = fields["code"]
    assert browser.post("/staff/akun/kode", code=code, password=PASSWORD).status_code == 400
    assert not console.officer("operator").has_code
    code = pyotp.TOTP(shown_secret(browser.get("/staff/akun").text)).at(clock())
    assert browser.post("/staff/akun/kode", code=code, password=PASSWORD).status_code == 303
    assert console.officer("operator").has_code


def test_each_session_and_each_account_is_offered_another_secret(console: Console) -> None:
    own = shown_secret(console.browser("operator").get("/staff/akun").text)
    assert shown_secret(console.browser("operator").get("/staff/akun").text) == own
    other = console.anybody()
    fields = {"email": console.emails["operator"], "password": PASSWORD}
    assert other.client.post("/staff/masuk", data=fields).status_code == 303
    again = shown_secret(other.get("/staff/akun").text)
    auditor = shown_secret(console.browser("auditor").get("/staff/akun").text)
    assert len({own, again, auditor}) == 3
    code = pyotp.TOTP(own).at(console.deployment.clock())
    assert other.post("/staff/akun/kode", code=code, password=PASSWORD).status_code == 400


@pytest.mark.parametrize("unicode_form", ["NFC", "NFD"])
def test_the_old_password_is_no_new_one(
    console: Console, unicode_form: Literal["NFC", "NFD"]
) -> None:
    old, key = "kafé dan gula aren", console.deployment.kelurahan.key
    console.deployment.accounts.set_password(console.emails["operator"], old, key)
    browser = console.anybody()
    fields = {"email": console.emails["operator"], "password": old}
    assert browser.client.post("/staff/masuk", data=fields).status_code == 303
    same = unicodedata.normalize(unicode_form, old)
    answer = browser.post("/staff/akun/kata-sandi", password=old, new_password=same)
    assert answer.status_code == 400
    assert "sama dengan yang lama" in answer.text
    assert browser.get("/staff").status_code == 200
    path, new = "/staff/akun/kata-sandi", "sepeda hijau dua belas"
    assert browser.post(path, password="salah", new_password="salah").status_code == 403
    assert browser.post(path, password=old, new_password=new).status_code == 303


def required(console: Console, *roles: str) -> None:
    kelurahan = replace(console.deployment.kelurahan, staff=StaffRules(roles))
    console.deployment._parts["kelurahan"] = kelurahan


def test_whoever_must_have_a_code_reaches_nothing_else_without(console: Console) -> None:
    known = ids(console)
    required(console, "verifier")
    browser = console.browser("verifier")
    for method, path in ROUTES:
        if "verifier" not in roles_of(method, path) or path.startswith(
            ("/staff/akun", "/staff/keluar")
        ):
            continue
        address = filled(path, known)
        answer = browser.get(address) if method == "GET" else browser.post(address)
        assert answer.status_code == 303, (method, path)
        assert answer.headers["Location"] == "/staff/akun?pesan=kode-wajib"
    assert "memerlukan kode" in browser.get("/staff/akun?pesan=kode-wajib").text
    assert console.browser("operator").get("/staff").status_code == 200


def test_a_made_up_account_of_the_first_start_goes_without_and_says_so(console: Console) -> None:
    accounts, key = console.deployment.accounts, console.deployment.kelurahan.key
    email = "Verifikator@Contoh.test"
    with pytest.raises(Invalid):  # nobody else gets an address that needs no code
        accounts.add(email, "Sungguhan", Role.VERIFIER, key, PASSWORD)
    accounts.add(email, "Contoh", Role.VERIFIER, key, PASSWORD, is_example=True)
    required(console, *StaffRules().code_required_for)
    browser = console.anybody()
    fields = {"email": email, "password": PASSWORD}
    assert browser.client.post("/staff/masuk", data=fields).status_code == 303
    assert browser.get("/staff").status_code == 200
    assert "Akun contoh masuk tanpa kode" in browser.get("/staff/akun").text
    real = console.browser("verifier")
    assert real.get("/staff").headers["Location"] == "/staff/akun?pesan=kode-wajib"
    assert "Akun contoh" not in real.get("/staff/akun").text


def test_with_the_code_everything_is_open_again(console: Console, clock: Clock) -> None:
    required(console, "verifier")
    secret = set_up_code(console, "verifier")
    clock.later(minutes=5)
    browser = console.anybody()
    fields = {
        "email": console.emails["verifier"],
        "password": PASSWORD,
        "code": pyotp.TOTP(secret).at(clock()),
    }
    assert browser.client.post("/staff/masuk", data=fields).status_code == 303
    assert browser.get("/staff").status_code == 200


def test_a_surveyor_s_account_ends_by_itself(console: Console, clock: Clock) -> None:
    answer = console.browser("admin").post(
        "/staff/petugas",
        email="satgas-baru@contoh.example",
        name="Satgas Baru",
        role="surveyor",
        password=PASSWORD,
    )
    assert answer.status_code == 200
    added = console.deployment.accounts.by_email("satgas-baru@contoh.example")
    assert added.role is Role.SURVEYOR
    assert console.deployment.accounts.account(added.id).until is not None


def test_the_admin_s_own_account_is_for_another_admin(console: Console) -> None:
    browser = console.browser("admin")
    assert browser.staff is not None
    answer = browser.post(f"/staff/petugas/{browser.staff.id}", action="end", password=PASSWORD)
    assert answer.status_code == 403
    assert service.name == "staff_console"
