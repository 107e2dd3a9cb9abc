"""`manage.py complaints`: an officer's work on complaints, on both stores."""

from __future__ import annotations

import csv
import json
import os
import stat
import subprocess
import sys
import uuid
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner

from commands.complaints.group import complaints
from shared.complaints.intake.service import IntakeService
from shared.complaints.intake.submission import Submission
from shared.complaints.model.case import Receipt
from shared.complaints.model.lifecycle import Step
from shared.deployment import Deployment
from shared.platform import settings
from shared.platform.crypto.keys import Keyset
from shared.platform.settings import DATABASES
from shared.platform.spreadsheet_cells import neutral, neutral_in_csv
from shared.staff.accounts import Accounts, Role, Staff
from shared.staff.sign_in.passwords import Passwords
from tests.commands.conftest import ROOT, command_line

CHEAP = {"passes": 1, "memory_kib": 8}
PASSWORD = "tiga ekor kucing"
NIK = "3273090101900007"
WHY = ["--reason", "Laporan bulanan"]
ANSWER = ["--public", "Sudah diperiksa dan diselesaikan."]
PEOPLE = {
    "operator": ("Dewi Lestari", Role.OPERATOR),
    "colleague": ("Asep Sunandar", Role.OPERATOR),
    "verifier": ("Rina Marlina", Role.VERIFIER),
    "auditor": ("Yayan Ruhian", Role.AUDITOR),
    "surveyor": ("Ujang Koswara", Role.SURVEYOR),
    "admin": ("Tatang Suherman", Role.ADMIN),
}
TYPED = Submission(
    kind="not-received",
    text="Bantuan bulan ini belum saya terima.",
    programme="bpnt",
    rw="03",
    rt="02",
    name="Euis Karlina",
    nik=NIK,
    contact="0812 3456 7890",
)
_ONE_AT_A_TIME = """
import sys
from commands.complaints.group import complaints
print("ready", flush=True)
sys.stdin.readline()
complaints(sys.argv[1:])
"""


class Counter:
    """The officers of a kelurahan at their command line, and residents at the desk."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.said: list[str] = []
        self.deployment = Deployment.from_settings(settings.load(), needs=DATABASES)
        self.desk = IntakeService.of(self.deployment)
        self.staff: dict[str, Staff] = {}
        deployment = self.deployment
        accounts = Accounts(
            deployment.registry,
            deployment.registry_keys,
            deployment.clock,
            passwords=Passwords(**CHEAP),
            on_change=lambda: deployment.roster.write(deployment.accounts.list()),
        )
        for who, (name, role) in PEOPLE.items():
            until = date(2099, 12, 31) if role is Role.SURVEYOR else None
            self.staff[who] = accounts.add(
                self.email(who), name, role, deployment.kelurahan.key, PASSWORD, until
            )

    def email(self, who: str) -> str:
        return f"{who}@contoh.example"

    def receive(self, **changed: Any) -> Receipt:
        given = {name: getattr(TYPED, name) for name in TYPED.__slots__} | changed
        return self.desk.receive(Submission(**given), uuid.uuid4().hex)

    def run(self, who: str, *words: str | Path, exit_code: int = 0) -> str:
        arguments = [*map(str, words), "--as", self.email(who), "--password-stdin"]
        typed = f"{PASSWORD}\n\n"
        done = CliRunner().invoke(complaints, arguments, input=typed, catch_exceptions=False)
        self.said.append(done.output)
        assert done.exit_code == exit_code, done.output
        return done.output

    def json(self, who: str, *words: str | Path, exit_code: int = 0) -> Any:
        return json.loads(self.run(who, *words, "--json", exit_code=exit_code))

    def refused(self, who: str, *words: str | Path) -> str:
        code: str = self.json(who, *words, exit_code=2)["error"]["code"]
        return code

    def version(self, receipt: Receipt) -> list[str]:
        status = self.desk.status(receipt.ticket, receipt.secret)
        return ["--version", str(status.case.version)]

    def closed(self, receipt: Receipt, who: str = "operator") -> None:
        ticket = receipt.ticket
        self.json(who, "step", ticket, "verify", *self.version(receipt))
        close = ["step", ticket, "close", *self.version(receipt), "--outcome", "unproven"]
        self.json(who, *close, *ANSWER)

    def damage(self, receipt: Receipt) -> None:
        """What somebody does who can write to the database, and hasn't its keys."""
        key = self.deployment.kelurahan.key
        path = f"kelurahan/{key}/complaints/{receipt.case.id}"
        self.deployment.intake.update(path, {"rt": "09"})

    def actions(self) -> list[tuple[str, str]]:
        return [(e.actor, e.action) for e in self.deployment.audit.entries(limit=500)]


_STORES = ["sqlite", pytest.param("firestore", marks=pytest.mark.emulator)]


@pytest.fixture(params=_STORES)
def counter(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Counter]:
    """A kelurahan with six officers: the test runs once on SQLite and once on Firestore."""
    address = request.getfixturevalue("emulator") if request.param == "firestore" else ""
    for name in [each for each in os.environ if each.startswith(("NUTERA_", "FIRESTORE_"))]:
        monkeypatch.delenv(name)
    given = command_line(tmp_path).environment()
    if request.param == "firestore":
        given |= {
            "FIRESTORE_EMULATOR_HOST": address,
            "NUTERA_STORE": "firestore",
            "NUTERA_PROJECT": f"test-{uuid.uuid4().hex[:20]}",
            "NUTERA_REGISTRY_KEYS": Keyset.generate().secret_text(),
            "NUTERA_INTAKE_KEYS": Keyset.generate().secret_text(),
            "NUTERA_LOOKUP_KEYS": Keyset.generate().secret_text(),
            "NUTERA_FILES": str(tmp_path / "files"),
        }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    for cost, figure in CHEAP.items():  # each command asks for the password
        monkeypatch.setitem(Passwords.__init__.__kwdefaults__, cost, figure)
    made = Counter(given)
    yield made
    verdict = made.deployment.audit.verify()
    made.deployment.close()
    assert verdict.ok


def test_a_complaint_from_the_queue_to_its_answer(counter: Counter) -> None:
    receipt = counter.receive()
    ticket = receipt.ticket
    listed = counter.json("operator", "list")
    assert listed["has_more"] is False
    (one,) = listed["complaints"]
    assert (one["ticket"], one["kind"], one["state"]) == (ticket, "not-received", "new")
    assert (one["rw"], one["days_late"], one["level"], one["handler"]) == ("03", 0, 0, "")
    assert counter.actions() == []

    shown = counter.json("operator", "show", ticket)
    assert shown["text"] == TYPED.text
    assert shown["identity"] is None
    assert shown["next_steps"] == ["verify", "note", "assign"]
    verified = counter.json("operator", "step", ticket, "verify", "--version", "1")
    assert (verified["state"], verified["version"]) == ("verified", 2)
    assert verified["handler"] == counter.staff["operator"].id
    note = ["note", ticket, "--version", "2", "--internal", "Ditelepon, tidak diangkat."]
    assert counter.json("operator", *note)["version"] == 3
    to = ["--to", counter.email("colleague"), "--version", "3", "--why", "Cuti."]
    assert (
        counter.json("operator", "assign", ticket, *to)["handler"] == counter.staff["colleague"].id
    )
    acted = counter.json("colleague", "step", ticket, "act", "--version", "4", "--field-check")
    assert acted["state"] == "in-progress"
    assert acted["due_at"] > verified["due_at"]
    close = ["step", ticket, "close", "--version", "5", *ANSWER, "--outcome", "proven"]
    closed = counter.json("colleague", *close)
    assert (closed["state"], closed["outcome"], closed["due_on"]) == ("closed", "proven", None)

    told = counter.desk.status(ticket, receipt.secret)
    assert told.timeline[-1].public == ANSWER[1]
    text = counter.run("auditor", "show", ticket)
    assert "Ditelepon, tidak diangkat." in text
    assert TYPED.text in text
    ids = {who: staff.id for who, staff in counter.staff.items()}
    assert counter.actions() == [
        (ids["operator"], "complaint.read"),
        (ids["operator"], "complaint.verify"),
        (ids["operator"], "complaint.note"),
        (ids["operator"], "complaint.assign"),
        (ids["colleague"], "complaint.act"),
        (ids["colleague"], "complaint.close"),
        (ids["auditor"], "complaint.read"),
    ]
    said = "\n".join(counter.said)
    for hidden in (NIK, "Euis", "81234567890", receipt.secret, "contoh.example"):
        assert hidden not in said


def test_who_complains_is_shown_for_a_reason_and_the_number_only_if_asked(
    counter: Counter,
) -> None:
    open_, secret = counter.receive(), counter.receive(confidential=True)
    reason = ["--identity", "Menelepon pelapor"]
    shown = counter.json("operator", "show", open_.ticket, *reason)["identity"]
    assert shown["name"] == "Euis Karlina"
    assert shown["nik"] == "************0007"
    assert shown["contact"] == "+6281234567890"
    whole = counter.json("operator", "show", open_.ticket, *reason, "--nik")["identity"]
    assert whole["nik"] == NIK
    assert "pelapor.nik: ************0007" in counter.run("verifier", "show", open_.ticket, *reason)
    counter.run("operator", "show", open_.ticket, "--nik", exit_code=2)
    assert counter.refused("operator", "show", open_.ticket, "--identity", "x") == "invalid-request"
    for who in ("operator", "auditor"):
        assert counter.refused(who, "show", secret.ticket, *reason) == "forbidden"
        assert counter.json(who, "show", secret.ticket)["has_identity"]
    assert counter.json("verifier", "show", secret.ticket, *reason)["identity"]["name"]
    assert [action for _, action in counter.actions()] == [
        *["complaint.identity"] * 3,
        *["complaint.read"] * 2,
        "complaint.identity",
    ]
    details = [dict(each.details) for each in counter.deployment.audit.entries()]
    assert details[0] == {"reason": "Menelepon pelapor", "via": "command-line"}


@pytest.mark.parametrize("who", ["surveyor", "admin"])
def test_who_has_no_business_with_complaints_is_told_nothing(
    counter: Counter, tmp_path: Path, who: str
) -> None:
    receipt = counter.receive()
    out = tmp_path / "keluar.csv"
    version = ["--version", "1"]
    for words in (
        ["list"],
        ["show", receipt.ticket],
        ["show", receipt.ticket, "--identity", "Menelepon pelapor"],
        ["photo", receipt.ticket, "1", "--out", str(out)],
        ["export", "--out", str(out), *WHY],
        ["step", receipt.ticket, "verify", *version],
        ["note", receipt.ticket, *version, "--internal", "Ada."],
        ["assign", receipt.ticket, *version, "--to", counter.email("operator")],
        ["name", receipt.ticket, *version, "--nobody"],
    ):
        assert counter.refused(who, *words) == "forbidden"
    assert not out.exists()
    assert counter.version(receipt) == version
    assert counter.actions() == []


def test_an_auditor_reads_and_changes_nothing(counter: Counter, tmp_path: Path) -> None:
    receipt = counter.receive()
    version = ["--version", "1"]
    for words in (
        ["step", receipt.ticket, "verify", *version],
        ["note", receipt.ticket, *version, "--internal", "Ada."],
        ["assign", receipt.ticket, *version, "--to", counter.email("operator")],
        ["name", receipt.ticket, *version, "--nobody"],
    ):
        assert counter.refused("auditor", *words) == "forbidden"
    assert counter.json("auditor", "list")["complaints"][0]["ticket"] == receipt.ticket
    assert counter.json("auditor", "show", receipt.ticket)["next_steps"] == []
    out = tmp_path / "keluar.csv"
    assert counter.json("auditor", "export", "--out", out, *WHY)["complaints"] == 1
    assert counter.version(receipt) == version


def test_whom_a_complaint_names_is_kept_away_from_it(counter: Counter, tmp_path: Path) -> None:
    receipt = counter.receive(kind="deduction", text="Uang saya dipotong oleh Pak Asep di pos.")
    other = counter.receive()
    version = ["--version", "1"]
    for words in (
        ["show", receipt.ticket],
        ["show", receipt.ticket, "--identity", "Menelepon pelapor"],
        ["photo", receipt.ticket, "1", "--out", str(tmp_path / "foto.jpg")],
        ["step", receipt.ticket, "verify", *version],
        ["note", receipt.ticket, *version, "--internal", "Tidak benar."],
        ["assign", receipt.ticket, *version, "--to", counter.email("operator")],
    ):
        assert counter.refused("colleague", *words) == "named-in-complaint"
    assert [*tmp_path.glob("foto*")] == []
    for words in (["list"], ["list", "--all"], ["list", "--kind", "deduction"]):
        tickets = [each["ticket"] for each in counter.json("colleague", *words)["complaints"]]
        assert tickets == ([] if "deduction" in words else [other.ticket])
    out = tmp_path / "keluar.csv"
    assert counter.json("colleague", "export", "--all", "--out", out, *WHY)["complaints"] == 1
    assert "dipotong" not in out.read_text("utf-8")
    to = ["--to", counter.email("colleague")]
    assert counter.refused("operator", "assign", receipt.ticket, *version, *to) == "invalid-request"

    assert counter.refused("operator", "name", receipt.ticket, *version, "--nobody") == "forbidden"
    counter.json("verifier", "name", receipt.ticket, *version, "--nobody")
    assert counter.json("colleague", "show", receipt.ticket)["named"] == []
    named = ["--staff", counter.email("operator"), "--version", "2"]
    counter.json("verifier", "name", receipt.ticket, *named)
    assert counter.refused("operator", "show", receipt.ticket) == "named-in-complaint"
    counter.run("verifier", "name", receipt.ticket, "--version", "3", exit_code=2)


def test_who_decided_takes_no_step_after_an_appeal(counter: Counter) -> None:
    receipt = counter.receive()
    counter.closed(receipt)
    counter.desk.message(receipt.ticket, receipt.secret, Step.APPEAL, "Keputusannya keliru.")
    version = counter.version(receipt)
    for words in (
        ["step", receipt.ticket, "verify", *version],
        ["note", receipt.ticket, *version, "--internal", "Tetap begitu."],
        ["assign", receipt.ticket, *version, "--to", counter.email("colleague")],
    ):
        assert counter.refused("operator", *words) == "own-work"
    assert counter.json("operator", "show", receipt.ticket)["next_steps"] == []
    assert counter.version(receipt) == version
    counter.closed(receipt, "verifier")


def test_two_officers_at_the_same_moment_and_one_wins(counter: Counter) -> None:
    for _ in range(3):
        receipt = counter.receive()
        running = [
            subprocess.Popen(
                [
                    *(sys.executable, "-c", _ONE_AT_A_TIME, "step", receipt.ticket, "verify"),
                    *("--version", "1", "--as", counter.email(who), "--password-stdin", "--json"),
                ],
                cwd=ROOT,
                env=counter.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for who in ("operator", "colleague")
        ]
        for each in running:
            assert each.stdout is not None
            assert each.stdout.readline() == "ready\n"
        for each in running:
            assert each.stdin is not None
            each.stdin.write(f"\n{PASSWORD}\n\n")
            each.stdin.flush()
        answers = {each.communicate()[0]: each.returncode for each in running}
        assert sorted(answers.values()) == [0, 2]
        won, lost = (json.loads(next(k for k, v in answers.items() if v == n)) for n in (0, 2))
        assert (won["state"], won["version"]) == ("verified", 2)
        assert lost["error"]["code"] == "overtaken"
        assert lost["error"]["message"]
        assert lost["error"]["fresh"] == {
            "id": receipt.case.id,
            "state": "verified",
            "outcome": None,
            "handler": won["handler"],
            "version": 2,
        }
        assert counter.version(receipt) == ["--version", "2"]
        assert len(counter.desk.status(receipt.ticket, receipt.secret).timeline) == 2
    assert len(counter.actions()) == 3


def test_a_step_that_comes_too_late_is_told_with_the_fresh_state(counter: Counter) -> None:
    receipt = counter.receive()
    counter.json("operator", "step", receipt.ticket, "verify", "--version", "1")
    late = ["step", receipt.ticket, "verify", "--version", "1"]
    assert "state: verified" in counter.run("colleague", *late, exit_code=2)
    again = ["step", receipt.ticket, "verify", "--version", "2"]
    assert counter.refused("colleague", *again) == "wrong-state"
    empty = ["step", receipt.ticket, "close", "--version", "2", "--outcome", "proven"]
    error = counter.json("operator", *empty, exit_code=2)["error"]
    assert "jawaban untuk pelapor" in error["message"]
    number = ["note", receipt.ticket, "--version", "2", "--internal", f"Pelapor {NIK}"]
    assert counter.refused("operator", *number) == "invalid-request"
    assert NIK not in "\n".join(counter.said)


def test_the_list_shows_what_is_asked_for(counter: Counter) -> None:
    first, second = counter.receive(rw="01"), counter.receive(kind="service", rw="02")
    third = counter.receive(rw="03")
    counter.closed(third)
    counter.json("operator", "step", first.ticket, "verify", "--version", "1")

    def found(*words: str) -> list[str]:
        return [one["ticket"] for one in counter.json("auditor", "list", *words)["complaints"]]

    assert set(found()) == {first.ticket, second.ticket}
    assert found("--all") == [third.ticket, second.ticket, first.ticket]
    assert found("--state", "closed") == [third.ticket]
    assert found("--state", "verified") == [first.ticket]
    assert found("--kind", "service") == [second.ticket]
    assert found("--rw", "01") == [first.ticket]
    assert found("--late") == []
    assert found("--handler", counter.email("operator")) == [first.ticket]
    assert found("--handler", counter.staff["operator"].id, "--all") == [third.ticket, first.ticket]
    assert found("--handler", "-") == [second.ticket]
    limited = counter.json("auditor", "list", "--all", "--limit", "2")
    assert (len(limited["complaints"]), limited["has_more"]) == (2, True)
    assert "--limit" in counter.run("auditor", "list", "--all", "--limit", "2")
    assert "Tidak ada pengaduan." in counter.run("auditor", "list", "--rw", "20")


def test_a_damaged_one_is_left_out_of_the_list_and_that_is_said(counter: Counter) -> None:
    first, broken, last = (counter.receive() for _ in range(3))
    counter.damage(broken)
    said = counter.json("auditor", "list", exit_code=1)
    assert {one["ticket"] for one in said["complaints"]} == {first.ticket, last.ticket}
    assert (said["damaged"], said["has_more"]) == (1, False)
    told = counter.run("auditor", "list", "--all", exit_code=1)
    assert "Tidak ikut karena rusak: 1." in told
    assert broken.ticket not in told
    assert last.ticket in told


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_an_export_that_is_not_whole_is_made_only_for_who_knows(
    counter: Counter, tmp_path: Path, ending: str
) -> None:
    for text in TEXTS:
        receipt = counter.receive(text=text)
    counter.damage(receipt)
    out = tmp_path / f"pengaduan.{ending}"
    assert counter.refused("operator", "export", "--out", out, *WHY) == "seal-broken"
    assert not out.exists()
    words = ["export", "--out", out, *WHY, "--without-damaged"]
    done = counter.json("operator", *words, exit_code=1)
    assert done == {"file": out.name, "complaints": len(TEXTS) - 1, "damaged": 1}
    assert out.exists()
    told = counter.run("operator", *words, "--force", exit_code=1)
    assert "Tidak ikut karena rusak: 1." in told


def test_verify_names_the_damaged_ones(counter: Counter) -> None:
    whole, broken = counter.receive(), counter.receive()
    counter.closed(whole)
    assert verified() == (0, {"ok": True, "complaints": 2, "events": 4, "damaged": [], "photos": 0})
    counter.damage(broken)
    damaged = {
        "ok": False,
        "complaints": 2,
        "events": 3,
        "damaged": [broken.case.id],
        "photos": 0,
    }
    assert verified() == (1, damaged)
    told = CliRunner().invoke(complaints, ["verify"])
    assert f"rusak: {broken.case.id}" in told.output
    assert whole.case.id not in told.output


def verified() -> tuple[int, Any]:
    done = CliRunner().invoke(complaints, ["verify", "--json"], catch_exceptions=False)
    return done.exit_code, json.loads(done.stdout)


def test_who_works_is_always_said_and_known(counter: Counter) -> None:
    receipt = counter.receive()
    for words in (["list"], ["show", receipt.ticket], ["export", "--out", "x.csv", *WHY]):
        done = CliRunner().invoke(complaints, words)
        assert done.exit_code == 2
        assert "--as" in done.output
        assert counter.refused("nobody", *words) == "unauthenticated"
    assert counter.refused("operator", "show", receipt.ticket[:-1]) == "not-found"


TEXTS = [
    "Bantuan belum saya terima \U0001f641\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\u0644\u0645 \u0623\u0633\u062a\u0644\u0645 \u0627\u0644\u0645\u0633\u0627\u0639\u062f\u0629",
    "Abdi teu acan nampi bantosan, kumaha ieu t\u00e9h?",
    "x" * 4_000,
    "<script>alert('x')</script>",
    '=HYPERLINK("http://contoh.example")',
    "+62 tidak menjawab, =1+1",
]


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_an_export_is_as_typed_private_and_harmless(
    counter: Counter, tmp_path: Path, ending: str
) -> None:
    for text in TEXTS:
        receipt = counter.receive(text=text)
        assert counter.json("operator", "show", receipt.ticket)["text"] == text
        assert text in counter.run("operator", "show", receipt.ticket)
    out = tmp_path / f"pengaduan.{ending}"
    before = os.umask(0)
    try:
        done = counter.json("operator", "export", "--out", out, *WHY)
    finally:
        os.umask(before)
    assert done == {"file": out.name, "complaints": len(TEXTS), "damaged": 0}
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    if ending == "csv":
        with out.open(encoding="utf-8-sig", newline="") as file:
            rows = [*csv.reader(file)]
    else:
        sheet = openpyxl.load_workbook(out).worksheets[0]
        rows = [[str(cell.value or "") for cell in row] for row in sheet.rows]
    safe = neutral_in_csv if ending == "csv" else neutral
    assert sorted(row[-1] for row in rows[1:]) == sorted(map(safe, TEXTS))
    assert "Euis" not in str(rows)
    assert NIK not in str(rows)
    assert counter.actions()[-1] == (counter.staff["operator"].id, "complaint.export")
    assert dict(counter.deployment.audit.entries()[-1].details) == {
        "reason": WHY[1],
        "via": "command-line",
    }

    exports = len(counter.actions())
    content = out.read_bytes()
    assert counter.refused("operator", "export", "--out", out, *WHY) == "already-exists"
    assert (out.read_bytes(), len(counter.actions())) == (content, exports)
    counter.json("operator", "export", "--out", out, *WHY, "--force", "--rw", "20")
    assert out.read_bytes() != content
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir() if each.is_file()] == [out.name]
    short = ["export", "--out", out, "--reason", "x", "--force"]
    assert counter.refused("operator", *short) == "invalid-request"
    other = counter.run("operator", "export", "--out", tmp_path / "a.ods", *WHY, exit_code=2)
    assert ".xlsx" in other


def test_what_a_resident_typed_does_not_steer_the_terminal(counter: Counter) -> None:
    receipt = counter.receive(text="Halo \x1b[2J\x1b]0;judul\x07 dan \x9b31m merah")
    told = counter.run("operator", "show", receipt.ticket)
    assert not {"\x1b", "\x07", "\x9b"} & {*told}
    assert "dan" in told
    shown = counter.json("operator", "show", receipt.ticket)
    assert shown["text"] == "Halo \x1b[2J\x1b]0;judul\x07 dan \x9b31m merah"


def test_a_photo_is_saved_for_its_reader_alone(counter: Counter, tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (40, 30), "red").save(tmp_path / "foto.jpg")
    receipt = counter.desk.receive(TYPED, uuid.uuid4().hex, [tmp_path / "foto.jpg"])
    out = tmp_path / "bukti.jpg"
    command = ["photo", receipt.ticket]
    said = counter.json("operator", *command, "1", "--out", out)
    assert said == {"file": out.name, "bytes": out.stat().st_size}
    with Image.open(out) as image:
        assert image.format == "JPEG"
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert counter.refused("operator", *command, "1", "--out", out) == "already-exists"
    missing = tmp_path / "lain.jpg"
    assert counter.refused("operator", *command, "2", "--out", missing) == "not-found"
    assert not missing.exists()
    assert [action for _, action in counter.actions()] == ["complaint.photo"]


def test_a_verifier_erases_what_has_ended(counter: Counter) -> None:
    receipt = counter.receive()
    counter.json("operator", "step", receipt.ticket, "verify", "--version", "1")
    close = ["step", receipt.ticket, "close", "--version", "2", *ANSWER, "--outcome", "proven"]
    counter.json("operator", *close)
    wish = ["erase", receipt.ticket, "--version", "3", "--reason", "Permintaan pelapor"]
    assert counter.refused("operator", *wish)
    counter.json("verifier", *wish)
    assert counter.json("verifier", "show", receipt.ticket)["text"] == ""
