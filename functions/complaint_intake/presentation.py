"""Presentation of a complaint to its resident: the same in JSON and on a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any, Final
from zoneinfo import ZoneInfo

from shared.complaints.intake.service import IntakeService
from shared.complaints.model.case import Receipt, Status
from shared.complaints.model.kinds import Kind
from shared.complaints.model.labels import OUTCOMES, STATES, STEPS
from shared.kelurahan.configuration import Kelurahan
from shared.platform.indonesian_dates import in_words

STATUS_URL: Final = "/cek-pengaduan/"
_MASK: Final = 0
_ROLES: Final[Mapping[str, str]] = {
    "resident": "Anda",
    "system": "Sistem",
    "staff": "Petugas",
    "operator": "Petugas",
    "verifier": "Verifikator",
}


def _drawn(ticket: str) -> dict[str, Any]:
    """The members of DrawnSchema for a QR code that holds a number, and never its secret."""
    import segno  # which nothing but a receipt needs

    # trying all masks out takes five times as long, and a code this small is read as well without
    code = segno.make(ticket, micro=False, mask=_MASK)
    border = code.default_border_size
    drawn = "".join(
        f"M{border + x} {border + 0.5 + y}h{length}" for x, y, length in _dark_runs(code.matrix)
    )
    return {"d": drawn, "size": code.symbol_size()[0]}


def _dark_runs(matrix: Iterable[Iterable[int]]) -> Iterator[tuple[int, int, int]]:
    """x, y and length of every run of dark modules in a row."""
    for y, row in enumerate(matrix):
        x = 0
        for is_dark, run in groupby(row):
            length = len(list(run))
            if is_dark:
                yield x, y, length
            x += length


class ComplaintPresenter:
    """Puts complaints into words for one kelurahan's residents."""

    def __init__(
        self, desk: IntakeService, kinds: Mapping[str, Kind], kelurahan: Kelurahan
    ) -> None:
        self._desk = desk
        self._kinds = kinds
        self._kelurahan = kelurahan
        self._zone = ZoneInfo(kelurahan.timezone)

    def receipt(self, receipt: Receipt) -> dict[str, Any]:
        """The members of ReceiptSchema."""
        case = receipt.case
        return {
            "ticket": receipt.ticket,
            "secret": receipt.secret,
            "kind": case.kind,
            "received_on": self._day(case.received_at),
            "verify_by": self._due(case.verify_by),
            "resolve_by": self._due(case.resolve_by),
            "next_steps": self._next_steps(receipt),
            "status_url": STATUS_URL,
            "qr": _drawn(receipt.ticket),
        }

    def status(self, status: Status) -> dict[str, Any]:
        """The members of StatusSchema."""
        case = status.case
        return {
            "ticket": case.ticket,
            "kind": case.kind,
            "kind_name": self._kinds[case.kind].title,
            "state": case.state.value,
            "state_name": STATES[case.state],
            "outcome": None if case.outcome is None else case.outcome.value,
            "outcome_name": None if case.outcome is None else OUTCOMES[case.outcome],
            "received_on": self._day(case.received_at),
            "verify_by": self._due(case.verify_by),
            "resolve_by": self._due(case.resolve_by),
            "due_on": None if case.due_at is None else self._due(case.due_at),
            "days_late": status.days_late,
            "level": case.level,
            "steps": [step.value for step in status.steps],
            "asks_back": status.asks_back,
            "timeline": [
                {
                    "at": event.at.astimezone(self._zone).isoformat(timespec="minutes"),
                    "step": event.step.value,
                    "step_name": STEPS[event.step],
                    "role": _ROLES.get(event.role, "Petugas"),
                    "state": event.state.value,
                    "note": event.public,
                }
                for event in status.timeline
            ],
        }

    def _next_steps(self, receipt: Receipt) -> list[str]:
        case, kind = receipt.case, self._kinds[receipt.case.kind]
        verify, resolve = (in_words(self._promised(at)) for at in (case.verify_by, case.resolve_by))
        if kind.hours is not None:
            steps = [f"Permintaan Anda ditangani paling lambat {resolve} (3 x 24 jam)."]
        else:
            steps = [
                f"Petugas memeriksa pengaduan Anda paling lambat {verify}.",
                f"Anda mendapat jawaban paling lambat {resolve}. Bila petugas perlu datang "
                f"memeriksa, paling lama {kind.field_check_days} hari kerja.",
            ]
        return [
            *steps,
            "Bila terlambat, pengaduan dinaikkan ke verifikator, lalu ke "
            f"{self._kelurahan.complaints.escalation_contact}.",
            "Lihat perkembangannya di Cek Pengaduan dengan nomor dan kode rahasia ini.",
        ]

    def _promised(self, due_at: datetime) -> Any:
        return self._desk.promised_on(due_at)

    def _due(self, due_at: datetime) -> str:
        return str(self._promised(due_at).isoformat())

    def _day(self, moment: datetime) -> str:
        return moment.astimezone(self._zone).date().isoformat()
