"""The complaint case: its data for staff and programs, its events, receipt and public status."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from shared.complaints.model.lifecycle import OPEN, Outcome, State, Step


class Channel(StrEnum):
    """The channel by which a complaint came in."""

    WEB = "web"
    STAFF = "staff"
    PHONE = "phone"
    PAPER = "paper"


@dataclass(frozen=True, slots=True)
class Case:
    """One complaint without anything personal: what queues, filters and deadlines need.

    `id` is a keyed identifier of the ticket, fit for an address. `due_at` is the deadline that
    counts now, None once ended; `verify_by` and `resolve_by` are the promises made to the resident.
    `level`: how far it was escalated, 0 to 3. `handler`: the staff id in charge, "" for nobody.
    `named`: staff ids whom it is about, `barred`: those who worked on it before an appeal; neither
    may touch it. `involved`: whoever has verified, acted on or closed it so far. `version` goes up
    with every change, `events` is the number of the newest event.
    """

    id: str
    ticket: str
    kind: str
    state: State
    received_at: datetime
    clock_started_at: datetime
    verify_by: datetime
    resolve_by: datetime
    due_at: datetime | None
    updated_at: datetime
    programme: str = ""
    rw: str = ""
    rt: str = ""
    channel: Channel = Channel.WEB
    anonymous: bool = False
    confidential: bool = False
    field_check: bool = False
    outcome: Outcome | None = None
    level: int = 0
    handler: str = ""
    named: tuple[str, ...] = ()
    barred: tuple[str, ...] = ()
    involved: tuple[str, ...] = ()
    photos: int = 0
    photo_folder: str = ""
    closed_at: datetime | None = None
    closed_by: str = ""
    reopen_until: datetime | None = None
    appeal_until: datetime | None = None
    check_back_at: datetime | None = None
    photos_erase_at: datetime | None = None
    erase_at: datetime | None = None
    reopened: int = 0
    appealed: int = 0
    score: int | None = None
    erased: bool = False
    version: int = 1
    events: int = 1

    @property
    def is_open(self) -> bool:
        """Whether the complaint is open."""
        return self.state in OPEN

    def is_late(self, now: datetime) -> bool:
        """Whether the deadline that counts now has passed."""
        return self.due_at is not None and self.due_at < now


@dataclass(frozen=True, slots=True)
class Words:
    """A complaint's text and identity: kept sealed, and deleted after the retention time."""

    text: str = field(repr=False)
    name: str = field(default="", repr=False)
    nik: str = field(default="", repr=False)
    contact: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a complaint.

    `actor` is "resident", "system" or a staff id; `role` what the resident is told of them. `state`
    is the one it led to. `public` is for the resident, `internal` for staff alone; `is_shown`:
    whether the resident sees that it happened.
    """

    number: int
    at: datetime
    step: Step
    actor: str
    role: str
    state: State
    is_shown: bool = True
    outcome: Outcome | None = None
    level: int = 0
    public: str = field(default="", repr=False)
    internal: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A complaint as a whole, for staff.

    `words` is without identity unless that was asked for and may be shown; `has_identity` says that
    there is one.
    """

    case: Case
    words: Words
    timeline: tuple[Event, ...]
    has_identity: bool
    next_steps: tuple[Step, ...]
    days_late: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """The receipt of a complaint. `secret` is shown here and never again."""

    ticket: str
    secret: str = field(repr=False)
    case: Case
    is_new: bool


@dataclass(frozen=True, slots=True)
class Status:
    """The complaint as the resident sees it: no officer's name, no internal note.

    `steps`: what they may do now (add, withdraw, rate, reopen, appeal), windows considered.
    """

    case: Case
    timeline: tuple[Event, ...]
    steps: tuple[Step, ...]
    days_late: int
    asks_back: bool
