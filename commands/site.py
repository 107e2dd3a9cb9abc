"""`manage.py site`: the pages that residents read."""

from __future__ import annotations

import json
from pathlib import Path

import click

from shared.platform import kelurahan, settings


@click.group()
def site() -> None:
    """Halaman untuk warga."""


@site.command()
@click.option("--kelurahan", "name", help="Nama berkas di folder kelurahan, tanpa .toml.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder hasil (bawaan: web/dist).",
)
@click.option("--json", "as_json", is_flag=True, help="Cetak hasil sebagai JSON.")
def build(name: str | None, out: Path | None, as_json: bool) -> None:
    """Bangun situs: halaman, gaya, skrip, dan salinan terkompresinya."""
    from web import build as builder  # Jinja2 and Markdown: not for every other command

    given = settings.load()
    chosen = kelurahan.load(name or given.kelurahan, given.kelurahan_folder)
    report = builder.build(chosen, out or builder.DIST)
    if as_json:
        sizes = {
            page.path: {"html": page.brotli, "first_view": report.first_view(page)}
            for page in report.pages
        }
        click.echo(json.dumps({"out": str(report.out), "pages": sizes}))
        return
    heaviest = max(report.pages, key=report.first_view)
    click.echo(f"{len(report.pages)} halaman dibangun di {report.out}.")
    click.echo(
        f"Tampilan pertama terberat: {heaviest.path}, "
        f"{report.first_view(heaviest)} bita (HTML dan gaya, brotli)."
    )
