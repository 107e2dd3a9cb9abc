"""Names: comparison (folded, without titles) and masking.

Lists write one person as "H. Asep Saepudin, S.Pd", "ASEP SAEPUDIN" and "asep  saepudin". What is
compared are the words that stand on the KTP: titles, degrees and the likes of BIN and ALM. go.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_APOSTROPHES = re.compile("['`´‘’ʼʻ′]")
_NOT_A_WORD = re.compile(r"[^A-Z0-9]+")
_LATIN = re.compile("[A-Za-z]").search
_TOKEN = re.compile(r"[^\s,;/()]+")

# Left out wherever they stand.
_TITLES = frozenset(
    "H HJ HAJI HAJAH HAJJAH KH KHJ ALM ALMH ALMARHUM ALMARHUMAH BIN BINTI BT BTE PROF IR "  # noqa: SIM905
    "DRS DRA DRG TN NY NN SDR SDRI BPK BAPAK IBU USTADZ USTAZ USTAD USTADZAH SPD SPDI MPD MPDI "
    "SKOM SSOS SAG SKEP SKM SSTP STTP MSI MKES MKOM AMD AMDKEB SPSI SFARM SHUT MHUM".split()
)
# Letters that are also names or initials: left out only with dots inside or after a comma.
_DEGREES = frozenset("DR SE SH ST SI SS SP SPT SIP SSI MM MH MT MA MSC BA BSC SST SEI SHI".split())  # noqa: SIM905
_SPACED_DEGREE = re.compile(
    r"\b([SM])\s*\.\s+(PD|SOS|KOM|AG|KEP|SI|IP|H|E|T|PDI|KES)\b\.?(?!\s*\w)"
)


def folded(text: str) -> str:
    """Return upper-case ASCII words with single spaces, the form in which texts are compared."""
    plain = text if text.isascii() else _without_accents(text)
    plain = _APOSTROPHES.sub("", plain.upper())
    return _NOT_A_WORD.sub(" ", plain).strip()


def words(name: str) -> tuple[str, ...]:
    """Return the folded words that prove a name: without titles and bare initials.

    Initials stay where nothing else is left, and so do titles (a person can be named Haji).
    """
    all_words = full_words(name)
    return tuple(word for word in all_words if len(word) > 1) or all_words


def full_words(name: str) -> tuple[str, ...]:
    """Return the folded words without titles, initials included, in the order of the list."""
    plain = name if name.isascii() else _without_accents(name)
    upper = _SPACED_DEGREE.sub(r"\1.\2", _APOSTROPHES.sub("", plain.upper()))
    main, comma, after = upper.partition(",")
    found = [*_without_titles(main, False)]
    if comma:
        found += _without_titles(after, True)
    return tuple(found) or tuple(_NOT_A_WORD.sub(" ", upper).split())


@lru_cache(maxsize=4096)
def identity(name: str) -> str:
    """Return what has to be equal for two rows of one NIK to be the same person's.

    "H. ASEP" equals "Asep", and "NUR HAYATI" equals "NURHAYATI".
    """
    return "".join(full_words(name)) or " ".join(name.casefold().split())


def is_searchable(name: str) -> bool:
    """Whether there is a Latin letter in it, so that a resident can name a word of it."""
    return _LATIN(name) is not None or any(char.isalpha() for char in folded(name))


def masked(name: str) -> str:
    """Return the name as the public may see it: "S*** A***". The stars hide the length."""
    return masked_words(words(name))


def masked_words(name_words: tuple[str, ...]) -> str:
    """Return the masked name of its words."""
    return " ".join([word[0] + "***" for word in name_words])


def _without_titles(text: str, after_comma: bool) -> list[str]:
    found: list[str] = []
    for token in _TOKEN.findall(text):
        parts = _NOT_A_WORD.sub(" ", token).split()
        joined = "".join(parts)
        if joined in _TITLES or (joined in _DEGREES and (after_comma or len(parts) > 1)):
            continue
        found += (part for part in parts if part not in _TITLES)
    return found


def _without_accents(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char))
