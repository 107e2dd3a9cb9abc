"""Staff mentions: officers whom a complaint names, found by their names in its text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable

from shared.complaints.model.lifecycle import WORKERS
from shared.staff.accounts import Staff

_WORD = re.compile(r"[^\W\d_]+")
_SHORTEST = 3
_TITLES = frozenset(
    "haji hajjah bapak ibu pak bu dra drs ssos sos skom spd mpd msi map amd dan bin binti".split()  # noqa: SIM905
)


def named_in(
    text: str, active: Collection[Staff], known: Iterable[str] = (), *, is_about_staff: bool
) -> tuple[str, ...]:
    """Return the ids of those `known` to be named, and of active staff named in the text.

    One word of it is enough in a complaint that may be about staff: rather one too many, since
    whoever shares a name with somebody only leaves the case to a colleague. In the others, where
    neighbours are named, it takes two words, or all that a shorter name has; so it does where one
    word would leave nobody to work on the complaint.
    """
    written = _words(text)

    def named(fewest: int) -> tuple[str, ...]:
        found = {each.id for each in active if _stands_in(written, each.name, fewest)}
        return tuple(sorted(found.union(known)))

    by_one_word = named(1)
    if is_about_staff and not leaves_nobody(by_one_word, active):
        return by_one_word
    return named(2)


def leaves_nobody(named: Iterable[str], active: Iterable[Staff]) -> bool:
    """Whether it names all active staff who could work on the complaint."""
    able = {each.id for each in active if each.role in WORKERS}
    return bool(able) and able.issubset(named)


def _stands_in(written: frozenset[str], name: str, fewest: int) -> bool:
    words = _words(name)
    return bool(words) and len(written & words) >= min(fewest, len(words))


def _words(text: str) -> frozenset[str]:
    plain = unicodedata.normalize("NFKC", text).casefold()
    return frozenset(
        word for word in _WORD.findall(plain) if len(word) >= _SHORTEST and word not in _TITLES
    )
