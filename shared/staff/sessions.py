"""Console sessions: signed tokens that expire after 8 hours, and with the account's version."""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from itsdangerous import BadData

from shared.platform.clock import Clock
from shared.platform.crypto.keys import Keyset
from shared.platform.errors import NotFound, Unauthenticated
from shared.staff import signed_tokens
from shared.staff.accounts import Accounts, Staff

SECONDS = 8 * 3600
_ENDED = "Sesi Anda sudah berakhir. Masuk lagi untuk melanjutkan."


@dataclass(frozen=True, slots=True)
class Session:
    """What the browser keeps (`token`, in a cookie) and what each form carries (`csrf`)."""

    token: str = field(repr=False)
    csrf: str = field(repr=False)


class Sessions:
    """Sessions of local accounts, 8 hours long. Nothing is stored: the token is signed."""

    def __init__(
        self,
        keyset: Keyset,
        accounts: Accounts,
        clock: Clock,
        new_nonce: Callable[[], str] = lambda: secrets.token_urlsafe(12),
    ) -> None:
        self._keyset = keyset
        self._accounts = accounts
        self._new_nonce = new_nonce
        self._csrf_key = keyset.subkey("csrf")
        self._serializer = signed_tokens.serializer(keyset, "session", clock)

    def issue(self, staff: Staff) -> Session:
        """Issue a new session to somebody who has just signed in."""
        content = [staff.kelurahan, staff.id, staff.version, self._new_nonce()]
        token = signed_tokens.text(self._serializer.dumps(content))
        return Session(token, self.csrf(token))

    def read(self, token: str) -> Staff:
        """Return the session's person, as the account stands now: one document read.

        Raises Unauthenticated: forged, older than 8 hours, or the account has ended or has got
        another password since.
        """
        try:
            content: Any = self._serializer.loads(token, max_age=SECONDS)
            kelurahan_key, staff_id, version, _ = content
            staff = self._accounts.get(staff_id, kelurahan_key)
        except (BadData, NotFound, UnicodeError):
            raise Unauthenticated(_ENDED) from None
        if staff.version != version:
            raise Unauthenticated(_ENDED)
        return staff

    def csrf(self, token: str) -> str:
        """Return the CSRF token that the forms of this session must carry."""
        data = token.encode("utf-8", "surrogatepass")
        mac = hmac.digest(self._csrf_key, data, "sha256")
        return base64.urlsafe_b64encode(mac).rstrip(b"=").decode("ascii")

    def app_secret(self, staff: Staff, token: str | None) -> str:
        """Return the secret that the account's page offers to an authenticator app, in base32.

        160 bits, made of our key, so that no client chooses it, and another one in each session and
        after each change of the account. Nothing is stored before a code shows that the app has it.
        """
        parts = (staff.kelurahan, staff.id, str(staff.version), self.csrf(token or ""))
        made = self._keyset.tag("totp", "\n".join(parts).encode(), 20)
        return base64.b32encode(made).decode("ascii")

    def is_own_form(self, token: str, csrf: str) -> bool:
        """Whether a form's CSRF token belongs to this session, in constant time."""
        given = csrf.encode("utf-8", "surrogatepass")
        return hmac.compare_digest(self.csrf(token).encode("ascii"), given)
