"""Keys as they are after a rotation: a new one written before the one so far."""

from __future__ import annotations

from shared.platform.crypto.keys import Keyset


def rotated(keyset: Keyset) -> Keyset:
    """A new current key; the current one so far is the previous."""
    return Keyset.parse(f"{Keyset.generate().secret_text()} {_current(keyset)}")


def without_previous(keyset: Keyset) -> Keyset:
    """The current key alone."""
    return Keyset.parse(_current(keyset))


def _current(keyset: Keyset) -> str:
    return keyset.secret_text().split()[0]
