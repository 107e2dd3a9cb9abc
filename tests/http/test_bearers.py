"""Bearer tokens: an officer's session, an officer by Firebase, or the scheduler."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from flask.testing import FlaskClient
from google.auth import crypt, jwt

from shared.deployment import Deployment
from shared.kelurahan.configuration import StaffRules
from shared.staff.identity_tokens import SIGNATURE_REMOVED, FirebaseTokens, SchedulerTokens
from tests.functions.conftest import PASSWORD, Client, Clock
from tests.http.test_middleware import is_problem

AUDIENCE = "https://weekly-sync.example"
ROBOT = "scheduler@proyek.example"


@pytest.fixture(scope="module")
def signer() -> crypt.RSASigner:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2027, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    made = crypt.RSASigner.from_string(private, key_id="k1")
    made.certificate = certificate.public_bytes(serialization.Encoding.PEM).decode()
    return made


@pytest.fixture
def tokens(deployment: Deployment, clock: Clock, signer: crypt.RSASigner) -> Callable[..., str]:
    """Makes tokens of Google's, and has the deployment believe their signer."""

    def certificates() -> dict[str, str]:
        return {"k1": signer.certificate}

    given: Any = deployment
    given.scheduler_tokens = SchedulerTokens(AUDIENCE, ROBOT, certificates, clock)
    given.firebase_tokens = FirebaseTokens("proyek", certificates, clock)

    def make(**changed: Any) -> str:
        now = clock().timestamp()
        claims = {"iat": now, "exp": now + 3600, **changed}
        return str(jwt.encode(signer, claims).decode())

    return make


def scheduler_claims(**changed: Any) -> dict[str, Any]:
    return {
        "aud": AUDIENCE,
        "iss": "https://accounts.google.com",
        "email": ROBOT,
        "email_verified": True,
        **changed,
    }


def firebase_claims(deployment: Deployment, clock: Clock, **changed: Any) -> dict[str, Any]:
    return {
        "aud": "proyek",
        "iss": "https://securetoken.google.com/proyek",
        "sub": "petugas1",
        "auth_time": clock().timestamp(),
        "role": "auditor",
        "kelurahan": deployment.kelurahan.key,
        **changed,
    }


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_the_scheduler_is_known_by_its_token(edge: FlaskClient, tokens: Any) -> None:
    token = tokens(**scheduler_claims())
    assert edge.post("/scheduled", headers=bearer(token)).json == {"scheduler": True}
    is_problem(edge.get("/staff", headers=bearer(token)), 401, "unauthenticated")


@pytest.mark.parametrize(
    "changed", [{"aud": "x"}, {"email": "other@proyek.example"}, {"email_verified": False}]
)
def test_another_token_of_google_is_not_the_scheduler(
    edge: FlaskClient,
    tokens: Any,
    changed: dict[str, Any],
) -> None:
    token = tokens(**scheduler_claims(**changed))
    is_problem(edge.post("/scheduled", headers=bearer(token)), 401, "unauthenticated")


@pytest.fixture
def behind_iam(
    deployment: Deployment, tokens: Callable[..., str], clock: Clock
) -> Callable[..., str]:
    """The same where Cloud Run checks who calls: it takes the signature off."""
    given: Any = deployment
    given.scheduler_tokens = SchedulerTokens(AUDIENCE, ROBOT, dict, clock, is_checked_before=True)
    return lambda **changed: tokens(**changed).rpartition(".")[0] + "." + SIGNATURE_REMOVED


def test_the_scheduler_is_known_behind_cloud_run_s_own_check(
    edge: FlaskClient, behind_iam: Callable[..., str]
) -> None:
    token = behind_iam(**scheduler_claims())
    assert edge.post("/scheduled", headers=bearer(token)).json == {"scheduler": True}


def test_a_token_beside_the_one_that_cloud_run_checked_is_refused(
    edge: FlaskClient, behind_iam: Callable[..., str]
) -> None:
    headers = {
        **bearer(behind_iam(**scheduler_claims())),
        "X-Serverless-Authorization": "Bearer " + behind_iam(email="other@proyek.example"),
    }
    is_problem(edge.post("/scheduled", headers=headers), 401, "unauthenticated")


def test_a_token_without_a_signature_is_refused_where_anybody_may_call(
    edge: FlaskClient, tokens: Any
) -> None:
    token = tokens(**scheduler_claims()).rpartition(".")[0] + "." + SIGNATURE_REMOVED
    is_problem(edge.post("/scheduled", headers=bearer(token)), 401, "unauthenticated")


def test_an_officer_of_firebase_is_known_and_needs_no_form_token(
    edge: FlaskClient,
    tokens: Any,
    deployment: Deployment,
    clock: Clock,
) -> None:
    headers = bearer(tokens(**firebase_claims(deployment, clock)))
    assert edge.get("/staff", headers=headers).json == {"role": "auditor"}
    assert edge.post("/staff", json={"name": "Siti"}, headers=headers).status_code == 200
    is_problem(edge.post("/scheduled", headers=headers), 401, "unauthenticated")


def test_an_officer_of_firebase_from_elsewhere_or_of_another_role_is_refused(
    edge: FlaskClient,
    tokens: Any,
    deployment: Deployment,
    clock: Clock,
) -> None:
    elsewhere = tokens(**firebase_claims(deployment, clock, kelurahan="3273091001"))
    is_problem(edge.get("/staff", headers=bearer(elsewhere)), 404, "not-found")
    operator = tokens(**firebase_claims(deployment, clock, role="operator"))
    is_problem(edge.get("/staff", headers=bearer(operator)), 403, "forbidden")


@pytest.mark.usefixtures("staff")
def test_a_session_may_come_as_a_bearer_token(edge: FlaskClient, deployment: Deployment) -> None:
    account = deployment.accounts.sign_in(
        "auditor@contoh.example", PASSWORD, deployment.kelurahan.key
    )
    session = deployment.sessions.issue(account)
    assert edge.get("/staff", headers=bearer(session.token)).json == {"role": "auditor"}
    is_problem(edge.post("/scheduled", headers=bearer(session.token)), 401, "unauthenticated")


def test_an_old_token_and_a_session_that_ended_are_refused(
    edge: FlaskClient,
    tokens: Any,
    deployment: Deployment,
    clock: Clock,
    staff: dict[str, str],
) -> None:
    account = deployment.accounts.sign_in(staff["auditor"], PASSWORD, deployment.kelurahan.key)
    session = deployment.sessions.issue(account).token
    token = tokens(**scheduler_claims())
    clock.now += timedelta(hours=9)
    is_problem(edge.get("/staff", headers=bearer(session)), 401, "unauthenticated")
    is_problem(edge.post("/scheduled", headers=bearer(token)), 401, "unauthenticated")


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Bearer eyJ", "Bearer eyJ.eyJ.eyJ", "Basic eyJ", "Bearer é", "\xff"],
)
def test_a_header_that_says_nothing_is_refused(
    edge: FlaskClient,
    tokens: Any,
    header: str,
) -> None:
    for answer in (
        edge.get("/staff", headers={"Authorization": header}),
        edge.post("/scheduled", headers={"Authorization": header}),
    ):
        is_problem(answer, 401, "unauthenticated")


def test_tokens_of_google_are_refused_where_none_are_set_up(
    edge: FlaskClient,
    signer: crypt.RSASigner,
    clock: Clock,
) -> None:
    now = clock().timestamp()
    claims = scheduler_claims(iat=now, exp=now + 3600)
    token = jwt.encode(signer, claims).decode()
    is_problem(edge.post("/scheduled", headers=bearer(token)), 401, "unauthenticated")


@pytest.mark.parametrize(("minutes", "is_let_in"), [(0, True), (15, True), (16, False)])
def test_an_officer_of_firebase_decides_only_soon_after_signing_in(
    client: Client,
    tokens: Any,
    deployment: Deployment,
    clock: Clock,
    minutes: int,
    is_let_in: bool,
) -> None:
    at = clock().timestamp() - 60 * minutes
    claims = firebase_claims(deployment, clock, role="verifier", auth_time=at)
    answers = [
        client("weekly_sync").post(
            f"/api/sync/nosuchbatch/{step}", json=fields, headers=bearer(tokens(**claims))
        )
        for step, fields in (
            ("approve", {"differences_hash": "x"}),
            ("undo", {"reason": "Salah berkas"}),
        )
    ]
    for answer in answers:
        if is_let_in:
            is_problem(answer, 404, "not-found")
        else:
            assert "Masuk lagi" in is_problem(answer, 401, "unauthenticated")["detail"]


@pytest.mark.parametrize(
    ("provider", "status"),
    [({}, 403), ({"sign_in_provider": "password"}, 403), ("x", 403), (None, 403),
     ({"sign_in_second_factor": "totp"}, 200)],
)  # fmt: skip
def test_a_role_that_needs_a_code_needs_it_of_firebase_too(
    edge: FlaskClient,
    tokens: Any,
    deployment: Deployment,
    clock: Clock,
    provider: Any,
    status: int,
) -> None:
    given: Any = deployment
    given.kelurahan = replace(deployment.kelurahan, staff=StaffRules(("auditor",)))
    headers = bearer(tokens(**firebase_claims(deployment, clock, firebase=provider)))
    answer = edge.get("/staff", headers=headers)
    assert answer.status_code == status
    if status == 403:
        assert is_problem(answer, 403, "forbidden")["code"] == "CODE_REQUIRED"
