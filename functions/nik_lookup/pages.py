"""Pages of the lookup for browsers without JavaScript; they say what the JSON says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Final

from shared.http.pages import Pages
from shared.kelurahan.configuration import Kelurahan, LookupFactor
from shared.platform.errors import AppError, KkNeeded
from shared.platform.indonesian_dates import in_words
from shared.recipients.lookup.question_texts import FIELD_WORDS
from shared.recipients.lookup.service import Answer

_PAGES = Pages(Path(__file__).parent / "templates")


_FIELDS: Final[Mapping[LookupFactor, tuple[str, ...]]] = {
    "name": ("nik", "name"),
    "kk": ("nik", "kk_last6"),
    "both": ("nik", "name", "kk_last6"),
    "either": ("nik", "name", "kk_last6"),
}
_HEADINGS: Final = {
    "listed": "Terdaftar",
    "ended": "Tercatat, bantuan sudah berhenti",
    "not-listed": "Tidak ditemukan",
}


def render(answer: Answer, result: str, kelurahan: Kelurahan) -> str:
    """Render the whole page. `result`: the word that the JSON has for it."""
    return _PAGES.render(
        "answer.html",
        title="Hasil Cek NIK",  # in a shared phone's history, no more than that
        result=result,
        heading=_HEADINGS[result],
        answer=answer,
        as_of=_long(answer.as_of),
        kelurahan=kelurahan,
    )


def form_again(error: AppError, kelurahan: Kelurahan) -> str:
    """Render the form with what is wrong in it, and nothing of what was typed."""
    needs_kk = isinstance(error, KkNeeded)
    return _PAGES.render(
        "form.html",
        title="Cek NIK",
        error=error,
        errors={fault["pointer"].removeprefix("#/"): fault["detail"] for fault in error.errors},
        fields=_FIELDS[kelurahan.lookup_factor] + ("kk_last6",) * needs_kk,
        needs_kk=needs_kk,
        words=FIELD_WORDS,
        kelurahan=kelurahan,
    )


def _long(day: str) -> str:
    """Return an ISO day as it is written in Indonesian; other text as it is."""
    try:
        read = date.fromisoformat(day)
    except ValueError:
        return day
    return in_words(read)
