"""The question of a lookup: a NIK, and a claim that only who knows the person can make."""

from __future__ import annotations

import re
from dataclasses import dataclass

from shared.kelurahan.configuration import LookupFactor
from shared.platform.errors import Invalid
from shared.recipients.lookup import projection
from shared.recipients.lookup.question_texts import FIELD_WORDS
from shared.recipients.model import nik as niks

_NIK_LENGTH = 16
_NEITHER_LETTER_NOR_DIGIT = re.compile(r"[^0-9A-Za-z]")
_SIX_DIGITS = re.compile(r"[0-9]{6}")


@dataclass(frozen=True, slots=True)
class Typed:
    """The fields exactly as they were sent: the proof of work is bound to them."""

    nik: str
    name: str = ""
    kk_last6: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A valid question: a NIK of 16 digits and a claim about its person."""

    nik: str
    claim: projection.Claim
    typed: Typed


def read(typed: Typed, factor: LookupFactor) -> Question:
    """Parse what was typed; raises Invalid, with a pointer for each field to put right.

    The NIK is cleaned as in the register (spaces, dots, dashes). Only its length is judged here:
    a NIK that can't exist gets the answer of every NIK that isn't listed.
    """
    nik = niks.clean(typed.nik)
    kk_last6 = niks.clean(typed.kk_last6)
    claim = projection.claim(typed.name, kk_last6)
    faults = []
    if not re.fullmatch(r"[0-9]{16}", nik):
        faults.append(_fault("nik", _wrong_nik(typed.nik)))
    if kk_last6 and not _SIX_DIGITS.fullmatch(kk_last6):
        faults.append(_fault("kk_last6", FIELD_WORDS.no_kk))
    needs_name = factor in ("name", "both") or (factor == "either" and not kk_last6)
    if needs_name and not typed.name.strip():
        missing = FIELD_WORDS.no_name_or_kk if factor == "either" else FIELD_WORDS.no_name
        faults.append(_fault("name", missing))
    elif needs_name and not claim.word:
        faults.append(_fault("name", "Isi satu kata dari nama di KTP, tanpa gelar atau singkatan."))
    elif "|" in typed.name:
        faults.append(_fault("name", "Isi nama dengan huruf saja."))
    if factor in ("kk", "both") and not kk_last6:
        faults.append(_fault("kk_last6", FIELD_WORDS.no_kk))
    if faults:
        raise Invalid(errors=faults)
    return Question(nik, claim, typed)


def _wrong_nik(typed: str) -> str:
    """Return the sentence for a malformed NIK, the same as the form's script shows."""
    signs = _NEITHER_LETTER_NOR_DIGIT.sub("", typed)
    if not signs:
        return FIELD_WORDS.missing
    if not re.fullmatch(r"[0-9]+", signs):
        return FIELD_WORDS.letters
    if len(signs) == _NIK_LENGTH:
        return "NIK terdiri dari 16 angka. Lihat di KTP atau KK."
    words = FIELD_WORDS.short if len(signs) < _NIK_LENGTH else FIELD_WORDS.long
    return words.replace("%", str(len(signs)))


def _fault(field: str, detail: str) -> dict[str, str]:
    return {"pointer": f"#/{field}", "detail": detail}
