"""What goes wrong around a command is told in one sentence, never as a traceback."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from commands.deployment_context import opened
from shared.platform import logs
from tests.commands.conftest import ROOT, CommandLine

OPERATOR = "operator@contoh.example"


def _begin(manage: CommandLine) -> None:
    manage.json(
        "staff", "add", OPERATOR, "--name", "P", "--role", "operator", "--password-stdin",
        stdin="kata sandi yang panjang\n",
    )  # fmt: skip


@pytest.mark.parametrize(
    "command", [["audit", "verify"], ["batch", "list"], ["staff", "list"], ["register", "verify"]]
)
def test_a_mistyped_data_folder_does_not_pass_for_a_whole_one(
    manage: CommandLine, command: list[str]
) -> None:
    assert manage.json(*command, exit_code=2)["error"]["code"] == "not-found"
    assert not manage.data.exists()


def test_a_data_folder_that_is_a_file_is_told(manage: CommandLine) -> None:
    manage.data.write_text("bukan folder")
    error = manage.run(
        "staff", "add", OPERATOR, "--name", "P", "--role", "operator", "--password-stdin",
        "--json", stdin="kata sandi yang panjang\n",
    )  # fmt: skip
    assert error.returncode == 2
    assert json.loads(error.stdout)["error"]["code"] == "system"


def test_keys_that_are_gone_are_not_made_anew(manage: CommandLine) -> None:
    _begin(manage)
    (manage.data / "keys.json").unlink()
    error = manage.json("staff", "list", exit_code=2)["error"]
    assert error["code"] == "settings-invalid"
    assert "hilang" in error["message"]
    assert not (manage.data / "keys.json").exists()


def test_a_file_that_is_not_there_is_told(manage: CommandLine, tmp_path: Path) -> None:
    _begin(manage)
    missing = tmp_path / "tidak-ada.xlsx"
    error = manage.json("sync", missing, "--as", OPERATOR, exit_code=2)["error"]
    assert error["code"] == "FILE_UNREADABLE"


def test_a_port_that_is_taken_costs_no_passwords(manage: CommandLine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = subprocess.run(
            [sys.executable, "manage.py", "serve"],
            cwd=ROOT,
            env=manage.environment(PORT=str(taken.getsockname()[1])),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 2
    assert "PORT" in done.stderr
    assert "Traceback" not in done.stderr
    assert "kata sandi" not in done.stdout


def test_what_is_logged_is_no_part_of_an_answer(
    manage: CommandLine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NUTERA_DATA", str(manage.data))
    with opened(may_begin=True):
        logs.event("complaints are damaged", severity="ALERT", count=1)
    said = capsys.readouterr()
    assert said.out == ""
    assert json.loads(said.err)["message"] == "complaints are damaged"
