"""Intake service: residents submit complaints and follow them up, without an account.

A complaint, its first event and the record of its receipt are one commit.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from shared.complaints.intake import staff_mentions
from shared.complaints.intake.receipts import ATTEMPTS, IssuedReceipt, Receipts, content_of
from shared.complaints.intake.submission import Submission, checked
from shared.complaints.model import text_rules, ticket
from shared.complaints.model.case import Case, Event, Receipt, Status, Words
from shared.complaints.model.context import ComplaintContext
from shared.complaints.model.kinds import Kind
from shared.complaints.model.lifecycle import State, Step
from shared.complaints.model.transitions import Change, Given, about, resident_steps, taken
from shared.platform import logs
from shared.platform.clock import today
from shared.platform.errors import AlreadyExists, Conflict, Contended, TicketUnknown
from shared.platform.store import Snapshot
from shared.staff.roster import StaffRoster

if TYPE_CHECKING:
    from shared.deployment import Deployment

RESIDENT: Final = "resident"
LOWEST_SCORE: Final = 1
HIGHEST_SCORE: Final = 5
_MESSAGES: Final = (Step.ADD, Step.REOPEN, Step.APPEAL, Step.WITHDRAW)
_OTHER_CONTENT = (
    "Pengaduan ini sudah kami terima dengan isi lain. Muat ulang halaman untuk membuat yang baru."
)


class IntakeService:
    """Intake and follow-up of residents, in one kelurahan."""

    def __init__(
        self,
        context: ComplaintContext,
        roster: StaffRoster,
        new_token: Callable[[], str] = lambda: secrets.token_hex(4),
    ) -> None:
        self._context = context
        self._roster = roster
        self._book = context.book
        self._clock = context.clock
        self._receipts = Receipts(context.store, context.keys, context.kelurahan)
        self._new_token = new_token

    @classmethod
    def of(cls, deployment: Deployment) -> IntakeService:
        """Return the intake of a deployment's kelurahan."""
        return cls(ComplaintContext.of(deployment), deployment.roster)

    def check(self, given: Submission) -> Submission:
        """Return the submission as it would be kept; raises Invalid with all its faults."""
        return checked(given, self._context.kinds, self._context.kelurahan)

    def receive(
        self,
        given: Submission,
        idempotency_key: str,
        photos: Sequence[Path] = (),
        *,
        origin: str | None = None,
    ) -> Receipt:
        """Keep a complaint; return its number and secret.

        The same submission with the same key is the same complaint, and gives the same receipt, for
        30 days; also where its photos are left out the second time. `origin`: the sender's address,
        only to share out the decoders of photos among residents; None for staff. Raises Invalid,
        FileRejected for a photo that can't be used, Conflict where the key was used for another
        content, Unavailable where nothing was kept.
        """
        submission = self.check(given)
        content = content_of(submission, photos)
        for attempt in range(ATTEMPTS):
            made = self._receipts.find(idempotency_key, self._clock())
            if made is not None:
                return self._again(made, content, idempotency_key)
            try:
                return self._make(submission, content, idempotency_key, photos, attempt, origin)
            except AlreadyExists:  # the same key at the same moment, or a number that is taken
                continue
        raise Contended()

    def status(self, number: str, secret: str) -> Status:
        """Return a complaint's status; raises TicketUnknown unless number and secret fit."""
        return self._status(self._book.documents.case(self._opened(number, secret)))

    def message(self, number: str, secret: str, step: Step, said: str, key: str = "") -> Status:
        """Add information, reopen, appeal, or withdraw.

        The same message with the same `key` of its sender counts once, whenever it comes; without
        one, the same twice in a row does. Raises TicketUnknown, WrongState where that isn't
        possible now, TooManyRequests where enough was added for today, Invalid.
        """
        if step not in _MESSAGES:
            raise ValueError("no message of a resident")
        words = text_rules.message(said, optional=step is Step.WITHDRAW)
        return self._step(number, secret, step, Given(), words, key)

    def rate(self, number: str, secret: str, score: int, said: str = "", key: str = "") -> Status:
        """Rate an ended complaint, from 1 to 5; raises as `message` does."""
        if not LOWEST_SCORE <= score <= HIGHEST_SCORE:
            raise text_rules.fault("score", f"Pilih nilai {LOWEST_SCORE} sampai {HIGHEST_SCORE}.")
        words = text_rules.message(said, optional=True)
        return self._step(number, secret, Step.RATE, Given(score=score), words, key)

    def promised_on(self, due_at: datetime) -> date:
        """Return the day of a deadline, as the resident reads it."""
        return self._context.deadlines.promised_on(due_at)

    def _make(
        self,
        submission: Submission,
        content: bytes,
        idempotency_key: str,
        photos: Sequence[Path],
        attempt: int,
        origin: str | None,
    ) -> Receipt:
        now = self._clock()
        number = self._receipts.number(idempotency_key, attempt, now)
        if self._book.was_given(number):
            raise AlreadyExists()
        case = self._new_case(submission, number, now)
        if photos:
            # a folder for each try: one that fails must not take the photos of another with it
            case = replace(case, photos=len(photos), photo_folder=f"{case.id}-{self._new_token()}")
        secret = self._receipts.secret(idempotency_key)
        kept = self._receipts.kept(number, secret)
        writes = (
            self._receipts.record(idempotency_key, case, content, now),
            self._book.documents.created(case, _words(submission), kept),
            self._book.documents.happened(case.id, _received(case, submission)),
        )
        album = self._context.album
        with album.adding(case.photo_folder, photos, lambda: self._is_kept(case), origin):
            self._context.store.commit(writes)
        return Receipt(number, secret, case, is_new=True)

    def _new_case(self, submission: Submission, number: str, now: datetime) -> Case:
        context = self._context
        kind = context.kinds[submission.kind]
        verify_by = context.deadlines.verify_by(kind, now)
        named = self._names(submission.text)(kind, ())
        return Case(
            id=self._book.documents.ids(number)[0],
            ticket=number,
            kind=kind.code,
            state=State.NEW,
            received_at=now,
            clock_started_at=now,
            verify_by=verify_by,
            resolve_by=context.deadlines.resolve_by(kind, now),
            due_at=verify_by,
            updated_at=now,
            programme=submission.programme,
            rw=submission.rw,
            rt=submission.rt,
            channel=submission.channel,
            anonymous=submission.anonymous,
            confidential=submission.confidential,
            named=named,
        )

    def _again(self, made: IssuedReceipt, content: bytes, idempotency_key: str) -> Receipt:
        if not self._receipts.is_same(made, content):
            raise Conflict(_OTHER_CONTENT, code="IDEMPOTENCY_KEY_USED")
        secret = self._receipts.secret(idempotency_key, made.key_id)
        return Receipt(made.ticket, secret, self._book.get(made.case_id), is_new=False)

    def _is_kept(self, case: Case) -> bool:
        kept = self._book.snapshot(case.id)
        return kept.exists and self._book.documents.case(kept).photo_folder == case.photo_folder

    def _opened(self, number: str, secret: str) -> Snapshot:
        """Return the complaint's document; a wrong number and a wrong secret are answered alike.

        Not in quite the same time: a document that is there is read and proved, which tells that a
        number exists, and nothing of its secret.
        """
        known = ticket.read(number) or ""
        there = [each for each in self._book.find(known) if each.exists]
        kept = self._book.documents.secret_tag(there[0]) if there else None
        if not self._receipts.fits(kept, known, ticket.read_secret(secret) or ""):
            raise TicketUnknown()
        return there[0]

    def _step(
        self, number: str, secret: str, step: Step, given: Given, words: str, key: str
    ) -> Status:
        case_id = self._opened(number, secret).id
        now = self._clock()
        names = self._names(words)

        def work(snapshot: Snapshot, case: Case) -> Change | None:
            before = self._book.documents.heard(snapshot)
            mark, *earlier = self._marks(snapshot, [step, given.score, words, key])
            if any(
                before.knows(each, has_key=bool(key), events=case.events)
                for each in (mark, *earlier)
            ):
                return None
            terms = self._context.terms(case)
            change = taken(
                case, step, RESIDENT, now, terms, given, actor=RESIDENT, role=RESIDENT, public=words
            )
            if step is Step.ADD:
                day = today(self._clock, self._context.kelurahan.timezone)
                before = before.with_added(day.isoformat())
            after = before.with_message(mark, change.event.number)
            case = about(change.case, names(terms.kind, case.named))
            return replace(change, case=case, more={"said": after.kept()})

        return self._status(self._book.change(case_id, work))

    def _marks(self, snapshot: Snapshot, said: list[object]) -> list[bytes]:
        """The keyed mark of a message, then those by which it was marked before a move."""
        keys = self._context.keys
        ids = self._book.documents.ids_so_far(snapshot)
        contents = [json.dumps([each, *said]).encode() for each in ids]
        return [
            keys.tag("complaint message", contents[0]),
            *(tags.tag("complaint message", each) for tags in keys.inherited for each in contents),
        ]

    def _names(self, said: str) -> Callable[[Kind, tuple[str, ...]], tuple[str, ...]]:
        """Return a function that finds whom of the staff a complaint of a kind is about."""
        if not said:
            return lambda kind, known: known
        active = self._roster.active()

        def names(kind: Kind, known: tuple[str, ...]) -> tuple[str, ...]:
            named = staff_mentions.named_in(said, active, known, is_about_staff=kind.guards_staff)
            if named != known and staff_mentions.leaves_nobody(named, active):
                logs.event("a complaint names all who could work on it", severity="ERROR")
            return named

        return names

    def _status(self, case: Case) -> Status:
        timeline = self._book.timeline(case)
        shown = [replace(each, actor="", internal="") for each in timeline if each.is_shown]
        steps = resident_steps(case, self._clock())
        asks = bool(shown) and shown[-1].step is Step.CHECK_BACK and Step.RATE in steps
        # who works on it is not for the resident's eyes
        bare = replace(case, handler="", named=(), barred=(), involved=(), closed_by="")
        bare = replace(bare, photo_folder="")
        return Status(bare, tuple(shown), steps, self._context.days_late(case), asks)


def _words(submission: Submission) -> Words:
    return Words(submission.text, submission.name, submission.nik, submission.contact)


def _received(case: Case, submission: Submission) -> Event:
    role = RESIDENT if submission.channel == "web" else "staff"
    return Event(1, case.received_at, Step.RECEIVE, role, role, case.state)
