"""Console sessions: signed tokens that end after 30 idle minutes, 8 hours, or with the account.

A token says when the session began, and its signature when it was last used: whoever works on gets
a new one, of the same session and with the same CSRF token.
"""

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
IDLE_SECONDS = 30 * 60
_RENEWED_AFTER = 60
_ENDED = "Sesi Anda sudah berakhir. Masuk lagi untuk melanjutkan."


@dataclass(frozen=True, slots=True)
class Session:
    """What the browser keeps (`token`, in a cookie) and what each form carries (`csrf`)."""

    token: str = field(repr=False)
    csrf: str = field(repr=False)


class Sessions:
    """Sessions of local accounts, 8 hours long at most. Nothing is stored: the token is signed."""

    def __init__(
        self,
        keyset: Keyset,
        accounts: Accounts,
        clock: Clock,
        new_nonce: Callable[[], str] = lambda: secrets.token_urlsafe(12),
    ) -> None:
        self._keyset = keyset
        self._accounts = accounts
        self._clock = clock
        self._new_nonce = new_nonce
        self._csrf_key = keyset.subkey("csrf")
        self._serializer = signed_tokens.serializer(keyset, "session", clock)

    def issue(self, staff: Staff) -> Session:
        """Issue a new session to somebody who has just signed in."""
        began = int(self._clock().timestamp())
        content = [staff.kelurahan, staff.id, staff.version, self._new_nonce(), began]
        token = signed_tokens.text(self._serializer.dumps(content))
        return Session(token, self.csrf(token))

    def read(self, token: str, *, may_be_idle: bool = False) -> Staff:
        """Return the session's person, as the account stands now: one document read.

        `may_be_idle`: a program's, for as long as the session lasts. Raises Unauthenticated:
        forged, too old, or the account has ended or has got another password since.
        """
        try:
            max_age = SECONDS if may_be_idle else IDLE_SECONDS
            content: Any = self._serializer.loads(token, max_age=max_age)
            kelurahan_key, staff_id, version, _, began = content
            if self._clock().timestamp() - began > SECONDS:
                raise Unauthenticated(_ENDED)
            staff = self._accounts.get(staff_id, kelurahan_key)
        except (BadData, NotFound, UnicodeError, ValueError):
            raise Unauthenticated(_ENDED) from None
        if staff.version != version:
            raise Unauthenticated(_ENDED)
        return staff

    def renewed(self, token: str) -> str | None:
        """Return the token of a session that was just read, as used now; None within a minute."""
        content, used_at = self._serializer.loads(token, return_timestamp=True)
        if self._clock().timestamp() - used_at.timestamp() < _RENEWED_AFTER:
            return None
        return signed_tokens.text(self._serializer.dumps(content))

    def owner(self, token: str) -> str | None:
        """Return the account id of a session of ours, also of one that has ended; else None."""
        try:
            content: Any = self._serializer.loads(token)
        except (BadData, UnicodeError):
            return None
        return str(content[1])

    def csrf(self, token: str) -> str:
        """Return the CSRF token that the forms of this session must carry."""
        session = token.rsplit(".", 2)[0]  # without the time of its last use
        data = session.encode("utf-8", "surrogatepass")
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
