"""Runs every benchmark, or the named ones, and writes the results into docs/benchmarks.md.

A bench is a module of this package with `run() -> dict`: id, title, rows (each a dict with the
same keys), target (text), met (bool) and notes (list of sentences).
"""

from __future__ import annotations

import importlib
import json
import platform
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "benchmarks.md"
RESULTS = ROOT / "docs" / "benchmarks.json"
BENCHES = (
    "lookup",
    "lookup_timing",
    "sync",
    "checking",
    "cold_start",
    "complaints",
    "console",
    "site",
)


def main(names: list[str]) -> int:
    """Run the benchmarks and write the page.

    Return 0 also where a target is missed: the page says so.
    """
    kept: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for name in names or BENCHES:
        if name not in BENCHES:
            print(f"no such bench: {name} (there are {', '.join(BENCHES)})")
            return 2
        print(f"{name} ...", flush=True)
        started = time.perf_counter()
        result = importlib.import_module(f"bench.{name}").run()
        took = time.perf_counter() - started
        result["measured"] = datetime.now(UTC).date().isoformat()
        kept[name] = _rounded(result)
        print(f"{name}: {'met' if result['met'] else 'MISSED'} ({took:.0f} s)", flush=True)
        print(_table(result["rows"]), flush=True)
        RESULTS.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
        PAGE.write_text(_page(kept))
    return 0


def _rounded(value: Any) -> Any:
    """Return the same with figures rounded to what can be told from noise."""
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, dict):
        return {name: _rounded(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(each) for each in value]
    return value


def _page(results: dict[str, Any]) -> str:
    parts = [
        "# Benchmarks",
        "",
        "Written by `make bench`. Each figure is compared with its rival in the same run, since "
        "machines differ and are noisy: read the ratios. The last run was on "
        f"Python {platform.python_version()}, {platform.machine()}.",
    ]
    for name in BENCHES:
        if name not in results:
            continue
        result = results[name]
        parts += ["", f"## {result['title']}", "", f"Target: {result['target']}. "]
        parts[-1] += "**Met.**" if result["met"] else "**Missed.**"
        parts += [f"Measured {result['measured']}: `make bench BENCH={name}`.", ""]
        parts += [_table(result["rows"])]
        if result["notes"]:
            parts += ["", *(f"- {note}" for note in result["notes"])]
    return "\n".join(parts) + "\n"


def _table(rows: list[dict[str, Any]]) -> str:
    columns = list(rows[0])
    lines = ["| " + " | ".join(columns) + " |", "|" + " --- |" * len(columns)]
    lines += ["| " + " | ".join(_cell(row.get(each)) for each in columns) + " |" for row in rows]
    return "\n".join(lines)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.2f}" if value >= 0.1 else f"{value:.4f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
