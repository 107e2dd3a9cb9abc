"""`manage.py serve`: the site and all functions on one port of this PC."""

from __future__ import annotations

import signal
from functools import partial
from typing import NoReturn

import click

from commands.deployment_context import opened
from commands.local_server import first_start
from commands.local_server.daily_housekeeping import housekeeping_beside
from commands.output import refusals
from commands.site import build_site
from shared.deployment import Deployment, current
from shared.platform import data_version
from shared.platform.settings import DATABASES


@click.command()
@click.option("--empty", is_flag=True, help="Mulai tanpa daftar dan petugas contoh.")
@refusals
def serve(empty: bool) -> None:
    """Jalankan situs dan semua layanan di komputer ini, di atas SQLite."""
    from functions.gateway import create_gateway
    from functions.http_server import make_server

    with opened(may_begin=True) as deployment:
        given, kelurahan = deployment.settings, deployment.kelurahan
        stores = [
            deployment.store(name) for name in DATABASES
        ]  # refused, if data is of another version
        for store in stores:
            data_version.write_if_missing(store, kelurahan.key, deployment.clock())
        build_site(kelurahan)
        upload_mib = kelurahan.limits.upload_mib
        # before anything is made: a port that is taken must not cost the passwords shown below
        server = make_server(
            create_gateway(), host=given.host, port=given.port, upload_mib=upload_mib
        )
        deployment.workspace.sweep()  # what a killed server left of the lists it was given
        if not empty and first_start.is_due(deployment):
            _make_demo(deployment)
    click.echo(f"MY NUTERA berjalan di http://{given.host}:{given.port} (Ctrl+C untuk berhenti)")
    signal.signal(signal.SIGTERM, _end)
    try:
        with housekeeping_beside(partial(current, needs=DATABASES)):
            server.run()
    finally:
        server.close()


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
