"""The console behind the gateway: officers, lists as files, and ways through its screens."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from shared import deployment as deployments
from shared.complaints.intake.service import IntakeService
from shared.complaints.intake.submission import Submission
from shared.complaints.model.case import Receipt
from shared.deployment import Deployment
from shared.kelurahan.configuration import StaffRules
from shared.platform.settings import DATABASES, Settings
from shared.staff.accounts import Accounts, Role
from shared.staff.sign_in.passwords import Passwords
from tests.recipients.office import HEADERS, row

PASSWORD = "kuda-laut-biru-tujuh"
NAMES = {
    "operator": "Dewi Lestari",
    "colleague": "Asep Sunandar",
    "verifier": "Rina Marlina",
    "auditor": "Yayan Ruhian",
    "admin": "Tatang Suherman",
}
ROLES = {name: Role(name if name != "colleague" else "operator") for name in NAMES}


def email(name: str) -> str:
    """The address of one of the officers."""
    return f"{name}@contoh.example"


def hire(deployment: Deployment) -> None:
    """Give all officers an account whose password costs little to check."""
    accounts = Accounts(
        deployment.registry,
        deployment.registry_keys,
        deployment.clock,
        kelurahan_key=deployment.kelurahan.key,
        passwords=Passwords(passes=1, memory_kib=8),
        on_change=lambda: deployment.roster.write(deployment.accounts.list()),
        report=deployment.failed_sign_ins.report,
        office=(deployment.kelurahan.name,),
    )
    deployment._parts["accounts"] = accounts
    for name, shown in NAMES.items():
        accounts.add(email(name), shown, ROLES[name], deployment.kelurahan.key, PASSWORD)


@contextmanager
def opened(settings: Settings) -> Iterator[Deployment]:
    """A deployment behind the gateway of this process, with officers, for the length of a block."""
    before = deployments._current
    deployment = Deployment.from_settings(settings, needs=DATABASES)
    deployment._parts["kelurahan"] = replace(deployment.kelurahan, staff=StaffRules(()))
    deployments._current = deployment
    try:
        hire(deployment)
        yield deployment
    finally:
        deployment.close()
        deployments._current = before


def sign_in(page: Page, name: str) -> None:
    """Come in as an officer; whoever was signed in here before is so no more."""
    page.context.clear_cookies()
    page.goto("/staff/masuk")
    page.locator("#email").fill(email(name))
    page.locator("#password").fill(PASSWORD)
    page.get_by_role("button", name="Masuk").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Beranda")


def a_list(folder: Path, numbers: range, *broken: int, **changed: str) -> Path:
    """A list as a file; the NIK of the `broken` ones lacks its last figure."""
    file = folder / f"daftar-{len(list(folder.iterdir()))}.csv"
    with file.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(HEADERS)
        for number in numbers:
            cells = row(number, **changed)
            writer.writerow([cells[0][:-1], *cells[1:]] if number in broken else cells)
    return file


def bring_in(page: Page, file: Path, as_of: date | None = None) -> None:
    """Send a list, and wait for its report."""
    page.goto("/staff/sinkronisasi")
    page.locator("#file").set_input_files(file)
    if as_of is not None:
        page.locator("#as_of").fill(as_of.isoformat())
    page.get_by_role("button", name="Baca dan bandingkan").click()
    expect(page.get_by_role("heading", name="Yang berubah")).to_be_visible()


def complain(deployment: Deployment, number: int = 1, **changed: Any) -> Receipt:
    """A complaint that came over the site."""
    fields = {
        "kind": "not-received",
        "text": "Bantuan bulan ini belum saya terima, tetangga sudah.",
        "programme": "bpnt",
        "rw": "03",
        "name": "Euis Karlina",
        "nik": "3273090101900007",
        "contact": "0812 3456 7890",
        **changed,
    }
    return IntakeService.of(deployment).receive(Submission(**fields), f"desk-{number:020d}")
