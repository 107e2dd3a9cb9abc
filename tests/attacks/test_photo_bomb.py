"""Photos that take long to decode, from six connections of one address: others' photos go through.

Each is a progressive JPEG of 215 KB in 3,000 scans, which burned ten seconds of a processor.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import urllib3

from tests.complaints.intake import crowd
from tests.complaints.pictures import repeated_scan, telling
from tests.functions.complaint_intake.complaining import ADDRESS, BODY, new_key

SENDERS = 6
PATIENCE_SECONDS = 240.0


def post(port: int, address: str, photos: Sequence[bytes]) -> tuple[int, str]:
    """Send a complaint with photos from an address of this machine; return status and code."""
    fields = [*{**BODY, "idempotency_key": new_key()}.items()]
    files = [("photos", ("IMG_1.jpg", photo, "image/jpeg")) for photo in photos]
    with urllib3.PoolManager(source_address=(address, 0), retries=False) as line:
        answer = line.request(
            "POST",
            f"http://127.0.0.1:{port}{ADDRESS}",
            fields=[*fields, *files],
            headers={"Accept": "application/json"},
            timeout=PATIENCE_SECONDS,
        )
        return answer.status, json.loads(answer.data).get("code", "")


def test_six_senders_of_bombs_keep_nobody_elses_photo_out(tmp_path: Path) -> None:
    bomb, is_over, all_places_taken = repeated_scan(3_000), threading.Event(), threading.Event()
    given = {
        "NUTERA_DATA": str(tmp_path / "data"),
        "NUTERA_KELURAHAN_FOLDER": str(crowd.ROOT / "kelurahan"),
    }

    def attack(port: int) -> set[tuple[int, str]]:
        """Send one after the other, until it is over or the hour's complaints are used up."""
        answers: set[tuple[int, str]] = set()
        while not is_over.is_set() and not any(status == 429 for status, _ in answers):
            answer = post(port, "127.0.2.1", [bomb] * 3)
            answers.add(answer)
            if answer == (503, "PHOTOS_BUSY"):
                all_places_taken.set()
        return answers

    with crowd.running(given, tmp_path) as gateway, ThreadPoolExecutor(SENDERS) as pool:
        attackers = [pool.submit(attack, gateway.port) for _ in range(SENDERS)]
        try:
            assert all_places_taken.wait(PATIENCE_SECONDS)
            residents = [post(gateway.port, f"127.0.3.{n}", [telling()]) for n in range(1, 6)]
        finally:
            is_over.set()
        assert residents == [(201, "")] * 5
        answers = set().union(*(attacker.result() for attacker in attackers))
    assert (422, "PHOTO_COMPLEX") in answers
    assert {status for status, _ in answers} <= {422, 429, 503}
