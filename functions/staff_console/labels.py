"""Indonesian labels of people and batches, the same wherever they are shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from zoneinfo import ZoneInfo

from shared.kelurahan.configuration import Kelurahan
from shared.platform.indonesian_dates import in_words
from shared.programmes.catalogue import load_catalogue as load_catalogue
from shared.recipients.model.batch import Batch, State
from shared.recipients.model.differences import ChangeKind
from shared.recipients.model.nik import masked_nik
from shared.recipients.model.person import Person
from shared.recipients.use_cases.reading_progress import Stage

FIELDS: Final = ("Nama", "NIK", "Nomor KK", "Alamat", "RW", "RT", "Bantuan")


CHANGES: Final[Mapping[ChangeKind, str]] = {
    "added": "Masuk daftar",
    "changed": "Berubah",
    "removed": "Keluar dari daftar",
}
"""What a batch does to a person."""

READING_STEPS: Final[Mapping[Stage, str]] = {
    Stage.READING: "Membaca dan memeriksa setiap baris",
    Stage.COMPARING: "Membandingkan dengan daftar yang terbit",
    Stage.KEEPING: "Menyimpan yang berubah",
}
"""What happens to a list, in this order."""

MACHINES: Final[Mapping[str, str]] = {
    "scheduler": "Penjadwal",
    "housekeeping": "Pekerjaan harian",
    "command-line": "Baris perintah",
    "first-start": "Pemasangan pertama",
    "system": "Sistem",
    "staff": "Loket",
    "visitor": "Orang yang belum masuk",
    "resident": "Pelapor",
}
"""Who acts without an account of staff."""

BATCH_STATES: Final[Mapping[State, str]] = {
    State.DRAFT: "belum selesai dibaca",
    State.WAITING: "menunggu persetujuan",
    State.BLOCKED: "ditahan",
    State.PUBLISHING: "sedang diterbitkan",
    State.PUBLISHED: "terbit",
    State.FAILED: "gagal",
    State.UNDONE: "dibatalkan",
    State.REJECTED: "ditolak",
}


def stands(batch: Batch, sequence: int) -> str:
    """Return a batch's state in words, where the publication of that number is the newest."""
    if batch.is_overtaken(sequence):
        return "tertinggal dari yang terbit"
    is_open = batch.state in (State.WAITING, State.BLOCKED)
    if not is_open or batch.submitted_at is not None:
        return BATCH_STATES[batch.state]
    return "belum dikirim" if batch.state is State.WAITING else "ditahan, belum dikirim"


def amount(number: int) -> str:
    """Return a number in groups of three, as it is written in Indonesian."""
    return f"{number:,}".replace(",", ".")


def prepared(batch: Batch, timezone: str) -> str:
    """Return when a batch was prepared: the hour, and the day if it differs from the data's.

    It tells two batches of one day apart.
    """
    at = batch.created_at.astimezone(ZoneInfo(timezone))
    day = "" if batch.as_of == at.date().isoformat() else f"{in_words(at.date())} "
    return f"disiapkan {day}pukul {at:%H.%M}"


def person_fields(person: Person) -> dict[str, str]:
    """Return the fields by their names; NIK and KK number are masked."""
    return {
        "Nama": person.name,
        "NIK": masked_nik(person.nik),
        "Nomor KK": masked_nik(person.kk) if person.kk else "",
        "Alamat": person.address,
        "RW": person.rw,
        "RT": person.rt,
        "Bantuan": "; ".join(entitlements(person)),
    }


def source_name(kelurahan: Kelurahan, source: str) -> str:
    """Return where a batch came from: an officer's file, or one of the kelurahan's sources."""
    if source in kelurahan.sources:
        return kelurahan.sources[source].title or source
    return "unggahan petugas" if source == "upload" else source


def entitlements(person: Person) -> list[str]:
    """Return what a person is listed for: programme, period, status."""
    names: Mapping[str, str] = {
        code: each.name for code, each in load_catalogue().programmes.items()
    }
    told = []
    for each in person.entitlements:
        more = " ".join(part for part in (each.period, each.status) if part)
        name = names.get(each.programme, each.programme)
        told.append(f"{name} ({more})" if more else name)
    return told
