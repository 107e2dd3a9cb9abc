"""`manage.py migrate`: stored data brought to the form of this version of the code."""

from __future__ import annotations

from pathlib import Path

import click

from commands.deployment_context import COMMAND_LINE, opened
from commands.output import answer, json_option, refusals
from shared.platform import settings
from shared.platform.backup.restore import stopped
from shared.platform.crypto import key_file
from shared.platform.crypto.keys import KeysInvalid
from shared.platform.settings import SettingsInvalid

_KINDS = {
    "complaints": "pengaduan",
    "events": "catatan riwayat",
    "photos": "foto",
    "photos missing": "foto tidak ditemukan",
    "receipts": "catatan kiriman",
    "deletions": "catatan penghapusan",
}
_NONE = "tidak ada"


@click.command()
@click.option("--dry-run", is_flag=True, help="Hanya hitung apa yang akan diubah.")
@click.option(
    "--without-missing-photos",
    is_flag=True,
    help="Lanjutkan walau ada foto pengaduan yang sudah tidak ada.",
)
@json_option
@refusals
def migrate(dry_run: bool, without_missing_photos: bool, as_json: bool) -> None:
    """Perbarui bentuk data ke versi ini. Hentikan sistem dan buat cadangan dahulu.

    Bila terputus, jalankan lagi: yang sudah selesai dilewati.
    """
    from shared.migrations.runner import migrate as run

    needs: tuple[settings.Need, ...] = ("registry", "lookup") if dry_run else settings.DATABASES
    given = settings.load(needs=(*needs, "files"))
    if not given.is_embedded and not given.files.startswith("gs://"):
        raise SettingsInvalid(["NUTERA_FILES: isi dengan alamat gs:// tempat foto pengaduan."])
    has_new_key = False
    if given.is_embedded and not dry_run:
        with stopped(given.data.resolve()):
            has_new_key = _add_intake(given.data / key_file.FILE_NAME)
    with opened(needs=needs, migrates=True) as deployment:
        report = run(deployment, dry_run=dry_run, without_missing_photos=without_missing_photos)
        counts = {**report.moved, **report.upgraded}
        if not dry_run:
            details = {"documents": sum(counts.values()), "damaged": len(report.damaged)}
            deployment.audit.append(COMMAND_LINE, "data.migrate", "data", details)
    said = {
        "dry_run": dry_run,
        "moved": dict(report.moved),
        "upgraded": dict(report.upgraded),
        "read": report.read,
        "damaged": list(report.damaged),
        "conflicting": list(report.conflicting),
    }
    lines = [
        f"{'Akan dipindahkan' if dry_run else 'Dipindahkan'}: "
        + (", ".join(f"{n} {_KINDS.get(kind, kind)}" for kind, n in report.moved.items()) or _NONE)
        + ".",
        f"{'Akan diperbarui' if dry_run else 'Diperbarui'}: {sum(report.upgraded.values())} dari "
        f"{report.read} dokumen.",
    ]
    if report.damaged:
        lines.append(
            f"{len(report.damaged)} pengaduan rusak dipindahkan apa adanya (docs/runbooks.md): "
            + ", ".join(report.damaged)
        )
    if report.conflicting:
        lines.append(
            f"{len(report.conflicting)} pengaduan tetap di registry, karena berubah di dua tempat "
            "(docs/runbooks.md): " + ", ".join(report.conflicting)
        )
    if has_new_key:
        lines.append(
            "Berkas kunci kini memuat kunci baru. Simpan lagi salinannya di tempat lain: tanpa "
            "kunci itu cadangan yang dibuat mulai sekarang tidak dapat dipulihkan."
        )
    answer(said, as_json, "\n".join(lines))


def _add_intake(path: Path) -> bool:
    """Complete the key file; whether it was without a key of `intake` so far."""
    try:
        if not path.exists() or "intake" in key_file.load(path):
            return False
        key_file.add_intake(path)
    except KeysInvalid as fault:
        raise SettingsInvalid([str(fault)]) from None
    return True
