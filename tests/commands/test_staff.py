"""`manage.py staff password`: the way back in for an only admin who is locked out."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from commands.deployment_context import COMMAND_LINE
from commands.staff import staff
from shared.deployment import Deployment
from shared.platform import settings
from shared.platform.errors import TooManyRequests, Unauthenticated
from shared.platform.settings import DATABASES
from shared.staff.accounts import Role
from shared.staff.sign_in.sign_in_limits import ACCOUNT_DELAYS
from tests.commands.conftest import command_line

EMAIL, OLD, NEW = "admin@contoh.example", "tiga ekor kucing hitam", "sepeda hijau dua belas"


def test_the_only_admin_who_is_locked_out_types_a_new_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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
    key, accounts = deployment.kelurahan.key, deployment.accounts
    added = accounts.add(EMAIL, "Ani", Role.ADMIN, key, OLD)
    session = deployment.sessions.issue(added).token

    def is_kept_waiting() -> None:
        for _ in range(ACCOUNT_DELAYS.free):
            with pytest.raises(Unauthenticated):
                accounts.sign_in(EMAIL, "bukan kata sandinya", key)
        with pytest.raises(TooManyRequests):
            accounts.sign_in(EMAIL, OLD, key)

    is_kept_waiting()
    assert CliRunner().invoke(staff, ["unlock", EMAIL]).exit_code == 0
    assert accounts.sign_in(EMAIL, OLD, key) == added
    is_kept_waiting()
    differing = CliRunner().invoke(staff, ["password", EMAIL], input=f"{NEW}\nlain\n")
    assert differing.exit_code != 0
    done = CliRunner().invoke(staff, ["password", EMAIL], input=f"{NEW}\n{NEW}\n")
    assert done.exit_code == 0, done.output
    assert NEW not in done.output

    assert accounts.sign_in(EMAIL, NEW, key) == added
    with pytest.raises(Unauthenticated):
        deployment.sessions.read(session)
    told = [(each.actor, each.action) for each in deployment.audit.newest(subject=added.id)]
    assert told == [
        (COMMAND_LINE, "staff.password"),
        ("visitor", "staff.sign-in-failed"),
        (COMMAND_LINE, "staff.unlock"),
        ("visitor", "staff.sign-in-failed"),
    ]
    deployment.close()
