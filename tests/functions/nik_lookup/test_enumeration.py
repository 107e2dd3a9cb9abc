"""Enumeration attack: 50,000 NIKs of one kecamatan with common names find almost nothing.

The gateway runs as its own process, as `manage.py serve` runs it, on SQLite. The attacker solves
real challenges (made cheap here, so that the limits are tried rather than this machine), uses the
form as well, puts four names into each question, and lies about where he is.
"""

from __future__ import annotations

import json
import os
import random
import re
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from urllib.parse import urlencode

import pytest

from shared.deployment import Deployment
from shared.platform.settings import Settings
from shared.platform.store import Write
from shared.recipients.lookup import projection, public_state
from shared.recipients.lookup.proof_of_work import question_hash
from tests.recipients.lookup.solving import solve

ROOT = Path(__file__).parents[3]
CANDIDATES = 50_000
WITH_PROOF = 3_000
PUBLISHED = 1_650
NAMES = ("SITI", "AHMAD", "NUR", "DEWI")
SENT_AT_ONCE = 50
LENGTH = re.compile(rb"\r\n[Cc]ontent-[Ll]ength: (\d+)\r\n")
# It keeps to one core: Python runs one of its threads at a time anyway, and hopping costs more.
SERVE = """
import os
import sys
from functions.local_gateway import local_gateway
from shared.deployment import current
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
local_gateway(current(), host="127.0.0.1", port=int(sys.argv[1])).run()
"""


@dataclass(frozen=True)
class Gateway:
    port: int
    log: Path
    allowance_of_address: int
    allowance_of_all: int
    listed: dict[str, str]


@pytest.fixture(scope="module")
def candidates() -> list[str]:
    """NIKs as somebody makes them up who knows how they are built."""
    chance = random.Random(20261124)
    made: dict[str, None] = {}
    while len(made) < CANDIDATES:
        day = chance.randint(1, 28) + chance.choice((0, 40))
        month, year = chance.randint(1, 12), chance.randint(40, 99)
        made[f"327309{day:02d}{month:02d}{year:02d}{chance.randint(1, 4):04d}"] = None
    return list(made)


@pytest.fixture
def gateway(tmp_path: Path, candidates: list[str]) -> Iterator[Gateway]:
    folder = tmp_path / "kelurahan"
    folder.mkdir()
    own = (ROOT / "kelurahan" / "tamansari.toml").read_text("utf-8")
    easier = own.replace("challenge_difficulty = 20000", "challenge_difficulty = 1000")
    assert easier != own
    (folder / "tamansari.toml").write_text(easier, "utf-8")
    data = tmp_path / "data"
    deployment = Deployment.embedded(Settings(data=data, kelurahan_folder=folder))
    listed = publish(deployment, candidates)
    limits = deployment.kelurahan.limits
    deployment.close()
    given = {
        "NUTERA_DATA": str(data),
        "NUTERA_KELURAHAN_FOLDER": str(folder),
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
    }
    log = tmp_path / "log"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (
        log.open("wb") as written,
        subprocess.Popen(
            [sys.executable, "-c", SERVE, str(port)],
            cwd=tmp_path,
            env=given,
            stdout=written,
            stderr=written,
        ) as process,
    ):
        try:
            wait_for(port, process, log)
            yield Gateway(port, log, limits.misses_per_address, limits.misses_overall, listed)
        finally:
            process.terminate()


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until the server listens; fails with its log where it ends before."""
    while process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    pytest.fail(log.read_text("utf-8", errors="replace"))


def publish(deployment: Deployment, candidates: Sequence[str]) -> dict[str, str]:
    """As many people as the kelurahan has recipients, spread as thinly as they are in reality."""
    chance = random.Random(7)
    key, keys, now = deployment.kelurahan.key, deployment.lookup_keys, deployment.clock()
    listed = {}
    for nik in candidates[:: CANDIDATES // PUBLISHED][:PUBLISHED]:
        listed[nik] = chance.choice((*NAMES, "ASEP", "DEDE", "RINA", "YAYAN", "EUIS", "UJANG"))
    writes = []
    for nik, name in listed.items():
        document_id, document = projection.build(
            nik, name, "", [("pkh", "2026-T4", "Aktif")], keys, key, now
        )
        writes.append(Write("set", projection.path(key, document_id), document))
    told = public_state.document(
        as_of="2026-11-20",
        source="Contoh",
        people=1,
        key_id=keys.key_id,
        sequence=1,
        published_at=now,
    )
    deployment.lookup.commit([*writes, Write("set", public_state.path(key), told)])
    return listed


class Attacker:
    """One of several hands: a connection that is kept, from an address of its own.

    It speaks HTTP by itself, and sends its forms one behind the other without waiting for answers,
    so that most of the time goes to the gateway.
    """

    def __init__(self, port: int, address: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), 60, (address, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.unread = b""

    def close(self) -> None:
        self.socket.close()

    def post(self, path: str, body: str, nik: str) -> tuple[int, bytes]:
        self.socket.sendall(request(path, body, "application/json", nik))
        return self.answer()

    def answer(self) -> tuple[int, bytes]:
        """The status and the body of the next answer."""
        head = self.read_to(lambda: self.unread.find(b"\r\n\r\n") + 4, 4)
        length = LENGTH.search(head)
        assert length is not None
        return int(head[9:12]), self.read_to(lambda: int(length[1]), int(length[1]))

    def read_to(self, end: Callable[[], int], least: int) -> bytes:
        while (at := end()) < least or len(self.unread) < at:
            received = self.socket.recv(1 << 18)
            assert received, "the gateway hung up"
            self.unread += received
        read, self.unread = self.unread[:at], self.unread[at:]
        return read

    def with_proof(self, nik: str, names: str) -> tuple[int, bytes]:
        nonce = "0" * 32
        asked = json.dumps({"question": question_hash(nonce, nik, names)})
        status, given = self.post("/api/lookup/challenge", asked, nik)
        if status != 200:
            return status, given
        proof = {"nonce": nonce, "altcha": solve(json.loads(given))}
        return self.post(
            "/api/lookup", json.dumps({"nik": nik, "name": names, "proof": proof}), nik
        )

    def by_forms(self, niks: Sequence[str], names: str) -> Iterator[tuple[int, bytes]]:
        for at in range(0, len(niks), SENT_AT_ONCE):
            some = niks[at : at + SENT_AT_ONCE]
            bodies = [urlencode({"nik": nik, "name": names}) for nik in some]
            kind = "application/x-www-form-urlencoded"
            self.socket.sendall(
                b"".join(
                    request("/api/lookup", body, kind, nik)
                    for nik, body in zip(some, bodies, strict=True)
                )
            )
            for _ in some:
                yield self.answer()


def request(path: str, body: str, kind: str, nik: str) -> bytes:
    """A request that lies about where it comes from."""
    elsewhere = f"10.{nik[6:8]}.{nik[8:10]}.{int(nik[10:12])}"
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {kind}\r\n"
        f"Accept: application/json\r\nContent-Length: {len(body)}\r\n"
        f"X-Forwarded-For: {elsewhere}\r\nX-Real-IP: {elsewhere}\r\n\r\n{body}"
    ).encode("ascii")


@dataclass
class Learned:
    """What the answers said: how many of each status, the texts of misses, the NIKs of hits."""

    statuses: Counter[int]
    misses: Counter[bytes]
    hits: set[str]

    def add(self, other: Learned) -> None:
        self.statuses.update(other.statuses)
        self.misses.update(other.misses)
        self.hits |= other.hits

    @property
    def told(self) -> int:
        return sum(self.misses.values()) + len(self.hits)


def attack(
    gateway: Gateway, candidates: Sequence[str], addresses: Sequence[str], proofs: int
) -> Learned:
    """Ask for each candidate once, over one connection for each address, the first with proofs."""
    names = " ".join(NAMES)

    def hand(address: str, own: Sequence[tuple[int, str]]) -> Learned:
        attacker = Attacker(gateway.port, address)
        learned = Learned(Counter(), Counter(), set())
        first = [nik for place, nik in own if place < proofs]
        others = [nik for place, nik in own if place >= proofs]
        answers = chain(
            (attacker.with_proof(nik, names) for nik in first), attacker.by_forms(others, names)
        )
        for nik, (status, body) in zip(first + others, answers, strict=True):
            learned.statuses[status] += 1
            if status == 200 and json.loads(body)["result"] == "listed":
                learned.hits.add(nik)
            elif status == 200:
                learned.misses[body] += 1
        attacker.close()
        return learned

    numbered = list(enumerate(candidates))
    whole = Learned(Counter(), Counter(), set())
    with ThreadPoolExecutor(8) as hands:
        parts = [(each, numbered[at :: len(addresses)]) for at, each in enumerate(addresses)]
        for one in hands.map(lambda part: hand(*part), parts):
            whole.add(one)
    return whole


@contextmanager
def asking(gateway: Gateway, address: str) -> Iterator[Attacker]:
    somebody = Attacker(gateway.port, address)
    yield somebody
    somebody.close()


def test_trying_50_000_niks_tells_no_more_than_the_allowance(
    gateway: Gateway, candidates: list[str]
) -> None:
    in_reach = gateway.listed.keys() & set(candidates)
    assert len(in_reach) == PUBLISHED
    learned = attack(gateway, candidates[:WITH_PROOF], ["127.0.0.1"] * 8, WITH_PROOF)
    learned.add(attack(gateway, candidates[WITH_PROOF:], ["127.0.0.1"], 0))

    assert sum(learned.statuses.values()) == CANDIDATES
    assert set(learned.statuses) == {200, 429}
    assert 0 < sum(learned.misses.values()) <= gateway.allowance_of_address
    assert learned.statuses[429] == CANDIDATES - learned.told
    # Nothing in a miss tells whether the NIK is on the list under another name.
    assert len(learned.misses) == 1
    # Of the people on the list he meets as many as blind guessing meets in so few tries, and only
    # by the first of the four names that he puts into each question.
    assert len(learned.hits) <= len(in_reach) // 100
    assert {gateway.listed[nik] for nik in learned.hits} <= {NAMES[0]}

    with asking(gateway, "127.0.0.1") as attacker:
        for nik, name in list(gateway.listed.items())[:20]:
            assert attacker.with_proof(nik, name)[0] == 429
    with asking(gateway, "127.0.0.2") as neighbour:
        nik, name = next(iter(gateway.listed.items()))
        status, body = neighbour.with_proof(nik, name)
        assert (status, json.loads(body)["result"]) == (200, "listed")

    log = gateway.log.read_text("utf-8", errors="replace")
    assert log.count('"nik_lookup"') > CANDIDATES // 2
    assert not any(nik in log for nik in candidates[:2000])


def test_two_hundred_addresses_share_one_ceiling_and_close_nothing_for_others(
    gateway: Gateway, candidates: list[str]
) -> None:
    addresses = [f"127.0.1.{last}" for last in range(1, 201)]
    learned = attack(gateway, candidates[:4_000], addresses, 2_000)
    # What anybody may take, a quarter of all, is gone; then each address had its own five.
    assert gateway.allowance_of_all // 4 < learned.told
    assert sum(learned.misses.values()) <= gateway.allowance_of_all // 4 + 5 * len(addresses)
    assert sum(learned.misses.values()) <= gateway.allowance_of_all
    assert learned.statuses[429] == 4_000 - learned.told
    assert len(learned.hits) <= PUBLISHED // 100
    assert "daily ceiling of failures reached" in gateway.log.read_text("utf-8", errors="replace")
    with asking(gateway, "127.0.2.1") as resident:
        nik, name = next(iter(gateway.listed.items()))
        status, body = resident.with_proof(nik, name)
        assert (status, json.loads(body)["result"]) == (200, "listed")
