"""Tasks on the home page: everything that waits for the officer, and nothing else."""

from __future__ import annotations

import re
from datetime import UTC

from shared.complaints.casework.service import Casework
from shared.complaints.intake.service import IntakeService
from shared.complaints.model.case import Case
from shared.complaints.model.lifecycle import Outcome, Step
from shared.staff.accounts import Role, Staff
from tests.functions.conftest import PASSWORD, Clock
from tests.functions.staff_console.conftest import Console, csv

NOTHING = "Tidak ada yang menunggu Anda sekarang"


def tasks(console: Console, role: str) -> list[str]:
    page = console.browser(role).get("/staff").text
    section = page.partition('id="todo"')[2].partition("</section>")[0]
    found = re.findall(r'<li><a href="[^"]*">([^<]*)</a></li>', section)
    assert (NOTHING in page) is not bool(found)
    return found


def colleague(console: Console, number: int = 1) -> Staff:
    key = console.deployment.kelurahan.key
    email = f"rekan{number}@contoh.example"
    return console.deployment.accounts.add(email, "Rekan", Role.OPERATOR, key, PASSWORD)


def closed(console: Console, staff: Staff) -> tuple[Case, str, str]:
    """A complaint that this officer has decided, with its number and secret."""
    receipt, work = console.complaint(), Casework.of(console.deployment)
    case = work.step(staff, receipt.case.id, Step.VERIFY, version=1)
    case = work.step(
        staff,
        case.id,
        Step.CLOSE,
        version=case.version,
        outcome=Outcome.UNPROVEN,
        public="Sudah diperiksa di lapangan.",
    )
    return case, receipt.ticket, receipt.secret


def test_a_case_in_ones_hands_is_a_task(console: Console) -> None:
    case = console.complaint().case
    work = Casework.of(console.deployment)
    case = work.step(console.officer("verifier"), case.id, Step.VERIFY, version=1)
    assert tasks(console, "operator") == []
    to = console.officer("operator").id
    work.assign(console.officer("verifier"), case.id, to, version=case.version)
    assert tasks(console, "operator") == ["1 pengaduan di tangan Anda"]
    assert tasks(console, "verifier") == []
    assert tasks(console, "auditor") == []


def test_an_appeal_is_a_task_of_those_alone_who_may_take_it(console: Console) -> None:
    _, ticket, secret = closed(console, console.officer("operator"))
    assert tasks(console, "operator") == tasks(console, "verifier") == []
    IntakeService.of(console.deployment).message(
        ticket, secret, Step.APPEAL, "Saya belum menerima apa pun."
    )
    assert tasks(console, "verifier") == ["1 banding menunggu"]
    assert tasks(console, "operator") == []


def test_a_reopened_one_is_a_task(console: Console) -> None:
    _, ticket, secret = closed(console, colleague(console))
    IntakeService.of(console.deployment).message(
        ticket, secret, Step.REOPEN, "Masalahnya belum selesai."
    )
    assert tasks(console, "operator") == ["1 pengaduan dibuka kembali"]


def test_what_is_due_today_is_a_task(console: Console, clock: Clock) -> None:
    case = console.complaint().case
    assert case.due_at is not None
    clock.now = case.due_at.astimezone(UTC).replace(second=0)
    clock.later(hours=-3)
    for role in ("operator", "verifier"):
        assert "1 pengaduan jatuh tempo hari ini" in tasks(console, role)


def test_a_colleague_s_unsent_list_is_no_task_of_a_verifier(console: Console) -> None:
    console.prepared(1, 2)
    assert tasks(console, "verifier") == []
    assert len(tasks(console, "operator")) == 1
    assert "menunggu dikirim" in console.browser("verifier").get("/staff").text


def test_a_list_that_waits_is_told_however_many_came_after_it(
    console: Console, clock: Clock
) -> None:
    first = console.prepared(1)
    sync, operator = console.sync(), console.officer("operator")
    sync.submit(first.id, operator)
    for number in range(2, 15):
        clock.later(minutes=1)
        sync.reject(console.prepared(number).id, operator, "Berkas yang salah")
    assert len(tasks(console, "verifier")) == 1


def test_the_home_page_costs_sixty_reads_at_most(console: Console, clock: Clock) -> None:
    sync, deployment = console.sync(), console.deployment
    for number in range(10):
        staff = colleague(console, number)
        _, ticket, secret = closed(console, staff)
        desk = IntakeService.of(deployment)
        if number % 2:
            desk.message(ticket, secret, Step.APPEAL, "Saya belum menerima apa pun.")
        else:
            desk.message(ticket, secret, Step.REOPEN, "Masalahnya belum selesai.")
        clock.later(minutes=1)
        path = console.folder / f"{number}.csv"
        path.write_bytes(csv(number + 1))
        sync.prepare(path, path.name, staff)
    page = console.browser("verifier").get("/staff").text
    assert "Masih ada daftar lain yang menunggu" in page
    assert "5 banding menunggu" in page
    assert "5 pengaduan dibuka kembali" in page
    assert 30 <= console.reads("verifier", "/staff") <= 60
