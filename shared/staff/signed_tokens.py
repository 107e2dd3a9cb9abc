"""Signed tokens for a browser's cookie: their content is readable, and can't be changed or made."""

from __future__ import annotations

import hashlib

from itsdangerous import TimestampSigner, URLSafeTimedSerializer

from shared.platform.clock import Clock
from shared.platform.crypto.keys import Keyset


def serializer(keyset: Keyset, purpose: str, clock: Clock) -> URLSafeTimedSerializer:
    """Return the serializer of a purpose's tokens, which carry the second they were made at.

    Tokens of the previous key are read, new ones use the current key.
    """

    class Signer(TimestampSigner):
        default_digest_method = staticmethod(hashlib.sha256)

        def get_timestamp(self) -> int:
            return int(clock().timestamp())

    return URLSafeTimedSerializer(
        list(reversed(keyset.subkeys(purpose))),  # the last one signs
        salt=f"nutera {purpose}",
        signer=Signer,
        signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
    )


def text(token: str | bytes) -> str:
    """Return a serializer's token as text."""
    return token if isinstance(token, str) else token.decode()
