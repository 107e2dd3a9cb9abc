"""Pictures of what residents see: `python -m tests.web.screenshots [--all] [FOLDER]`.

Into docs/screenshots, phone width, the states a newcomer wants to see; with --all every state at
360 and 1280 px, light and dark, to be looked at after a change.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import click
from playwright.sync_api import sync_playwright

from tests.conftest import _browser
from tests.web import office as offices
from tests.web import states
from tests.web.conftest import FLAGS

MAIN = (
    "beranda",
    "cek-nik",
    "cek-nik-isian-salah",
    "cek-nik-terdaftar",
    "cek-nik-tidak-ditemukan",
    "pengaduan",
    "pengaduan-formulir",
    "pengaduan-belum-terkirim",
    "pengaduan-tanda-terima",
    "cek-pengaduan-baru",
    "menu-terbuka",
    "program",
    "program-pkh",
    "kelayakan-pertanyaan",
    "kelayakan-hasil",
    "standar-layanan",
    "salinan-tanpa-internet",
)


@click.command()
@click.option("--all", "everything", is_flag=True, help="Every state, width and colour scheme.")
@click.argument(
    "folder", type=click.Path(path_type=Path), default=offices.ROOT / "docs/screenshots"
)
def main(everything: bool, folder: Path) -> None:
    """Take the pictures."""
    chosen = [state for state in states.ALL if everything or state.name in MAIN]
    widths = (360, 1280) if everything else (360,)
    schemes = ("light", "dark") if everything else ("light",)
    with (
        tempfile.TemporaryDirectory() as scratch,
        offices.gateway(Path(scratch) / "gateway") as url,
        sync_playwright() as started,
    ):
        browser = started.chromium.launch(executable_path=_browser(), args=FLAGS)
        for state in chosen:
            place = Path(scratch) / state.name
            with offices.office(place, url) as opened:
                page = browser.new_page(base_url=url, locale="id-ID")
                page.set_viewport_size({"width": 360, "height": 640})
                state.reach(page, opened, place)
                for width in widths:
                    page.set_viewport_size({"width": width, "height": 640})
                    for scheme in schemes:
                        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                        marks = [str(width), scheme] if everything else []
                        name = "-".join([state.name, *marks])
                        page.screenshot(path=folder / f"{name}.png", full_page=True)
                page.close()
        browser.close()
    click.echo(f"{len(chosen)} states in {folder}")


if __name__ == "__main__":
    main()
