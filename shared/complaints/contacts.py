"""How can somebody be reached? A telephone number or an e-mail address, in one form each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Contact:
    """Where an answer reaches somebody: E.164 for a telephone number."""

    kind: Literal["phone", "email"]
    value: str = field(repr=False)


def normalised_phone(text: str) -> str | None:
    """The number in E.164 (+62...), None unless it can be one."""
    raise NotImplementedError


def normalised_email(text: str) -> str | None:
    """The address with its domain in lower case, None unless it can be one."""
    raise NotImplementedError


def read(text: str) -> Contact | None:
    """What somebody wrote as a contact, told apart; None where it is neither."""
    value = normalised_email(text)
    if value is not None:
        return Contact("email", value)
    value = normalised_phone(text)
    return None if value is None else Contact("phone", value)
