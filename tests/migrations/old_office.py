"""Data as the version before kept it, with complaints in the registry, and its migration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from shared.complaints.casework.service import Casework
from shared.complaints.intake.service import IntakeService
from shared.complaints.model.case import Receipt
from shared.complaints.model.context import ComplaintContext
from shared.complaints.model.lifecycle import Outcome, Step
from shared.deployment import Deployment
from shared.migrations.runner import MigrationReport, migrate
from shared.platform.crypto.keys import Keyset
from shared.platform.crypto.signed_documents import signed
from shared.platform.files.storage import Folder
from shared.platform.settings import Settings
from shared.platform.store import Store
from tests.complaints import pictures
from tests.complaints.office import ROOT, Office, typed

MESSAGE = "Sampai hari ini belum ada kabar."


@dataclass(frozen=True)
class Made:
    """A complaint as a resident knows it. `key`: its idempotency key."""

    receipt: Receipt
    key: str
    text: str
    photos: int


class _OfficeOfBefore(Office):
    photo_folder = "complaints"


class OldOffice:
    """An office of the version before, over a registry and an `intake` that is empty."""

    def __init__(self, stores: Mapping[str, Store], folder: Path, intake_keys: Keyset) -> None:
        self.stores = stores
        self.folder = folder
        self.intake_keys = intake_keys
        self.office = _OfficeOfBefore(stores["registry"], folder, Keyset(bytes(range(32))))

    def deployment(self, now: datetime | None = None) -> Any:
        """The same data under today's code."""
        settings = Settings(data=self.folder / "data", kelurahan_folder=ROOT / "kelurahan")
        made: Any = Deployment(settings, lambda: now or self.office.now, migrates=True)
        for name, store in self.stores.items():
            setattr(made, name, store)
        made.registry_keys = self.office.keys
        made.intake_keys = self.intake_keys
        made.lookup_keys = Keyset(bytes(range(1, 33)))
        made._parts["_keysets"] = {
            "registry": made.registry_keys,
            "intake": made.intake_keys,
            "lookup": made.lookup_keys,
        }
        made.files = Folder(self.folder / "files")
        return made

    def migrate(self, **how: bool) -> MigrationReport:
        return migrate(self.deployment(), **how)

    def complaints(self, count: int) -> list[Made]:
        """So many complaints: with photos, messages, steps, an end in turn; deletion records."""
        office = self.office
        office.hire("operator", "verifier")
        root = f"kelurahan/{office.kelurahan.key}"
        office.registry.delete(f"{root}/state/staff_roster")  # there was none then
        made = []
        for number in range(count):
            text, key = f"Bantuan bulan ke-{number} belum saya terima.", office.key()
            photos = []
            for each in range(number % 3):
                path = self.folder / f"foto-{number}-{each}.jpg"
                path.write_bytes(pictures.telling())
                photos.append(path)
            receipt = office.desk.receive(typed(text=text), key, photos)
            if number % 2:
                office.desk.message(
                    receipt.ticket,
                    receipt.secret,
                    Step.ADD,
                    MESSAGE,
                    f"key-of-message-{number:04d}",
                )
            if number % 4 > 1:
                office.take("operator", receipt.case, Step.VERIFY)
            if number % 4 == 3:
                office.take("operator", receipt.case, Step.CLOSE, outcome=Outcome.PROVEN)
            made.append(Made(receipt, key, text, number % 3))
            office.later(minutes=1)
        for day in range(2):
            path = f"{root}/deletions/2026-11-0{day + 1}-abcdefgh"
            fields = {"schema": 1, "day": f"2026-11-0{day + 1}", "erased": day}
            office.registry.create(path, signed(office.keys, path, fields))
        return made

    def told(self, context: ComplaintContext, made: Made) -> dict[str, Any]:
        """All that a complaint says, in words, whatever ids and keys it lies under."""
        snapshot = next(each for each in context.book.find(made.receipt.ticket) if each.exists)
        documents = context.book.documents
        case = documents.case(snapshot)
        said = asdict(case)
        del said["id"], said["photo_folder"]
        return {
            "case": said,
            "words": documents.words(snapshot),
            "events": context.book.timeline(case),
            "photos": [
                context.album.photo(case.photo_folder, number)
                for number in range(1, case.photos + 1)
            ],
        }

    def before(self, made: Made) -> dict[str, Any]:
        return self.told(self.office.premises, made)

    def after(self, made: Made) -> dict[str, Any]:
        return self.told(ComplaintContext.of(self.deployment()), made)

    def desk(self) -> IntakeService:
        """Where residents come after the migration."""
        return IntakeService.of(self.deployment(self.office.now + timedelta(days=1)))

    def work(self) -> Casework:
        return Casework.of(self.deployment())
