"""No NIK, name or password in any log line or answer, whatever port fails, and however."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from functions.gateway import create_gateway
from shared.complaints.casework.service import Casework
from shared.deployment import Deployment
from shared.platform import logs
from shared.platform.errors import Contended, Unavailable
from shared.staff.accounts import Role, Staff
from tests.complaints.pictures import telling
from tests.functions.conftest import FUNCTIONS, PASSWORD, hash_quickly
from tests.functions.weekly_sync.test_weekly_sync import file_of
from tests.recipients.office import nik, row

NIK = nik(4_321)
NAME = "Penandawati"
CONTACT = "0812 9999 4321"
STORY = f"Petugas bernama {NAME} meminta uang di rumah saya."
ADDRESS = "203.0.113."
TICKET = "TS26-7KQ4-M2XD-9"
TICKET_SECRET = "QQQQ-WWWW-EEEE-RRRR"
IDEMPOTENCY_KEY = "kunci-penandawati"
SECRETS = (
    *(NIK, NAME.lower(), PASSWORD, "kata-sandi-yang-salah", "marked@contoh.example"),
    *("0812 9999", "+62812", "99994321", "meminta uang", ADDRESS, IDEMPOTENCY_KEY),
    *(TICKET.lower(), TICKET_SECRET.lower(), "qqqqwwww", "telepon-contoh", "pemilik-contoh"),
)
# Pages give back what was typed, to whoever typed it. All else must not.
GIVEN_BACK = "/api/complaints"
OPERATIONS = (
    *("get", "get_many", "create", "set", "merge", "update", "delete", "query", "count"),
    *("commit", "run"),
)


class Failing:
    """A store of which one operation fails, with a text that says everything."""

    def __init__(self, store: Any) -> None:
        self.store = store
        self.operation = ""
        self.error: Callable[[], Exception] = RuntimeError
        self.failed = 0

    def __getattr__(self, name: str) -> Any:
        if name != self.operation:
            return getattr(self.store, name)

        def fail(*_: Any, **__: Any) -> None:
            self.failed += 1
            raise self.error()

        return fail


def bug() -> Exception:
    error = RuntimeError(f"kelurahan/x/recipients/{NIK}: {NAME} has {PASSWORD}")
    error.__cause__ = ValueError(NIK)
    error.add_note(NAME)
    return error


def refusal() -> Exception:
    return Unavailable(code="STORE")


def loss() -> Exception:
    return Contended()


class Caller:
    """Sends everything that the functions take, with the marks wherever a value may stand."""

    def __init__(
        self, client: FlaskClient, sessions: dict[str, tuple[str, str]], deployment: Deployment
    ) -> None:
        self.client = client
        self.sessions = sessions
        self.deployment = deployment
        self.case = "nosuchcomplaint0"
        self.receipts: set[str] = set()
        self.photo_key = f"{IDEMPOTENCY_KEY}-photo"
        self.rounds = 0
        self.batch = {"id": "nosuchbatch00000", "differences_hash": NAME}
        self.answers: list[TestResponse] = []

    def everything(self) -> None:
        marked = {"nik": NIK, "name": NAME}
        marks = {
            "X-Request-Id": NIK,
            "X-Cloud-Trace-Context": NIK * 2,
            "User-Agent": f"{NIK} {NAME}",
            "X-Forwarded-For": NIK,
            "Referer": f"http://127.0.0.1/?nik={NIK}&name={NAME}",
        }
        self.ask("POST", "/api/lookup", json=marked, headers=marks)
        self.ask("POST", "/api/lookup", data=marked, headers=marks)
        self.ask("POST", "/api/lookup", data=marked | {NIK: NAME}, headers=marks)
        self.ask("POST", f"/api/lookup?nik={NIK}", json=marked | {NAME: NIK})
        self.ask("GET", f"/api/lookup/{NIK}?name={NAME}")
        asked = sha256(f"nonce|{NIK}|{NAME}".encode()).hexdigest()
        self.ask("POST", "/api/lookup/challenge", json={"question": asked})
        self.ask("POST", "/api/lookup/challenge", json={"question": NIK})
        self.ask("POST", "/api/lookup/challenge", json={"question": NAME})
        self.ask("GET", f"/api/figures?nik={NIK}", headers=marks)
        self.ask("GET", f"/{NAME}/{NIK}", headers=marks | {"Accept": "text/html"})
        for password in (PASSWORD, "kata-sandi-yang-salah"):
            account = {"email": "marked@contoh.example", "password": password}
            self.ask("POST", "/api/sync/session", json=account)
            self.ask("POST", "/api/sync/session", data=account)
        self.ask("GET", "/api/sync/nosuchbatch00000", headers={"Authorization": f"Bearer {NIK}"})
        self.as_resident(marks)
        self.as_officers()

    def as_resident(self, marks: dict[str, str]) -> None:
        """Complain by script and by form, with faults and without, and follow it."""
        self.rounds += 1
        where: Any = {
            "headers": marks,
            "environ_base": {"REMOTE_ADDR": f"{ADDRESS}{self.rounds % 250}"},
        }
        typed = {"kind": "not-received", "programme": "bpnt", "text": STORY, "name": NAME}
        typed |= {"nik": NIK, "contact": CONTACT, "rw": "03"}
        key = f"{IDEMPOTENCY_KEY}-{self.rounds:04d}"
        self.ask("POST", GIVEN_BACK, json=typed | {"idempotency_key": key}, **where)
        self.ask("POST", GIVEN_BACK, json=typed | {"idempotency_key": key, "text": NIK}, **where)
        self.ask("POST", GIVEN_BACK, json=typed | {NIK: NAME, "rw": NAME, "rt": NIK}, **where)
        self.ask("POST", f"{GIVEN_BACK}?nik={NIK}&name={NAME}", data=typed, **where)
        self.ask("POST", GIVEN_BACK, data=typed | {"nik": NIK[:15], "contact": NAME}, **where)
        photo = {"photos": (io.BytesIO(telling()), f"{NAME}-{NIK}.jpg")}
        with_photo = typed | photo | {"idempotency_key": self.photo_key}
        wish = {"headers": marks | {"Accept": "application/json"}}
        answer = self.ask("POST", GIVEN_BACK, data=with_photo, **{**where, **wish})
        no_photo = {"photos": (io.BytesIO(NIK.encode()), f"{NAME}.jpg"), "idempotency_key": key}
        self.ask(
            "POST", GIVEN_BACK, data=typed | no_photo | {"text": NAME * 3}, **{**where, **wish}
        )
        pairs = [{"ticket": TICKET, "secret": TICKET_SECRET}, {"ticket": NAME, "secret": NIK}]
        if answer.status_code in (200, 201):
            told = answer.get_json()
            self.receipts |= {told["ticket"].lower(), told["secret"].lower()}
            pairs.append({"ticket": told["ticket"], "secret": told["secret"]})
        for pair in pairs:
            for sent in ("json", "data"):
                for path, more in (
                    ("status", {}),
                    ("messages", {"step": "add", "text": STORY}),
                    ("messages", {"step": NAME, "text": STORY}),
                    ("satisfaction", {"score": 4, "text": STORY}),
                    ("satisfaction", {"score": NIK, "text": STORY}),
                ):
                    self.ask("POST", f"{GIVEN_BACK}/{path}", **{sent: pair | more}, **where)
        if self.case == "nosuchcomplaint0" and answer.status_code == 201:
            officer = Staff("x", "x", Role.AUDITOR, self.deployment.kelurahan.key)
            cases = Casework.of(self.deployment).cases(officer)
            self.case = next(case.id for case in cases if case.photos)

    def as_officers(self) -> None:
        for role in ("operator", "verifier"):
            token, csrf = self.sessions[role]
            self.client.set_cookie("__session", token)
            headers = {"X-CSRF-Token": csrf}
            content = file_of([row(4_321, nama=NAME), row(2, nik=NIK[:15], nama=NAME)])
            file = (io.BytesIO(content), f"{NAME}-{NIK}.csv")
            prepared = self.ask("POST", "/api/sync", data={"file": file}, headers=headers)
            if prepared.is_json and prepared.json and "differences_hash" in prepared.json:
                self.batch = prepared.json
            self.ask("POST", "/api/sync", json={"source": NAME}, headers=headers)
            self.ask("GET", f"/api/sync/{self.batch['id']}")
            self.ask("GET", f"/api/sync/{NIK}")
            body = {
                "reason": "tidak ada",
                "differences_hash": self.batch["differences_hash"],
                "password": PASSWORD,
            }
            path = f"/api/sync/{self.batch['id']}"
            undoing = {"reason": "tidak ada", "password": PASSWORD}
            wrong = body | {"password": NIK}
            self.ask("POST", f"{path}/approve", json=wrong, headers=headers)
            self.ask("POST", f"{path}/submit", json={"reason": NIK}, headers=headers)
            self.ask("POST", f"{path}/submit", json={"reason": "tidak ada"}, headers=headers)
            self.ask("POST", f"{path}/approve", json=body, headers=headers)
            self.ask("POST", f"{path}/undo", json=undoing, headers=headers)
            self.ask("POST", f"{path}x/reject", json={"reason": "tidak ada"}, headers=headers)
            self.ask("POST", f"{path}/{NIK}", json={NAME: NIK}, headers=headers)
            self.ask("GET", f"/staff/pengaduan/{self.case}/foto/1?name={NAME}")
            self.client.delete_cookie("__session")

    def ask(self, method: str, path: str, **options: Any) -> TestResponse:
        answer = self.client.open(path, method=method, **options)
        self.answers.append(answer)
        return answer

    def told(self) -> str:
        """What was answered, but for the pages and the status that give people their own words."""
        return "\n".join(
            str(answer.headers) if _gives_back(answer) else f"{answer.headers} {answer.text}"
            for answer in self.answers
        ).lower()


def _gives_back(answer: TestResponse) -> bool:
    is_answered = answer.status_code < 400 or answer.mimetype == "text/html"
    is_photo = answer.mimetype == "image/jpeg"
    return is_photo or (answer.request.path.startswith(GIVEN_BACK) and is_answered)


@pytest.fixture
def stores(deployment: Deployment) -> dict[str, Failing]:
    """The stores of the deployment and its files, in the tests' power."""
    given: Any = deployment
    made = {
        "registry": Failing(deployment.registry),
        "intake": Failing(deployment.intake),
        "lookup": Failing(deployment.lookup),
        "files": Failing(deployment.files),
    }
    given.registry, given.intake, given.lookup, given.files = made.values()
    hash_quickly(given)
    return made


@pytest.fixture
def caller(
    stores: dict[str, Failing],
    deployment: Deployment,
    staff: dict[str, str],
    run_on: Callable[[str, Deployment], None],
    tmp_path: Any,
) -> Caller:
    sessions = {}
    for role in ("operator", "verifier"):
        account = deployment.accounts.by_email(staff[role], deployment.kelurahan.key)
        session = deployment.sessions.issue(account)
        sessions[role] = (session.token, session.csrf)
    for name in FUNCTIONS:
        run_on(name, deployment)
    return Caller(create_gateway(tmp_path / "dist").test_client(), sessions, deployment)


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    stream = io.StringIO()
    logs.configure(stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logs.configure()


def assert_nothing_said(caller: Caller, written: list[dict[str, Any]], printed: str) -> None:
    logged = json.dumps(written, ensure_ascii=False).lower() + printed.lower()
    everything = caller.told() + logged
    assert [secret for secret in SECRETS if secret in everything] == []
    assert [secret for secret in caller.receipts if secret in logged] == []


def test_a_whole_run_says_nothing_of_anybody(
    caller: Caller,
    lines: Callable[[], list[dict[str, Any]]],
    capfd: pytest.CaptureFixture[str],
) -> None:
    caller.everything()
    written = lines()
    assert len(written) == len(caller.answers)
    assert {line["status"] for line in written} == {answer.status_code for answer in caller.answers}
    published = [answer for answer in caller.answers if b'"published"' in answer.data]
    assert published, "nothing was published: the run went too short a way"
    assert caller.receipts, "nobody complained"
    assert caller.case != "nosuchcomplaint0"
    assert any(answer.content_type == "image/jpeg" for answer in caller.answers)
    assert_nothing_said(caller, written, "".join(capfd.readouterr()))


EXPECTED = {
    "registry": {"get", "run"},
    "intake": {"get_many", "commit", "run"},
    "lookup": {"get", "get_many"},
}
"""Some of what is asked of each database on the way."""


@pytest.mark.parametrize("error", [bug, refusal, loss])
@pytest.mark.parametrize("database", ["registry", "intake", "lookup"])
def test_no_failure_of_a_store_says_anything_of_anybody(
    caller: Caller,
    stores: dict[str, Failing],
    lines: Callable[[], list[dict[str, Any]]],
    capfd: pytest.CaptureFixture[str],
    database: str,
    error: Callable[[], Exception],
) -> None:
    caller.everything()
    store = stores[database]
    store.error = error
    hit = set()
    for operation in OPERATIONS:
        store.operation, before = operation, store.failed
        caller.everything()
        if store.failed > before:
            hit.add(operation)
    written = lines()
    assert hit >= EXPECTED[database]
    expected = {bug: 500, refusal: 503, loss: 409}[error]
    failures = [line for line in written if line["message"] == "request" and line["status"] >= 500]
    assert expected in {line["status"] for line in written}
    if error is bug:
        assert {line["type"] for line in failures} == {"RuntimeError"}
        assert all(line["place"] for line in failures)
    assert_nothing_said(caller, written, "".join(capfd.readouterr()))


@pytest.mark.parametrize("error", [bug, refusal])
def test_no_failure_of_the_files_says_anything_of_anybody(
    caller: Caller,
    stores: dict[str, Failing],
    lines: Callable[[], list[dict[str, Any]]],
    capfd: pytest.CaptureFixture[str],
    error: Callable[[], Exception],
) -> None:
    caller.everything()
    files = stores["files"]
    files.error = error
    for operation in ("save", "read", "delete_folder"):
        files.operation, before = operation, files.failed
        caller.photo_key = f"{IDEMPOTENCY_KEY}-{operation}-photo"
        if operation == "delete_folder":  # what was saved goes again, if it can
            stores["intake"].operation = "commit"
        caller.everything()
        assert files.failed > before
    assert_nothing_said(caller, lines(), "".join(capfd.readouterr()))


def test_the_test_would_notice(caller: Caller) -> None:
    caller.ask("POST", "/api/lookup", json={"nik": NIK, "name": NAME})
    with pytest.raises(AssertionError):
        assert_nothing_said(caller, [{"message": NIK}], "")
