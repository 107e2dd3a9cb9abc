"""A deployment on two stores of the test's own, with an office's complaints in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from PIL import Image

from shared.complaints.model.case import Case, Receipt
from shared.complaints.model.lifecycle import Outcome, Step
from shared.deployment import Deployment
from shared.housekeeping.daily_run import Daily, Report
from shared.platform.clock import today
from shared.platform.crypto.keys import Keyset
from shared.platform.files.storage import Folder
from shared.platform.settings import DATABASES, Settings
from shared.platform.store import Store
from shared.recipients.lookup import public_state
from tests.complaints import dumping
from tests.complaints.office import ROOT, Office, typed


class Premises:
    """What the housekeeping finds, and what it leaves."""

    def __init__(self, stores: Mapping[str, Store], folder: Path) -> None:
        keys = Keyset(bytes(range(32)))
        self.office = Office(stores["registry"], folder, keys, stores["intake"])
        self.office.hire("operator")
        self.folder = folder
        settings = Settings(data=folder / "data", kelurahan_folder=ROOT / "kelurahan")
        self.deployment: Any = Deployment(settings, self.office.clock)
        for name, store in stores.items():
            setattr(self.deployment, name, store)
        self.deployment.registry_keys = self.office.keys
        self.deployment.intake_keys = self.office.keys
        self.deployment.lookup_keys = Keyset(bytes(range(1, 33)))
        self.deployment.files = Folder(folder / "files")

    def run(self, *, dry_run: bool = False, timer: Callable[[], float] = lambda: 0.0) -> Report:
        """A daily run; years pass here in one step, so its clock is said to be right."""
        return Daily(self.deployment, timer).run(dry_run=dry_run, clock_is_right=True)

    def publish(self, days_ago: int = 0) -> None:
        """A published list of so many days ago."""
        office = self.office
        day = today(office.clock, office.kelurahan.timezone) - timedelta(days=days_ago)
        document = public_state.document(
            as_of=day.isoformat(),
            source="Dinas Sosial",
            people=10,
            key_id="k",
            sequence=1,
            published_at=office.now,
        )
        self.deployment.lookup.set(public_state.path(office.kelurahan.key), document)

    def ended(self) -> Case:
        """A closed complaint with a photo."""
        path = self.folder / "foto.jpg"
        Image.new("RGB", (40, 30), "red").save(path)
        case = self.office.desk.receive(typed(), self.office.key(), [path]).case
        self.office.take("operator", case, Step.VERIFY)
        return self.office.take("operator", case, Step.CLOSE, outcome=Outcome.PROVEN)

    def busy_year(self) -> tuple[Case, Receipt]:
        """One that is to be erased, one that is late, and some of all that expires."""
        ended = self.ended()
        self.office.later(days=366)
        late = self.office.receive()
        self.office.later(days=60)
        self.expiring("registry", "differences", "problems")
        self.expiring("intake", "receipts")
        self.expiring("lookup", "failures")
        self.publish()
        return ended, late

    def expiring(self, database: str, *kinds: str) -> None:
        """A document of each kind that has expired, one that hasn't, and one that never does."""
        store: Store = getattr(self.deployment, database)
        for kind in kinds:
            path = f"kelurahan/{self.office.kelurahan.key}/{kind}"
            store.set(f"{path}/over", {"expires_at": self.office.now - timedelta(seconds=1)})
            store.set(f"{path}/not-yet", {"expires_at": self.office.now + timedelta(seconds=1)})
            store.set(f"{path}/never", {"expires_at": None})

    def dump(self) -> dict[str, Any]:
        """All documents of all databases, and all files."""
        stores = {name: self.deployment.store(name) for name in DATABASES}
        documents = {
            f"{name}:{path}": data
            for name, store in stores.items()
            for path, data in dumping.documents(store).items()
        }
        root = self.folder / "files"
        return documents | {
            str(path): path.read_bytes() for path in root.rglob("*") if path.is_file()
        }
