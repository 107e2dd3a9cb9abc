"""`manage.py check FILE`: reports what is wrong with a list, on the officer's own machine."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.output import json_option, refusals
from shared.kelurahan import configuration as kelurahans
from shared.platform import settings
from shared.programmes.catalogue import load_catalogue as load_catalogue
from shared.recipients.reading.checking import check as check_file

if TYPE_CHECKING:
    from shared.recipients.reading.checking import Checked

SHOWN = 20


@click.command("check")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--kelurahan", "name", help="Nama berkas di folder kelurahan, tanpa .toml.")
@json_option
@refusals
def check(file: Path, name: str | None, as_json: bool) -> None:
    """Periksa sebuah daftar tanpa menyimpan apa pun.

    Keluar dengan 0 bila berkas terbaca, dan 2 bila tidak.
    """
    given = settings.load()
    kelurahan = kelurahans.load(name or given.kelurahan, given.kelurahan_folder)
    checked = check_file(file, kelurahan, load_catalogue())
    if as_json:
        _print_json(checked)
    else:
        _print_text(checked)


def _print_json(checked: Checked) -> None:
    """Print one JSON object, streaming its problems: a long list can have 300,000."""
    write = sys.stdout.write
    head = json.dumps(checked.summary(), ensure_ascii=False)
    write(head[:-1] + ', "problems": [')
    for place, problem in enumerate(checked.problem_documents()):
        write((", " if place else "") + json.dumps(problem, ensure_ascii=False))
    write('], "unread_columns": ' + json.dumps(checked.unread_columns, ensure_ascii=False) + "}\n")


def _print_text(checked: Checked) -> None:
    sheet = f", lembar {checked.sheet}" if checked.sheet else ""
    click.echo(f"{checked.file}{sheet}: judul kolom di baris {checked.header_row}")
    click.echo(
        f"{checked.rows} baris dibaca, {checked.passed_over} dilewati; "
        f"{checked.people} penerima dengan {checked.entitlements} bantuan"
    )
    if checked.other_sheets:
        click.echo(f"Lembar lain yang tidak dibaca: {', '.join(checked.other_sheets)}")
    if checked.unread_columns:
        click.echo(f"Kolom yang tidak dipakai: {', '.join(checked.unread_columns)}")
    if not checked.problems:
        click.echo("Tidak ada masalah.")
        return
    counts = Counter((problem.severity, problem.code) for problem in checked.problems)
    for (severity, code), count in sorted(counts.items()):
        label = "salah " if severity == "error" else "periksa"
        click.echo(f"  {label:8} {code:24} {count:7}")
    for problem in checked.problems[:SHOWN]:
        column = f", kolom {problem.column}" if problem.column else ""
        click.echo(f"Baris {problem.row}{column}: {problem.message}")
    if len(checked.problems) > SHOWN:
        click.echo(f"... dan {len(checked.problems) - SHOWN} lagi. Pakai --json untuk semuanya.")
