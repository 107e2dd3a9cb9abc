"""`manage.py serve` on a clean folder: a first start, a question, and a second start."""

from __future__ import annotations

import re
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import openpyxl
import requests

from tests.commands.conftest import ROOT, CommandLine


def test_a_first_start_makes_everything_and_a_second_keeps_it(manage: CommandLine) -> None:
    with _served(manage) as (url, said):
        passwords = re.findall(r"kata sandi: (\S+)", said)
        assert len(passwords) == 4
        assert "Akun contoh masuk tanpa kode" in said
        home = requests.get(url, timeout=10)
        assert home.status_code == 200
        assert "Cek NIK" in home.text
        assert requests.get(f"{url}/api/figures", timeout=10).json()["age_days"] == 0
        number, name = _somebody(manage.data / "daftar-contoh.xlsx")
        answer = requests.post(f"{url}/api/lookup", data={"nik": number, "name": name}, timeout=10)
        assert answer.status_code == 200
        assert number not in answer.text
        session = requests.post(
            f"{url}/api/sync/session",
            json={"email": "verifikator@contoh.test", "password": passwords[1]},
            timeout=10,
        )
        assert session.json()["role"] == "verifier"
    keys = manage.data / "keys.json"
    assert stat.S_IMODE(keys.stat().st_mode) == 0o600
    before = keys.read_bytes()
    batches = manage.json("batch", "list")
    with _served(manage) as (url, said):
        assert "kata sandi" not in said
        assert requests.get(f"{url}/api/figures", timeout=10).status_code == 200
    assert keys.read_bytes() == before
    assert manage.json("batch", "list") == batches
    assert [each["state"] for each in batches["batches"]] == ["published"]


def test_a_second_server_on_the_same_data_says_so_and_ends(manage: CommandLine) -> None:
    with _served(manage) as (url, _):
        second = manage.run("serve", "--empty")  # on the usual port
        assert second.returncode == 2
        assert "sudah berjalan dengan folder data ini" in second.stderr
        assert "Traceback" not in second.stderr
        assert requests.get(f"{url}/api/figures", timeout=10).status_code == 200


def _somebody(path: Path) -> tuple[str, str]:
    """The first person of the sample whose NIK is written as it should be."""
    rows = openpyxl.load_workbook(path).worksheets[0].iter_rows(values_only=True)
    header = next(row for row in rows if "nik" in row)
    nik, name = header.index("nik"), header.index("nama_krt")
    return next(
        (str(row[nik]), str(row[name]).split()[-1])
        for row in rows
        if re.fullmatch(r"327309\d{9}[1-9]", str(row[nik]))
    )


@contextmanager
def _served(manage: CommandLine) -> Iterator[tuple[str, str]]:
    """A server on a free port; its address, and what it printed until it was ready."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-u", "manage.py", "serve"],
        cwd=ROOT,
        env=manage.environment(PORT=str(port), NUTERA_KELURAHAN_FOLDER=str(ROOT / "kelurahan")),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    lines: list[str] = []
    started = time.monotonic()
    while "berjalan di" not in (lines[-1] if lines else ""):
        line = process.stdout.readline()
        assert line, "".join(lines)
        assert time.monotonic() - started < 120
        lines.append(line)
    try:
        yield f"http://127.0.0.1:{port}", "".join(lines)
    finally:
        process.send_signal(signal.SIGINT)  # Ctrl+C
        rest, _ = process.communicate(timeout=60)
    assert process.returncode == 0, rest
    assert "Traceback" not in rest
