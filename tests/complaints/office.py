"""An office that handles complaints: a store, files, officers, and a clock that the test moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from shared.complaints.casework.service import Casework
from shared.complaints.intake.service import IntakeService
from shared.complaints.intake.submission import Submission
from shared.complaints.model import kinds
from shared.complaints.model.case import Case, Receipt
from shared.complaints.model.context import ComplaintContext
from shared.complaints.model.deadlines import Deadlines
from shared.complaints.model.lifecycle import Step
from shared.complaints.model.transitions import Change, Given
from shared.complaints.photos.storage import FOLDER, PhotoStorage
from shared.complaints.scheduled.unattended_sweep import system_step
from shared.kelurahan import configuration
from shared.platform.audit.log import AuditLog
from shared.platform.crypto.keys import Keyset
from shared.platform.files.storage import Folder
from shared.platform.store import Store
from shared.staff.accounts import Accounts, Role, Staff
from shared.staff.roster import StaffRoster
from shared.staff.sign_in.passwords import Passwords

ROOT = Path(__file__).resolve().parents[2]
NIK = "3273090101900007"
TYPED = Submission(
    kind="not-received",
    text="Bantuan bulan ini belum saya terima, tetangga sudah.",
    programme="bpnt",
    rw="03",
    rt="02",
    name="Euis Karlina",
    nik=NIK,
    contact="0812 3456 7890",
)
PEOPLE = {
    "operator": ("Dewi Lestari", Role.OPERATOR),
    "colleague": ("Asep Sunandar", Role.OPERATOR),
    "verifier": ("Rina Marlina", Role.VERIFIER),
    "auditor": ("Yayan Ruhian", Role.AUDITOR),
    "surveyor": ("Ujang Koswara", Role.SURVEYOR),
    "admin": ("Tatang Suherman", Role.ADMIN),
}


def typed(**changed: Any) -> Submission:
    """A complaint that can be handed in, but for what is changed."""
    return replace(TYPED, **changed)


class Office:
    """What tests of complaints need, over one store."""

    photo_folder = FOLDER

    def __init__(
        self,
        registry: Store,
        folder: Path,
        keys: Keyset | None = None,
        intake: Store | None = None,
    ) -> None:
        self.registry = registry
        self.intake = intake or registry
        self.folder = folder
        self.now = datetime(2026, 11, 24, 3, tzinfo=UTC)
        self.kelurahan = configuration.load("tamansari", ROOT / "kelurahan")
        self.kinds = kinds.load(self.kelurahan)
        self.deadlines = Deadlines.of(self.kelurahan)
        self.staff: dict[str, Staff] = {}
        self._keys_used = count()
        self.open_with(keys or Keyset(bytes(range(32))))

    def clock(self) -> datetime:
        return self.now

    def later(self, **delta: float) -> None:
        self.now += timedelta(**delta)

    def open_with(self, keys: Keyset) -> None:
        """Start anew, perhaps with other keys."""
        self.keys = keys
        key = self.kelurahan.key
        self.album = PhotoStorage(Folder(self.folder / "files"), keys, key, self.photo_folder)
        cheap = Passwords(passes=1, memory_kib=8)
        self.accounts = Accounts(
            self.registry,
            keys,
            self.clock,
            kelurahan_key=key,
            passwords=cheap,
            on_change=lambda: self.roster.write(self.accounts.list()),
        )
        self.roster = StaffRoster(self.intake, keys, key, self.clock)
        self.audit = AuditLog(self.registry, keys, key, self.clock)
        self.premises = ComplaintContext(
            store=self.intake,
            keys=keys,
            kelurahan=self.kelurahan,
            kinds=self.kinds,
            deadlines=self.deadlines,
            album=self.album,
            clock=self.clock,
        )
        self.book = self.premises.book
        self.desk = IntakeService(self.premises, self.roster)
        self.work = Casework(self.premises, self.accounts, self.audit)

    def hire(self, *who: str) -> None:
        """Give these of PEOPLE an account."""
        for each in who:
            name, role = PEOPLE[each]
            until = date(2099, 12, 31) if role is Role.SURVEYOR else None
            email, word = f"{each}@contoh.example", "tiga ekor kucing"
            self.staff[each] = self.accounts.add(email, name, role, self.kelurahan.key, word, until)

    def key(self) -> str:
        """An idempotency key that nobody has used."""
        return f"key-of-a-test-{next(self._keys_used):08d}"

    def receive(self, **changed: Any) -> Receipt:
        """A new complaint."""
        return self.desk.receive(typed(**changed), self.key())

    def take(self, who: str, case: Case, step: Step, **more: Any) -> Case:
        """A step of an officer, with the newest version and an answer where one is needed."""
        more = {"version": self.book.get(case.id).version, **more}
        if step is Step.CLOSE:
            more = {"public": "Sudah diperiksa dan diselesaikan.", **more}
        return self.work.step(self.staff[who], case.id, step, **more)

    def by_itself(self, case: Case, step: Step, **given: Any) -> Case:
        """A step of the system."""

        def work(_: Any, there: Case) -> Change:
            return system_step(self.premises, there, step, self.now, "", Given(**given))

        return self.book.change(case.id, work)

    def stored(self, case: Case) -> Mapping[str, Any]:
        """All that is kept of a complaint, to be compared."""
        events = list(self.book.timeline(case))
        return {"case": self.book.snapshot(case.id).data, "events": events}

    def actions(self) -> list[str]:
        """What the audit log holds, the oldest first."""
        return [entry.action for entry in self.audit.entries(limit=500)]
