"""`manage.py housekeeping`: runs the daily housekeeping now."""

from __future__ import annotations

import sys
from typing import Final

import click

from commands.deployment_context import opened
from commands.output import answer, json_option, refusals
from shared.platform.errors import Invalid

_SAID: Final = {
    "late": "Terlambat",
    "escalated": "Dinaikkan",
    "highest": "Di tingkat tertinggi",
    "asked_back": "Ditanya balik",
    "photos": "Foto dihapus",
    "erased": "Pengaduan dikosongkan",
    "orphans": "Foto tanpa pengaduan dihapus",
    "expired": "Catatan sementara dihapus",
    "folders": "Folder sementara dihapus",
    "finished": "Penerbitan terputus diselesaikan",
    "age_days": "Umur daftar (hari)",
}


@click.command()
@click.option("--dry-run", is_flag=True, help="Hanya sebutkan apa yang akan dilakukan.")
@click.option(
    "--clock-is-right",
    is_flag=True,
    help="Jam komputer sudah diperiksa dan benar, walaupun jauh dari catatan terakhir.",
)
@json_option
@refusals
def housekeeping(dry_run: bool, clock_is_right: bool, as_json: bool) -> None:
    """Kerja harian: eskalasi, penghapusan menurut masa simpan, peringatan."""
    from commands.local_server.daily_housekeeping import gentle

    with opened() as deployment:
        given = deployment.settings
        if not given.is_embedded and "://" not in given.files:
            # else photos would pass for deleted, and stay where they are
            raise Invalid("NUTERA_FILES: isi dengan alamat gs:// tempat foto disimpan.")
        report = gentle(deployment).run(dry_run=dry_run, clock_is_right=clock_is_right)
    said = {
        "dry_run": dry_run,
        "counts": dict(report.counts),
        "failed": list(report.failed),
        "unfinished": list(report.unfinished),
        "damaged": report.damaged,
    }
    lines = [f"{_SAID.get(name, name)}: {count}" for name, count in report.counts.items()]
    lines += [f"Belum selesai, dilanjutkan besok: {name}" for name in report.unfinished]
    lines += [f"GAGAL: {name}" for name in report.failed]
    if report.damaged:
        lines.append(f"Pengaduan yang diubah pihak lain (lihat docs/runbooks.md): {report.damaged}")
    answer(said, as_json, "\n".join(lines))
    if not report.ok:
        sys.exit(1)
