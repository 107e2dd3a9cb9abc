"""Second factor: the six-digit code of an authenticator app (TOTP, RFC 6238).

A code counts once: what is kept is the number of the last half minute whose code was used.
"""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Final

import pyotp

_PERIOD: Final = 30
_DIGITS: Final = 6
_SECRET_BYTES: Final = 20


def new_secret() -> str:
    """Make a new secret of 160 bits, in base32 as apps take it."""
    return pyotp.random_base32()


def is_secret(text: str) -> bool:
    """Whether it is base32 of at least 160 bits, as RFC 4226 asks and `new_secret` makes it."""
    try:
        return len(base64.b32decode(text + "=" * (-len(text) % 8))) >= _SECRET_BYTES
    except ValueError:
        return False


def address(secret: str, account: str, issuer: str) -> str:
    """Return the otpauth:// address that the QR code holds for the app."""
    totp = pyotp.TOTP(secret, digits=_DIGITS, interval=_PERIOD)
    return totp.provisioning_uri(name=account, issuer_name=issuer)


def matched(secret: str, code: str, now: datetime, last: int) -> int | None:
    """Return the number of the half minute that a code belongs to: this one, or one beside it.

    None where it fits none of them, or one that isn't later than `last`. All three are compared, in
    constant time.
    """
    typed = "".join(code.split())
    totp = pyotp.TOTP(secret, digits=_DIGITS, interval=_PERIOD)
    current = int(now.timestamp()) // _PERIOD
    found = None
    for number in (current - 1, current, current + 1):
        if pyotp.utils.strings_equal(totp.generate_otp(number), typed) and number > last:
            found = number
    return found
