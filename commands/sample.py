"""`manage.py sample`: writes a synthetic list of recipients."""

from __future__ import annotations

from pathlib import Path

import click

from commands.output import answer, json_option, refusals
from shared import samples
from shared.kelurahan import configuration
from shared.platform import settings


@click.command()
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--households", type=click.IntRange(1), help="Banyak KK (bawaan: menurut berkas kelurahan)."
)
@click.option(
    "--seed", default=1, show_default=True, help="Angka acak; yang sama membuat daftar yang sama."
)
@click.option(
    "--layout",
    type=click.Choice(list(samples.LAYOUTS)),
    default="bnba",
    show_default=True,
    help="Susunan kolom.",
)
@click.option("--clean", is_flag=True, help="Tanpa kesalahan seperti pada daftar nyata.")
@click.option("--kelurahan", "name", help="Nama berkas di folder kelurahan, tanpa .toml.")
@json_option
@refusals
def sample(
    path: Path,
    households: int | None,
    seed: int,
    layout: str,
    clean: bool,
    name: str | None,
    as_json: bool,
) -> None:
    """Tulis daftar penerima buatan ke PATH (.xlsx atau .csv). Tidak ada orang nyata di dalamnya."""
    if path.suffix.lower() not in (".xlsx", ".csv"):
        raise click.UsageError("PATH harus berakhiran .xlsx atau .csv.")
    if not path.parent.is_dir():
        raise click.UsageError("Folder untuk PATH belum ada.")
    given = settings.load()
    place = configuration.load(name or given.kelurahan, given.kelurahan_folder)
    made = samples.make(place, households=households or place.households, seed=seed)
    ledger = samples.write(made, path, layout=layout, defects=not clean)
    problems = dict(sorted(ledger.counts().items()))
    said = {
        "file": path.name,
        "layout": layout,
        "seed": seed,
        "header_row": ledger.header_row,
        "rows": ledger.rows,
        "people": ledger.people,
        "entitlements": ledger.entitlements,
        "programmes": dict(sorted(ledger.by_programme.items())),
        "problems": problems,
    }
    text = [
        f"{path.name}: {ledger.rows} baris, susunan {layout}, angka acak {seed}.",
        f"Dapat masuk: {ledger.people} orang dengan {ledger.entitlements} bantuan.",
        *(f"  {code}: {count}" for code, count in problems.items()),
    ]
    answer(said, as_json, "\n".join(text))
