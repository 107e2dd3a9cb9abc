"""Tickets: a complaint's number with check character, and its secret.

A ticket is `TS26-7KQ4-M2XD-9`: the kelurahan's prefix (2 to 4 letters), two digits of the year, 8
characters (40 bits) and a check character. All but the prefix are in Crockford's base32
(https://www.crockford.com/base32.html): no I, L, O or U, so O is read as 0, and I and L as 1.

The check. Each character stands for an element of GF(32), the polynomials over GF(2) modulo
x^5 + x^2 + 1, with its bits as coefficients. That modulus is primitive: x, written `a`, has order
31, so a^0 ... a^10 are eleven distinct non-zero elements. With d1 ... d10 for the year and the
eight characters, the check character c is chosen so that

    d1*a^10 + d2*a^9 + ... + d10*a + c = 0

One wrong character changes the sum by e*a^i, a product of two non-zero elements, so never 0. A
swap of two characters x != y with the weights a^i and a^j changes it by (x - y)*(a^i - a^j), again
a product of two non-zero elements. So every single wrong character and every swap of two, next to
each other or not, is found. The prefix is not covered: it is the same for all in a kelurahan.
"""

from __future__ import annotations

import re
from typing import Final

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES: Final = {character: value for value, character in enumerate(_ALPHABET)}
_AS_HEARD: Final = str.maketrans("OIL", "011")
_MODULUS: Final = 0b100101  # x^5 + x^2 + 1

_TICKET_BYTES: Final = 5
_SECRET_BYTES: Final = 10
_PREFIX: Final = re.compile(r"[A-Z]{2,4}")
_YEAR: Final = re.compile(r"[0-9]{2}")
_CODE_LENGTH: Final = 2 + 8 + 1  # year, characters, check
_SECRET_LENGTH: Final = 16
_LONGEST_TYPED: Final = 100
# What people put between the groups: spaces, and all that looks like a dash or a full stop.
_BETWEEN: Final = re.compile(r"[\s._/\u002d\u2010-\u2015\u2212]+")


def from_bytes(prefix: str, year: int, data: bytes) -> str:
    """Return the ticket that 5 random bytes make; raises ValueError for anything else."""
    if not _PREFIX.fullmatch(prefix) or len(data) != _TICKET_BYTES or year < 0:
        raise ValueError("a ticket is made of 2 to 4 capital letters, a year and 5 bytes")
    code = f"{year % 100:02}{_written(data)}"
    return _ticket(prefix, code + _check(code))


def read(text: str) -> str | None:
    """Return the ticket in its written form, from what somebody typed or took down by ear.

    None unless shape and check character fit.
    """
    typed = _typed(text)
    prefix = typed[:-_CODE_LENGTH].replace("0", "O")  # only letters can stand there
    code = typed[-_CODE_LENGTH:].translate(_AS_HEARD)
    if not _PREFIX.fullmatch(prefix) or not _YEAR.match(code) or not _is_code(code):
        return None
    return _ticket(prefix, code) if _check(code[:-1]) == code[-1] else None


def secret_from_bytes(data: bytes) -> str:
    """Return the secret that 10 random bytes (80 bits) make, in its written form."""
    if len(data) != _SECRET_BYTES:
        raise ValueError("a secret is made of 10 bytes")
    return _grouped(_written(data))


def read_secret(text: str) -> str | None:
    """Return the secret in its written form; None unless the shape of what was typed fits."""
    typed = _typed(text).translate(_AS_HEARD)
    if len(typed) != _SECRET_LENGTH or not _is_code(typed):
        return None
    return _grouped(typed)


def _typed(text: str) -> str:
    """Return what was typed in capitals, without separators; "" where it can't be one."""
    if len(text) > _LONGEST_TYPED:
        return ""
    kept = _BETWEEN.sub("", text)
    return kept.upper() if kept.isascii() else ""  # capitals of other scripts may become ours


def _is_code(text: str) -> bool:
    return all(character in _VALUES for character in text)


def _written(data: bytes) -> str:
    number = int.from_bytes(data, "big")
    places = range(len(data) * 8 - 5, -1, -5)
    return "".join(_ALPHABET[number >> place & 31] for place in places)


def _ticket(prefix: str, code: str) -> str:
    return f"{prefix}{code[:2]}-{_grouped(code[2:])}"


def _grouped(text: str) -> str:
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def _check(code: str) -> str:
    """Return the check character c, by Horner's rule; minus is plus where bits are coefficients."""
    total = 0
    for character in code:
        total = _times_a(total ^ _VALUES[character])
    return _ALPHABET[total]


def _times_a(value: int) -> int:
    shifted = value << 1
    return shifted ^ _MODULUS if shifted & 32 else shifted
