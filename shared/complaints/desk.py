"""The desk at which residents hand in complaints and ask for them, without an account.

A complaint is made by one commit. The number and the secret come from the client's own idempotency
key by a keyed derivation, and that key is kept nowhere: whoever repeats the same submission with
the same key gets the same receipt again, and nobody else can make it.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast
from zoneinfo import ZoneInfo

from shared.complaints import naming, ticket
from shared.complaints.album import Album
from shared.complaints.case import Case, Event, Receipt, Status, Words
from shared.complaints.casebook import CaseBook, Change
from shared.complaints.deadlines import Deadlines
from shared.complaints.kinds import Kind
from shared.complaints.life import State, Step
from shared.complaints.steps import Given, Terms, resident_steps, stepped
from shared.complaints.submission import Submission, checked
from shared.complaints.text import as_kept
from shared.platform.clock import Clock
from shared.platform.errors import (
    AlreadyExists,
    Conflict,
    Contended,
    Invalid,
    TicketUnknown,
)
from shared.platform.kelurahan import Kelurahan
from shared.platform.keys import Keyset
from shared.platform.staff import Accounts
from shared.platform.store import Snapshot, Store, Value, Write
from shared.platform.vouching import checked as proved
from shared.platform.vouching import vouched

if TYPE_CHECKING:
    from shared.platform.deployment import Deployment

RESIDENT: Final = "resident"
RECEIPT_DAYS: Final = 30
"""For so long the same submission sent again is known as the same."""
LOWEST_SCORE: Final = 1
HIGHEST_SCORE: Final = 5
LONGEST_MESSAGE: Final = 4_000
_SHORTEST_MESSAGE: Final = 3
_ATTEMPTS: Final = 5
_MESSAGES: Final = (Step.ADD, Step.REOPEN, Step.APPEAL, Step.WITHDRAW)
_OTHER_CONTENT = (
    "Pengaduan ini sudah kami terima dengan isi lain. Muat ulang halaman untuk membuat yang baru."
)


@dataclass(frozen=True, slots=True)
class _Earlier:
    """What was made of an idempotency key."""

    case_id: str
    ticket: str
    fingerprint: bytes
    key_id: str


class IntakeDesk:
    """Intake and questions of residents, in one kelurahan."""

    def __init__(
        self,
        store: Store,
        keys: Keyset,
        kelurahan: Kelurahan,
        kinds: Mapping[str, Kind],
        deadlines: Deadlines,
        album: Album,
        accounts: Accounts,
        clock: Clock,
        new_token: Callable[[], str] = lambda: secrets.token_hex(4),
    ) -> None:
        self._store = store
        self._keys = keys
        self._kelurahan = kelurahan
        self._kinds = kinds
        self._deadlines = deadlines
        self._album = album
        self._accounts = accounts
        self._clock = clock
        self._new_token = new_token
        self._book = CaseBook(store, keys, kelurahan.key)

    @classmethod
    def of(cls, deployment: Deployment) -> IntakeDesk:
        """The desk of a deployment's kelurahan."""
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
            deployment.clock,
        )

    def check(self, given: Submission) -> Submission:
        """The submission as it would be kept; Invalid with all its faults."""
        return checked(given, self._kinds, self._kelurahan)

    def receive(
        self, given: Submission, idempotency_key: str, photos: Sequence[Path] = ()
    ) -> Receipt:
        """Keep a complaint and say its number and secret.

        The same submission with the same key is the same complaint, and gives the same receipt, for
        30 days. Raises Invalid, FileRejected for a photo that can't be used, Conflict where the key
        was used for another content, Unavailable where nothing was kept.
        """
        submission = self.check(given)
        content = _content(submission, photos)
        for attempt in range(_ATTEMPTS):
            earlier = self._earlier(idempotency_key)
            if earlier is not None:
                return self._again(earlier, content, idempotency_key)
            try:
                return self._make(submission, content, idempotency_key, photos, attempt)
            except AlreadyExists:  # the same key at the same moment, or a number that is taken
                continue
        raise Contended()

    def status(self, number: str, secret: str) -> Status:
        """How a complaint stands; TicketUnknown unless number and secret fit."""
        return self._status(self._book.documents.case(self._opened(number, secret)))

    def message(self, number: str, secret: str, step: Step, text: str) -> Status:
        """Add information, open again, appeal, or withdraw; the same twice in a row counts once.

        Raises TicketUnknown, WrongState where that isn't possible now, Invalid.
        """
        if step not in _MESSAGES:
            raise ValueError("no message of a resident")
        said = _message(text, optional=step is Step.WITHDRAW)
        return self._step(number, secret, step, Given(), said)

    def rate(self, number: str, secret: str, score: int, text: str = "") -> Status:
        """Say how content one is with an ended complaint, 1 to 5. Raises as `message` does."""
        if not LOWEST_SCORE <= score <= HIGHEST_SCORE:
            raise _fault("score", f"Pilih nilai {LOWEST_SCORE} sampai {HIGHEST_SCORE}.")
        said = _message(text, optional=True)
        return self._step(number, secret, Step.RATE, Given(score=score), said)

    def promised_on(self, due_at: datetime) -> date:
        """The day of a deadline, as the resident reads it."""
        return self._deadlines.promised_on(due_at)

    def _make(
        self,
        submission: Submission,
        content: bytes,
        idempotency_key: str,
        photos: Sequence[Path],
        attempt: int,
    ) -> Receipt:
        now = self._clock()
        number = self._number(idempotency_key, attempt, now)
        if self._book.was_given(number):
            raise AlreadyExists()
        case = self._new_case(submission, number, now)
        secret = self._secret(idempotency_key, self._keys.key_id)
        mark = self._mark(content, self._keys.key_id)
        if photos:
            # a folder for each try: one that fails must not take the photos of another with it
            case = replace(case, photos=len(photos), photo_folder=f"{case.id}-{self._new_token()}")
        writes = (
            self._receipt(idempotency_key, case, mark, now),
            self._book.documents.created(case, _words(submission), self._kept(number, secret)),
            self._book.documents.happened(case.id, _received(case, submission)),
        )
        with self._album.adding(case.photo_folder, photos, lambda: self._is_kept(case)):
            self._store.commit(writes)
        return Receipt(number, secret, case, is_new=True)

    def _new_case(self, submission: Submission, number: str, now: datetime) -> Case:
        kind = self._kinds[submission.kind]
        verify_by = self._deadlines.verify_by(kind, now)
        named: tuple[str, ...] = ()
        if kind.guards_staff:
            named = naming.named_in(submission.text, self._accounts.list(self._kelurahan.key))
        return Case(
            id=self._book.documents.ids(number)[0],
            ticket=number,
            kind=kind.code,
            state=State.NEW,
            received_at=now,
            clock_started_at=now,
            verify_by=verify_by,
            resolve_by=self._deadlines.resolve_by(kind, now),
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

    def _again(self, earlier: _Earlier, content: bytes, idempotency_key: str) -> Receipt:
        if self._mark(content, earlier.key_id) != earlier.fingerprint:
            raise Conflict(_OTHER_CONTENT, code="IDEMPOTENCY_KEY_USED")
        secret = self._secret(idempotency_key, earlier.key_id)
        return Receipt(earlier.ticket, secret, self._book.get(earlier.case_id), is_new=False)

    def _earlier(self, idempotency_key: str) -> _Earlier | None:
        now = self._clock()
        for snapshot in self._store.get_many(self._receipt_paths(idempotency_key)):
            if not snapshot.exists:
                continue
            data = proved(self._keys, snapshot)
            if cast(datetime, data["expires_at"]) > now:
                return _Earlier(
                    cast(str, data["case"]),
                    cast(str, data["ticket"]),
                    cast(bytes, data["fingerprint"]),
                    cast(str, data["key_id"]),
                )
            self._store.delete(snapshot.path)
        return None

    def _receipt(self, idempotency_key: str, case: Case, mark: bytes, now: datetime) -> Write:
        path = self._receipt_paths(idempotency_key)[0]
        data: dict[str, Value] = {
            "schema": 1,
            "case": case.id,
            "ticket": case.ticket,
            "fingerprint": mark,
            "key_id": self._keys.key_id,
            "created_at": now,
            "updated_at": now,
            "expires_at": now + timedelta(days=RECEIPT_DAYS),
        }
        return Write("create", path, vouched(self._keys, path, data))

    def _receipt_paths(self, idempotency_key: str) -> list[str]:
        key = self._kelurahan.key
        ids = self._keys.identifiers("complaint receipt", key, idempotency_key)
        return [f"kelurahan/{key}/receipts/{each}" for each in ids]

    def _is_kept(self, case: Case) -> bool:
        kept = self._book.snapshot(case.id)
        return kept.exists and self._book.documents.case(kept).photo_folder == case.photo_folder

    def _number(self, idempotency_key: str, attempt: int, now: datetime) -> str:
        source = f"{self._kelurahan.key}|{attempt}|{idempotency_key}".encode()
        year = now.astimezone(ZoneInfo(self._kelurahan.timezone)).year
        drawn = self._keys.tag("complaint number", source, 5)
        return ticket.from_bytes(self._kelurahan.ticket_prefix, year, drawn)

    def _secret(self, idempotency_key: str, key_id: str) -> str:
        source = f"{self._kelurahan.key}|{idempotency_key}".encode()
        drawn = self._keys.tag_under(key_id, "complaint secret", source, 10)
        return ticket.secret_from_bytes(drawn)

    def _kept(self, number: str, secret: str) -> bytes:
        return self._keys.tag("complaint secret kept", f"{number}|{secret}".encode())

    def _mark(self, content: bytes, key_id: str) -> bytes:
        return self._keys.tag_under(key_id, "complaint content", content)

    def _opened(self, number: str, secret: str) -> Snapshot:
        """The complaint's document. A wrong number and a wrong secret do the same work."""
        known = ticket.read(number) or ""
        typed = f"{known}|{ticket.read_secret(secret) or ''}".encode()
        there = [each for each in self._book.find(known) if each.exists]
        kept = self._book.documents.secret_tag(there[0]) if there else None
        fits = self._keys.tag_fits(kept or bytes(16), "complaint secret kept", typed)
        if kept is None or not fits:
            raise TicketUnknown()
        return there[0]

    def _step(self, number: str, secret: str, step: Step, given: Given, text: str) -> Status:
        case_id = self._opened(number, secret).id
        now = self._clock()
        content = f"{case_id}|{step}|{given.score}|{text}".encode()
        said = self._keys.tag("complaint message", content)

        def work(snapshot: Snapshot, case: Case) -> Change | None:
            if self._book.documents.said(snapshot) == said and _is_repeated(case, step):
                return None
            changed = stepped(case, step, "resident", now, self._terms(case), given)
            event = Event(
                changed.events,
                now,
                step,
                RESIDENT,
                RESIDENT,
                changed.state,
                outcome=changed.outcome,
                public=text,
            )
            return Change(changed, event, {"said": said})

        return self._status(self._book.change(case_id, work))

    def _status(self, case: Case) -> Status:
        now = self._clock()
        timeline = self._book.timeline(case)
        late = 0 if case.due_at is None else self._deadlines.days_late(case.due_at, now)
        shown = [replace(each, actor="", internal="") for each in timeline if each.is_shown]
        steps = resident_steps(case, now)
        asks = bool(shown) and shown[-1].step is Step.CHECK_BACK and Step.RATE in steps
        # who works on it is not for the resident's eyes
        bare = replace(case, handler="", named=(), barred=(), closed_by="", photo_folder="")
        return Status(bare, tuple(shown), steps, late, asks)

    def _terms(self, case: Case) -> Terms:
        return Terms(self._kinds[case.kind], self._deadlines, self._kelurahan.complaints)


def _content(submission: Submission, photos: Sequence[Path]) -> bytes:
    """All that makes two submissions the same."""
    hashes = [hashlib.sha256(photo.read_bytes()).hexdigest() for photo in photos]
    return json.dumps([asdict(submission), hashes], ensure_ascii=False, sort_keys=True).encode()


def _words(submission: Submission) -> Words:
    return Words(submission.text, submission.name, submission.nik, submission.contact)


def _received(case: Case, submission: Submission) -> Event:
    role = RESIDENT if submission.channel == "web" else "staff"
    return Event(1, case.received_at, Step.RECEIVE, role, role, case.state)


def _is_repeated(case: Case, step: Step) -> bool:
    """Has the step, taken a moment ago, led to where the complaint is now?"""
    reached = {
        Step.ADD: case.is_open,
        Step.REOPEN: case.state is State.REOPENED,
        Step.APPEAL: case.state is State.APPEALED,
        Step.WITHDRAW: case.state is State.CLOSED,
        Step.RATE: case.state is State.RATED,
    }
    return reached[step]


def _message(text: str, *, optional: bool) -> str:
    said = as_kept(text)
    if not said and optional:
        return said
    if not _SHORTEST_MESSAGE <= len(said) <= LONGEST_MESSAGE:
        raise _fault("text", f"Tulis dengan {_SHORTEST_MESSAGE} sampai {LONGEST_MESSAGE} huruf.")
    return said


def _fault(name: str, detail: str) -> Invalid:
    return Invalid(errors=[{"pointer": f"#/{name}", "detail": detail}])
