"""Google's tokens: real signatures over real certificates, and each way of not being good."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.platform.errors import Unauthenticated, Unavailable
from shared.staff.accounts import Role, Staff
from shared.staff.identity_tokens import (
    SIGNATURE_REMOVED,
    FirebaseTokens,
    PublishedCertificates,
    SchedulerTokens,
)
from tests.hand_clock import KELURAHAN, HandClock

PROJECT, AUDIENCE = "nutera-uji", "https://weekly-sync.example"
EMAIL = "jadwal@nutera-uji.iam.gserviceaccount.com"


@cache
def key(name: str) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def certificate(name: str) -> str:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "uji")])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key(name).public_key())
        .serial_number(1)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2027, 1, 1, tzinfo=UTC))
        .sign(key(name), hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()


def certificates() -> dict[str, str]:
    return {"one": certificate("one"), "two": certificate("two")}


def segment(content: object) -> str:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(claims: object, *, signer: str = "one", header: dict[str, Any] | None = None) -> str:
    head = {"alg": "RS256", "typ": "JWT", "kid": signer} if header is None else header
    signed = f"{segment(head)}.{segment(claims)}"
    signature = key(signer).sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{signed}.{segment(signature)}"


def times(clock: HandClock) -> dict[str, Any]:
    now = int(clock().timestamp())
    return {"iat": now - 10, "exp": now + 3590, "auth_time": now - 20}


def scheduler_claims(clock: HandClock, **changed: Any) -> dict[str, Any]:
    claims = {
        **times(clock),
        "iss": "https://accounts.google.com",
        "aud": AUDIENCE,
        "sub": "123",
        "email": EMAIL,
        "email_verified": True,
        **changed,
    }
    return {name: value for name, value in claims.items() if value is not ...}


def staff_claims(clock: HandClock, **changed: Any) -> dict[str, Any]:
    claims = {
        **times(clock),
        "iss": f"https://securetoken.google.com/{PROJECT}",
        "aud": PROJECT,
        "sub": "uid1",
        "name": "Ani",
        "role": "verifier",
        "kelurahan": KELURAHAN,
        **changed,
    }
    return {name: value for name, value in claims.items() if value is not ...}


@pytest.fixture
def scheduler(clock: HandClock) -> SchedulerTokens:
    return SchedulerTokens(AUDIENCE, EMAIL, certificates, clock)


@pytest.fixture
def firebase(clock: HandClock) -> FirebaseTokens:
    return FirebaseTokens(PROJECT, certificates, clock)


def test_the_scheduler_is_known_by_its_token(scheduler: SchedulerTokens, clock: HandClock) -> None:
    scheduler.check(token(scheduler_claims(clock)))
    scheduler.check(token(scheduler_claims(clock, iss="accounts.google.com"), signer="two"))


# --- a token that Cloud Run has checked, and whose signature it took off -------------------------


def without_signature(claims: dict[str, Any], removed: str = SIGNATURE_REMOVED) -> str:
    return token(claims).rpartition(".")[0] + "." + removed


@pytest.fixture
def behind_iam(clock: HandClock) -> SchedulerTokens:
    return SchedulerTokens(AUDIENCE, EMAIL, certificates, clock, is_checked_before=True)


def test_a_token_that_cloud_run_has_checked_needs_no_signature(
    behind_iam: SchedulerTokens, clock: HandClock
) -> None:
    behind_iam.check(without_signature(scheduler_claims(clock)))
    behind_iam.check(token(scheduler_claims(clock)))


def test_where_anybody_may_call_a_token_without_a_signature_is_refused(
    scheduler: SchedulerTokens, clock: HandClock
) -> None:
    with pytest.raises(Unauthenticated):
        scheduler.check(without_signature(scheduler_claims(clock)))


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "https://other.example"},
        {"aud": [AUDIENCE]},
        {"aud": ...},
        {"iss": "https://accounts.example"},
        {"email": "other@nutera-uji.iam.gserviceaccount.com"},
        {"email_verified": False},
        {"exp": ...},
        {"iat": ...},
        {"exp": 0},
        {"exp": "9999999999"},
    ],
)
def test_what_a_checked_token_says_is_checked_all_the_same(
    behind_iam: SchedulerTokens, clock: HandClock, changed: dict[str, Any]
) -> None:
    with pytest.raises(Unauthenticated):
        behind_iam.check(without_signature(scheduler_claims(clock, **changed)))


@pytest.mark.parametrize("removed", ["", "AAAA", "signature_removed_by_google", "x.SIGNATURE"])
def test_another_signature_than_that_word_is_verified(
    behind_iam: SchedulerTokens, clock: HandClock, removed: str
) -> None:
    with pytest.raises(Unauthenticated):
        behind_iam.check(without_signature(scheduler_claims(clock), removed))


@pytest.mark.parametrize("content", [b"", b"[]", b"7", b"{}"])
def test_a_checked_token_of_another_form_is_refused(
    behind_iam: SchedulerTokens, content: bytes
) -> None:
    head = segment({"alg": "RS256", "kid": "one"})
    with pytest.raises(Unauthenticated):
        behind_iam.check(f"{head}.{segment(content)}.{SIGNATURE_REMOVED}")


def test_staff_are_known_by_their_token(firebase: FirebaseTokens, clock: HandClock) -> None:
    staff = firebase.staff(token(staff_claims(clock)))
    assert staff == Staff("firebase-uid1", "Ani", Role.VERIFIER, KELURAHAN)
    assert firebase.staff(token(staff_claims(clock, name=...))).name == "Petugas"


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "https://other.example"},
        {"aud": [AUDIENCE]},
        {"aud": ...},
        {"iss": "https://accounts.example"},
        {"iss": ...},
        {"email": "other@nutera-uji.iam.gserviceaccount.com"},
        {"email": EMAIL.upper()},
        {"email": ...},
        {"email_verified": False},
        {"email_verified": "true"},
        {"email_verified": ...},
        {"exp": ...},
        {"iat": ...},
        {"exp": "later"},
        {"exp": True},
        {"exp": float("nan")},
    ],
)
def test_a_token_that_is_not_the_schedulers_is_refused(
    scheduler: SchedulerTokens, clock: HandClock, changed: dict[str, Any]
) -> None:
    with pytest.raises(Unauthenticated) as caught:
        scheduler.check(token(scheduler_claims(clock, **changed)))
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "other"},
        {"iss": "https://securetoken.google.com/other"},
        {"sub": ""},
        {"sub": "a/b"},
        {"sub": 5},
        {"sub": "x" * 129},
        {"role": "root"},
        {"role": ...},
        {"role": ["admin"]},
        {"kelurahan": ...},
        {"kelurahan": 5},
        {"auth_time": ...},
        {"auth_time": 10**12},
    ],
)
def test_a_token_that_is_not_staffs_is_refused(
    firebase: FirebaseTokens, clock: HandClock, changed: dict[str, Any]
) -> None:
    with pytest.raises(Unauthenticated):
        firebase.staff(token(staff_claims(clock, **changed)))


def test_a_token_of_one_kind_is_none_of_the_other(
    scheduler: SchedulerTokens, firebase: FirebaseTokens, clock: HandClock
) -> None:
    with pytest.raises(Unauthenticated):
        scheduler.check(token(staff_claims(clock)))
    with pytest.raises(Unauthenticated):
        firebase.staff(token(scheduler_claims(clock)))


def test_a_token_is_good_for_its_time(scheduler: SchedulerTokens, clock: HandClock) -> None:
    issued = token(scheduler_claims(clock))
    clock.forward(seconds=3590 + 59)  # a minute for clocks that go wrong
    scheduler.check(issued)
    clock.forward(seconds=1)
    with pytest.raises(Unauthenticated):
        scheduler.check(issued)
    clock.forward(hours=-2)
    with pytest.raises(Unauthenticated):
        scheduler.check(issued)


def forgeries(clock: HandClock) -> dict[str, Callable[[], str]]:
    claims = scheduler_claims(clock)

    def unsigned() -> str:
        return f"{segment({'alg': 'none', 'typ': 'JWT'})}.{segment(claims)}."

    def keyed_with_the_certificate() -> str:
        signed = f"{segment({'alg': 'HS256', 'kid': 'one'})}.{segment(claims)}"
        mac = hmac.HMAC(certificate("one").encode(), hashes.SHA256())
        mac.update(signed.encode())
        return f"{signed}.{segment(mac.finalize())}"

    def changed_after_signing() -> str:
        head, _, signature = token({**claims, "email": "x"}).split(".")
        return f"{head}.{segment(claims)}.{signature}"

    return {
        "unsigned": unsigned,
        "unsigned with a kid": lambda: (
            f"{segment({'alg': 'none', 'kid': 'one'})}.{segment(claims)}.AAAA"
        ),
        "keyed with the certificate": keyed_with_the_certificate,
        "changed after signing": changed_after_signing,
        "signed by nobody known": lambda: token(claims, signer="three"),
        "signed by another than it says": lambda: token(
            claims, signer="three", header={"alg": "RS256", "kid": "one"}
        ),
        "no kid": lambda: token(claims, header={"alg": "RS256"}),
        "kid of another kind": lambda: token(claims, header={"alg": "RS256", "kid": ["one"]}),
        "alg of another kind": lambda: token(claims, header={"alg": ["RS256"], "kid": "one"}),
        "claims that are a list": lambda: token([claims]),
        "claims that are no JSON": lambda: token(b"\xff{"),
        "header that is a list": lambda: f"{segment(['RS256'])}.{segment(claims)}.AAAA",
        "no signature": lambda: token(claims).rpartition(".")[0] + ".",
        "two parts": lambda: token(claims).rpartition(".")[0],
        "four parts": lambda: token(claims) + ".AAAA",
        "monstrous": lambda: token({**claims, "x": "y" * 10_000}),
        "deep": lambda: token(b"[" * 5_000),
        "nothing": lambda: "",
    }


@pytest.mark.parametrize("name", forgeries(HandClock()))
def test_a_forged_token_is_refused(scheduler: SchedulerTokens, clock: HandClock, name: str) -> None:
    with pytest.raises(Unauthenticated):
        scheduler.check(forgeries(clock)[name]())


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(), st.text(), st.text())
def test_no_noise_is_a_token(scheduler: SchedulerTokens, one: str, two: str, three: str) -> None:
    for noise in (one, f"{one}.{two}.{three}"):
        with pytest.raises(Unauthenticated):
            scheduler.check(noise)


def test_without_certificates_nobody_is_told_that_the_token_is_bad(clock: HandClock) -> None:
    def none() -> dict[str, str]:
        raise Unavailable

    with pytest.raises(Unavailable):
        SchedulerTokens(AUDIENCE, EMAIL, none, clock).check(token(scheduler_claims(clock)))


class Publisher:
    """Google's certificate page, over real HTTP on this machine."""

    def __init__(self) -> None:
        self.asked = 0
        self.status, self.body = 200, json.dumps({"one": "PEM"})
        self.headers = {"Cache-Control": "public, max-age=600, must-revalidate"}

    def __call__(self, environ: dict[str, Any], start: Any) -> list[bytes]:
        self.asked += 1
        start(f"{self.status} X", list(self.headers.items()))
        return [self.body.encode()]


@pytest.fixture
def publisher() -> Any:
    import threading

    from werkzeug.serving import WSGIRequestHandler, make_server

    class Silent(WSGIRequestHandler):
        def log_request(self, *_: Any) -> None:
            pass

    publisher = Publisher()
    server = make_server("127.0.0.1", 0, publisher, request_handler=Silent)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield publisher, f"http://127.0.0.1:{server.server_port}/certs"
    server.shutdown()
    thread.join()
    server.server_close()


def test_certificates_are_kept_as_long_as_their_publisher_says(
    publisher: tuple[Publisher, str], clock: HandClock
) -> None:
    page, url = publisher
    fetched = PublishedCertificates(url, clock)
    assert fetched() == {"one": "PEM"}
    clock.forward(seconds=599)
    assert fetched() == {"one": "PEM"}
    assert page.asked == 1
    page.body = json.dumps({"two": "PEM"})
    clock.now += timedelta(seconds=1)
    assert fetched() == {"two": "PEM"}
    assert page.asked == 2


@pytest.mark.parametrize(
    ("status", "body"), [(500, "{}"), (200, "<html>"), (200, "[]"), (200, "{}"), (302, "{}")]
)
def test_a_publisher_that_fails_is_unavailable(
    publisher: tuple[Publisher, str], clock: HandClock, status: int, body: str
) -> None:
    page, url = publisher
    page.status, page.body = status, body
    with pytest.raises(Unavailable):
        PublishedCertificates(url, clock)()


def test_no_publisher_is_unavailable(clock: HandClock) -> None:
    with pytest.raises(Unavailable):
        PublishedCertificates("http://127.0.0.1:1/certs", clock)()
