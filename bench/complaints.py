"""Benchmark of complaint intake: a thousand complaints from fifty clients, against a bare server.

The whole gateway (checks, sealing, MACs, three documents in one commit) against a bare Flask route
that writes one plain document, both under the same server, on SQLite and on the emulator. By turns,
so that a busy machine is busy for both.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench import emulator, serving
from shared.platform.crypto.keys import Keyset
from tests.complaints.intake import crowd

COMPLAINTS = 1_000
CLIENTS = 50
ROUNDS = 3
TARGET_MS = 1_000


def run(complaints: int = COMPLAINTS, rounds: int = ROUNDS) -> dict[str, Any]:
    """Return median and 95th percentile of an answer, ours and the bare one's, and the ratio."""
    with tempfile.TemporaryDirectory() as folder:
        taken = {"SQLite": _compare(Path(folder), {}, {"BARE_DATA": folder}, complaints, rounds)}
    with tempfile.TemporaryDirectory() as folder, emulator.running() as host:
        project = f"bench-{uuid.uuid4().hex[:12]}"
        ours = {
            "NUTERA_STORE": "firestore",
            "NUTERA_PROJECT": project,
            "NUTERA_REGISTRY_KEYS": Keyset.generate().secret_text(),
            "NUTERA_INTAKE_KEYS": Keyset.generate().secret_text(),
            "NUTERA_LOOKUP_KEYS": Keyset.generate().secret_text(),
            "FIRESTORE_EMULATOR_HOST": host,
        }
        bare = {"BARE_PROJECT": f"{project}-bare"[:28], "FIRESTORE_EMULATOR_HOST": host}
        taken["emulator"] = _compare(Path(folder), ours, bare, complaints, rounds)
    rows = [
        _row(f"{what}, {store}, milliseconds", how(ours), how(theirs))
        for store, (ours, theirs) in taken.items()
        for what, how in (("median", statistics.median), ("95th percentile", _p95))
    ]
    slowest = max(_p95(ours) for ours, _ in taken.values())
    return {
        "id": "f",
        "title": "A thousand complaints from fifty residents at once",
        "target": f"95th percentile of an answer under {TARGET_MS:,} ms; none lost, none twice",
        "met": slowest < TARGET_MS,
        "rows": rows,
        "notes": [
            f"{complaints:,} complaints by {CLIENTS} clients, {rounds} rounds for each, by turns; "
            "each client waits for its answer before it sends the next.",
            "The rival writes one plain document per post, without checks, seals or a receipt that "
            "can be repeated, and through the same store and server.",
            "All clients and the server share the machine's cores.",
        ],
    }


def _compare(
    folder: Path, ours: Mapping[str, str], bare: Mapping[str, str], complaints: int, rounds: int
) -> tuple[list[float], list[float]]:
    kelurahan = _generous(folder)
    given = {"NUTERA_DATA": str(folder / "data"), "NUTERA_KELURAHAN_FOLDER": str(kelurahan), **ours}
    command = [sys.executable, "-m", "bench.bare.intake"]
    taken: tuple[list[float], list[float]] = ([], [])
    with crowd.running(given, folder) as gateway, serving.running(command, bare) as bare_port:
        for turn in range(rounds + 1):
            for whose, port in enumerate((gateway.port, bare_port)):
                first = turn * complaints
                answers = crowd.post_all(port, complaints, CLIENTS, first=first)
                assert len(set(answers.tickets.values())) == complaints
                if turn:  # the first round warms up
                    taken[whose].extend(answers.milliseconds)
    return taken


def _generous(folder: Path) -> Path:
    """Write the example's kelurahan without a per-address limit: each client has one address."""
    own = (serving.ROOT / "kelurahan" / "tamansari.toml").read_text("utf-8")
    generous = own.replace("per_address_hourly = 60", "per_address_hourly = 100000")
    assert generous != own
    made = folder / "kelurahan"
    made.mkdir()
    (made / "tamansari.toml").write_text(generous, "utf-8")
    return made


def _p95(taken: list[float]) -> float:
    return statistics.quantiles(taken, n=20)[-1]


def _row(what: str, ours: float, bare: float) -> dict[str, Any]:
    return {
        "what": what,
        "complaint_intake": round(ours, 2),
        "bare": round(bare, 2),
        "ratio": round(ours / bare, 2),
    }


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))
