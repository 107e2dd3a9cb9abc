"""One shell without passwords: `--as` alone changes, decides, reveals and exports nothing.

Over the real command line, each command in a process of its own.
"""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyotp
import pytest

from shared import samples
from shared.deployment import Deployment
from shared.kelurahan import configuration
from shared.platform.audit.log import Entry
from shared.platform.settings import Settings
from shared.staff.accounts import Role
from shared.staff.sign_in import second_factor
from shared.staff.sign_in.sign_in_limits import ACCOUNT_DELAYS
from tests.commands.conftest import PASSWORD, ROOT, CommandLine, command_line

OPERATOR, VERIFIER, ADMIN = (f"{name}@contoh.example" for name in ("operator", "verifier", "admin"))
NEW = "sepeda hijau dua belas"
WHY = ["--reason", "Daftar buatan untuk uji coba"]


@pytest.fixture
def manage(tmp_path: Path) -> CommandLine:
    """An office with an operator, a verifier and an admin."""
    made = command_line(tmp_path)
    for email, role in (
        (OPERATOR, Role.OPERATOR),
        (VERIFIER, Role.VERIFIER),
        (ADMIN, Role.ADMIN),
    ):
        made.hire(email, role)
    return made


def opened(manage: CommandLine) -> Any:
    given = Settings(data=manage.data, kelurahan_folder=manage.folder)
    return closing(Deployment.embedded(given))


def entries(manage: CommandLine) -> list[Entry]:
    with opened(manage) as deployment:
        assert deployment.audit.verify().ok
        return list(deployment.audit.entries(limit=500))


def code(manage: CommandLine, *arguments: str | Path, stdin: str = "", exit_code: int = 2) -> str:
    said = manage.json(*arguments, stdin=stdin, exit_code=exit_code)
    return str(said["error"]["code"])


def sample(tmp_path: Path) -> Path:
    path = tmp_path / "daftar.xlsx"
    made = samples.make(configuration.load("tamansari", ROOT / "kelurahan"), people=30, seed=3)
    samples.write(made, path, layout="siks")
    return path


def test_a_shell_without_passwords_publishes_nothing(manage: CommandLine, tmp_path: Path) -> None:
    path = sample(tmp_path)
    batch = manage.json("sync", path, "--as", OPERATOR)
    identifier, submitted = batch["batch"], ["batch", "submit", batch["batch"]]
    assert batch["submitted"] is False
    approved = ["batch", "approve", identifier, *WHY]
    for command, email in ((submitted, OPERATOR), (approved, VERIFIER)):
        proof = ["--as", email, "--password-stdin"]
        assert code(manage, *command, *proof) == "invalid-request"
        assert code(manage, *command, *proof, stdin="bukan kata sandinya\n\n") == "unauthenticated"
    assert manage.json("batch", "show", identifier)["submitted"] is False
    assert manage.json_as(OPERATOR, *submitted)["submitted"]
    assert manage.json("batch", "show", identifier)["state"] in ("waiting", "blocked")
    published = manage.json_as(VERIFIER, *approved)
    assert published["state"] == "published"
    told = {each.action: each.details["via"] for each in entries(manage)}
    assert told == {
        "batch.prepare": "command-line-unproved",
        "batch.submit": "command-line",
        "batch.approve": "command-line",
        "batch.publish": "command-line",
    }


def test_a_terminal_is_asked_for_the_password(manage: CommandLine) -> None:
    """Without a terminal and without the option nothing is waited for, and nothing done."""
    done = subprocess.run(
        [sys.executable, "manage.py", "batch", "reject", "abc", "--as", VERIFIER, *WHY],
        cwd=ROOT,
        env=manage.environment(),
        input="",
        capture_output=True,
        text=True,
        timeout=120,
        start_new_session=True,  # so that there is no terminal to be asked at
        check=False,
    )
    assert done.returncode != 0
    assert "Kata sandi Anda" in done.stderr


@pytest.mark.parametrize(
    ("email", "words"),
    [
        (VERIFIER, ["batch", "undo", "abc", *WHY]),
        (VERIFIER, ["batch", "reject", "abc", *WHY]),
        (VERIFIER, ["batch", "report", "abc", "masalah.xlsx"]),
        (VERIFIER, ["register", "repair", *WHY]),
        (VERIFIER, ["complaints", "list"]),
        (VERIFIER, ["complaints", "show", "X", "--identity", "Menghubungi pelapor"]),
        (VERIFIER, ["complaints", "export", "--out", "pengaduan.csv", *WHY]),
        (VERIFIER, ["complaints", "erase", "X", "--version", "1", *WHY]),
        (ADMIN, ["staff", "end", OPERATOR]),
        (ADMIN, ["staff", "role", OPERATOR, "--role", "verifier"]),
        (ADMIN, ["staff", "password", VERIFIER]),
        (ADMIN, ["staff", "add", "x@contoh.example", "--name", "X", "--role", "verifier"]),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, list) else "",
)
def test_a_wrong_password_opens_no_command(
    manage: CommandLine, email: str, words: list[str]
) -> None:
    wrong = f"bukan kata sandinya\n\n{NEW}\n"
    proof = ["--as", email, "--password-stdin"]
    assert code(manage, *words, *proof, stdin=wrong) == "unauthenticated"
    assert entries(manage) == []


def test_wrong_ones_are_counted_as_at_the_sign_in(manage: CommandLine) -> None:
    with opened(manage) as deployment:
        for _ in range(ACCOUNT_DELAYS.free - 1):
            with pytest.raises(Exception, match="unauthenticated"):
                deployment.accounts.sign_in(VERIFIER, "salah", deployment.kelurahan.key)
    command = ["batch", "reject", "abc", *WHY, "--as", VERIFIER, "--password-stdin"]
    assert code(manage, *command, stdin="salah juga\n\n") == "unauthenticated"
    assert code(manage, *command, stdin=f"{PASSWORD}\n\n") == "too-many-requests"


def test_an_account_with_an_app_needs_its_code(manage: CommandLine) -> None:
    secret = second_factor.new_secret()
    with opened(manage) as deployment:
        verifier = deployment.accounts.by_email(VERIFIER, deployment.kelurahan.key)
        now = pyotp.TOTP(secret).at(datetime.now(UTC), counter_offset=-1)
        deployment.accounts.set_second_factor(verifier, secret, now)
    command = ["batch", "reject", "abc", *WHY, "--as", VERIFIER, "--password-stdin"]
    assert code(manage, *command, stdin=f"{PASSWORD}\n\n") == "unauthenticated"
    right = pyotp.TOTP(secret).at(datetime.now(UTC), counter_offset=1)
    assert code(manage, *command, stdin=f"{PASSWORD}\n{right}\n") == "not-found"


def test_a_shell_makes_no_account_in_nobody_s_name(manage: CommandLine) -> None:
    add = ["staff", "add", "x@contoh.example", "--name", "X", "--password-stdin", "--role"]
    for role in ("verifier", "admin", "operator"):
        assert code(manage, *add, role, stdin=f"{NEW}\n") == "PASSWORD"
    for email in (VERIFIER, OPERATOR):
        reset = ["staff", "password", email, "--password-stdin"]
        assert code(manage, *reset, stdin=f"{NEW}\n") == "PASSWORD"
    assert entries(manage) == []


def test_what_an_admin_makes_by_a_shell_waits_and_has_to_be_changed(
    manage: CommandLine, tmp_path: Path
) -> None:
    path, typed = sample(tmp_path), f"{PASSWORD}\n\n{NEW}\n"
    proof = ["--as", ADMIN, "--password-stdin"]
    dua = "dua@contoh.example"
    added = manage.json(
        "staff", "add", dua, "--name", "Dua", "--role", "verifier", *proof, stdin=typed
    )
    assert added["confirmation"] == "needed"
    reset = manage.json("staff", "password", VERIFIER, *proof, stdin=typed)
    assert reset["confirmation"] == "alone"  # the new one waits as well
    batch = manage.json_as(OPERATOR, "sync", path)["batch"]
    approve = ["batch", "approve", batch, *WHY, "--as", dua, "--password-stdin"]
    assert code(manage, *approve, stdin=f"{NEW}\n\n") == "PASSWORD_CHANGE"
    own = ["staff", "password", dua, "--as", dua, "--password-stdin"]
    assert code(manage, *own, stdin=f"{NEW}\n\n{NEW}\n") == "invalid-request"
    manage.json(*own, stdin=f"{NEW}\n\n{PASSWORD}\n")
    assert code(manage, *approve, stdin=f"{PASSWORD}\n\n") == "NOT_CONFIRMED"
    assert code(manage, *own[:2], VERIFIER, *own[3:], stdin=typed) == "forbidden"
    assert manage.json("batch", "show", batch)["state"] in ("waiting", "blocked")


def test_the_first_accounts_of_an_office_need_nobody(tmp_path: Path) -> None:
    manage = command_line(tmp_path)
    add = ["staff", "add", "--name", "X", "--password-stdin"]
    for email, role in ((OPERATOR, "operator"), (ADMIN, "admin")):
        made = manage.json(*add, email, "--role", role, stdin=f"{PASSWORD}\n")
        assert made["confirmation"] is None
    assert code(manage, *add, VERIFIER, "--role", "verifier", stdin=f"{NEW}\n") == "PASSWORD"
    assert [each.details for each in entries(manage)] == [
        {"role": role, "confirmation": "first", "via": "command-line"}
        for role in ("operator", "admin")
    ]


def test_an_only_admin_without_a_password_gets_one_and_waits(tmp_path: Path) -> None:
    manage = command_line(tmp_path)
    manage.hire(ADMIN, Role.ADMIN)
    reset = ["staff", "password", ADMIN, "--password-stdin"]
    done = manage.run(*reset, "--json", stdin=f"{NEW}\n")
    assert done.returncode == 0
    assert '"severity": "ALERT"' in done.stderr
    own = ["staff", "password", ADMIN, "--as", ADMIN, "--password-stdin"]
    manage.json(*own, stdin=f"{NEW}\n\n{PASSWORD}\n")
    add = ["staff", "add", VERIFIER, "--name", "V", "--role", "verifier", "--as", ADMIN]
    typed = f"{PASSWORD}\n\n{NEW}\n"
    assert code(manage, *add, "--password-stdin", stdin=typed) == "NOT_CONFIRMED"
