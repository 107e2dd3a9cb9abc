"""Which of the staff might a complaint be about? Found by their names, as people write them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from shared.platform.staff import Account

_WORD = re.compile(r"[^\W\d_]+")
_SHORTEST = 3
_TITLES = frozenset(
    "haji hajjah bapak ibu pak bu dra drs ssos sos skom spd mpd msi map amd dan bin binti".split()  # noqa: SIM905
)


def named_in(text: str, accounts: Iterable[Account]) -> tuple[str, ...]:
    """The ids of active staff of whose name a word stands in the text.

    Rather one too many: whoever shares a name with somebody only leaves the case to a colleague.
    """
    written = _words(text)
    return tuple(
        sorted(
            each.staff.id
            for each in accounts
            if each.is_active and written & _words(each.staff.name)
        )
    )


def _words(text: str) -> frozenset[str]:
    plain = unicodedata.normalize("NFKC", text).casefold()
    return frozenset(
        word for word in _WORD.findall(plain) if len(word) >= _SHORTEST and word not in _TITLES
    )
