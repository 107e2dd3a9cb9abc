"""Choice of a password: what is easily guessed is refused.

Estimated by zxcvbn (30,000 passwords of leaks, names, dates, keyboard patterns), with a list of
Indonesian words beside it. Loaded where a password is chosen, and nowhere else.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

from shared.platform.errors import Invalid

_SCORE: Final = 3  # of 4: at least 100 million guesses
_LEFT: Final = 8  # letters and figures beside the words that anybody would try
_LONGEST: Final = 72  # as much of it as zxcvbn reads
_WORD: Final = re.compile(r"\w{3,}")
_EASY = (
    "Kata sandi terlalu mudah ditebak. Pakai empat kata yang tidak berhubungan, bukan nama, "
    "kata umum, tanggal, atau angka berurutan."
)


def refuse_easily_guessed(password: str, names: Iterable[str]) -> None:
    """Raise Invalid where a password is easily guessed.

    `names`: what is known of the officer and their office, such as name, address and kelurahan.
    """
    from zxcvbn import zxcvbn

    known: list[str] = []
    for name in names:
        parts = _WORD.findall(name.casefold())
        known += [*parts, "".join(parts)]
    known += _obvious_words()
    bare = "".join(filter(str.isalnum, password.casefold()))
    rest = bare
    for word in sorted(known, key=len, reverse=True):
        rest = rest.replace(word, "")
    if rest != bare and len(rest) < _LEFT:
        raise Invalid(_EASY)
    for text in (password, bare):  # signs between the parts make no password a good one
        if zxcvbn(text[:_LONGEST], user_inputs=known)["score"] < _SCORE:
            raise Invalid(_EASY)


@cache
def _obvious_words() -> tuple[str, ...]:
    text = Path(__file__).with_name("obvious_words.toml").read_text("utf-8")
    return tuple(tomllib.loads(text)["words"])
