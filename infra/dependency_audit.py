"""Pinned requirements against the published advisories, by pip-audit; `make audit` runs it.

Ends with 1 where a release has an advisory, and with 3 where none can be asked for: pip-audit would
then pass over every package, and that must not look like a clean audit.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import requests

ROOT = Path(__file__).resolve().parents[1]
# Of the database that pip-audit asks by default: a release that has had an advisory since 2018.
# Where it is said to have none, a mirror answers, which has packages and knows of no advisories.
_PROBE = "https://pypi.org/pypi/requests/2.19.0/json"


@click.command()
@click.option("--probe", default=_PROBE, hidden=True)
def main(probe: str) -> None:
    """Audit requirements.txt and requirements-dev.txt."""
    if not _can_be_asked(probe):
        click.echo("NOT AUDITED: no database of advisories can be reached from here.", err=True)
        sys.exit(3)
    files = [
        f"--requirement={ROOT / name}" for name in ("requirements.txt", "requirements-dev.txt")
    ]
    # everything is pinned with its hash, so nothing has to be resolved or installed
    command = ["pip_audit", "--strict", "--require-hashes", "--disable-pip", *files]
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, check=False)  # noqa: S603
    sys.exit(done.returncode)


def _can_be_asked(address: str) -> bool:
    try:
        answer = requests.get(address, timeout=20)
        return answer.status_code == 200 and bool(answer.json()["vulnerabilities"])
    except (requests.RequestException, ValueError, KeyError, TypeError):
        return False


if __name__ == "__main__":
    main()
