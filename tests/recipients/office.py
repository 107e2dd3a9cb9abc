"""An office with two stores, keys, four officers and a clock that the test moves."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from shared.kelurahan import configuration
from shared.platform.audit.log import AuditLog
from shared.platform.crypto.keys import Keyset
from shared.platform.leases import Leases
from shared.platform.store import Store
from shared.programmes.catalogue import load_catalogue
from shared.recipients.lookup import projection
from shared.recipients.lookup.question import Typed, read
from shared.recipients.lookup.service import LookupService
from shared.recipients.model.batch import Batch
from shared.recipients.model.person import Person
from shared.recipients.publishing import manifest, register_documents
from shared.recipients.publishing.databases import Databases
from shared.recipients.publishing.publication import Publication
from shared.recipients.use_cases.weekly_sync import RecipientSync
from shared.staff.accounts import Role, Staff
from tests.metered import Metered

ROOT = Path(__file__).resolve().parents[2]
HEADERS = ["NIK", "No KK", "Nama", "RW", "RT", "Alamat", "Program", "Periode", "Status"]


def nik(number: int) -> str:
    """A synthetic NIK of the example's kecamatan: born on 1 January 1990, serial by number."""
    return f"327309{1 + number // 9000:02d}0190{1 + number % 9000:04d}"


def row(number: int, **changed: str) -> list[str]:
    """A clean row of a list; `changed` by lower-case header."""
    cells = {
        "NIK": nik(number),
        "No KK": "3273090101200001"[:12] + f"{1 + number % 9000:04d}",
        "Nama": f"Warga {chr(65 + number % 26)}{'abcdefghij'[number % 10]}",
        "RW": "03",
        "RT": "02",
        "Alamat": "Gg. Contoh",
        "Program": "PKH",
        "Periode": "",
        "Status": "",
    }
    by_name = {header.lower(): header for header in HEADERS}
    for name, value in changed.items():
        cells[by_name[name]] = value
    return [cells[header] for header in HEADERS]


class Office:
    """What the tests of the pipeline need, over two stores."""

    def __init__(self, registry: Store, lookup: Store, folder: Path) -> None:
        self.registry, self.lookup = registry, lookup
        self.folder = folder
        self.now = datetime(2026, 11, 20, 3, tzinfo=UTC)
        self.kelurahan = configuration.load("tamansari", ROOT / "kelurahan")
        self.catalogue = load_catalogue()
        self.registry_keys = Keyset(bytes(range(32)))
        self.lookup_keys = Keyset(bytes(range(1, 33)))
        self.audit = AuditLog(registry, self.registry_keys, self.kelurahan.key, self.clock)
        self.operator = self.officer("op1", Role.OPERATOR)
        self.verifier = self.officer("ver1", Role.VERIFIER)
        self.other_verifier = self.officer("ver2", Role.VERIFIER)
        self.auditor = self.officer("aud1", Role.AUDITOR)
        self.sync = self.opened()

    def clock(self) -> datetime:
        return self.now

    def opened(
        self, registry: Store | None = None, lookup: Store | None = None, **changed: Any
    ) -> RecipientSync:
        """The sync, over these or other stores (a metered one, one that fails)."""
        registry = registry or self.registry
        databases = Databases(registry, self.registry_keys, lookup or self.lookup, self.lookup_keys)
        self.databases = databases
        leases = Leases(registry, self.kelurahan.key, self.clock)
        return RecipientSync(
            changed.get("kelurahan", self.kelurahan),
            self.catalogue,
            databases,
            AuditLog(registry, self.registry_keys, self.kelurahan.key, self.clock),
            leases,
            self.clock,
        )

    def officer(self, identifier: str, role: Role) -> Staff:
        return Staff(identifier, identifier.title(), role, self.kelurahan.key)

    def later(self, **delta: float) -> None:
        self.now += timedelta(**delta)

    def csv(self, rows: Iterable[list[str]], name: str = "daftar.csv") -> Path:
        """A list as a file."""
        path = self.folder / name
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(HEADERS)
            writer.writerows(rows)
        return path

    def publish(self, rows: Iterable[list[str]], reason: str = "Disetujui untuk uji coba") -> Any:
        """A list all the way: prepared by the operator, approved by the verifier."""
        self.later(minutes=1)
        path = self.csv(rows)
        batch = self.sync.prepare(path, path.name, self.operator)
        return self.approved(batch.id, reason=reason)

    def sent(self, batch: Batch, sync: RecipientSync | None = None) -> Batch:
        """A batch, sent to the second officer by the operator."""
        return (sync or self.sync).submit(batch.id, self.operator, "Hasil pemutakhiran bulan ini")

    def approved(
        self,
        batch_id: str,
        officer: Staff | None = None,
        reason: str | None = None,
        sync: RecipientSync | None = None,
    ) -> Batch:
        """A batch, sent by the operator and approved by a verifier."""
        sync = sync or self.sync
        self.sent(sync.batch(batch_id), sync)
        return sync.approve(batch_id, officer or self.verifier, reason)

    def meters(self) -> tuple[Metered, Metered]:
        return Metered(self.registry), Metered(self.lookup)

    def register(self) -> dict[str, Person]:
        """Everybody in the register, read through the manifest, by NIK; each document verified."""
        publication = Publication(self.kelurahan, self.databases, self.audit, self.clock)
        head = publication.head()
        if not head.is_laid_out:
            return {}
        publisher = publication.publisher(head)
        people = {}
        entries = publisher.published()
        paths = [register_documents.path(self.kelurahan.key, identifier) for identifier in entries]
        for snapshot, content in zip(self.registry.get_many(paths), entries.values(), strict=True):
            person = register_documents.person(snapshot, self.registry_keys)
            assert publisher.content_hash(person) == content
            people[person.nik] = person
        return people

    def projected(self) -> set[str]:
        """Ids of the public documents, read through the manifest; each document verified."""
        head = self.sync.head()
        bits = head.bits
        entries = manifest.read_all(self.lookup, self.kelurahan.key, bits) if bits else {}
        paths = [projection.path(self.kelurahan.key, identifier) for identifier in entries]
        for snapshot, content in zip(self.lookup.get_many(paths), entries.values(), strict=True):
            assert snapshot.data is not None
            keys = self.lookup_keys.under(head.lookup_key_id)
            tag = keys.tag("content", projection.content(snapshot.data), 8)
            assert tag == content
        return set(entries)

    def finds(self, number: str, name: str) -> Any:
        """What a resident is told."""
        desk = LookupService(
            self.lookup, self.lookup_keys, self.kelurahan, self.catalogue, self.clock
        )
        question = read(Typed(number, name), self.kelurahan.lookup_factor)
        return desk.answer(question, None, "192.0.2.1")
