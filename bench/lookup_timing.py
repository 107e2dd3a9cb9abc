"""Benchmark of timing leaks: whether an answer's time tells that a NIK is on the list.

Three kinds of misses are asked by turns over kept connections to the running gateway on this very
machine, where the network blurs nothing: a NIK that isn't listed, a listed one with another name, a
temporary one. Each NIK is asked once, with a proof solved before. An attacker who sees one answer's
time guesses right with the probability "AUC" (area under the ROC curve): 0.5 is a coin.
"""

from __future__ import annotations

import json
import random
import statistics
import tempfile
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bench import serving
from shared.deployment import Deployment
from shared.platform.settings import Settings
from shared.platform.store import Write
from shared.recipients.lookup import projection, public_state
from shared.recipients.lookup.proof_of_work import question_hash
from tests.recipients.lookup.solving import solve

TRIES = 1_500
WARM_UP = 100
HANDS = 4  # connections at a time: most of an answer's time is waiting
RESAMPLES = 1_000
TELLTALE = 0.03  # an AUC further than this from 0.5 is taken for a leak
NONCE = "0" * 32
KINDS = ("not listed", "listed, other name", "temporary NIK")


def run(tries: int = TRIES) -> dict[str, Any]:
    """Return medians of each kind, and how well each is told from "not listed"."""
    with tempfile.TemporaryDirectory() as folder:
        given, niks = _prepare(Path(folder), tries + WARM_UP)
        with serving.gateway(given) as port:
            taken = _measure(port, niks)
    base = taken[KINDS[0]]
    rows, worst = [], 0.0
    for kind in KINDS:
        auc, low, high = _auc(base, taken[kind])
        if kind != KINDS[0]:
            # Zero lies in the interval, or the distance is too small to be of use.
            worst = max(worst, 0.0 if low <= 0.5 <= high else abs(auc - 0.5))
        rows.append(
            {
                "what": kind,
                "median ms": round(statistics.median(taken[kind]), 3),
                "difference, microseconds": round(
                    (statistics.median(taken[kind]) - statistics.median(base)) * 1000, 1
                ),
                "AUC against not listed": f"{auc:.3f}",
                "95 % interval": f"{low:.3f} to {high:.3f}",
            }
        )
    return {
        "id": "timing",
        "title": "Timing of lookup misses: not listed, other name, temporary NIK",
        "target": f"AUC 0.5 within its 95 % interval, or no further than {TELLTALE} from it",
        "met": worst <= TELLTALE,
        "rows": rows,
        "notes": [
            f"{tries:,} tries of each kind over {HANDS} connections to the gateway (uvicorn, "
            "SQLite), asked by turns in random order, each NIK once; bootstrap over "
            f"{RESAMPLES:,} resamples.",
            "Misses are answered a whole number of tenths of a second after they were asked.",
            "A NIK is answered at most ten misses a day, so nobody can average over more.",
        ],
    }


def _prepare(folder: Path, each: int) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Prepare a deployment with high limits; return its settings and the NIKs of each kind."""
    own = (serving.ROOT / "kelurahan" / "tamansari.toml").read_text("utf-8")
    for name, wide in (
        ("misses_per_address = 60", "misses_per_address = 100000"),
        ("misses_overall = 2000", "misses_overall = 100000"),
        ("niks_per_address = 150", "niks_per_address = 100000"),
        ("challenge_difficulty = 20000", "challenge_difficulty = 1000"),
    ):
        assert name in own
        own = own.replace(name, wide)
    (folder / "tamansari.toml").write_text(own, "utf-8")
    niks = {
        KINDS[0]: [f"32730901{m:02d}80{n:04d}" for m in range(1, 13) for n in range(1, 1000)],
        KINDS[1]: [f"32730902{m:02d}80{n:04d}" for m in range(1, 13) for n in range(1, 1000)],
        KINDS[2]: [f"03273091002{n:05d}" for n in range(1, 12_000)],
    }
    chance = random.Random(5)
    niks = {kind: chance.sample(made, each) for kind, made in niks.items()}
    deployment = Deployment.embedded(Settings(data=folder / "data", kelurahan_folder=folder))
    key, keys, now = deployment.kelurahan.key, deployment.lookup_keys, deployment.clock()
    writes = []
    for nik in niks[KINDS[1]]:
        aids = [("pkh", "2026-T4", "Aktif"), ("bpnt", "2026-11", "Aktif")]
        document_id, document = projection.build(nik, "SITI AMINAH", "", aids, keys, key, now)
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
    deployment.close()
    return {"NUTERA_DATA": str(folder / "data"), "NUTERA_KELURAHAN_FOLDER": str(folder)}, niks


def _measure(port: int, niks: dict[str, list[str]]) -> dict[str, list[float]]:
    taken: dict[str, list[float]] = {kind: [] for kind in KINDS}
    bodies: set[bytes] = set()

    def hand(number: int) -> None:
        client, chance = serving.Client(port), random.Random(number)
        own = [all_of_kind[number::HANDS] for all_of_kind in niks.values()]
        for turn, triple in enumerate(zip(*own, strict=True)):
            asked = [
                (kind, _question(client, nik)) for kind, nik in zip(KINDS, triple, strict=True)
            ]
            chance.shuffle(asked)
            for kind, body in asked:
                milliseconds, status, answer = client.timed("/api/lookup", body)
                assert status == 200
                bodies.add(answer)
                if turn >= WARM_UP // HANDS:
                    taken[kind].append(milliseconds)

    with ThreadPoolExecutor(HANDS) as hands:
        list(hands.map(hand, range(HANDS)))
    assert len(bodies) == 1, "the answers differ"
    return taken


def _question(client: serving.Client, nik: str) -> bytes:
    asked = question_hash(NONCE, nik, "DEWI")
    challenge = client.json("/api/lookup/challenge", {"question": asked})
    proof = {"nonce": NONCE, "altcha": solve(challenge)}
    return json.dumps({"nik": nik, "name": "DEWI", "proof": proof}).encode()


def _auc(base: Sequence[float], other: Sequence[float]) -> tuple[float, float, float]:
    """Return P(a time of `other` is longer than one of `base`), ties half, with an interval."""
    chance = random.Random(7)
    found = sorted(
        _area(chance.choices(base, k=len(base)), chance.choices(other, k=len(other)))
        for _ in range(RESAMPLES)
    )
    return _area(base, other), found[int(RESAMPLES * 0.025)], found[int(RESAMPLES * 0.975)]


def _area(base: Sequence[float], other: Sequence[float]) -> float:
    ordered = sorted(base)
    won = sum(bisect_left(ordered, each) + bisect_right(ordered, each) for each in other)
    return won / 2 / len(base) / len(other)


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))
