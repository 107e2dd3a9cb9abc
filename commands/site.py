"""`manage.py site`: builds the residents' site and its poster."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.output import answer, json_option, refusals, refuse
from shared.kelurahan import configuration
from shared.platform import settings

if TYPE_CHECKING:
    from shared.kelurahan.configuration import Kelurahan
    from web.build import BuildReport


@click.group()
def site() -> None:
    """Halaman untuk warga."""


def build_site(kelurahan: Kelurahan, out: Path | None = None) -> BuildReport:
    """Build the pages, and beside them the OpenAPI document of the functions.

    A folder with the kelurahan's name beside its file holds content of its own.
    """
    from functions.openapi import write_openapi
    from web import build as builder  # Jinja2 and Markdown: not for every other command

    own = settings.load().kelurahan_folder / kelurahan.slug
    report = builder.build(kelurahan, out, own)
    write_openapi(report.out / "openapi.json")
    return report


@site.command()
@click.option("--kelurahan", "name", help="Nama berkas di folder kelurahan, tanpa .toml.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder hasil (bawaan: web/dist/ dan nama kelurahan).",
)
@json_option
@refusals
def build(name: str | None, out: Path | None, as_json: bool) -> None:
    """Bangun situs: halaman, gaya, skrip, dan salinan terkompresinya."""
    from web.build import NotASite

    given = settings.load()
    chosen = configuration.load(name or given.kelurahan, given.kelurahan_folder)
    try:
        report = build_site(chosen, out)
    except NotASite:
        refuse("not-a-site", "Folder hasil berisi hal lain. Pilih folder kosong.", as_json)
        return
    heaviest = max(report.pages, key=report.first_view)
    answer(
        {
            "out": str(report.out),
            "pages": [
                {"path": page.path, "first_view_bytes": report.first_view(page)}
                for page in report.pages
            ],
        },
        as_json,
        f"{len(report.pages)} halaman dibangun di {report.out}. Tampilan pertama terberat: "
        f"{heaviest.path}, {report.first_view(heaviest)} bita (HTML dan gaya, brotli).",
    )


@site.command()
@click.option("--kelurahan", "name", help="Nama berkas di folder kelurahan, tanpa .toml.")
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Berkas PDF yang ditulis.",
)
@json_option
@refusals
def poster(name: str | None, out: Path, as_json: bool) -> None:
    """Buat poster A4 dengan kode QR ke Cek NIK dan Pengaduan, untuk papan pengumuman."""
    from web.poster import poster as drawn  # the PDF library: for no other command

    given = settings.load()
    chosen = configuration.load(name or given.kelurahan, given.kelurahan_folder)
    out.write_bytes(drawn(chosen))
    answer(
        {"out": str(out)},
        as_json,
        f"Poster ditulis ke {out}. Kode QR menuju {chosen.site.base_url}: "
        "pastikan itu alamat situs yang benar sebelum dicetak.",
    )
