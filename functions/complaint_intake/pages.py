"""Pages of complaints, which tell what the JSON tells.

Read by whoever has no script, and by `web/static/following.js`, which shows them in its own page.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from functions.complaint_intake.schemas import is_key
from shared.complaints.intake.form_options import LIMITS, programmes_to_choose
from shared.complaints.intake.submission import UNSURE
from shared.complaints.model.kinds import Kind
from shared.http.pages import Pages
from shared.kelurahan.configuration import Kelurahan
from shared.platform.errors import AppError
from shared.platform.indonesian_dates import in_words

TEMPLATES: Final = Path(__file__).parent / "templates"
_PAGES = Pages(TEMPLATES)
_OF_COMPLAINT: Final = ("kind", "text", "programme", "rw", "rt", "name", "nik", "contact")
_OF_MESSAGE: Final = ("ticket", "secret", "step", "text", "score")
_NOT_SHOWN: Final = frozenset({"idempotency_key", "action"})


class ComplaintPages:
    """The pages of a complaint of one kind, on its way to being kept."""

    def __init__(self, kelurahan: Kelurahan, kind: Kind) -> None:
        self._kelurahan = kelurahan
        self._kind = kind
        self._programmes = programmes_to_choose(kelurahan)

    def form(self, typed: Mapping[str, Any], error: AppError | None = None) -> str:
        """The form as it was typed, with the faults at their fields and above them all.

        A key stays with it: what was perhaps received already must not become a second complaint.
        """
        key = typed["idempotency_key"]
        return self._render("form.html", self._kind.title, typed, error, key=key)

    def check(
        self, typed: Mapping[str, Any], error: AppError | None = None, *, is_second: bool = False
    ) -> str:
        """Render what will be sent, with the button that sends it: under a key that stays the same.

        `is_second`: it would be a second complaint, and the button says so.
        """
        key = typed["idempotency_key"] or _new_key()
        return self._render(
            "check.html", "Periksa pengaduan Anda", typed, error, key=key, is_second=is_second
        )

    def receipt(self, told: Mapping[str, Any], *, with_late_photos: bool = False) -> str:
        """The receipt, to be kept and printed. `with_late_photos`: they weren't kept."""
        return _PAGES.render(
            "receipt.html",
            title="Tanda terima pengaduan",
            kelurahan=self._kelurahan,
            told=told,
            kind=self._kind,
            with_late_photos=with_late_photos,
            day=_day,
        )

    def _render(
        self,
        template: str,
        title: str,
        typed: Mapping[str, Any],
        error: AppError | None,
        **more: Any,
    ) -> str:
        values = {name: text for name, text in typed.items() if name not in _NOT_SHOWN}
        return _PAGES.render(
            template,
            title=title,
            kelurahan=self._kelurahan,
            kind=self._kind,
            values=values,
            errors=_by_field(error),
            error=error,
            programmes=self._programmes,
            unsure=UNSURE,
            limits=LIMITS,
            **more,
        )


def status_page(
    told: Mapping[str, Any],
    typed: Mapping[str, Any],
    kelurahan: Kelurahan,
    error: AppError | None = None,
) -> str:
    """Render the status of a complaint, with a form for each thing that may be done now.

    Each message has a key of its own: one that was refused keeps it.
    """
    return _PAGES.render(
        "status.html",
        title="Perkembangan pengaduan",
        kelurahan=kelurahan,
        told=told,
        typed=typed,
        error=error,
        errors=_by_field(error),
        key=(error and typed.get("idempotency_key")) or _new_key(),
        day=_day,
        moment=_moment,
    )


def ask_page(ticket: str, kelurahan: Kelurahan, error: AppError) -> str:
    """The question for number and secret again: the number as it was typed, never the secret."""
    return _PAGES.render(
        "ask.html", title="Cek Pengaduan", kelurahan=kelurahan, ticket=ticket, error=error
    )


def resend_page(
    action: str, typed: Mapping[str, Any], kelurahan: Kelurahan, error: AppError
) -> str:
    """Render what couldn't be sent or asked, with the button that sends it again."""
    values = {name: text for name, text in typed.items() if text not in (None, "")}
    return _PAGES.render(
        "resend.html",
        title="Belum terkirim",
        kelurahan=kelurahan,
        action=action,
        typed=values,
        error=error,
    )


def typed_complaint(fields: Mapping[str, str]) -> dict[str, Any]:
    """Return the fields of a complaint's form, whatever they hold, as the pages take them."""
    ticks = {name: fields.get(name, "") in ("true", "on") for name in ("anonymous", "confidential")}
    key = fields.get("idempotency_key", "")
    texts = {name: fields.get(name, "") for name in _OF_COMPLAINT}
    return {**texts, **ticks, "idempotency_key": key if is_key(key) else ""}


def typed_message(fields: Mapping[str, str]) -> dict[str, Any]:
    """The same of a message's form."""
    key = fields.get("idempotency_key", "")
    texts = {name: fields.get(name, "") for name in _OF_MESSAGE}
    return {**texts, "idempotency_key": key if is_key(key) else ""}


def _new_key() -> str:
    return secrets.token_urlsafe(24)


def _by_field(error: AppError | None) -> dict[str, str]:
    """An error's sentences by the field that each is about; those about none are left out."""
    if error is None:
        return {}
    return {each["pointer"].removeprefix("#/"): each["detail"] for each in error.errors}


def _day(iso: str) -> str:
    return in_words(date.fromisoformat(iso))


def _moment(iso: str) -> str:
    at = datetime.fromisoformat(iso)
    return f"{in_words(at.date())}, pukul {at:%H.%M}"
