"""Solves a challenge of the lookup as the page's script does."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from hashlib import sha256


def solve(challenge: Mapping[str, str | int]) -> str:
    """ALTCHA's payload for a challenge: base64 of JSON."""
    salted = sha256(str(challenge["salt"]).encode())
    for number in range(int(challenge["maxNumber"]) + 1):
        tried = salted.copy()
        tried.update(b"%d" % number)
        if tried.hexdigest() == challenge["challenge"]:
            payload = {key: value for key, value in challenge.items() if key != "maxNumber"}
            return base64.b64encode(json.dumps({**payload, "number": number}).encode()).decode()
    raise AssertionError("the challenge has no solution")
