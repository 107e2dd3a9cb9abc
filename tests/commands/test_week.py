"""An office's week on the command line: staff, a defective list, approval, report, undo, proof."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import openpyxl

from shared import samples
from shared.kelurahan import configuration
from shared.platform.crypto import key_file
from shared.staff.accounts import Role
from tests.commands.conftest import PASSWORD, ROOT, CommandLine

OPERATOR, VERIFIER = "operator@contoh.example", "verifikator@contoh.example"
ADMIN = "admin@contoh.example"
TYPED = f"{PASSWORD}\n"


def test_a_week_on_the_command_line(manage: CommandLine, tmp_path: Path) -> None:
    made = samples.make(configuration.load("tamansari", ROOT / "kelurahan"), people=150, seed=3)
    path = tmp_path / "daftar.xlsx"
    ledger = samples.write(made, path, layout="siks")
    for email, role in ((OPERATOR, "operator"), (VERIFIER, "verifier")):
        added = manage.json(
            "staff", "add", email, "--name", "Petugas", "--role", role, "--password-stdin",
            stdin=TYPED,
        )  # fmt: skip
        assert added["role"] == role

    prepared = manage.json("sync", path, "--as", OPERATOR)
    assert not prepared["submitted"]  # in somebody's name, without their password
    batch = manage.json_as(OPERATOR, "sync", path)
    assert batch == {**prepared, "submitted": True}
    assert set(batch) == {
        "batch", "state", "added", "changed", "removed", "unchanged", "errors", "warnings",
        "submitted",
    }  # fmt: skip
    assert batch["submitted"]
    assert batch["added"] == ledger.people
    assert batch["errors"] + batch["warnings"] == sum(ledger.counts().values())
    assert manage.json_as(OPERATOR, "sync", path) == batch
    identifier = batch["batch"]

    refused = manage.json_as(OPERATOR, "batch", "approve", identifier, exit_code=2)
    assert refused["error"]["code"] == "forbidden"
    shown = manage.json("batch", "show", identifier, "--as", VERIFIER)
    assert shown["problem_counts"] == dict(sorted(ledger.counts().items()))
    why = ["--reason", "Daftar buatan untuk uji coba"]
    wrong = ["--hash", "a" * 52, *why]
    assert manage.json_as(VERIFIER, "batch", "approve", identifier, *wrong, exit_code=2)
    right = ["--hash", shown["differences_hash"], *why]
    published = manage.json_as(VERIFIER, "batch", "approve", identifier, *right)
    assert (published["state"], published["people"]) == ("published", ledger.people)

    shorter = tmp_path / "tanpa-satu.xlsx"
    samples.write(replace(made, people=made.people[:-1]), shorter, layout="siks")
    leaving = manage.json_as(OPERATOR, "sync", shorter)
    assert (leaving["removed"] > 0, leaving["submitted"]) == (True, False)
    refused = manage.json_as(VERIFIER, "batch", "approve", leaving["batch"], *why, exit_code=2)
    assert refused["error"]["code"] == "conflict"
    without = ["batch", "submit", leaving["batch"]]
    assert manage.json_as(OPERATOR, *without, exit_code=2)["error"]["code"] == "invalid-request"
    assert manage.json_as(OPERATOR, *without, *why)["submitted"]
    manage.json_as(VERIFIER, "batch", "reject", leaving["batch"], *why)
    assert manage.json_as(OPERATOR, "sync", shorter, *why)["submitted"]

    report = tmp_path / "masalah.xlsx"
    rows = manage.json_as(OPERATOR, "batch", "report", identifier, report)["rows"]
    assert rows == len(ledger.expected)
    sheet = openpyxl.load_workbook(report).worksheets[0]
    assert sheet.max_row - 1 == len(ledger.expected)

    undone = manage.json_as(VERIFIER, "batch", "undo", identifier, *why)
    assert undone["undo"] == {"reversed": ledger.people, "kept": 0, "failed": 0}
    listed = manage.json("batch", "list")["batches"]
    assert [each["state"] for each in listed] == ["published", "waiting", "rejected", "undone"]
    assert manage.json("staff", "list")["staff"][0]["active"]
    manage.hire(ADMIN, Role.ADMIN)
    assert manage.json_as(ADMIN, "staff", "end", OPERATOR)["active"] is False
    assert manage.json("sync", path, "--as", OPERATOR, exit_code=2)["error"]["code"] == "not-found"
    verdict = manage.json("audit", "verify")
    assert verdict["ok"]
    assert verdict["entries"] >= 8

    assert manage.json("register", "verify")["ok"]
    repaired = manage.json_as(VERIFIER, "register", "repair", *why)
    assert repaired["repaired"] is False

    said = "\n".join(manage.said)
    secrets = json.loads((manage.data / "keys.json").read_text()).values()
    assert not any(secret in said for secret in secrets)
    keysets = key_file.load(manage.data / "keys.json")
    for person in made.people:
        assert person.nik not in said
        assert person.name not in said
        for keys in keysets.values():
            assert keys.identifier("nik", made.kelurahan.key, person.nik) not in said


def test_whoever_is_locked_out_gets_a_new_password(manage: CommandLine) -> None:
    arguments = ["--name", "P", "--role", "admin", "--password-stdin"]
    added = manage.json("staff", "add", OPERATOR, *arguments, stdin=TYPED)
    command = ["staff", "password", OPERATOR, "--password-stdin"]
    for typed in ("", "pendek\n"):
        error = manage.json(*command, stdin=typed, exit_code=2)["error"]
        assert error["code"] == "invalid-request"
    unknown = ["staff", "password", "siapa@contoh.example", "--password-stdin"]
    assert manage.json(*unknown, stdin=TYPED, exit_code=2)["error"]["code"] == "not-found"
    new = "sepeda hijau dua belas\n"
    replaced = manage.json(*command, stdin=new)
    # nobody else is there: a day's wait for what the admin decides
    assert replaced == {"id": added["id"], "role": "admin", "confirmation": "alone"}
    assert new.strip() not in "\n".join(manage.said)


def test_what_cannot_be_done_is_told_in_one_form(manage: CommandLine, tmp_path: Path) -> None:
    bad = tmp_path / "rusak.xlsx"
    bad.write_bytes(b"bukan lembar kerja")
    manage.json(
        "staff", "add", OPERATOR, "--name", "P", "--role", "operator", "--password-stdin",
        stdin=TYPED,
    )  # fmt: skip
    proof = ["--as", OPERATOR, "--password-stdin"]
    for arguments, code in [
        (["sync", bad, "--as", OPERATOR], "HEADER_NOT_FOUND"),
        (["sync", bad, "--as", "siapa@contoh.example"], "not-found"),
        (["sync", "--source", "entah", "--as", OPERATOR], "invalid-request"),
        (["batch", "show", "abc"], "not-found"),
        (["batch", "reject", "abc", *proof, "--reason", "tidak cocok"], "not-found"),
    ]:
        error = manage.json(*arguments, stdin=f"{PASSWORD}\n\n", exit_code=2)["error"]
        assert error["code"] == code
        assert error["message"]
    assert manage.json("batch", "list") == {"batches": []}


def test_a_password_is_never_an_argument_and_never_short(manage: CommandLine) -> None:
    arguments = ["staff", "add", OPERATOR, "--name", "P", "--role", "operator"]
    assert manage.run(*arguments).returncode == 2
    arguments.append("--password-stdin")
    for password in ("", "\n", "pendek\n"):
        error = manage.json(*arguments, stdin=password, exit_code=2)["error"]
        assert error["code"] == "invalid-request"
    until = ["--role", "surveyor", "--password-stdin"]
    surveyor = ["staff", "add", OPERATOR, "--name", "P", *until]
    assert manage.json(*surveyor, stdin=TYPED, exit_code=2)["error"]
    assert manage.json(*surveyor, "--until", "2099-01-31", stdin=TYPED)["role"] == "surveyor"
