"""A kelurahan's office PC in small: the real gateway over SQLite, with a published list."""

from __future__ import annotations

import csv
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from functions.gateway import create_gateway
from functions.http_server.server import make_server
from shared import deployment as deployments
from shared.deployment import Deployment
from shared.kelurahan.configuration import LookupFactor, parse
from shared.platform.clock import system_clock, today
from shared.platform.files.workspace import Workspace
from shared.platform.settings import Settings
from shared.programmes.catalogue import load_catalogue
from shared.recipients.use_cases.weekly_sync import RecipientSync
from shared.staff.accounts import Role, Staff
from web.build import build

ROOT = Path(__file__).parents[2]
MISSES_PER_NIK = 3

HEADER = ("NIK", "No KK", "Nama", "RT/RW", "Program", "Periode", "Status")


@dataclass(frozen=True)
class Resident:
    """Somebody made up, by what they can ask with."""

    nik: str
    name: str
    kk_last6: str = ""


LISTED = Resident("3273094101900001", "SITI CONTOH AMINAH", "100001")
FORMER = Resident("3273091503800004", "UJANG CONTOH")
STRANGER = Resident("3273091202850002", "Budi")
_ROWS = (
    (LISTED.nik, "3273090101100001", LISTED.name, "03/07", "PKH", "Tahap 4 2026", "Aktif"),
    (LISTED.nik, "3273090101100001", LISTED.name, "03/07", "BPNT", "November 2026", ""),
    ("3273091503800003", "3273090101100003", "ASEP CONTOH", "01/02", "PKH", "Tahap 4 2026", ""),
)
# listed still, for what is no longer paid
FORMER_ROW = (FORMER.nik, "3273090101100004", FORMER.name, "01/02", "PKH", "2026", "Berhenti")
_MONTHS = [
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
]


class Office:
    """The gateway at `url`. The data lies in a folder and outlives a `restart`."""

    def __init__(self, folder: Path, url: str, factor: LookupFactor = "name") -> None:
        self.url = url
        self._settings = Settings(data=folder / "data", kelurahan_folder=folder)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "tamansari.toml").write_text(configuration(factor), "utf-8")
        self.restart()

    def restart(self) -> None:
        """As if the process were started again: nothing is remembered but what is stored."""
        self.deployment = deployments._current = Deployment.embedded(self._settings)

    def publish(
        self, folder: Path, *, age_days: int = 4, more: Sequence[Sequence[str]] = ()
    ) -> None:
        """Bring a list of two people, and `more`, in and publish it, as two officers do."""
        sync = RecipientSync.of(self.deployment, load_catalogue())
        key = self.deployment.kelurahan.key
        operator, verifier = (
            Staff(id=name, name=name, role=role, kelurahan=key)
            for name, role in (("operator-1", Role.OPERATOR), ("verifier-1", Role.VERIFIER))
        )
        file = folder / "daftar.csv"
        with file.open("w", encoding="utf-8", newline="") as target:
            csv.writer(target, delimiter=";").writerows((HEADER, *_ROWS, *more))
        batch = sync.prepare(file, file.name, operator, as_of=self.day(age_days))
        sync.submit(batch.id, operator)
        sync.approve(batch.id, verifier)
        self.restart()

    def break_store(self) -> None:
        """The public database no longer answers."""
        self.deployment.lookup.close()

    def day(self, age_days: int) -> date:
        """The date of that many days ago, as the office's calendar has it."""
        return today(system_clock, "Asia/Jakarta") - timedelta(days=age_days)


def configuration(factor: LookupFactor) -> str:
    """The example's TOML with a tighter limit, asking for a factor beside the NIK."""
    text = (ROOT / "kelurahan" / "tamansari.toml").read_text("utf-8")
    for before, after in (
        ("misses_per_nik = 10 ", f"misses_per_nik = {MISSES_PER_NIK} "),
        ('lookup_factor = "name"', f'lookup_factor = "{factor}"'),
    ):
        assert before in text
        text = text.replace(before, after)
    return text


@contextmanager
def gateway(folder: Path, factor: LookupFactor = "name") -> Iterator[str]:
    """The address of the gateway, serving a freshly built site, for the length of the block."""
    site = folder / "dist"
    own = ROOT / "kelurahan" / "tamansari"
    build(parse(configuration(factor), "tamansari"), site, own)
    with serving(site) as url:
        yield url


@contextmanager
def serving(site: Path) -> Iterator[str]:
    """The address of the gateway, serving a site that is built, for the length of the block."""
    gateway = create_gateway(site)
    server = make_server(
        gateway,
        host="127.0.0.1",
        port=0,
        upload_mib=25,
        workspace=Workspace(site.parent / "passing"),
        limit_of=gateway.largest_body,
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.close()
        thread.join(timeout=20)
        assert not thread.is_alive()


@contextmanager
def office(folder: Path, url: str, factor: LookupFactor = "name") -> Iterator[Office]:
    """An office of its own behind the gateway, for the length of the block."""
    before = deployments._current
    opened = Office(folder, url, factor)
    try:
        yield opened
    finally:
        opened.deployment.close()
        deployments._current = before


def written(day: date) -> str:
    """A date as residents write it."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
