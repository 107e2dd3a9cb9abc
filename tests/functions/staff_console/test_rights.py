"""Every route with every role: allowed or refused as the table says, and nothing by omission."""

from __future__ import annotations

import re

import pytest

from functions.staff_console.access_rights import RIGHTS
from functions.staff_console.main import service
from shared.platform.crypto.keys import Keyset
from shared.staff.accounts import Role
from tests.functions.conftest import PASSWORD
from tests.functions.staff_console.conftest import ROLES, Console

ROUTES = sorted({(route.method, route.path) for route in service.routes})
OPEN = {("GET", "/staff/masuk"), ("POST", "/staff/masuk")}
WITH_ID = [route for route in ROUTES if "<id:" in route[1]]
# What a role may reach, written out once more by hand: areas by the first part of the path.
REACHES = {
    "operator": {"", "akun", "keluar", "sinkronisasi", "warga", "pengaduan"},
    "verifier": {
        *("", "akun", "keluar", "sinkronisasi", "warga", "pengaduan", "audit", "konfirmasi")
    },
    "auditor": {"", "akun", "keluar", "sinkronisasi", "warga", "pengaduan", "audit"},
    "admin": {"", "akun", "keluar", "sinkronisasi", "warga", "audit", "petugas", "konfirmasi"},
    "surveyor": {"akun", "keluar"},
}


def roles_of(method: str, path: str) -> set[str]:
    [route] = [each for each in service.routes if (each.method, each.path) == (method, path)]
    return {str(role) for role in route.roles}


def ids(console: Console) -> dict[str, str]:
    """Something that is there, for every kind of id."""
    batch = console.published(1, 2, 3)
    receipt = console.complaint()
    person = next(console.sync().differences(batch)).id
    return {
        "batch": batch.id,
        "case": receipt.case.id,
        "person": person,
        "staff": console.officer("surveyor").id,
        "photo": "1",
        "reading": console.reading(lambda _: batch),
    }


GOOD = {
    "password": PASSWORD,
    "reason": "Diminta oleh Lurah",
    "action": "end",
    "step": "verify",
    "version": "1",
    "to": "x",
    "differences_hash": "x",
}


def good_fields(method: str, path: str) -> dict[str, str]:
    """What a form of this route would hold."""
    [route] = [each for each in service.routes if (each.method, each.path) == (method, path)]
    names = route.body.fields if route.body is not None else ()
    return {name: GOOD[name] for name in names if name in GOOD}


def filled(path: str, known: dict[str, str]) -> str:
    return re.sub(r"<(?:id|number):(\w+)>", lambda found: known[found[1]], path)


def test_every_route_states_its_rights_by_the_table() -> None:
    tables = {frozenset(str(role) for role in roles) for roles in RIGHTS.values()}
    for method, path in ROUTES:
        if (method, path) in OPEN:
            continue
        assert frozenset(roles_of(method, path)) in tables, path


@pytest.mark.parametrize("role", ROLES)
def test_every_route_lets_in_whom_the_table_names(console: Console, role: str) -> None:
    known = ids(console)
    signed_in = set()
    for method, path in ROUTES:
        if (method, path) in OPEN or path == "/staff/keluar":
            continue
        browser = console.browser(role)
        address = filled(path, known)
        answer = browser.get(address) if method == "GET" else browser.post(address)
        allowed = role in roles_of(method, path)
        # a form that is sent empty is refused for its content, and a photo may not be there
        refused = answer.status_code == 403 and "Anda tidak berwenang" in answer.text
        assert refused is not allowed, (method, path, answer.status_code)
        assert answer.status_code < 500, (method, path)
        if allowed:
            signed_in.add(path.split("/")[2] if path != "/staff" else "")
    assert signed_in <= REACHES[role] | {""}


NAMES = "Warga"  # the beginning of every name on the lists of these tests


def test_an_admin_reads_the_name_of_nobody_on_a_list(console: Console) -> None:
    known, admin = ids(console), console.browser("admin")
    waiting = console.prepared(1, 2, 4)
    for batch in (known["batch"], waiting.id):
        report = admin.get(f"/staff/sinkronisasi/{batch}")
        assert report.status_code == 200
        assert "Masuk daftar" in report.text
        assert "/perubahan" not in report.text
        for kind in ("masuk", "berubah", "keluar"):
            path = f"/staff/sinkronisasi/{batch}/perubahan?jenis={kind}"
            answer = admin.get(path)
            assert answer.status_code == 403
            assert NAMES not in answer.text
            assert console.browser("auditor").get(path).status_code == 200
    for method, path in ROUTES:
        if method == "GET" and "admin" in roles_of(method, path):
            told = admin.get(filled(path, known)).text
            assert not re.search(rf"{NAMES} [A-Z]", told), path
    operator = console.browser("operator").get(f"/staff/sinkronisasi/{waiting.id}").text
    assert f"/staff/sinkronisasi/{waiting.id}/perubahan?jenis=masuk" in operator


def test_nobody_reaches_anything_without_signing_in(console: Console) -> None:
    known = ids(console)
    for method, path in ROUTES:
        if (method, path) in OPEN:
            continue
        browser = console.anybody()
        address = filled(path, known)
        answer = browser.get(address) if method == "GET" else browser.post(address, csrf="x")
        assert answer.status_code == 303, path
        assert answer.headers["Location"].startswith("/staff/masuk"), path


@pytest.mark.parametrize(("method", "path"), WITH_ID)
def test_another_kelurahan_s_data_is_not_reached_by_its_id(
    console: Console, method: str, path: str
) -> None:
    """The same ids, where the documents lie under another kelurahan's key."""
    known = ids(console)
    deployment = console.deployment
    mine, other = console.deployment.kelurahan.key, "3273091003"
    collections = {
        "batch": "batches",
        "case": "complaints",
        "person": "recipients",
        "reading": "readings",
    }
    for kind, collection in collections.items():
        there = f"kelurahan/{mine}/{collection}/{known[kind]}"
        store = deployment.intake if kind == "case" else deployment.registry
        data = store.get(there).data
        assert data is not None
        store.set(f"kelurahan/{other}/{collection}/{known[kind]}", data)
        store.delete(there)
    role = next(iter(sorted(roles_of(method, path) - {"surveyor"})))
    browser = console.browser(role)
    if "<id:staff>" in path:
        known["staff"] = Keyset.generate().identifier("staff", other, "x")
    others = {key: f"{value}aaaa" for key, value in known.items()} | {"photo": "1"}
    for spelled in (known, others):
        address = filled(path, spelled)
        answer = (
            browser.get(address)
            if method == "GET"
            else browser.post(address, **good_fields(method, path))
        )
        assert answer.status_code == 404, (address, answer.status_code)


def test_an_officer_of_another_kelurahan_is_not_known_here(console: Console) -> None:
    other = "3273091003"
    console.deployment.accounts.add(
        "lain@contoh.example", "Petugas lain", Role.ADMIN, other, "kuda-laut-biru-tujuh"
    )
    browser = console.anybody()
    fields = {"email": "lain@contoh.example", "password": "kuda-laut-biru-tujuh"}
    assert browser.client.post("/staff/masuk", data=fields).status_code == 401
    staff = console.deployment.accounts.by_email("lain@contoh.example", other)
    token = console.deployment.sessions.issue(staff).token
    browser.client.set_cookie("__session", token)
    assert browser.get("/staff").status_code == 404
