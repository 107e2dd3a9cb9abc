"""Password confirmation: nothing is done without it, and guessing is limited."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyotp
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from functions.staff_console.main import service
from shared.complaints.casework.service import Casework
from shared.complaints.model.case import Case, Receipt
from shared.complaints.model.lifecycle import Outcome, Step
from shared.platform.settings import DATABASES
from shared.recipients.model.batch import Batch, State
from shared.recipients.model.person import Person
from shared.staff.accounts import Account, Role
from shared.staff.sign_in import second_factor
from shared.staff.sign_in.sign_in_limits import ACCOUNT_DELAYS
from tests.complaints import dumping
from tests.functions.conftest import PASSWORD, Clock
from tests.functions.staff_console.conftest import Browser, Console
from tests.functions.staff_console.test_sign_in import shown_secret

COLLEAGUE = "perahu-kertas-kuning-satu"
NEW = "sepeda-hijau-dua-belas"
WRONG = "kata-sandi-yang-keliru"
SENTENCE = "Kata sandi tidak cocok."
LOCKED = "Minta admin membuka penahanan, atau coba lagi besok."
WHY = "Diminta oleh Lurah"
ALLOWED = 10
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class World:
    """The console with one thing of each kind that the password is asked for."""

    console: Console
    published: Batch
    waiting: Batch
    faulty: Batch
    receipt: Receipt
    ended: Case
    person: Person
    person_id: str
    volunteer: str
    newcomer: str
    secret: str

    def browser(self, role: str) -> Browser:
        return self.console.browser(role)

    def account(self, staff_id: str) -> Account:
        key = self.console.deployment.kelurahan.key
        [found] = [
            each for each in self.console.deployment.accounts.list(key) if each.staff.id == staff_id
        ]
        return found

    def state(self, batch: Batch) -> State:
        return self.console.sync().batch(batch.id).state

    def case(self, case_id: str) -> Case:
        work = Casework.of(self.console.deployment)
        return next(
            each for each in work.cases(self.console.officer("auditor")) if each.id == case_id
        )

    def documents(self) -> dict[str, Mapping[str, Any]]:
        """All that is stored, but for the audit log and the failures themselves."""
        deployment = self.console.deployment
        known = {}
        for name in DATABASES:
            known |= dumping.documents(deployment.store(name))
        kept = ("audit", "chains", "failures", "sign_ins")
        return {path: data for path, data in known.items() if path.split("/")[2] not in kept}

    def audited(self, after: int) -> list[str]:
        entries = self.console.deployment.audit.entries(after=after, limit=500)
        return [each.action for each in entries]

    def last_entry(self) -> int:
        return self.console.deployment.audit.head().seq


def ended(console: Console) -> Case:
    """A complaint that was answered."""
    work, verifier = Casework.of(console.deployment), console.officer("verifier")
    case = console.complaint().case
    case = work.step(verifier, case.id, Step.VERIFY, version=case.version)
    answer = "Sudah diperiksa dan diselesaikan."
    return work.step(
        verifier,
        case.id,
        Step.CLOSE,
        version=case.version,
        public=answer,
        outcome=Outcome.PROVEN,
    )


@pytest.fixture
def world(console: Console) -> World:
    published = console.published(1, 2, 3)
    waiting = console.prepared(1, 2, 3, 4)
    console.sync().submit(waiting.id, console.officer("operator"))
    difference = next(console.sync().differences(published))
    assert difference.after is not None
    deployment, volunteer = console.deployment, console.officer("surveyor")
    app = second_factor.new_secret()
    code = pyotp.TOTP(app).at(deployment.clock())
    deployment.accounts.set_second_factor(volunteer, app, code)
    key = deployment.kelurahan.key
    deployment.accounts.add("rekan@contoh.example", "Rekan", Role.VERIFIER, key, COLLEAGUE)
    newcomer = deployment.accounts.add(
        "calon@contoh.example", "Calon", Role.VERIFIER, key, COLLEAGUE, by="system"
    )
    made = World(
        console,
        published,
        console.sync().batch(waiting.id),
        console.prepared(5, nik="327309010190000"),
        console.complaint(),
        ended(console),
        difference.after,
        difference.id,
        volunteer.id,
        newcomer.id,
        shown_secret(console.browser("operator").get("/staff/akun").text),
    )
    assert made.waiting.state is State.WAITING
    for role in ("operator", "verifier", "auditor", "admin"):
        made.browser(role).csrf()
    return made


@dataclass(frozen=True)
class Act:
    """One thing that the password is asked for.

    `route`: as it is declared. `is_done` tells by the store and the answer. `told`: what only the
    right password shows. `shown`: what the audit log keeps of the page that is shown again.
    """

    role: str
    route: str
    audit: str
    is_done: Callable[[World, TestResponse], bool]
    fields: Callable[[World], Mapping[str, str]] = lambda world: {}
    told: Callable[[World], tuple[str, ...]] = lambda world: ()
    shown: tuple[str, ...] = ()
    status: int = 303

    def path(self, world: World) -> str:
        ids = {
            "setujui": world.waiting.id,
            "batalkan": world.published.id,
            "masalah": world.faulty.id,
            "pelapor": world.receipt.case.id,
            "hapus": world.ended.id,
            "nik": world.person_id,
        }
        name = self.route.rpartition("/")[2]
        start, _, _ = self.route.partition("<")
        if "<" not in self.route:
            return self.route
        if self.route.startswith("/staff/konfirmasi"):
            return f"{start}{world.newcomer}"
        return f"{start}{ids[name]}/{name}" if name in ids else f"{start}{world.volunteer}"

    def post(self, world: World, browser: Browser | None = None, **typed: str) -> TestResponse:
        browser = browser or world.browser(self.role)
        return browser.post(self.path(world), **{**self.fields(world), **typed})


def content(answer: TestResponse) -> str:
    """What came back, a file too."""
    return bytes(answer.data).decode(errors="replace")


def can_sign_in(world: World, password: str) -> bool:
    accounts, email = world.console.deployment.accounts, world.console.emails["operator"]
    kept = accounts._book.by_email(world.console.deployment.kelurahan.key, email).data
    assert kept is not None
    return accounts._passwords.fits(password, str(kept["password"]))


def is_file(answer: TestResponse, name: str, kind: str, start: bytes) -> bool:
    disposition = answer.headers.get("Content-Disposition", "")
    return f'"{name}"' in disposition and answer.mimetype == kind and answer.data.startswith(start)


def added(world: World, answer: TestResponse) -> bool:
    accounts = world.console.deployment.accounts.list(world.console.deployment.kelurahan.key)
    return any(each.email == "baru@contoh.example" for each in accounts)


def change(action: str, is_done: Callable[[World, TestResponse], bool], status: int = 303) -> Act:
    def fields(world: World) -> Mapping[str, str]:
        return {"action": action, "role": "operator", "until": "2026-12-30"}

    return Act(
        "admin", "/staff/petugas/<id:staff>", f"staff.{action}", is_done, fields, status=status
    )


ACTS = {
    "approve": Act(
        "verifier",
        "/staff/sinkronisasi/<id:batch>/setujui",
        "batch.approve",
        lambda world, answer: world.state(world.waiting) is State.PUBLISHED,
        lambda world: {"differences_hash": world.waiting.differences_hash, "reason": WHY},
    ),
    "undo": Act(
        "verifier",
        "/staff/sinkronisasi/<id:batch>/batalkan",
        "batch.undo",
        lambda world, answer: world.state(world.published) is State.UNDONE,
        lambda world: {"reason": WHY},
    ),
    "download the rows with problems": Act(
        "operator",
        "/staff/sinkronisasi/<id:batch>/masalah",
        "batch.problems",
        lambda world, answer: is_file(answer, "masalah-2026-11-20.xlsx", XLSX, b"PK"),
        status=200,
    ),
    "export complaints": Act(
        "operator",
        "/staff/pengaduan/ekspor",
        "complaint.export",
        lambda world, answer: is_file(answer, "pengaduan.xlsx", XLSX, b"PK"),
        lambda world: {"reason": WHY},
        status=200,
    ),
    "export the audit log": Act(
        "auditor",
        "/staff/audit/ekspor",
        "audit.export",
        lambda world, answer: is_file(
            answer, "catatan-audit.csv", "text/csv", '\ufeff"Nomor"'.encode()
        ),
        status=200,
    ),
    "reveal a NIK": Act(
        "operator",
        "/staff/warga/<id:person>/nik",
        "resident.nik",
        lambda world, answer: all(
            number in answer.text for number in (world.person.nik, world.person.kk)
        ),
        lambda world: {"reason": WHY},
        lambda world: (world.person.nik, world.person.kk),
        ("resident.read",),
        status=200,
    ),
    "reveal who complains": Act(
        "operator",
        "/staff/pengaduan/<id:case>/pelapor",
        "complaint.identity",
        lambda world, answer: "Euis Karlina" in answer.text,
        lambda world: {"reason": WHY},
        lambda world: ("Euis Karlina", "81234567890", "3273090101900007", "•0007"),
        ("complaint.read",),
        status=200,
    ),
    "erase a complaint": Act(
        "verifier",
        "/staff/pengaduan/<id:case>/hapus",
        "complaint.erase",
        lambda world, answer: world.case(world.ended.id).erased,
        lambda world: {"reason": WHY, "version": str(world.ended.version)},
        shown=("complaint.read",),
    ),
    "add an account": Act(
        "admin",
        "/staff/petugas",
        "staff.add",
        added,
        lambda world: {"email": "baru@contoh.example", "name": "Petugas Baru", "role": "operator"},
        lambda world: ('class="secret"',),
        status=200,
    ),
    "end an account": change(
        "end", lambda world, answer: not world.account(world.volunteer).is_active
    ),
    "change a role": change(
        "role", lambda world, answer: world.account(world.volunteer).staff.role is Role.OPERATOR
    ),
    "change an account's end": change(
        "until", lambda world, answer: world.account(world.volunteer).until == date(2026, 12, 30)
    ),
    "make a new password": change(
        "password", lambda world, answer: 'class="secret"' in answer.text, status=200
    ),
    "let somebody in again": change("unlock", lambda world, answer: answer.status_code == 303),
    "clear a code": change(
        "code-cleared", lambda world, answer: not world.account(world.volunteer).staff.has_code
    ),
    "confirm an account": Act(
        "verifier",
        "/staff/konfirmasi/<id:staff>",
        "staff.confirm",
        lambda world, answer: not world.account(world.newcomer).staff.is_pending,
    ),
    "change one's own password": Act(
        "operator",
        "/staff/akun/kata-sandi",
        "staff.password",
        lambda world, answer: can_sign_in(world, NEW),
        lambda world: {"new_password": NEW},
    ),
    "set up the app's code": Act(
        "operator",
        "/staff/akun/kode",
        "staff.code",
        lambda world, answer: world.account(world.console.officer("operator").id).staff.has_code,
        lambda world: {"code": pyotp.TOTP(world.secret).at(world.console.deployment.clock())},
    ),
}
# wrong, empty, a colleague's, in capitals, with a space, only its beginning
WRONG_ONES = (WRONG, "", COLLEAGUE, PASSWORD.upper(), f"{PASSWORD} ", PASSWORD[:-1])
each_act = pytest.mark.parametrize("act", ACTS.values(), ids=list(ACTS))


def refused_at_the_field(answer: TestResponse) -> bool:
    """Whether the sentence is at the field, and in the summary that leads to it."""
    linked = re.findall(rf'<a href="#(password[^"]*)">{re.escape(SENTENCE)}</a>', answer.text)
    errors = [f'<span class="error" id="{each}-error">{SENTENCE}</span>' for each in linked]
    return len(linked) == 1 and answer.text.count(errors[0]) == 1


def test_every_form_that_has_a_password_is_tried_here() -> None:
    asking = {
        route.path
        for route in service.routes
        if route.body is not None and "password" in route.body.fields
    }
    # signing in is tried elsewhere, and rejecting a batch shares a form that it needs less of
    asking -= {"/staff/masuk", "/staff/sinkronisasi/<id:batch>/tolak"}
    assert asking == {act.route for act in ACTS.values()}


@each_act
def test_with_another_password_or_without_the_field_nothing_is_done(world: World, act: Act) -> None:
    before, seen = world.documents(), world.last_entry()
    tries = [{"password": typed} for typed in WRONG_ONES]
    for number, fields in enumerate([*tries, {}], 1):
        answer = act.post(world, **fields)
        assert answer.status_code == 403
        assert answer.mimetype == "text/html"
        assert refused_at_the_field(answer)
        assert "Content-Disposition" not in answer.headers
        assert world.documents() == before
        assert world.audited(seen) == list(act.shown) * number
        assert not [secret for secret in act.told(world) if secret in answer.text]
        assert not act.is_done(world, answer)


@each_act
def test_with_the_right_password_it_is_done(world: World, act: Act) -> None:
    seen = world.last_entry()
    answer = act.post(world, password=PASSWORD)
    assert answer.status_code == act.status, content(answer)
    assert act.is_done(world, answer)
    assert world.audited(seen).count(act.audit) == 1
    assert SENTENCE not in content(answer)


@each_act
def test_the_right_password_works_after_a_wrong_one(world: World, act: Act) -> None:
    assert act.post(world, password=WRONG).status_code == 403
    answer = act.post(world, password=PASSWORD)
    assert answer.status_code == act.status, content(answer)
    assert act.is_done(world, answer)


@each_act
def test_after_many_wrong_ones_the_right_one_is_refused_too(world: World, act: Act) -> None:
    before, seen = world.documents(), world.last_entry()
    for number in range(ALLOWED):
        assert act.post(world, password=f"{WRONG} {number}").status_code == 403
    for typed in (PASSWORD, WRONG, ""):
        answer = act.post(world, password=typed)
        assert answer.status_code == 429
        assert LOCKED in answer.text
        assert SENTENCE not in answer.text
        assert not [secret for secret in act.told(world) if secret in answer.text]
    assert world.documents() == before
    assert set(world.audited(seen)) <= set(act.shown)
    assert not act.is_done(world, answer)


def test_wrong_ones_are_counted_over_all_that_an_officer_does(world: World) -> None:
    tried = [ACTS["export complaints"], ACTS["reveal a NIK"], ACTS["reveal who complains"]]
    for number in range(ALLOWED):
        assert tried[number % 3].post(world, password=WRONG).status_code == 403
    for act in (*tried, ACTS["change one's own password"], ACTS["set up the app's code"]):
        answer = act.post(world, password=PASSWORD)
        assert answer.status_code == 429
        assert not act.is_done(world, answer)


def test_wrong_ones_at_the_sign_in_keep_nobody_from_working_on(world: World) -> None:
    """Anybody can bring them about; who is in already isn't kept from the day's work."""
    fields = {"email": world.console.emails["operator"], "password": WRONG}
    for _ in range(ACCOUNT_DELAYS.free):
        answer = world.console.anybody().client.post("/staff/masuk", data=fields)
        assert answer.status_code == 401
    right = {**fields, "password": PASSWORD}
    again = world.console.anybody().client.post("/staff/masuk", data=right)
    assert again.status_code == 429
    assert LOCKED not in again.text
    act = ACTS["reveal a NIK"]
    for number in range(ALLOWED - 1):
        assert act.post(world, password=f"{WRONG} {number}").status_code == 403
    assert act.post(world, password=PASSWORD).status_code == 200


def test_wrong_ones_at_work_do_not_close_the_sign_in(world: World) -> None:
    act = ACTS["reveal a NIK"]
    for _ in range(ALLOWED):
        assert act.post(world, password=WRONG).status_code == 403
    assert act.post(world, password=PASSWORD).status_code == 429
    fields = {"email": world.console.emails["operator"], "password": PASSWORD}
    assert world.console.anybody().client.post("/staff/masuk", data=fields).status_code == 303
    assert act.post(world, password=PASSWORD).status_code == 429


def test_a_new_password_lets_an_officer_in_and_work_again(world: World) -> None:
    act, email = ACTS["reveal a NIK"], world.console.emails["operator"]
    for _ in range(ALLOWED):
        act.post(world, password=WRONG)
        world.console.anybody().client.post("/staff/masuk", data={"email": email, "password": "x"})
    key = world.console.deployment.kelurahan.key
    world.console.deployment.accounts.set_password(email, NEW, key)
    browser = world.console.anybody()
    fields = {"email": email, "password": NEW}
    assert browser.client.post("/staff/masuk", data=fields).status_code == 303
    assert act.post(world, browser, password=NEW).status_code == 200


def test_a_right_one_in_between_forgets_no_wrong_one(world: World) -> None:
    act = ACTS["reveal a NIK"]
    for _ in range(ALLOWED - 1):
        assert act.post(world, password=WRONG).status_code == 403
    assert act.post(world, password=PASSWORD).status_code == 200
    assert act.post(world, password=WRONG).status_code == 403
    assert act.post(world, password=PASSWORD).status_code == 429


def test_right_ones_are_not_counted(world: World) -> None:
    act = ACTS["reveal a NIK"]
    for _ in range(ALLOWED + 2):
        answer = act.post(world, password=PASSWORD)
        assert answer.status_code == 200
        assert act.is_done(world, answer)


def test_a_colleague_is_not_kept_out_by_somebody_s_wrong_ones(world: World) -> None:
    act = ACTS["reveal a NIK"]
    for _ in range(ALLOWED + 1):
        act.post(world, password=WRONG)
    assert act.post(world, password=PASSWORD).status_code == 429
    answer = act.post(world, world.browser("auditor"), password=PASSWORD)
    assert answer.status_code == 200
    assert act.is_done(world, answer)


def test_the_next_day_the_right_one_works_again(world: World, clock: Clock) -> None:
    act = ACTS["reveal a NIK"]
    for _ in range(ALLOWED):
        act.post(world, password=WRONG)
    clock.later(hours=7)
    del world.console.browsers["operator"]  # that session has ended
    assert act.post(world, password=PASSWORD).status_code == 429
    clock.later(hours=8)  # it is past midnight at the kelurahan
    del world.console.browsers["operator"]
    answer = act.post(world, password=PASSWORD)
    assert answer.status_code == 200
    assert act.is_done(world, answer)


@pytest.mark.parametrize("role", ["operator", "verifier", "auditor", "admin"])
def test_an_empty_password_counts_as_a_wrong_one(world: World, role: str) -> None:
    act = ACTS["change one's own password"]
    browser = world.browser(role)
    for _ in range(ALLOWED):
        assert act.post(world, browser, password="").status_code == 403
    assert act.post(world, browser, password=PASSWORD).status_code == 429


@each_act
@pytest.mark.parametrize("typed", [WRONG, PASSWORD], ids=["wrong", "right"])
def test_what_was_typed_is_told_to_nobody(
    world: World, act: Act, typed: str, log: io.StringIO, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answer = act.post(world, password=typed)
    lines = log.getvalue()
    records = " ".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    assert f'"status": {answer.status_code}' in lines
    assert "request" in records
    told = [content(answer), str(answer.headers), lines, records]
    for secret in (typed, NEW):
        assert not [place for place in told if secret in place]
    entries = world.console.deployment.audit.entries(limit=500)
    assert typed not in " ".join(map(str, entries))


def test_a_page_that_is_shown_again_keeps_the_rest_of_what_was_typed(world: World) -> None:
    """So that only the password has to be typed anew, and that it stands in no field."""
    kept = {
        "undo": WHY,
        "reveal who complains": WHY,
        "add an account": "baru@contoh.example",
        "set up the app's code": world.secret,
    }
    for name, text in kept.items():
        answer = ACTS[name].post(world, password=WRONG)
        assert text in answer.text, name
        assert WRONG not in answer.text, name


@each_act
def test_the_password_alone_without_the_form_s_token_does_nothing(world: World, act: Act) -> None:
    browser = world.browser(act.role)
    before, seen = world.documents(), world.last_entry()
    fields = {**act.fields(world), "password": PASSWORD}
    client: FlaskClient = browser.client
    answer = client.post(act.path(world), data=fields, headers={"Accept": "text/html"})
    assert answer.status_code == 403
    assert world.documents() == before
    assert world.audited(seen) == []
    assert not act.is_done(world, answer)
