"""Contacts of residents: normalised telephone numbers and e-mail addresses."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, Literal

from marshmallow import ValidationError
from marshmallow.validate import Email

_REGION: Final = "ID"
_LONGEST_TYPED: Final = 320
_LONGEST_EMAIL: Final = 254  # RFC 5321, 4.5.3.1: a path of 256 with its angle brackets
_LONGEST_LOCAL: Final = 64
# phonenumbers also reads letters as keys, extensions and the digits of other scripts; we don't.
_TYPED_NUMBER: Final = re.compile(r"\+?[0-9 ()./\u00a0\u002d\u2010-\u2015\u2212]+")
_IS_EMAIL: Final = Email()


@dataclass(frozen=True, slots=True)
class Contact:
    """A normalised contact; telephone numbers are in E.164."""

    kind: Literal["phone", "email"]
    value: str = field(repr=False)


def normalised_phone(text: str) -> str | None:
    """Return the number in E.164 (+62...), None unless it is one that can be called.

    A number without + is Indonesian, with 0, with 62 or with neither in front. A landline needs
    its area code.
    """
    typed = text.strip()
    if len(typed) > _LONGEST_TYPED or not _TYPED_NUMBER.fullmatch(typed):
        return None
    import phonenumbers  # 20 ms, which a complaint without a telephone number doesn't need

    try:
        number = phonenumbers.parse(typed, _REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def normalised_email(text: str) -> str | None:
    """Return the address with its domain in lower case, None unless it has the form of one.

    The part before the @ is kept as it was typed: only its own server knows whether case counts.
    """
    typed = text.strip()
    local, _, domain = typed.rpartition("@")
    if len(typed) > _LONGEST_EMAIL or len(local) > _LONGEST_LOCAL or not typed.isascii():
        return None
    if '"' in local or domain.endswith("]") or "." not in domain:  # mail for one machine
        return None
    try:
        _IS_EMAIL(typed)
    except ValidationError:
        return None
    return f"{local}@{domain.lower()}"


def read(text: str) -> Contact | None:
    """Return the contact in a text, telephone or e-mail; None where it is neither."""
    email = normalised_email(text)
    if email is not None:
        return Contact("email", email)
    phone = normalised_phone(text)
    return None if phone is None else Contact("phone", phone)
