"""Text rules for what people write about complaints: length, line breaks, no NIK.

Each raises Invalid with a pointer to its field, and never repeats what was written.
"""

from __future__ import annotations

from typing import Final

from shared.platform.errors import Invalid
from shared.platform.logs import masked

LONGEST: Final = 4_000
LONGEST_TYPED: Final = 8_400
"""The same as a form sends it, which writes the end of a line with two characters."""
_SHORTEST_MESSAGE: Final = 3
_SHORTEST_REASON: Final = 5
_LONGEST_REASON: Final = 500


def as_kept(text: str) -> str:
    """Normalise a text to keep it: a form ends its lines otherwise than a script.

    JSON may carry half a character, which nothing can store: a question mark stands for it.
    """
    whole = text.encode("utf-8", "replace").decode()
    return whole.replace("\r\n", "\n").replace("\r", "\n").strip()


def message(text: str, *, optional: bool) -> str:
    """Check a resident's message, 3 to 4,000 characters."""
    said = as_kept(text)
    if not said and optional:
        return said
    if not _SHORTEST_MESSAGE <= len(said) <= LONGEST:
        raise fault("text", f"Tulis dengan {_SHORTEST_MESSAGE} sampai {in_figures(LONGEST)} huruf.")
    return said


def note(text: str, field: str) -> str:
    """Check an officer's note, at most 4,000 characters, without a NIK or KK number."""
    said = as_kept(text)
    if len(said) > LONGEST:
        raise fault(field, f"Paling panjang {in_figures(LONGEST)} huruf.")
    if masked(said) != said:
        raise fault(field, "Jangan menulis NIK atau nomor KK di catatan.")
    return said


def reason(text: str) -> str:
    """Check an officer's reason, 5 to 500 characters, on one line."""
    said = " ".join(as_kept(text).split())
    if not _SHORTEST_REASON <= len(said) <= _LONGEST_REASON:
        raise fault("reason", f"Tulis alasannya, sekurang-kurangnya {_SHORTEST_REASON} huruf.")
    return said


def fault(field: str, detail: str) -> Invalid:
    """Return the error of one field."""
    return Invalid(errors=[{"pointer": f"#/{field}", "detail": detail}])


def in_figures(number: int) -> str:
    """Return a number as written in Indonesian, with a dot before each three figures."""
    return f"{number:,}".replace(",", ".")
