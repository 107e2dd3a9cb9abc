"""The pictures of the guides for staff: `python -m tests.web.console.guide_pictures [FOLDER]`.

Into docs/panduan/gambar: the console of a made-up kelurahan, in the middle of a week.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import click
from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from shared.complaints.casework.service import Casework
from shared.complaints.model.lifecycle import Step
from shared.deployment import Deployment
from shared.platform.clock import system_clock
from shared.platform.clock import today as office_day
from shared.platform.settings import Settings
from shared.programmes.catalogue import load_catalogue
from shared.recipients.use_cases.weekly_sync import RecipientSync
from tests.conftest import _browser
from tests.recipients.office import HEADERS, row
from tests.web import office
from tests.web.build.another import OTHER
from tests.web.complaints import desk
from tests.web.conftest import FLAGS
from web import guides

WIDTH = 900
COLOURS = 96
_FIRST = ("Asep", "Dedi", "Euis", "Iin", "Jajang", "Lilis", "Nani", "Ujang", "Wawan", "Yeni")
_LAST = ("Contoh", "Umpama", "Misalnya", "Percobaan", "Rekaan", "Buatan")
_STORIES = (
    ("not-received", "Bantuan bulan November belum saya terima, padahal tetangga sudah menerima."),
    ("deduction", "Saya diminta membayar 20 ribu saat mengambil bantuan."),
    ("service", "Loket tutup sebelum jamnya, saya harus pulang dan kembali besok."),
    ("other", "Ingin tahu kapan jadwal penyaluran berikutnya di RW kami."),
)


@dataclass(frozen=True)
class Scene:
    """A page as an officer sees it. `reach` brings it into the state that the guide tells of."""

    name: str
    who: str
    reach: Callable[[Page], None]


@click.command()
@click.argument("folder", type=click.Path(path_type=Path), default=guides.GUIDES / guides.PICTURES)
def main(folder: Path) -> None:
    """Take the pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as scratch,
        office.gateway(Path(scratch) / "gateway") as url,
        sync_playwright() as started,
    ):
        place = Path(scratch)
        (place / "lengkong.toml").write_text(OTHER, "utf-8")
        settings = Settings(
            data=place / "data", kelurahan="lengkong", kelurahan_folder=place, files=str(place)
        )
        browser = started.chromium.launch(executable_path=_browser(), args=FLAGS)
        with desk.opened(settings) as deployment:
            scenes = _week(deployment, place)
            for scene in scenes:
                page = browser.new_page(base_url=url, locale="id-ID")
                page.set_viewport_size({"width": WIDTH, "height": 640})
                page.emulate_media(color_scheme="light", reduced_motion="reduce")
                if scene.who:
                    desk.sign_in(page, scene.who)
                scene.reach(page)
                _keep(page, folder / f"{scene.name}.png")
                page.close()
        browser.close()
    click.echo(f"{len(scenes)} pictures in {folder}")


def _week(deployment: Deployment, folder: Path) -> list[Scene]:
    """What lies in the console on the day of the pictures; the pictures."""
    sync = RecipientSync.of(deployment, load_catalogue())
    officers = {name: deployment.accounts.by_email(desk.email(name)) for name in desk.NAMES}
    operator, verifier = officers["operator"], officers["verifier"]
    first = _list(folder / "minggu-lalu.csv", range(240))
    today = office_day(system_clock, deployment.kelurahan.timezone)
    before = today - timedelta(days=7)
    published = sync.prepare(first, first.name, operator, as_of=before)
    sync.submit(published.id, operator)
    sync.approve(published.id, verifier)
    taken = [
        desk.complain(deployment, at, kind=kind, text=text, rw="01", nik="9101020101900007")
        for at, (kind, text) in enumerate(_STORIES)
    ]
    work, case = Casework.of(deployment), taken[0].case
    work.step(operator, case.id, Step.VERIFY, version=case.version, public="Sedang kami periksa.")
    second = _list(folder / "minggu-ini.csv", range(3, 242), (7, 21), alamat="Gg. Baru")
    waiting = sync.prepare(second, second.name, operator)
    third = _list(folder / "terlanjur.csv", range(250))
    lists, cases = "/staff/sinkronisasi", "/staff/pengaduan"
    report, person = f"{lists}/{waiting.id}", next(sync.differences(published)).id

    def submitted(page: Page) -> None:
        page.goto(report)
        page.get_by_label("keluar dari daftar").fill("Pindah dan meninggal menurut RW")
        page.get_by_role("button", name="Kirim untuk persetujuan").scroll_into_view_if_needed()

    def to_be_approved(page: Page) -> None:
        sync.submit(waiting.id, operator, "Pindah dan meninggal menurut RW")
        page.goto(report)

    def undone(page: Page) -> None:
        sync.approve(waiting.id, verifier)
        wrong = sync.prepare(third, third.name, operator)
        sync.submit(wrong.id, operator)
        sync.approve(wrong.id, verifier)
        page.goto(f"{lists}/{wrong.id}")
        page.locator("summary", has_text="Batalkan batch").click()
        page.locator("#reason-undo").fill("Berkas yang salah")
        page.locator("#password").fill(desk.PASSWORD)
        page.get_by_role("button", name="Batalkan batch").click()
        expect(page.get_by_role("status")).to_be_visible()

    def found(page: Page) -> None:
        page.goto("/staff/warga")
        page.locator("#name").fill("euis")
        page.get_by_role("button", name="Cari").click()

    def received(page: Page) -> None:
        page.goto(f"{cases}/terima-baru")
        page.locator("#kind").select_option("other")
        page.locator("#text").fill("Warga bertanya jadwal penyaluran, datang ke loket.")
        page.get_by_role("button", name="Simpan pengaduan").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Pengaduan diterima")

    def at(path: str) -> Callable[[Page], None]:
        def reach(page: Page) -> None:
            page.goto(path)

        return reach

    return [
        Scene("masuk", "", at("/staff/masuk")),
        Scene("akun", "operator", at("/staff/akun")),
        Scene("sinkronisasi", "operator", at(lists)),
        Scene("laporan", "operator", at(report)),
        Scene("perubahan", "operator", at(f"{report}/perubahan?jenis=berubah")),
        Scene("kirim", "operator", submitted),
        Scene("persetujuan", "verifier", to_be_approved),
        Scene("beranda", "verifier", at("/staff")),
        Scene("warga", "operator", found),
        Scene("warga-seorang", "verifier", at(f"/staff/warga/{person}")),
        Scene("pengaduan", "operator", at(cases)),
        Scene("pengaduan-satu", "operator", at(f"{cases}/{case.id}")),
        Scene("tanda-terima", "operator", received),
        Scene("pembatalan", "verifier", undone),
        Scene("audit", "auditor", at("/staff/audit")),
        Scene("petugas", "admin", at("/staff/petugas")),
    ]


def _list(file: Path, numbers: range, faulty: Iterable[int] = (), **changed: str) -> Path:
    """A list of made-up people; the NIK of the faulty ones lacks its last figure."""
    with file.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(HEADERS)
        for number in numbers:
            name = f"{_FIRST[number % len(_FIRST)]} {_LAST[number // len(_FIRST) % len(_LAST)]}"
            different = changed if number % 6 == 0 else {}
            cells = row(number, nama=name, rw=f"0{1 + number % 2}", **different)
            cells[:2] = [f"910102{each[6:]}" for each in cells[:2]]
            writer.writerow([cells[0][:-1] if number in faulty else cells[0], *cells[1:]])
    return file


def _keep(page: Page, file: Path) -> None:
    """The whole page in few colours, which makes a picture a third as large."""
    taken = Image.open(BytesIO(page.screenshot(full_page=True)))
    taken.convert("RGB").quantize(COLOURS).save(file, optimize=True)


if __name__ == "__main__":
    main()
