"""Proof of work for lookups (ALTCHA protocol, version 1), bound to one question.

The ALTCHA protocol, version 1: the browser asks for a challenge, finds the number whose SHA-256
with the salt is the challenge, and sends it back. Here the challenge is bound to one question: the
browser sends SHA-256(nonce | NIK | name) first, the signed salt carries it, and the server computes
it again from what was asked. So a solved challenge answers the question it was made for and no
other; sent again, it asks the same again. That needs no record of used challenges, and the server
learns no NIK from somebody who only asks for a challenge. The salt also says how much work it was.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from hashlib import sha256
from hmac import compare_digest
from typing import Any, Final

from altcha.v1 import ChallengeOptions, create_challenge, verify_solution

from shared.platform.clock import Clock
from shared.platform.crypto.keys import Keyset
from shared.platform.errors import ProofRefused

ALTCHA_MAX_CHARACTERS: Final = 1024
_HASH = re.compile(r"[0-9a-f]{64}")
_NONCE = re.compile(r"[0-9a-f]{16,64}")
_SALT = re.compile(
    r"[0-9a-f]{24}\?expires=([0-9]{1,12})&question=([0-9a-f]{64})&work=(usual|hard)&"
)
# An estimated three seconds on an old phone, ten at worst.
_HARDER: Final = 25


class Work(Enum):
    """How much work a challenge asks for."""

    USUAL = "usual"
    HARD = "hard"


@dataclass(frozen=True, slots=True)
class Proof:
    """A solved challenge: the browser's nonce, and ALTCHA's payload (base64 of JSON)."""

    nonce: str
    altcha: str


def question_hash(nonce: str, nik: str, name: str, kk_last6: str = "") -> str:
    """Return SHA-256 in hex over nonce | NIK | name (| end of the KK number), each as typed."""
    parts = [nonce, nik, name] + ([kk_last6] if kk_last6 else [])
    return sha256("|".join(parts).encode("utf-8", "replace")).hexdigest()


class Proofs:
    """Makes challenges and verifies solutions.

    `difficulty` is the largest number to be tried: the browser hashes half as often on average.
    Hard work is 25 times as much.
    """

    def __init__(self, keys: Keyset, clock: Clock, difficulty: int, ttl_seconds: int) -> None:
        self._key = keys.subkey("lookup-challenge")
        self._clock = clock
        self._difficulty = difficulty
        self._ttl = timedelta(seconds=ttl_seconds)

    def challenge(self, asked: str, work: Work = Work.USUAL) -> dict[str, str | int]:
        """Make a challenge for one question: algorithm, challenge, maxNumber, salt, signature.

        `asked` is the `question_hash`. ProofRefused if it isn't 64 hexadecimal digits.
        """
        if not _HASH.fullmatch(asked):
            raise ProofRefused
        made = create_challenge(
            ChallengeOptions(
                algorithm="SHA-256",
                max_number=self._difficulty * (_HARDER if work is Work.HARD else 1),
                hmac_key=self._key,
                expires=self._clock() + self._ttl,
                params={"question": asked, "work": work.value},
            )
        )
        return dict(made.to_dict())

    def check(self, proof: Proof, nik: str, name: str, kk_last6: str = "") -> Work:
        """Return the work that was done; ProofRefused if it isn't a proof for this question.

        The challenge has to be ours, solved, and in time. All arguments as they were sent. Why it
        was refused isn't told: the page asks for a new one.
        """
        payload = _payload(proof.altcha)
        if payload is None or not _NONCE.fullmatch(proof.nonce):
            raise ProofRefused
        salt = _SALT.fullmatch(payload["salt"])
        if salt is None:
            raise ProofRefused
        solved, _ = verify_solution(payload, self._key, check_expires=False)
        in_time = int(salt[1]) >= self._clock().timestamp()
        asked = question_hash(proof.nonce, nik, name, kk_last6)
        if not (solved and in_time and compare_digest(asked, salt[2])):
            raise ProofRefused
        return Work(salt[3])


def _payload(encoded: str) -> Any:
    """Return ALTCHA's payload if every field has the right type, else None."""
    if len(encoded) > ALTCHA_MAX_CHARACTERS:
        return None
    try:
        read = json.loads(base64.b64decode(encoded, validate=True))
    except (ValueError, RecursionError):
        return None
    if not isinstance(read, dict) or read.get("algorithm") != "SHA-256":
        return None
    if type(read.get("number")) is not int or not isinstance(read.get("salt"), str):
        return None
    for name in ("challenge", "signature"):
        if not isinstance(read.get(name), str) or not _HASH.fullmatch(read[name]):
            return None
    return read
