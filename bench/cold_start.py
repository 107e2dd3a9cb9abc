"""Benchmark of cold starts: loading a public function, against its unavoidable libraries.

The rival is the smallest function that could do the job: `functions_framework` and
`google.cloud.firestore`, imported and nothing else. Ours is everything that the first request on
Google Cloud needs: the framework, the function, its store's adapter, its settings. The target is
the lookup's; the intake of complaints, which does more, stands beside it.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = 21
TARGET = 1.20

RIVAL = "import functions_framework, google.cloud.firestore"
FUNCTION = "import functions_framework, main; main.nik_lookup"
ADAPTER = "; import shared.platform.store.firestore.store"
OURS = FUNCTION + ADAPTER
INTAKE = "import functions_framework, main; main.complaint_intake" + ADAPTER
NOTHING = "pass"


def _milliseconds(code: str) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
    return (time.perf_counter() - started) * 1000


def run(rounds: int = ROUNDS) -> dict[str, Any]:
    """Return medians of alternating fresh interpreters, and the ratio of ours to the rival."""
    taken: dict[str, list[float]] = {code: [] for code in (RIVAL, OURS, FUNCTION, INTAKE, NOTHING)}
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
                (
                    "of that, before the adapter is loaded",
                    FUNCTION,
                    median[FUNCTION] / median[RIVAL],
                ),
                ("complaint_intake with its Firestore adapter", INTAKE, intake_ratio),
                ("an interpreter that imports nothing", NOTHING, median[NOTHING] / median[RIVAL]),
            )
        ],
        "notes": [
            f"Medians over {rounds} fresh interpreters of each kind, by turns; the ratio is "
            "the median of the turns' ratios. Byte code was written before.",
            "On Google Cloud the adapter is loaded at the first request, after the instance is up; "
            "it is counted here, since somebody waits for it all the same.",
        ],
    }


if __name__ == "__main__":
    import json

    print(json.dumps(run(), indent=2))
