"""Benchmark of cold starts: loading a public function, against its unavoidable libraries.

The rival is the smallest function that could do the job: `functions_framework` and
`google.cloud.firestore`, imported and nothing else. Ours is everything that the first request on
Google Cloud needs: the framework, the function, its settings, its store's adapter. The target is
the lookup's; the intake of complaints, which does more, stands beside it.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from shared.platform.crypto.keys import Keyset

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = 21
TARGET = 1.20

RIVAL = "import functions_framework, google.cloud.firestore"
OURS = "import functions_framework, main; main.nik_lookup"
INTAKE = "import functions_framework, main; main.complaint_intake"
NOTHING = "pass"

ON_FIRESTORE = os.environ | {
    "NUTERA_STORE": "firestore",
    "NUTERA_PROJECT": "bench",
    "NUTERA_LOOKUP_KEYS": Keyset.generate().secret_text(),
    "NUTERA_INTAKE_KEYS": Keyset.generate().secret_text(),
}


def _milliseconds(code: str) -> float:
    # without an interpreter's taking down, which no cold start waits for
    code += "; import os; os._exit(0)"
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=ON_FIRESTORE, check=True)
    return (time.perf_counter() - started) * 1000


def run(rounds: int = ROUNDS) -> dict[str, Any]:
    """Return medians of alternating fresh interpreters, and the ratio of ours to the rival."""
    taken: dict[str, list[float]] = {code: [] for code in (RIVAL, OURS, INTAKE, NOTHING)}
    for code in taken:  # byte code is written, files are in the page cache
        _milliseconds(code)
    for turn in range(rounds):
        order = list(taken) if turn % 2 else list(taken)[::-1]
        for code in order:
            taken[code].append(_milliseconds(code))
    median = {code: statistics.median(all_taken) for code, all_taken in taken.items()}
    ratio = statistics.median(
        ours / rival for ours, rival in zip(taken[OURS], taken[RIVAL], strict=True)
    )
    intake_ratio = statistics.median(
        intake / rival for intake, rival in zip(taken[INTAKE], taken[RIVAL], strict=True)
    )
    return {
        "id": "d",
        "title": "Cold start: a fresh interpreter loads a public function",
        "target": f"nik_lookup at most {TARGET} times functions_framework + google.cloud.firestore",
        "met": ratio <= TARGET,
        "rows": [
            {"what": what, "milliseconds": round(median[code], 1), "ratio": round(times, 2)}
            for what, code, times in (
                ("functions_framework + google.cloud.firestore", RIVAL, 1.0),
                ("nik_lookup with its Firestore adapter", OURS, ratio),
                ("complaint_intake with its Firestore adapter", INTAKE, intake_ratio),
                ("an interpreter that imports nothing", NOTHING, median[NOTHING] / median[RIVAL]),
            )
        ],
        "notes": [
            f"Medians over {rounds} fresh interpreters of each kind, by turns; the ratio is "
            "the median of the turns' ratios. Byte code was written before.",
            "Settings are those of Google Cloud, so the function loads its adapter with itself. "
            "The interpreters end at once, so that taking them down is not counted.",
        ],
    }


if __name__ == "__main__":
    import json

    print(json.dumps(run(), indent=2))
