"""All attacks on one office PC at once; meanwhile residents look themselves up and complain."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import urllib3

from shared.recipients.lookup.proof_of_work import question_hash
from tests.attacks.office_pc import serving
from tests.attacks.test_slow_senders import BYTE_EVERY_SECONDS, Attack, many_open_files
from tests.complaints.pictures import repeated_scan
from tests.functions.complaint_intake.complaining import ADDRESS, BODY, new_key
from tests.recipients.lookup.solving import solve

RESIDENTS = 15
PATIENCE = 60  # a machine that does nothing else answers each within three seconds
NONCE = "0" * 32
MIB = 1024 * 1024


class Caller:
    """Somebody with an address of their own."""

    def __init__(self, port: int, address: str) -> None:
        self._site = f"http://127.0.0.1:{port}"
        self._line = urllib3.PoolManager(source_address=(address, 0), retries=False)
        self.slowest = 0.0

    def send(self, path: str, **body: object) -> tuple[int, str]:
        began = time.monotonic()
        headers = {"Accept": "application/json", "Origin": self._site}
        answer = self._line.request(
            "POST", self._site + path, headers=headers, timeout=PATIENCE, **body
        )
        self.slowest = max(self.slowest, time.monotonic() - began)
        return answer.status, answer.data.decode()

    def look_up(self, nik: str, name: str) -> tuple[int, str]:
        """Ask with a proof, as the page does: once more where it has to be a harder one."""
        asked = question_hash(NONCE, nik, name)
        answer = (0, "")
        for hard in (False, True):
            _, challenge = self.send(
                "/api/lookup/challenge", json={"question": asked, "hard": hard}
            )
            proof = {"nonce": NONCE, "altcha": solve(json.loads(challenge))}
            answer = self.send("/api/lookup", json={"nik": nik, "name": name, "proof": proof})
            if "HARDER" not in answer[1]:
                break
        return answer

    def complain(self) -> int:
        return self.send(ADDRESS, json={**BODY, "idempotency_key": new_key()})[0]


def attacks(port: int, bomb: bytes) -> list[Callable[[int], tuple[int, str]]]:
    """What strangers do again and again, each from its own addresses; the number counts."""
    filler, photographer, guesser = (Caller(port, f"127.0.4.{n}") for n in (1, 2, 3))

    def fill_the_disk(_: int) -> tuple[int, str]:
        return filler.send("/api/lookup", body=b"x" * 8 * MIB)

    def send_bombs(_: int) -> tuple[int, str]:
        fields = [*{**BODY, "idempotency_key": new_key()}.items()]
        photos = [("photos", ("IMG_1.jpg", bomb, "image/jpeg"))] * 3
        return photographer.send(ADDRESS, fields=[*fields, *photos])

    def guess_passwords(n: int) -> tuple[int, str]:
        form = {"email": f"siapa{n % 3}@contoh.example", "password": "kata-sandi-yang-keliru"}
        return guesser.send("/staff/masuk", fields=form, encode_multipart=False)

    def guess_names(n: int) -> tuple[int, str]:
        caller = Caller(port, f"127.0.5.{n % 250 + 1}")
        return caller.look_up(f"327309{n % 28 + 1:02d}0170{n % 9000:04d}", "SITI")

    return [fill_the_disk, send_bombs, guess_passwords, guess_names, guess_names]


def test_residents_are_answered_while_all_of_it_goes_on(tmp_path: Path) -> None:
    is_over, bomb, seen = threading.Event(), repeated_scan(3_000), Counter[tuple[str, int]]()
    with many_open_files(), serving(tmp_path, empty=False) as pc, ExitStack() as stack:
        many = [f"127.0.1.{number}" for number in range(1, 251)]
        dawdling = [
            stack.enter_context(closing(Attack(pc.port, of))) for of in (["127.0.0.9"], many)
        ]

        def dawdle() -> None:
            last = time.monotonic()
            while not is_over.is_set():
                for attack in dawdling:
                    attack.go_on(0.2)
                if time.monotonic() - last >= BYTE_EVERY_SECONDS:
                    last = time.monotonic()
                    for attack in dawdling:
                        attack.send_a_byte()

        def repeat(act: Callable[[int], tuple[int, str]]) -> None:
            number = 0
            while not is_over.is_set():
                number += 1
                seen[act.__name__, act(number)[0]] += 1

        with ThreadPoolExecutor(8) as pool:
            strangers = [pool.submit(dawdle)]
            strangers += [pool.submit(repeat, act) for act in attacks(pc.port, bomb)]
            try:
                waits = []
                for number in range(1, RESIDENTS + 1):
                    resident = Caller(pc.port, f"127.0.6.{number}")
                    nik = f"32730941019{number % 10}{number:04d}"
                    status, answer = resident.look_up(nik, "EUIS")
                    assert status == 200, answer
                    assert resident.complain() == 201
                    waits.append(resident.slowest)
            finally:
                is_over.set()
            for stranger in strangers:
                stranger.result()
    print(
        f"{RESIDENTS} residents, the slowest answer in {max(waits):.2f} s; strangers: {dict(seen)}"
    )
    # nobody else was let in, and each of them did try
    assert {name for name, _ in seen} == {act.__name__ for act in attacks(0, b"")}
    assert not {("guess_passwords", 200), ("fill_the_disk", 200), ("send_bombs", 201)} & set(seen)
