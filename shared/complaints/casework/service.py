"""Casework: staff find, read, step, hand over, erase and export complaints.

Whoever a complaint names neither sees nor touches it; whoever decided it doesn't handle its appeal.
Every read of what a complaint says is in the audit log, and so is every step.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from shared.complaints.model import text_rules
from shared.complaints.model.case import Case, CaseFile, Words
from shared.complaints.model.context import ComplaintContext
from shared.complaints.model.lifecycle import READERS, WORKERS, Outcome, Step, possible
from shared.complaints.model.transitions import Change, Given, taken
from shared.platform.audit.log import AuditLog
from shared.platform.errors import (
    Forbidden,
    NamedInComplaint,
    NotFound,
    Overtaken,
    OwnWork,
    WrongState,
)
from shared.platform.store import Snapshot
from shared.staff.accounts import Account, Accounts, Role, Staff
from shared.staff.confirmation import require_confirmed

if TYPE_CHECKING:
    from shared.deployment import Deployment

_SHORTEST_ANSWER = 10
_APPEAL = "Banding ditangani petugas lain, bukan yang memutuskan sebelumnya."
_VERIFIER_ONLY = "Pelapor meminta namanya dirahasiakan. Hanya verifikator yang dapat membukanya."
_STILL_OPEN = "Jawab dan selesaikan dahulu pengaduan ini, lalu hapus isinya."
_NO_ANSWER = "Tulis jawaban untuk pelapor: apa yang ditemukan dan hasilnya."
_NO_COLLEAGUE = "Pilih petugas aktif yang boleh menangani pengaduan ini."


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter for complaints; None is any."""

    is_open: bool | None = None
    state: str | None = None
    kind: str | None = None
    rw: str | None = None
    handler: str | None = None
    is_late: bool | None = None

    def fits(self, case: Case, now: datetime) -> bool:
        """Whether it admits a complaint."""
        return (
            self.is_open in (None, case.is_open)
            and self.state in (None, case.state.value)
            and self.kind in (None, case.kind)
            and self.rw in (None, case.rw)
            and self.handler in (None, case.handler)
            and self.is_late in (None, case.is_late(now))
        )


_ANY: Final = Filter()


class Casework:
    """What staff of one kelurahan do with complaints."""

    def __init__(self, context: ComplaintContext, accounts: Accounts, audit: AuditLog) -> None:
        self._context = context
        self._staff = accounts
        self._audit = audit
        self._book = context.book
        self._clock = context.clock

    @classmethod
    def of(cls, deployment: Deployment) -> Casework:
        """Return the casework of a deployment's kelurahan."""
        return cls(ComplaintContext.of(deployment), deployment.accounts, deployment.audit)

    def cases(self, staff: Staff, wanted: Filter = _ANY) -> Iterator[Case]:
        """Yield the complaints that a filter admits, read as they are asked for.

        Open ones alone come in the order of their deadlines, others the newest first. Those that
        name the person who asks are left out. Forbidden for a role that may not see complaints.
        """
        return (case for _, case in self._found(staff, wanted))

    def find(self, staff: Staff, ticket: str) -> Case:
        """Return the complaint of a ticket; raises NotFound, NamedInComplaint."""
        from shared.complaints.model.ticket import read

        self._require(staff, READERS)
        for snapshot in self._book.find(read(ticket) or ""):
            if snapshot.exists:
                return self._readable(staff, self._book.documents.case(snapshot))
        raise NotFound("Pengaduan ini tidak ada. Periksa nomornya.")

    def show(self, staff: Staff, case_id: str, *, identity_reason: str | None = None) -> CaseFile:
        """Return a complaint as a whole; the read is recorded in the audit log.

        With a reason, who complains is told too: of a confidential one to a verifier alone. Raises
        NotFound, Forbidden, NamedInComplaint, Invalid for a reason that is too short.
        """
        self._require(staff, READERS)
        snapshot = self._book.snapshot(case_id)
        case = self._readable(staff, self._book.documents.case(snapshot))
        words = self._book.documents.words(snapshot)
        has_identity = any((words.name, words.nik, words.contact))
        if identity_reason is None:
            words = Words(words.text)
            self._note(staff, "complaint.read", case)
        else:
            require_confirmed(staff)
            if case.confidential and staff.role is not Role.VERIFIER:
                raise Forbidden(_VERIFIER_ONLY)
            reason = text_rules.reason(identity_reason)
            self._note(staff, "complaint.identity", case, reason=reason)
        timeline, late = self._book.timeline(case), self._context.days_late(case)
        return CaseFile(case, words, timeline, has_identity, self._next(staff, case), late)

    def photo(self, staff: Staff, case_id: str, number: int) -> bytes:
        """Return a photo as JPEG, recording the view in the audit log; raises as `show` does."""
        self._require(staff, READERS)
        case = self._readable(staff, self._book.get(case_id))
        if not 1 <= number <= case.photos:
            raise NotFound("Foto ini tidak ada.")
        self._note(staff, "complaint.photo", case, photo=number)
        return self._context.album.photo(case.photo_folder, number)

    def step(
        self,
        staff: Staff,
        case_id: str,
        step: Step,
        *,
        version: int,
        public: str = "",
        internal: str = "",
        outcome: Outcome | None = None,
        field_check: bool = False,
    ) -> Case:
        """Verify, act on, or close a complaint, or only add a note to it.

        `public` is what the resident reads: needed for closing. `version` is the one that was
        looked at; Overtaken, with the fresh state, where somebody was quicker. Raises WrongState,
        Forbidden (NamedInComplaint, OwnWork for an appeal), Invalid, NotFound.
        """
        self._require(staff, WORKERS)
        if step not in (Step.VERIFY, Step.ACT, Step.CLOSE, Step.NOTE):
            raise ValueError("not a step of this kind")
        said, kept = text_rules.note(public, "public"), text_rules.note(internal, "internal")
        if step is Step.CLOSE and len(said) < _SHORTEST_ANSWER:
            raise text_rules.fault("public", _NO_ANSWER)
        if step is Step.NOTE and not (said or kept):
            raise text_rules.fault("internal", "Tulis catatannya.")
        given = Given(by=staff.id, outcome=outcome, field_check=field_check)
        is_shown = step is not Step.NOTE or bool(said)
        return self._change(staff, case_id, step, given, version, (said, kept), is_shown)

    def assign(self, staff: Staff, case_id: str, to: str, *, version: int, why: str = "") -> Case:
        """Hand a complaint over to a colleague, by their staff id; raises as `step` does."""
        self._require(staff, WORKERS)
        case = self._readable(staff, self._book.get(case_id))
        colleague = self._colleague(to)
        if colleague is None or colleague.id in (*case.named, *case.barred):
            raise text_rules.fault("to", _NO_COLLEAGUE)
        given = Given(by=staff.id, handler=colleague.id)
        words = ("", text_rules.note(why, "why"))
        return self._change(staff, case_id, Step.ASSIGN, given, version, words, False)

    def name(self, staff: Staff, case_id: str, named: Iterable[str], *, version: int) -> Case:
        """Set which of the staff a complaint is about: they can't see it any more.

        A verifier's task, since it can also clear somebody. Raises as `step`.
        """
        self._require(staff, frozenset({Role.VERIFIER}))
        require_confirmed(staff)
        known = {each.staff.id for each in self._accounts()}
        ids = tuple(sorted(set(named)))
        if not known.issuperset(ids):
            raise text_rules.fault("named", "Pilih dari daftar petugas.")
        given = Given(by=staff.id, named=ids)
        return self._change(staff, case_id, Step.NAME, given, version, ("", ""), False)

    def erase(self, staff: Staff, case_id: str, reason: str, *, version: int) -> Case:
        """Erase an ended complaint's text, photos and identity at the resident's request.

        What is left is what statistics need. A verifier's task; kept in the audit log. Raises
        WrongState for one that is still open, Overtaken, and as `step`.
        """
        self._require(staff, frozenset({Role.VERIFIER}))
        require_confirmed(staff)
        why = text_rules.reason(reason)

        def may(case: Case) -> bool:
            self._readable(staff, case)
            if case.version != version:
                raise Overtaken(fresh_state(case))
            if case.is_open:
                raise WrongState(_STILL_OPEN)
            return not case.erased

        from shared.complaints.scheduled.retention import Retention

        photos = Retention(self._context).erase(case_id, may)
        case = self._book.get(case_id)
        if photos is not None:
            self._note(staff, "complaint.erase", case, reason=why, photos=photos)
        return case

    def files(self, staff: Staff, wanted: Filter, reason: str) -> Iterator[tuple[Case, Words]]:
        """Yield a filter's complaints with their texts and without identity, for an export.

        Kept in the audit log before the first one is told. Raises Forbidden, Invalid.
        """
        found = self._found(staff, wanted)
        require_confirmed(staff)
        self._audit.append(
            staff.id, "complaint.export", "complaints", {"reason": text_rules.reason(reason)}
        )
        return (
            (case, Words(self._book.documents.words(snapshot).text)) for snapshot, case in found
        )

    def titles(self) -> dict[str, str]:
        """Return the titles of the kinds of complaints."""
        return {code: kind.title for code, kind in self._context.kinds.items()}

    def officers(self) -> dict[str, str]:
        """Return the names of staff by their ids, of ended accounts too."""
        return {each.staff.id: each.staff.name for each in self._accounts()}

    def days_late(self, case: Case) -> int:
        """Return by how many working days a complaint is late now."""
        return self._context.days_late(case)

    def promised_on(self, due_at: datetime) -> date:
        """Return the day of a deadline, as the resident reads it."""
        return self._context.deadlines.promised_on(due_at)

    def _found(self, staff: Staff, wanted: Filter) -> Iterator[tuple[Snapshot, Case]]:
        self._require(staff, READERS)
        found = self._book.by_deadline() if wanted.is_open else self._book.newest()
        now = self._clock()
        return (
            (snapshot, case)
            for snapshot, case in found
            if staff.id not in case.named and wanted.fits(case, now)
        )

    def _change(
        self,
        staff: Staff,
        case_id: str,
        step: Step,
        given: Given,
        version: int,
        words: tuple[str, str],
        is_shown: bool,
    ) -> Case:
        now = self._clock()

        def work(snapshot: Snapshot, case: Case) -> Change:
            self._readable(staff, case)
            if staff.id in case.barred:
                raise OwnWork(_APPEAL)
            if case.version != version:
                raise Overtaken(fresh_state(case))
            return taken(
                case,
                step,
                "staff",
                now,
                self._context.terms(case),
                given,
                actor=staff.id,
                role=staff.role.value,
                public=words[0],
                internal=words[1],
                is_shown=is_shown,
            )

        changed = self._book.change(case_id, work)
        self._note(staff, f"complaint.{step.value}", changed, state=changed.state.value)
        return changed

    def _require(self, staff: Staff, roles: frozenset[Role]) -> None:
        if staff.role not in roles or staff.kelurahan != self._context.kelurahan.key:
            raise Forbidden()

    def _readable(self, staff: Staff, case: Case) -> Case:
        if staff.id in case.named:
            raise NamedInComplaint()
        return case

    def _next(self, staff: Staff, case: Case) -> tuple[Step, ...]:
        if staff.role not in WORKERS or staff.id in case.barred or case.erased:
            return ()
        steps = possible(case.state, "staff")
        return tuple(each for each in steps if each is not Step.NAME or staff.role is Role.VERIFIER)

    def _accounts(self) -> list[Account]:
        return self._staff.list(self._context.kelurahan.key)

    def _colleague(self, staff_id: str) -> Staff | None:
        for account in self._accounts():
            if account.staff.id == staff_id and account.is_active:
                return account.staff if account.staff.role in WORKERS else None
        return None

    def _note(self, staff: Staff, action: str, case: Case, **details: str | int) -> None:
        self._audit.append(staff.id, action, case.id, details)


def fresh_state(case: Case) -> dict[str, str | int | None]:
    """Return the present state of a complaint in plain values, for somebody who was overtaken."""
    return {
        "id": case.id,
        "state": case.state.value,
        "outcome": None if case.outcome is None else case.outcome.value,
        "handler": case.handler,
        "version": case.version,
    }
