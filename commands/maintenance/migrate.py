"""`manage.py migrate`: stored data brought to the form of this version of the code."""

from __future__ import annotations

import click

from commands.deployment_context import COMMAND_LINE, opened
from commands.output import answer, json_option, refusals
from shared.platform import settings
from shared.platform.crypto import key_file

_KINDS = {
    "complaints": "pengaduan",
    "events": "catatan riwayat",
    "photos": "foto",
    "receipts": "catatan kiriman",
    "deletions": "catatan penghapusan",
}
_NONE = "tidak ada"


@click.command()
@click.option("--dry-run", is_flag=True, help="Hanya hitung apa yang akan diubah.")
@json_option
@refusals
def migrate(dry_run: bool, as_json: bool) -> None:
    """Perbarui bentuk data ke versi ini. Hentikan sistem dan buat cadangan dahulu.

    Bila terputus, jalankan lagi: yang sudah selesai dilewati.
    """
    from shared.migrations.runner import migrate as run

    given = settings.load()
    keys = given.data / key_file.FILE_NAME
    if given.is_embedded and keys.exists() and not dry_run:
        key_file.add_intake(keys)
    needs: tuple[settings.Need, ...] = ("registry", "lookup") if dry_run else settings.DATABASES
    with opened(needs=needs, migrates=True) as deployment:
        report = run(deployment, dry_run=dry_run)
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
            f"{len(report.damaged)} pengaduan rusak dan tetap di tempat lama (docs/runbooks.md): "
            + ", ".join(report.damaged)
        )
    answer(said, as_json, "\n".join(lines))
