"""The command line as a person uses it: `manage.py` in its own process, on its own folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class CommandLine:
    """Runs `manage.py`; `said` is everything that was ever printed, to be searched afterwards."""

    data: Path
    said: list[str] = field(default_factory=list)

    def environment(self, **more: str) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("NUTERA_", "FIRESTORE_"))}
        return {**kept, "NUTERA_DATA": str(self.data), **more}

    def run(self, *arguments: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "manage.py", *map(str, arguments)],
            cwd=ROOT,
            env=self.environment(),
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        self.said += [done.stdout, done.stderr]
        return done

    def json(self, *arguments: str | Path, stdin: str = "", exit_code: int = 0) -> Any:
        """What a command answers with `--json`."""
        done = self.run(*arguments, "--json", stdin=stdin)
        assert done.returncode == exit_code, done.stderr
        return json.loads(done.stdout)


@pytest.fixture
def manage(tmp_path: Path) -> CommandLine:
    """The command line over an empty data folder."""
    return CommandLine(tmp_path / "data")
