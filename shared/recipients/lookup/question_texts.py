"""Indonesian texts for what Cek NIK asks for: one table for pages, answers, poster and faults.

Which of it a kelurahan asks for beside the NIK is its `lookup_factor`; no text elsewhere names it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from shared.kelurahan.configuration import LookupFactor


@dataclass(frozen=True, slots=True)
class QuestionTexts:
    """The texts of one lookup factor, each for a place in a sentence.

    `needed`: what is typed, in full; `short`: the same in passing; `that`: what was typed just now.
    `papers`: where it is read. `tip` and `check` are sentences: how to type it, and how again.
    """

    needed: str
    short: str
    that: str
    papers: str
    tip: str
    check: str


ASKED: Final[Mapping[LookupFactor, QuestionTexts]] = MappingProxyType(
    {
        "name": QuestionTexts(
            needed="NIK dan satu kata dari nama di KTP",
            short="NIK dan nama",
            that="NIK dan nama itu",
            papers="KTP",
            tip="Nama cukup satu kata dari nama di KTP, tanpa gelar.",
            check="Periksa lagi NIK dan nama. Cukup satu kata dari nama di KTP, tanpa gelar. "
            "Tidak cocok juga? Coba kata lain dari nama itu.",
        ),
        "kk": QuestionTexts(
            needed="NIK dan enam angka terakhir nomor KK",
            short="NIK dan nomor KK",
            that="NIK dan nomor KK itu",
            papers="KTP dan KK",
            tip="Nomor KK cukup enam angka terakhir.",
            check="Periksa lagi NIK dan enam angka terakhir nomor KK.",
        ),
        "both": QuestionTexts(
            needed="NIK, satu kata dari nama di KTP, dan enam angka terakhir nomor KK",
            short="NIK, nama, dan nomor KK",
            that="NIK, nama, dan nomor KK itu",
            papers="KTP dan KK",
            tip="Nama cukup satu kata dari nama di KTP, tanpa gelar. "
            "Nomor KK cukup enam angka terakhir.",
            check="Periksa lagi NIK, satu kata dari nama di KTP, dan enam angka terakhir nomor KK.",
        ),
        "either": QuestionTexts(
            needed="NIK, dan satu kata dari nama di KTP atau enam angka terakhir nomor KK",
            short="NIK, dan nama atau nomor KK",
            that="NIK dan nama atau nomor KK itu",
            papers="KTP atau KK",
            tip="Nama cukup satu kata dari nama di KTP, tanpa gelar. "
            "Nomor KK cukup enam angka terakhir.",
            check="Periksa lagi NIK, dan satu kata dari nama di KTP "
            "atau enam angka terakhir nomor KK.",
        ),
    }
)


@dataclass(frozen=True, slots=True)
class FieldWords:
    """Sentences about a field that can't be read; `%` stands for how many digits were typed."""

    missing: str = "Isi NIK Anda: 16 angka di KTP."
    letters: str = "NIK hanya berisi angka. Periksa lagi, misalnya huruf O yang seharusnya angka 0."
    short: str = "NIK kurang panjang: baru % angka, seharusnya 16."
    long: str = "NIK terlalu panjang: % angka, seharusnya 16."
    no_name: str = "Isi satu kata dari nama di KTP."
    no_name_or_kk: str = "Isi satu kata dari nama di KTP, atau enam angka terakhir nomor KK."
    no_kk: str = "Isi enam angka terakhir nomor KK."


FIELD_WORDS: Final = FieldWords()
