"""`manage.py batch`: whoever is named with --as needs a role that may look."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from commands.batch import batch
from shared.deployment import Deployment
from shared.platform import settings
from shared.platform.settings import DATABASES
from shared.staff.accounts import Accounts, Role
from shared.staff.sign_in.passwords import Passwords
from tests.commands.conftest import command_line

PASSWORD = "tiga ekor kucing"


@pytest.fixture
def emails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[Role, str]:
    """An account of each role, on a PC without batches."""
    for name, value in command_line(tmp_path).environment().items():
        monkeypatch.setenv(name, value)
    for name in (
        "NUTERA_STORE",
        "NUTERA_FILES",
        "NUTERA_REGISTRY_KEYS",
        "NUTERA_INTAKE_KEYS",
        "NUTERA_LOOKUP_KEYS",
    ):
        monkeypatch.delenv(name, raising=False)
    deployment = Deployment.from_settings(settings.load(), needs=DATABASES)
    accounts = Accounts(
        deployment.registry,
        deployment.registry_keys,
        deployment.clock,
        passwords=Passwords(passes=1, memory_kib=8),
    )
    found = {role: f"{role.value}@contoh.example" for role in Role}
    for role, email in found.items():
        until = date(2099, 12, 31) if role is Role.SURVEYOR else None
        accounts.add(email, "Ani", role, deployment.kelurahan.key, PASSWORD, until)
    deployment.close()
    return found


@pytest.mark.parametrize("command", ["list", "show", "report"])
def test_a_surveyor_sees_no_batch(emails: dict[Role, str], tmp_path: Path, command: str) -> None:
    words = {
        "list": ["list"],
        "show": ["show", "abcdefghijkl"],
        "report": ["report", "abcdefghijkl", str(tmp_path / "masalah.xlsx")],
    }[command]

    def said(role: Role | None) -> str:
        who = [] if role is None else ["--as", emails[role]]
        proof = ["--password-stdin"] if command == "report" else []
        typed = f"{PASSWORD}\n\n"
        return CliRunner().invoke(batch, [*words, *who, *proof, "--json"], input=typed).stdout

    assert '"forbidden"' in said(Role.SURVEYOR)
    nobody = [] if command == "report" else [None]
    for role in (*nobody, Role.OPERATOR, Role.VERIFIER, Role.AUDITOR, Role.ADMIN):
        assert ('"batches": []' if command == "list" else '"not-found"') in said(role)
    assert not (tmp_path / "masalah.xlsx").exists()
