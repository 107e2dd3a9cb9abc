"""The work of staff on complaints: find, read, take the next step, hand over, export.

Whoever a complaint names neither sees nor touches it; whoever decided it doesn't handle its appeal.
Every read of what a complaint says is in the audit log, and so is every step.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from shared.complaints.album import Album
from shared.complaints.case import Case, CaseFile, Event, Words
from shared.complaints.casebook import CaseBook, Change
from shared.complaints.deadlines import Deadlines
from shared.complaints.kinds import Kind
from shared.complaints.life import Outcome, Step, possible
from shared.complaints.steps import Given, Terms, stepped
from shared.complaints.text import as_kept
from shared.platform.audit import AuditLog
from shared.platform.clock import Clock
from shared.platform.errors import (
    Forbidden,
    Invalid,
    NamedInComplaint,
    NotFound,
    Overtaken,
    OwnWork,
)
from shared.platform.kelurahan import Kelurahan
from shared.platform.keys import Keyset
from shared.platform.logs import masked
from shared.platform.staff import Accounts, Role, Staff
from shared.platform.store import Snapshot, Store

if TYPE_CHECKING:
    from shared.platform.deployment import Deployment

READERS: Final = frozenset({Role.OPERATOR, Role.VERIFIER, Role.AUDITOR})
WORKERS: Final = frozenset({Role.OPERATOR, Role.VERIFIER})
LONGEST_NOTE: Final = 4_000
_SHORTEST_ANSWER = 10
_SHORTEST_REASON = 5
_APPEAL = "Banding ditangani petugas lain, bukan yang memutuskan sebelumnya."
_VERIFIER_ONLY = "Pelapor meminta namanya dirahasiakan. Hanya verifikator yang dapat membukanya."
_NO_COLLEAGUE = "Pilih petugas aktif yang boleh menangani pengaduan ini."


@dataclass(frozen=True, slots=True)
class Filter:
    """Which complaints are wanted; None is any."""

    is_open: bool | None = None
    state: str | None = None
    kind: str | None = None
    rw: str | None = None
    handler: str | None = None
    is_late: bool | None = None

    def fits(self, case: Case, now: datetime) -> bool:
        """Does it let a complaint through?"""
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

    def __init__(
        self,
        store: Store,
        keys: Keyset,
        kelurahan: Kelurahan,
        kinds: Mapping[str, Kind],
        deadlines: Deadlines,
        album: Album,
        accounts: Accounts,
        audit: AuditLog,
        clock: Clock,
    ) -> None:
        self._kelurahan = kelurahan
        self._kinds = kinds
        self._deadlines = deadlines
        self._album = album
        self._accounts = accounts
        self._audit = audit
        self._clock = clock
        self._book = CaseBook(store, keys, kelurahan.key)

    @classmethod
    def of(cls, deployment: Deployment) -> Casework:
        """The casework of a deployment's kelurahan."""
        from shared.complaints import kinds

        kelurahan = deployment.kelurahan
        return cls(
            deployment.registry,
            deployment.registry_keys,
            kelurahan,
            kinds.load(kelurahan),
            Deadlines.of(kelurahan),
            Album(deployment.files, deployment.registry_keys, kelurahan.key),
            deployment.accounts,
            deployment.audit,
            deployment.clock,
        )

    def cases(self, staff: Staff, wanted: Filter = _ANY) -> Iterator[Case]:
        """The complaints that a filter lets through, read as they are asked for.

        Open ones alone come in the order of their deadlines, others the newest first. Those that
        name the person who asks are left out. Forbidden for a role that may not see complaints.
        """
        return (case for _, case in self._found(staff, wanted))

    def find(self, staff: Staff, ticket: str) -> Case:
        """The complaint of a ticket; NotFound, NamedInComplaint."""
        from shared.complaints.ticket import read

        self._require(staff, READERS)
        for snapshot in self._book.find(read(ticket) or ""):
            if snapshot.exists:
                return self._readable(staff, self._book.documents.case(snapshot))
        raise NotFound("Pengaduan ini tidak ada. Periksa nomornya.")

    def show(self, staff: Staff, case_id: str, *, identity_reason: str | None = None) -> CaseFile:
        """A complaint as a whole; that it was read is kept in the audit log.

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
            if case.confidential and staff.role is not Role.VERIFIER:
                raise Forbidden(_VERIFIER_ONLY)
            reason = _reason(identity_reason)
            self._note(staff, "complaint.identity", case, reason=reason)
        late = 0 if case.due_at is None else self._deadlines.days_late(case.due_at, self._clock())
        return CaseFile(
            case, words, self._book.timeline(case), has_identity, self._next(staff, case), late
        )

    def photo(self, staff: Staff, case_id: str, number: int) -> bytes:
        """A photo as JPEG; that it was looked at is kept in the audit log. Raises as `show`."""
        self._require(staff, READERS)
        case = self._readable(staff, self._book.get(case_id))
        if not 1 <= number <= case.photos:
            raise NotFound("Foto ini tidak ada.")
        self._note(staff, "complaint.photo", case, photo=number)
        return self._album.photo(case.photo_folder, number)

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
        said, kept = _note(public, "public"), _note(internal, "internal")
        if step is Step.CLOSE and len(said) < _SHORTEST_ANSWER:
            raise _fault("public", "Tulis jawaban untuk pelapor: apa yang ditemukan dan hasilnya.")
        if step is Step.NOTE and not (said or kept):
            raise _fault("internal", "Tulis catatannya.")
        given = Given(by=staff.id, outcome=outcome, field_check=field_check)
        is_shown = step is not Step.NOTE or bool(said)
        return self._change(staff, case_id, step, given, version, (said, kept), is_shown)

    def assign(self, staff: Staff, case_id: str, to: str, *, version: int, why: str = "") -> Case:
        """Hand a complaint over to a colleague, by their staff id. Raises as `step`."""
        self._require(staff, WORKERS)
        case = self._readable(staff, self._book.get(case_id))
        colleague = self._colleague(to)
        if colleague is None or colleague.id in (*case.named, *case.barred):
            raise _fault("to", _NO_COLLEAGUE)
        given = Given(by=staff.id, handler=colleague.id)
        words = ("", _note(why, "why"))
        return self._change(staff, case_id, Step.ASSIGN, given, version, words, False)

    def name(self, staff: Staff, case_id: str, named: Iterable[str], *, version: int) -> Case:
        """Say which of the staff a complaint is about: they can't see it any more.

        A verifier's task, since it can also clear somebody. Raises as `step`.
        """
        self._require(staff, frozenset({Role.VERIFIER}))
        known = {each.staff.id for each in self._accounts.list(self._kelurahan.key)}
        ids = tuple(sorted(set(named)))
        if not known.issuperset(ids):
            raise _fault("named", "Pilih dari daftar petugas.")
        given = Given(by=staff.id, named=ids)
        return self._change(staff, case_id, Step.NAME, given, version, ("", ""), False)

    def files(self, staff: Staff, wanted: Filter, reason: str) -> Iterator[tuple[Case, Words]]:
        """The complaints of a filter with their texts and without identity, for an export.

        Kept in the audit log before the first one is told. Raises Forbidden, Invalid.
        """
        found = self._found(staff, wanted)
        self._audit.append(staff.id, "complaint.export", "complaints", {"reason": _reason(reason)})
        return (
            (case, Words(self._book.documents.words(snapshot).text)) for snapshot, case in found
        )

    def titles(self) -> dict[str, str]:
        """What each kind of complaint is called."""
        return {code: kind.title for code, kind in self._kinds.items()}

    def days_late(self, case: Case) -> int:
        """By how many working days a complaint is late now."""
        return 0 if case.due_at is None else self._deadlines.days_late(case.due_at, self._clock())

    def promised_on(self, due_at: datetime) -> date:
        """The day of a deadline, as the resident reads it."""
        return self._deadlines.promised_on(due_at)

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
            terms = Terms(self._kinds[case.kind], self._deadlines, self._kelurahan.complaints)
            changed = stepped(case, step, "staff", now, terms, given)
            event = Event(
                changed.events,
                now,
                step,
                staff.id,
                staff.role.value,
                changed.state,
                is_shown=is_shown,
                outcome=changed.outcome if step is Step.CLOSE else None,
                public=words[0],
                internal=words[1],
            )
            return Change(changed, event, {})

        changed = self._book.change(case_id, work)
        self._note(staff, f"complaint.{step.value}", changed, state=changed.state.value)
        return changed

    def _require(self, staff: Staff, roles: frozenset[Role]) -> None:
        if staff.role not in roles or staff.kelurahan != self._kelurahan.key:
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

    def _colleague(self, staff_id: str) -> Staff | None:
        for account in self._accounts.list(self._kelurahan.key):
            if account.staff.id == staff_id and account.is_active:
                return account.staff if account.staff.role in WORKERS else None
        return None

    def _note(self, staff: Staff, action: str, case: Case, **details: str | int) -> None:
        self._audit.append(staff.id, action, case.id, details)


def fresh_state(case: Case) -> dict[str, str | int | None]:
    """How a complaint stands, in plain values, for somebody who was overtaken."""
    return {
        "id": case.id,
        "state": case.state.value,
        "outcome": None if case.outcome is None else case.outcome.value,
        "handler": case.handler,
        "version": case.version,
    }


def _note(text: str, name: str) -> str:
    said = as_kept(text)
    if len(said) > LONGEST_NOTE:
        raise _fault(name, f"Paling panjang {LONGEST_NOTE} huruf.")
    if masked(said) != said:
        raise _fault(name, "Jangan menulis NIK atau nomor KK di catatan.")
    return said


def _reason(text: str) -> str:
    reason = " ".join(as_kept(text).split())
    if not _SHORTEST_REASON <= len(reason) <= 500:
        raise _fault("reason", f"Tulis alasannya, sekurang-kurangnya {_SHORTEST_REASON} huruf.")
    return reason


def _fault(name: str, detail: str) -> Invalid:
    return Invalid(errors=[{"pointer": f"#/{name}", "detail": detail}])
