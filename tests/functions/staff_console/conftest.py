"""The console with an officer of each role signed in, a list, and a complaint."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from functions.staff_console.main import service
from shared.complaints.intake.service import IntakeService
from shared.complaints.intake.submission import Submission
from shared.complaints.model.case import Receipt
from shared.deployment import Deployment
from shared.platform.settings import DATABASES
from shared.programmes.catalogue import load_catalogue
from shared.recipients.model.batch import Batch
from shared.recipients.use_cases.background_reading import BackgroundReadings
from shared.recipients.use_cases.reading_progress import Report, Stage
from shared.recipients.use_cases.weekly_sync import RecipientSync
from shared.staff.accounts import Role, Staff
from tests.functions.conftest import PASSWORD
from tests.metered import Metered
from tests.recipients.office import HEADERS, row

OWN = "http://localhost"
CSRF = re.compile(r'name="csrf" value="([^"]+)"')


@dataclass
class Browser:
    """One officer's browser: keeps the cookie, and finds the token of the forms."""

    client: FlaskClient
    staff: Staff | None = None
    token: str = field(default="", repr=False)

    def get(self, path: str) -> TestResponse:
        return _faults_lead_somewhere(self.client.get(path, headers={"Accept": "text/html"}))

    def post(self, path: str, csrf: str | None = None, **fields: object) -> TestResponse:
        data = {"csrf": self.csrf() if csrf is None else csrf, **fields}
        headers = {"Accept": "text/html"}
        if not any(isinstance(each, tuple | list) for each in data.values()):
            return _faults_lead_somewhere(self.client.post(path, data=data, headers=headers))
        # as bytes: the client leaves a spooled form open
        boundary, content = encode_multipart({name: _parts(each) for name, each in data.items()})
        kind = f"multipart/form-data; boundary={boundary}"
        answer = self.client.post(path, data=content, content_type=kind, headers=headers)
        return _faults_lead_somewhere(answer)

    def csrf(self) -> str:
        if not self.token:
            found = CSRF.search(self.get("/staff/akun").text)
            assert found is not None
            self.token = found[1]
        return self.token


def _faults_lead_somewhere(answer: TestResponse) -> TestResponse:
    """Every fault in a page's summary leads to a field of it, which tells the same fault."""
    if "html" in (answer.content_type or ""):
        summary = answer.text.partition('class="error-summary"')[2].partition("</div>")[0]
        for target, said in re.findall(r'<a href="#([^"]+)">([^<]*)</a>', summary):
            assert answer.text.count(f'id="{target}"') == 1, target
            assert answer.text.count(said) > 1, said
    return answer


def _parts(value: Any) -> Any:
    """A field of a form, with files as the encoder takes them."""
    if isinstance(value, list):
        return [_parts(each) for each in value]
    return FileStorage(*value) if isinstance(value, tuple) else value


@dataclass
class Console:
    """The console and what is in it."""

    deployment: Deployment
    emails: dict[str, str]
    new_client: Callable[[], FlaskClient]
    folder: Path
    browsers: dict[str, Browser] = field(default_factory=dict)

    def anybody(self) -> Browser:
        """A browser in which nobody is signed in; it says that it is on a page of this site."""
        client = self.new_client()
        client.environ_base["HTTP_ORIGIN"] = OWN
        return Browser(client)

    def browser(self, role: str) -> Browser:
        """The browser of the officer of a role."""
        if role not in self.browsers:
            browser = self.anybody()
            fields = {"email": self.emails[role], "password": PASSWORD}
            answer = browser.client.post("/staff/masuk", data=fields)
            assert answer.status_code == 303, answer.text
            key = self.deployment.kelurahan.key
            browser.staff = self.deployment.accounts.by_email(self.emails[role], key)
            self.browsers[role] = browser
        return self.browsers[role]

    def sync(self) -> RecipientSync:
        return RecipientSync.of(self.deployment, load_catalogue())

    def officer(self, role: str) -> Staff:
        key = self.deployment.kelurahan.key
        return self.deployment.accounts.by_email(self.emails[role], key)

    def prepared(self, *numbers: int, **changed: str) -> Batch:
        """A batch of these people, as the operator prepared it."""
        path = self.folder / "daftar.csv"
        path.write_bytes(csv(*numbers, **changed))
        return self.sync().prepare(path, path.name, self.officer("operator"))

    def published(self, *numbers: int) -> Batch:
        """The same, approved by the verifier."""
        sync, operator = self.sync(), self.officer("operator")
        batch = self.prepared(*numbers)
        sync.submit(batch.id, operator, "Hasil pemutakhiran bulan ini")
        return sync.approve(batch.id, self.officer("verifier"), "Sudah diperiksa")

    def complaint(self, **changed: object) -> Receipt:
        """A complaint that came over the site."""
        fields = {
            "kind": "not-received",
            "text": "Bantuan bulan ini belum saya terima.",
            "programme": "bpnt",
            "name": "Euis Karlina",
            "nik": "3273090101900007",
            "contact": "0812 3456 7890",
            "rw": "03",
            **changed,
        }
        desk = IntakeService.of(self.deployment)
        return desk.receive(Submission(**fields), f"key-{len(self.complaints):020d}")  # type: ignore[arg-type]

    def reading(self, work: Callable[[Report], Batch]) -> str:
        """The id of a list's reading that was begun and has ended, while nobody waited for it."""
        deployment, released = self.deployment, Event()

        def late(report: Report) -> Batch:
            released.wait(30)
            return work(report)

        which = BackgroundReadings(
            deployment.registry,
            deployment.registry_keys,
            deployment.kelurahan.key,
            deployment.clock,
            patience=0.0,
            beat=0.01,
        )
        reading_id = which.begin(late, ExitStack())
        assert isinstance(reading_id, str)
        released.set()
        deadline = time.monotonic() + 30
        while which.get(reading_id).stage not in (Stage.READY, Stage.REFUSED):
            assert time.monotonic() < deadline
        return reading_id

    def reads(self, role: str, path: str) -> int:
        """What a page costs in a process that has nothing in memory."""
        browser = self.browser(role)
        with closing(Deployment.embedded(self.deployment.settings, self.deployment.clock)) as fresh:
            stores = [Metered(fresh.store(name)) for name in DATABASES]
            for name, store in zip(DATABASES, stores, strict=True):
                fresh._parts[name] = store
            before, service.deployment = service.deployment, lambda: fresh
            try:
                assert browser.get(path).status_code == 200
            finally:
                service.deployment = before
        return sum(store.reads for store in stores)

    @property
    def complaints(self) -> list[object]:
        book = IntakeService.of(self.deployment)._book
        return list(book.newest())


def csv(*numbers: int, **changed: str) -> bytes:
    """A list of these people."""
    lines = [",".join(HEADERS), *(",".join(row(number, **changed)) for number in numbers)]
    return "\n".join(lines).encode()


def upload(content: bytes, name: str = "daftar.csv") -> tuple[BytesIO, str]:
    """A file as a form sends it."""
    return BytesIO(content), name


@pytest.fixture
def console(
    deployment: Deployment,
    staff: dict[str, str],
    client: Callable[[str], FlaskClient],
    tmp_path: Path,
) -> Console:
    """The console of one office PC."""
    return Console(deployment, staff, lambda: client("staff_console"), tmp_path)


ROLES = tuple(role.value for role in Role)
