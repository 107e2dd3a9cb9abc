"""Runs of infra/deploy.sh with programs that fail, or keep what they are given."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra import alert_policies

ROOT = Path(__file__).resolve().parents[1]
PROJECT = "nutera-uji"
FUNCTIONS = sorted(path.parent.name for path in (ROOT / "functions").glob("*/main.py"))
NECESSARY: dict[str, str | int] = {
    "project": PROJECT,
    "kelurahan": "tamansari",
    "region": "asia-southeast2",
    "alarm_email": "pengelola@contoh.example",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The project, with a kelurahan whose source a function can reach."""
    root = tmp_path / "tree"
    root.mkdir()
    for name in ("functions", "shared", "docs", "firebase.json", "main.py"):
        (root / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "infra", root / "infra", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "kelurahan", root / "kelurahan")
    with (root / "kelurahan/tamansari.toml").open("a", encoding="utf-8") as file:
        file.write('\n[sources.kotak]\nkind = "folder"\nlocation = "gs://nutera-uji-kotak/masuk"\n')
        file.write(
            '\n[sources.lembar]\nkind = "sheet"\nlocation = "contoh-lembar-daftar-mingguan"\n'
        )
    return root


def script(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n", "utf-8")
    path.chmod(0o755)


def deploy(
    root: Path, programs: Path, *options: str, **settings: str | int
) -> subprocess.CompletedProcess[str]:
    """Run the script for a deployment with these settings beside the necessary ones."""
    given = {**NECESSARY, **settings}
    lines = [f"{name} = {json.dumps(value)}" for name, value in given.items() if value != ""]
    (root / "infra/deployments/uji.toml").write_text("\n".join(lines), "utf-8")
    command = ["bash", "infra/deploy.sh", "infra/deployments/uji.toml", *options]
    python = programs / "python"
    environment = {
        "PATH": f"{programs}{os.pathsep}/usr/bin{os.pathsep}/bin",
        "PYTHON": str(python) if python.exists() else sys.executable,
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)


@pytest.fixture
def failing(tmp_path: Path) -> Path:
    """Programs on the PATH that note that they were run, and fail."""
    programs = tmp_path / "failing"
    programs.mkdir()
    for name in ("gcloud", "firebase"):
        script(programs / name, f'echo "{name} $*" >> "{tmp_path}/was-run"; exit 9')
    return programs


@pytest.fixture
def printed(tree: Path, failing: Path, tmp_path: Path) -> list[list[str]]:
    """The words of every command of a dry run with a weekly source."""
    done = deploy(tree, failing, source="kotak", billing_account="0A1B2C-000000-000000")
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "was-run").exists()
    return commands(done.stdout)


def commands(output: str) -> list[list[str]]:
    found = [shlex.split(line) for line in output.splitlines() if line and line[0] != "#"]
    assert found
    return found


def flag(words: list[str], name: str) -> str:
    values = [word.partition("=")[2] for word in words if word.startswith(f"--{name}=")]
    assert len(values) == 1, (name, words)
    return values[0]


def of(commands: list[list[str]], *start: str) -> list[list[str]]:
    return [words for words in commands if words[: len(start)] == list(start)]


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """gcloud, firebase and `manage.py` that note their words and input; nothing is there yet.

    A file in `there/` named after a listing is what that listing prints; `policy` is that of
    nik-lookup.
    """
    programs, there = tmp_path / "recording", tmp_path / "there"
    programs.mkdir()
    there.mkdir()
    note = f"""name=$(basename "$0"); printf '%s\\n' "$name $*" >> "{tmp_path}/was-run"
"""
    script(programs / "firebase", note)
    script(
        programs / "gcloud",
        note
        + f"""case "$*" in
            *--data-file=-*) cat > "{tmp_path}/key-$4" ;;
            "projects describe"*) echo 123456789 ;;
            "scheduler jobs list"*--format=json) cat "{there}/jobs.json" 2>/dev/null ;;
            "beta monitoring channels create"*) echo projects/{PROJECT}/notificationChannels/7 ;;
            "monitoring uptime list-configs"*) cat "{there}/uptime" 2>/dev/null ;;
            "run services get-iam-policy"*)
                cat "{there}/callers" 2>/dev/null ||
                    echo "serviceAccount:$4-scheduler@{PROJECT}.iam.gserviceaccount.com" ;;
            "projects get-iam-policy"*members=serviceAccount:nik-lookup@*)
                cat "{there}/policy" 2>/dev/null ;;
            "secrets versions access latest --secret=NUTERA_REGISTRY_KEYS "*)
                cat "{there}/registry-keys" ;;
            "secrets versions access latest --secret=NUTERA_INTAKE_KEYS "*)
                cat "{tmp_path}/key-NUTERA_INTAKE_KEYS" 2>/dev/null ;;
            "storage buckets get-iam-policy"*)
                cat "{there}/$(basename "$4")-policy" 2>/dev/null ;;
            "secrets get-iam-policy NUTERA_REGISTRY_KEYS "*complaint-intake*)
                cat "{there}/key-policy" 2>/dev/null ;;
            "secrets versions list"*)
                cat "{there}/versions-$4" "{there}/secrets-versions" 2>/dev/null ;;
            *" list "*) cat "{there}/$1-$2" 2>/dev/null ;;
        esac; true""",
    )
    script(
        programs / "python",
        f"""case "$1" in manage.py) {note} ;; *) exec "{sys.executable}" "$@" ;; esac""",
    )
    return programs


def all_there(there: Path) -> None:
    names = [name.replace("_", "-") for name in FUNCTIONS]
    names += ["weekly-sync-scheduler", "housekeeping-scheduler", "nutera-build"]
    accounts = "".join(f"{name}@{PROJECT}.iam.gserviceaccount.com\n" for name in names)
    (there / "iam-service-accounts").write_text(accounts, "utf-8")
    (there / "secrets-list").write_text(
        "NUTERA_INTAKE_KEYS\nNUTERA_LOOKUP_KEYS\nNUTERA_REGISTRY_KEYS\n", "utf-8"
    )
    (there / "secrets-versions").write_text("1\n", "utf-8")
    (there / "firestore-databases").write_text("intake\nlookup\nregistry\n", "utf-8")
    (there / "storage-buckets").write_text(f"{PROJECT}-files\n{PROJECT}-backups\n", "utf-8")
    (there / "firestore-backups").write_text("harian\n", "utf-8")
    (there / "beta-monitoring").write_text(f"projects/{PROJECT}/notificationChannels/7\n", "utf-8")
    policies = [
        {"name": f"projects/{PROJECT}/alertPolicies/{number}", "userLabels": {"nutera": name}}
        for number, (name, _) in enumerate(alert_policies.policies())
    ]
    (there / "alpha-monitoring").write_text(json.dumps(policies), "utf-8")
    hosts = [
        f"{name}-123456789.asia-southeast2.run.app/ready"
        for name in ("nik-lookup", "complaint-intake", "staff-console")
    ]
    titles = [f"MY NUTERA: {address}" for address in ("my-nutera.example/", *hosts)]
    (there / "uptime").write_text("\n".join(titles), "utf-8")
    (there / "billing-budgets").write_text(f"MY NUTERA {PROJECT}\n", "utf-8")
    (there / "scheduler-jobs").write_text("housekeeping\nweekly-sync\n", "utf-8")
