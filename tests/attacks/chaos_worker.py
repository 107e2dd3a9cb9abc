"""A process of the chaos drill: does one kind of work over and over, until it is killed.

Arguments: kind of work, folder, settings as JSON, when the drill began (seconds), how much quicker
its clock goes than that of the wall. A dot in <kind>.steps for each step; what should never happen
goes to <kind>.fault.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import sys
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shared.complaints.intake.service import IntakeService
from shared.deployment import Deployment
from shared.housekeeping.daily_run import Daily
from shared.platform.clock import Clock
from shared.platform.errors import Conflict
from shared.platform.settings import DATABASES, Settings
from shared.programmes.catalogue import load_catalogue
from shared.recipients.model.batch import State
from shared.recipients.use_cases.weekly_sync import RecipientSync
from shared.staff.accounts import Role, Staff
from tests.complaints.office import typed
from tests.complaints.pictures import telling
from tests.recipients.office import row

PEOPLE = 240
WORK = ("sync", "approvals", "complaints", "housekeeping")
_NEVER = {"PUBLICATION_STUCK", "REGISTER_DAMAGED", "PROJECTION_BEHIND", "IDEMPOTENCY_KEY_USED"}
_SETTLED = {"data", "kelurahan_folder"}


def quick_clock(began: float, speed: float) -> Clock:
    """A clock that all processes share."""
    return lambda: datetime.fromtimestamp(began + (time.time() - began) * speed, UTC)


def opened(given: dict[str, Any], clock: Clock) -> Deployment:
    """The deployment of the drill, from its settings as JSON."""
    paths = {name: Path(given[name]) for name in _SETTLED}
    return Deployment.from_settings(Settings(**{**given, **paths}), needs=DATABASES, clock=clock)


def officer(deployment: Deployment, role: Role) -> Staff:
    return Staff(f"{role.value}-1", role.value.title(), role, deployment.kelurahan.key)


def write_list(path: Path, number: int) -> Path:
    """A list in which, by its number, some have moved, some have come and some have gone."""
    start = number % 5 * 10
    header = "NIK,No KK,Nama,RW,RT,Alamat,Program,Periode,Status"
    rows = (row(n, rt=f"{1 + (n + number) % 9:02d}") for n in range(start, start + PEOPLE))
    path.write_text("\n".join([header, *map(",".join, rows)]) + "\n", "utf-8")
    return path


def sync(deployment: Deployment, folder: Path) -> None:
    """Bring in a list, and send it to the second officer."""
    work = RecipientSync.of(deployment, load_catalogue())
    operator = officer(deployment, Role.OPERATOR)
    path = write_list(folder / f"list-{os.getpid()}.csv", random.randrange(1_000))
    batch = work.prepare(path, path.name, operator)
    if batch.state in (State.WAITING, State.BLOCKED):
        work.submit(batch.id, operator, "Hasil pemutakhiran bulan ini")


def approvals(deployment: Deployment, _: Path) -> None:
    """Approve what waits, the newest first."""
    work = RecipientSync.of(deployment, load_catalogue())
    for batch in work.waiting(3):
        if batch.submitted_at is not None:
            work.approve(batch.id, officer(deployment, Role.VERIFIER), "Disetujui untuk uji coba")


def complaints(deployment: Deployment, folder: Path) -> None:
    """Hand in a complaint, every third with a photo; the key is written down before it is sent.

    What was written down and got no answer is sent again first.
    """
    keys, answers = folder / "keys", folder / "answers"
    sent = _lines(keys)
    told = lines_of(answers)
    for key in [each for each in sent if each not in told] or [f"chaos-key-{len(sent):08d}"]:
        if key not in sent:
            note(keys, key)
        receipt = hand_in(deployment, folder, key)
        note(answers, f"{key} {receipt}")


def hand_in(deployment: Deployment, folder: Path, key: str) -> str:
    """Send the complaint of a key; return its number."""
    photo = folder / "photo.jpg"
    if not photo.exists():
        photo.write_bytes(telling())
    photos = [photo] if int(key.rpartition("-")[2]) % 3 == 0 else []
    text = f"Bantuan bulan ini belum saya terima. Kunci {key.rpartition('-')[2]}."
    return IntakeService.of(deployment).receive(typed(text=text), key, photos).ticket


def housekeeping(deployment: Deployment, _: Path) -> None:
    """The daily run."""
    report = Daily.of(deployment).run()
    if report.failed:
        raise RuntimeError(f"failed: {report.failed}")


def lines_of(path: Path) -> dict[str, str]:
    """The pairs of a file of answers."""
    return dict(line.split() for line in _lines(path))


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines() if path.exists() else []


def note(path: Path, line: str) -> None:
    """Add a line, in one write: a kill comes before or after it."""
    with path.open("ab", buffering=0) as file:
        file.write(f"{line}\n".encode())


def main(kind: str, folder: str, given: str, began: str, speed: str) -> None:
    work: Callable[[Deployment, Path], None] = globals()[kind]
    place = Path(folder)
    deployment = opened(json.loads(given), quick_clock(float(began), float(speed)))
    for _ in itertools.count():
        try:
            work(deployment, place)
        except Conflict as error:  # others were quicker, or a lease of the dead is in the way
            if error.code in _NEVER:
                note(place / f"{kind}.fault", str(error))
        except Exception:
            note(place / f"{kind}.fault", traceback.format_exc())
        note(place / f"{kind}.steps", ".")


if __name__ == "__main__":
    main(*sys.argv[1:])
