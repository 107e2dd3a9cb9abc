"""`manage.py serve`: the site and all functions on one port of this PC."""

from __future__ import annotations

import signal
from contextlib import ExitStack
from functools import partial
from typing import Final, NoReturn

import click

from commands.deployment_context import opened
from commands.local_server import first_start
from commands.local_server.daily_housekeeping import housekeeping_beside
from commands.output import refusals
from commands.site import build_site
from shared.deployment import Deployment, current
from shared.platform import data_version
from shared.platform.files.process_lock import process_lock
from shared.platform.settings import DATABASES

_RUNS_ALREADY: Final = (
    "MY NUTERA sudah berjalan dengan folder data ini. Tutup dulu yang sedang berjalan, "
    "atau pakai yang itu."
)


@click.command()
@click.option("--empty", is_flag=True, help="Mulai tanpa daftar dan petugas contoh.")
@refusals
def serve(empty: bool) -> None:
    """Jalankan situs dan semua layanan di komputer ini, di atas SQLite."""
    from functions.gateway import create_gateway
    from functions.local_gateway import local_gateway

    with ExitStack() as until_the_end:
        with opened(may_begin=True) as deployment:
            given, kelurahan = deployment.settings, deployment.kelurahan
            stores = [
                deployment.store(name) for name in DATABASES
            ]  # refused, if data is of another version
            # two would do the housekeeping twice, and each would count tries on its own
            until_the_end.enter_context(process_lock(given.data / "serve.lock", _RUNS_ALREADY))
            for store in stores:
                data_version.write_if_missing(store, kelurahan.key, deployment.clock())
            site = build_site(kelurahan).out
            # before anything is made: a port that is taken must not cost the passwords shown below
            server = local_gateway(
                deployment, host=given.host, port=given.port, gateway=create_gateway(site)
            )
            until_the_end.callback(server.close)
            deployment.workspace.sweep()  # what a killed server left of the lists it was given
            if not empty and first_start.is_due(deployment):
                _make_demo(deployment)
        click.echo(
            f"MY NUTERA berjalan di http://{given.host}:{given.port} (Ctrl+C untuk berhenti)"
        )
        signal.signal(signal.SIGTERM, _end)
        with housekeeping_beside(partial(current, needs=DATABASES)):
            server.run()


def _end(*_: object) -> NoReturn:
    """End as with Ctrl+C: a PC that is switched off sends this signal."""
    raise SystemExit(0)


def _make_demo(deployment: Deployment) -> None:
    click.echo("Pertama kali dijalankan: membuat petugas dan daftar contoh (bukan warga nyata).")
    for account in first_start.add_staff(deployment):
        click.echo(f"  {account.role:9} {account.email:26} kata sandi: {account.password}")
    click.echo("Kata sandi di atas hanya ditampilkan sekali. Catat sekarang.")
    required = " dan ".join(deployment.kelurahan.staff.code_required_for)
    if required:
        click.echo(f"Akun contoh masuk tanpa kode dari aplikasi. Akun sungguhan wajib: {required}.")
    sample = deployment.settings.data / "daftar-contoh.xlsx"
    people = first_start.publish_sample(deployment, sample)
    click.echo(f"Daftar contoh terbit: {people} warga buatan. Berkasnya: {sample}")
