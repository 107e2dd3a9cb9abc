"""The step that an officer takes in a complaint over HTTP: who may, and who was quicker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from shared.deployment import Deployment
from shared.staff.accounts import Role
from tests.functions.complaint_intake.complaining import ADDRESS, BODY, body, faults, told
from tests.functions.complaint_intake.test_photos import the_case
from tests.functions.conftest import PASSWORD, Client


@dataclass
class Officer:
    """An officer's browser, with the token of its session."""

    browser: FlaskClient
    csrf: str
    path: str = ""

    def take(self, csrf: str | None = None, path: str = "", **step: Any) -> TestResponse:
        given = {"step": "verify", "version": 1, **step}
        headers = {"X-CSRF-Token": self.csrf if csrf is None else csrf}
        return self.browser.post(path or self.path, json=given, headers=headers)


class Officers:
    """The officers of an office with one complaint."""

    def __init__(self, web: FlaskClient, deployment: Deployment, emails: dict[str, str]) -> None:
        self.web, self.deployment, self.emails = web, deployment, emails

    def path(self) -> str:
        return f"{ADDRESS}/{the_case(self.deployment).id}/steps"

    def officer(self, role: str) -> Officer:
        accounts, key = self.deployment.accounts, self.deployment.kelurahan.key
        return self.signed_in(accounts.sign_in(self.emails[role], PASSWORD, key))

    def signed_in(self, account: Any) -> Officer:
        session = self.deployment.sessions.issue(account)
        browser = self.web.application.test_client()
        browser.set_cookie("__session", session.token)
        return Officer(browser, session.csrf, self.path())


@pytest.fixture
def web(client: Client) -> FlaskClient:
    return client("complaint_intake")


@pytest.fixture
def officers(web: FlaskClient, deployment: Deployment, staff: dict[str, str]) -> Officers:
    told(web.post(ADDRESS, json=body()), 201)
    return Officers(web, deployment, staff)


@pytest.mark.parametrize("role", ["operator", "verifier"])
def test_an_officer_takes_a_complaint_to_its_end(
    officers: Officers, deployment: Deployment, role: str
) -> None:
    officer = officers.officer(role)
    verified = told(officer.take())
    assert verified == {
        "id": the_case(deployment).id,
        "state": "verified",
        "outcome": None,
        "handler": verified["handler"],
        "version": 2,
    }
    acted = told(officer.take(step="act", version=2, field_check=True, internal="Besok ke sana."))
    assert acted["state"] == "in-progress"
    said = {"public": "Bantuan sudah disusulkan kemarin.", "outcome": "proven"}
    closed = told(officer.take(step="close", version=acted["version"], **said))
    assert (closed["state"], closed["outcome"]) == ("closed", "proven")


@pytest.mark.parametrize("role", ["auditor", "admin", "surveyor"])
def test_nobody_else_takes_a_step(officers: Officers, deployment: Deployment, role: str) -> None:
    assert told(officers.officer(role).take(), 403)["type"] == "/masalah/forbidden"
    assert told(officers.web.post(officers.path(), json={"step": "verify", "version": 1}), 401)
    assert the_case(deployment).version == 1


def test_an_officer_of_another_kelurahan_finds_nothing(officers: Officers) -> None:
    key = "id-00-00-00-0000"
    account = officers.deployment.accounts.add(
        "lain@contoh.example", "Petugas Lain", Role.VERIFIER, key, PASSWORD
    )
    told(officers.signed_in(account).take(), 404)


def test_the_officer_whom_it_names_takes_none(
    web: FlaskClient, deployment: Deployment, staff: dict[str, str]
) -> None:
    accounts, key = deployment.accounts, deployment.kelurahan.key
    named = accounts.add("dewi@contoh.example", "Dewi Lestari", Role.OPERATOR, key, PASSWORD)
    text = "Ibu Dewi meminta lima puluh ribu rupiah."
    told(web.post(ADDRESS, json=body(kind="deduction", text=text, nik="")), 201)
    refused = Officers(web, deployment, staff).signed_in(named).take()
    assert told(refused, 403)["type"] == "/masalah/named-in-complaint"


def test_whoever_was_overtaken_is_told_how_it_stands(officers: Officers) -> None:
    first, second = officers.officer("operator"), officers.officer("verifier")
    verified = told(first.take())
    overtaken = told(second.take(step="act"), 409)
    assert overtaken["type"] == "/masalah/overtaken"
    assert overtaken["fresh"] == verified
    told(second.take(step="act", version=overtaken["fresh"]["version"]))


def test_a_step_that_the_state_does_not_allow_is_refused(officers: Officers) -> None:
    officer = officers.officer("operator")
    told(officer.take())
    refused = told(officer.take(version=2), 409)
    assert refused["type"] == "/masalah/wrong-state"


@pytest.mark.parametrize("csrf", ["", "x", "0" * 64])
def test_a_step_needs_the_session_s_own_token(officers: Officers, csrf: str) -> None:
    officer = officers.officer("verifier")
    told(officer.take(csrf=csrf), 403)
    told(officer.take(csrf=officers.officer("operator").csrf), 403)
    told(officer.take())


def test_a_form_of_another_site_takes_no_step(officers: Officers) -> None:
    officer = officers.officer("verifier")
    headers = {"Sec-Fetch-Site": "cross-site", "X-CSRF-Token": officer.csrf}
    sent = {"step": "verify", "version": 1}
    assert officer.browser.post(officer.path, json=sent, headers=headers).status_code == 403
    assert officer.browser.post(officer.path, data=sent).status_code == 415


@pytest.mark.parametrize(
    ("step", "pointer"),
    [
        ({"step": "withdraw"}, "#/step"),
        ({"step": "assign"}, "#/step"),
        ({"step": "name"}, "#/step"),
        ({"step": ""}, "#/step"),
        ({"version": None}, "#/version"),
        ({"version": "1"}, "#/version"),
        ({"version": 1.5}, "#/version"),
        ({"outcome": "nonsense"}, "#/outcome"),
        ({"field_check": "mungkin"}, "#/field_check"),
        ({"step": "close", "outcome": "proven"}, "#/public"),
        ({"step": "note"}, "#/internal"),
        ({"internal": "a" * 4_001}, "#/internal"),
        ({"internal": "a" * 9_000}, "#/internal"),
        ({"internal": f"NIK {BODY['nik']}"}, "#/internal"),
        ({"public": f"NIK {BODY['nik']}"}, "#/public"),
        ({"handler": "x"}, "#"),
    ],
)
def test_every_fault_of_a_step_is_told_at_its_field(
    officers: Officers, deployment: Deployment, step: dict[str, Any], pointer: str
) -> None:
    found = faults(officers.officer("verifier").take(**step))
    assert found.keys() == {pointer}
    assert all(detail.endswith(".") for detail in found.values())
    assert the_case(deployment).version == 1


def test_closing_needs_an_outcome(officers: Officers) -> None:
    officer = officers.officer("verifier")
    told(officer.take())
    refused = officer.take(step="close", version=2, public="Sudah diperiksa semuanya.")
    assert refused.status_code == 400


def test_a_step_in_a_complaint_that_is_none_is_not_found(officers: Officers) -> None:
    officer = officers.officer("verifier")
    for path in ("nosuchcomplaint0", "0" * 32, "a" * 80):
        told(officer.take(path=f"{ADDRESS}/{path}/steps"), 404)


def test_every_step_is_in_the_audit_log_without_its_words(
    officers: Officers, deployment: Deployment
) -> None:
    told(officers.officer("verifier").take(internal="Tetangga membenarkan."))
    entry = next(iter(deployment.audit.entries(limit=1)))
    assert (entry.action, entry.subject) == ("complaint.verify", the_case(deployment).id)
    assert "Tetangga" not in str(entry)
