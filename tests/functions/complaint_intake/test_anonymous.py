"""Anonymous means anonymous: nothing of who sends is kept, not even in a form that can't be read.

Two worlds with the same keys get the same complaint from two different people. What is kept of
either must be the same: whatever was made of an address, a name or a NIK, keyed hashes included,
would differ.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.complaints.casework.service import Casework
from shared.deployment import Deployment
from shared.platform.crypto.keys import Keyset
from shared.platform.settings import DATABASES, Settings
from shared.platform.store import Store
from shared.staff.accounts import Role, Staff
from tests.complaints import dumping
from tests.complaints.pictures import telling
from tests.functions.complaint_intake.complaining import ADDRESS, new_key, read, sent_with, told
from tests.functions.conftest import ROOT, Client, Clock, hash_quickly

TEXT = "Bantuan dipotong lima puluh ribu rupiah di tempat pembagian."
DRAWN = re.compile(r"-[0-9a-f]{8}/")  # a folder of photos ends in what was drawn for it alone


@dataclass(frozen=True)
class Person:
    """Somebody, and all that their telephone says of them."""

    name: str
    nik: str
    contact: str
    address: str
    agent: str

    def typed(self, key: str) -> dict[str, str]:
        return {
            "kind": "deduction",
            "text": TEXT,
            "name": self.name,
            "nik": self.nik,
            "contact": self.contact,
            "anonymous": "true",
            "idempotency_key": key,
        }

    def headers(self) -> dict[str, str]:
        return {
            "X-Forwarded-For": f"{self.address}, 198.51.100.1",
            "X-Real-IP": self.address,
            "Forwarded": f"for={self.address}",
            "User-Agent": self.agent,
            "Referer": f"http://127.0.0.1/?name={self.name}",
            "Cookie": f"nama={self.name}",
            "Accept-Language": self.agent,
        }

    def marks(self) -> set[str]:
        """Whatever tells of them, in the forms in which it could be written."""
        digits = re.sub(r"\D", "", self.contact).removeprefix("0")
        parts = {*self.name.split(), self.nik, self.contact, digits, self.address, self.agent}
        return {part.casefold() for part in parts}


EUIS = Person("Euis Penandawati", "3273090101900007", "0812 3456 7890", "203.0.113.77", "HP-EUIS/1")
ASEP = Person("Asep Tandabukti", "3273090201800008", "0857 1122 3344", "2001:db8::99", "HP-ASEP/2")


@dataclass
class World:
    """An office, whose store may be of either kind."""

    deployment: Deployment
    web: FlaskClient
    folder: Path

    def files(self) -> dict[str, bytes]:
        """All files under the data folder, but for the databases, which are looked at as such."""
        return {
            path.relative_to(self.folder).as_posix(): path.read_bytes()
            for path in self.folder.rglob("*")
            if path.is_file() and "sqlite3" not in path.name
        }

    def everything(self) -> str:
        """All documents of all databases, and the raw bytes and names of all files."""
        stores = [self.deployment.store(name) for name in DATABASES]
        parts = [dumping.text(store) for store in stores]
        parts += [path for store in stores for path in dumping.documents(store)]
        for path in self.folder.rglob("*"):
            parts.append(path.as_posix())
            if path.is_file():
                parts.append(path.read_bytes().decode("utf-8", "replace"))
        return "\n".join(parts).casefold()


@pytest.fixture
def world(
    tmp_path: Path, client: Client, clock: Clock, run_on: Callable[[str, Deployment], None]
) -> Callable[[str, Store | None], World]:
    """Makes worlds with the same keys."""
    keys = [Keyset.generate().secret_text() for _ in range(3)]

    def make(name: str, intake: Store | None) -> World:
        settings = Settings(
            data=tmp_path / name,
            kelurahan_folder=ROOT / "kelurahan",
            registry_keys=keys[0],
            lookup_keys=keys[1],
            intake_keys=keys[2],
        )
        deployment = Deployment.embedded(settings, clock)
        given: Any = deployment
        if intake is not None:
            given.intake = intake
        hash_quickly(deployment)
        web = client("complaint_intake")
        run_on("complaint_intake", deployment)
        return World(deployment, web, tmp_path / name)

    return make


def live_through(world: World, person: Person, key: str) -> None:
    """Complain with a photo, by script and by form, be wrong about the secret, and say more."""
    typed, sender = person.typed(key), {"REMOTE_ADDR": person.address}
    where: Any = {"headers": person.headers(), "environ_base": sender}
    check = read(world.web.post(ADDRESS, data=typed | {"idempotency_key": ""}, **where))
    assert check.form(ADDRESS).fields["name"] == person.name
    world.web.post(ADDRESS, data=typed | {"rt": "salah"}, **where)
    world.web.post(ADDRESS, data=typed | {"text": "x" * 9_000}, **where)
    for name, value in person.headers().items():
        world.web.environ_base[f"HTTP_{name.upper().replace('-', '_')}"] = value
    world.web.environ_base["REMOTE_ADDR"] = person.address
    receipt = told(sent_with(world.web, typed, [telling()], "application/json"), 201)
    told(sent_with(world.web, typed, [telling()], "application/json"))
    told(sent_with(world.web, typed, [], "application/json"))
    told(sent_with(world.web, typed | {"rt": "09"}, [], "application/json"), 409)
    pair = {"ticket": receipt["ticket"], "secret": receipt["secret"]}
    for wrong in ({**pair, "secret": "0" * 16}, {**pair, "ticket": "TS26-7KQ4-M2XD-9"}):
        for _ in range(5):
            told(world.web.post(f"{ADDRESS}/status", json=wrong), 404)
    told(world.web.post(f"{ADDRESS}/status", json=pair))
    more = {**pair, "step": "add", "text": "Ada tetangga yang melihat."}
    told(world.web.post(f"{ADDRESS}/messages", json=more))


@pytest.mark.parametrize("person", [EUIS, ASEP], ids=["telephone", "ipv6"])
def test_nothing_of_who_is_anonymous_is_anywhere(
    world: Callable[[str, Store | None], World], store: Store, person: Person
) -> None:
    here = world("here", store)
    live_through(here, person, new_key())
    held = here.everything()
    assert "deduction" in held, "the complaint is not where it was looked for"
    assert sorted(mark for mark in person.marks() if mark in held) == []
    assert TEXT.casefold() not in held


def test_what_is_kept_of_two_people_is_the_same(
    world: Callable[[str, Store | None], World],
) -> None:
    key = new_key()
    kept = []
    for name, person in (("one", EUIS), ("two", ASEP)):
        there = world(name, None)
        live_through(there, person, key)
        kept.append(
            (
                _shape(dumping.documents(there.deployment.intake)),
                _shape(dumping.documents(there.deployment.lookup)),
                {DRAWN.sub("/", path): len(content) for path, content in there.files().items()},
                _words(there.deployment),
            )
        )
    assert kept[0] == kept[1]
    assert any("complaints" in path for path in kept[0][0])


def test_the_same_test_sees_a_name_that_is_kept(
    world: Callable[[str, Store | None], World],
) -> None:
    key, kept = new_key(), []
    for name, person in (("one", EUIS), ("two", ASEP)):
        there = world(name, None)
        typed = {**person.typed(key), "anonymous": "false"}
        told(there.web.post(ADDRESS, json=typed), 201)
        kept.append(_shape(dumping.documents(there.deployment.intake)))
    assert kept[0] != kept[1]


def _shape(documents: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """All that isn't drawn anew each time: sealed words, and what vouches for them, by length."""
    drawn = {"sealed", "mac", "vouch", "proof", "photo_folder"}
    return {
        path: {
            name: len(value) if name in drawn and value else value for name, value in fields.items()
        }
        for path, fields in documents.items()
    }


def _words(deployment: Deployment) -> Any:
    """What the staff can read, identity included."""
    officer = Staff("verifier-1", "Rina", Role.VERIFIER, deployment.kelurahan.key)
    work = Casework.of(deployment)
    (case,) = work.cases(officer)
    found = work.show(officer, case.id, identity_reason="pemeriksaan pengaduan")
    assert not found.has_identity
    return found.words, [(event.public, event.internal) for event in found.timeline]
