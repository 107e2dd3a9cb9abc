"""The answer as a page, for whoever asks without JavaScript. It tells what the JSON tells."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from shared.platform.dates import in_words
from shared.platform.http.pages import Pages
from shared.platform.kelurahan import Kelurahan
from shared.recipients.lookup import Answer

_PAGES = Pages(Path(__file__).parent / "templates")


def render(answer: Answer, kelurahan: Kelurahan) -> str:
    """The whole page."""
    result = "Terdaftar" if answer.listed else "Tidak ditemukan"
    return _PAGES.render(
        "answer.html",
        title="Hasil Cek NIK",  # in a shared phone's history, no more than that
        result=result,
        answer=answer,
        as_of=_long(answer.as_of),
        kelurahan=kelurahan,
    )


def _long(day: str) -> str:
    """An ISO day as it is written in Indonesian; other text as it is."""
    try:
        read = date.fromisoformat(day)
    except ValueError:
        return day
    return in_words(read)
