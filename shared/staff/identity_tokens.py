"""Verification of Google identity tokens: Firebase ID tokens of staff, the scheduler's OIDC token.

google-auth checks the signature against certificates that Google publishes, and for whom the token
was made. It knows no clock but the system's, so until when is checked here, by the clock that is
passed in; so is who may ask. Only RS256 is taken.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeGuard

from shared.platform.clock import Clock
from shared.platform.errors import Unauthenticated, Unavailable
from shared.staff.accounts import Role, Staff

if TYPE_CHECKING:
    import requests

Certificates = Callable[[], Mapping[str, str]]
"""Answers with PEM certificates by key id."""

FIREBASE_CERTIFICATES = (
    "https://www.googleapis.com/robot/v1/metadata/x509/securetoken@system.gserviceaccount.com"
)
GOOGLE_CERTIFICATES = "https://www.googleapis.com/oauth2/v1/certs"

# What Cloud Run puts in place of the signature of a token that it checked itself, by IAM.
SIGNATURE_REMOVED = "SIGNATURE_REMOVED_BY_GOOGLE"

_ISSUERS = ("https://accounts.google.com", "accounts.google.com")
_SUBJECT = re.compile(r"[A-Za-z0-9_-]{1,128}")
_SKEW_SECONDS = 60
_ANY_SKEW_SECONDS = 10**12
_MAX_TOKEN = 8192
_MAX_AGE = re.compile(r"\bmax-age=(\d{1,7})\b")


class FirebaseTokens:
    """Staff known by Firebase Authentication: `role` and `kelurahan` are custom claims."""

    def __init__(self, project: str, certificates: Certificates, clock: Clock) -> None:
        self._project = project
        self._certificates = certificates
        self._clock = clock

    def staff(self, token: str) -> Staff:
        """Return the person whose ID token this is; raises Unauthenticated where it isn't valid."""
        claims = _claims(token, self._project, self._certificates, self._clock)
        subject, authenticated_at = claims.get("sub"), claims.get("auth_time")
        good = (
            claims.get("iss") == f"https://securetoken.google.com/{self._project}"
            and isinstance(subject, str)
            and _SUBJECT.fullmatch(subject)
            and _is_number(authenticated_at)
            and 0 <= authenticated_at <= self._clock().timestamp() + _SKEW_SECONDS
        )
        role, kelurahan = claims.get("role"), claims.get("kelurahan")
        if not good or role not in list(Role) or not isinstance(kelurahan, str):
            raise Unauthenticated
        name = claims.get("name")
        shown = name if isinstance(name, str) and name.strip() else "Petugas"
        provider = claims.get("firebase")
        return Staff(
            f"firebase-{subject}",
            shown,
            Role(role),
            kelurahan,
            has_code=isinstance(provider, dict) and bool(provider.get("sign_in_second_factor")),
            signed_in_at=datetime.fromtimestamp(float(claims["auth_time"]), UTC),
        )


class SchedulerTokens:
    """Cloud Scheduler, known by the OIDC token of its service account.

    `is_checked_before`: Cloud Run lets nobody in but by IAM, checks the signature, and takes it off
    the token. Such a token is then believed without one; all that it says is checked as ever.
    """

    def __init__(
        self,
        audience: str,
        email: str,
        certificates: Certificates,
        clock: Clock,
        *,
        is_checked_before: bool = False,
    ) -> None:
        self._audience = audience
        self._email = email
        self._certificates = certificates
        self._clock = clock
        self._is_checked_before = is_checked_before

    def check(self, token: str) -> None:
        """Raise Unauthenticated unless the token is the scheduler's own, made for this service."""
        claims = _claims(
            token,
            self._audience,
            self._certificates,
            self._clock,
            may_lack_signature=self._is_checked_before,
        )
        if (
            claims.get("iss") not in _ISSUERS
            or claims.get("email") != self._email
            or claims.get("email_verified") is not True
        ):
            raise Unauthenticated


class PublishedCertificates:
    """Google's certificates, cached as long as their publisher says (an hour where it doesn't)."""

    def __init__(self, url: str, clock: Clock, session: requests.Session | None = None) -> None:
        self._url = url
        self._clock = clock
        self._session = session
        self._lock = threading.Lock()
        self._kept: Mapping[str, str] = {}
        self._good_until: datetime | None = None

    def __call__(self) -> Mapping[str, str]:
        """Return the certificates by key id; raises Unavailable where they can't be fetched."""
        with self._lock:
            if self._good_until is None or self._clock() >= self._good_until:
                self._fetch()
            return self._kept

    def _fetch(self) -> None:
        import requests

        try:
            with self._session or requests.Session() as session:
                response = session.get(self._url, timeout=10, allow_redirects=False)
            content = response.json() if response.status_code == 200 else None
        except (requests.RequestException, ValueError):
            raise Unavailable from None
        if not isinstance(content, dict) or not content:
            raise Unavailable
        age = _MAX_AGE.search(response.headers.get("Cache-Control", ""))
        seconds = int(age[1]) if age else 3600
        self._kept = {str(key_id): str(text) for key_id, text in content.items()}
        self._good_until = self._clock() + timedelta(seconds=seconds)


def _claims(
    token: str,
    audience: str,
    certificates: Certificates,
    clock: Clock,
    *,
    may_lack_signature: bool = False,
) -> Mapping[str, Any]:
    """What a token for this audience says, once its signature and its time are good."""
    from google.auth import jwt

    google: Any = jwt
    if len(token) > _MAX_TOKEN:
        raise Unauthenticated
    try:
        header = google.decode_header(token)
        if header.get("alg") != "RS256" or not header.get("kid"):
            raise Unauthenticated
        claims: Mapping[str, Any]
        if may_lack_signature and token.rpartition(".")[2] == SIGNATURE_REMOVED:
            claims = google.decode(token, verify=False)
            if claims.get("aud") != audience:
                raise Unauthenticated
        else:
            claims = google.decode(
                token, certificates(), audience=audience, clock_skew_in_seconds=_ANY_SKEW_SECONDS
            )
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise Unauthenticated from None
    now = clock().timestamp()
    issued_at, expires_at = claims.get("iat"), claims.get("exp")
    if not (_is_number(issued_at) and _is_number(expires_at)):
        raise Unauthenticated
    if not issued_at - _SKEW_SECONDS <= now < expires_at + _SKEW_SECONDS:
        raise Unauthenticated
    return claims


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
