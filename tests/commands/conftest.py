"""The command line as a person uses it: `manage.py` in its own process, on its own folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from shared.deployment import Deployment
from shared.platform.settings import Settings
from shared.staff.accounts import Role
from tests.kelurahan_files import without_codes

PASSWORD = "kata sandi yang panjang"
ROOT = Path(__file__).resolve().parents[2]


@dataclass
class CommandLine:
    """Runs `manage.py`; `said` is everything that was ever printed, to be searched afterwards.

    The kelurahan's file in `folder` asks no role for an app's code.
    """

    data: Path
    folder: Path
    said: list[str] = field(default_factory=list)

    def environment(self, **more: str) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("NUTERA_", "FIRESTORE_"))}
        return {
            **kept,
            "NUTERA_DATA": str(self.data),
            "NUTERA_KELURAHAN_FOLDER": str(self.folder),
            **more,
        }

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

    def json_as(
        self, email: str, *arguments: str | Path, password: str = PASSWORD, exit_code: int = 0
    ) -> Any:
        """The same for a command that an officer gives, with their password."""
        proof = ("--as", email, "--password-stdin")
        return self.json(*arguments, *proof, stdin=f"{password}\n\n", exit_code=exit_code)

    def hire(self, email: str, role: Role) -> str:
        """The id of a new account, one of the first ones of this deployment."""
        given = Settings(data=self.data, kelurahan_folder=self.folder)
        with closing(Deployment.embedded(given)) as made:
            key = made.kelurahan.key
            return made.accounts.add(email, "Petugas", role, key, PASSWORD).id


def command_line(folder: Path) -> CommandLine:
    """The command line over an empty data folder in this one."""
    return CommandLine(folder / "data", without_codes(folder / "kelurahan"))


@pytest.fixture
def manage(tmp_path: Path) -> CommandLine:
    """The command line over an empty data folder."""
    return command_line(tmp_path)
