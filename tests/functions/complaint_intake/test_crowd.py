"""A thousand complaints from fifty residents at once: none lost, none twice, also over a kill."""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from shared.complaints.model.case import Case
from shared.complaints.model.repository import CaseRepository
from shared.deployment import Deployment
from shared.platform.crypto.keys import Keyset
from shared.platform.settings import DATABASES, Settings
from tests.complaints.intake import crowd

COMPLAINTS = 1_000
CLIENTS = 50
KILLED_AT = (150, 400, 700)


@dataclass(frozen=True)
class Place:
    """Where complaints go: the environment of the gateway, and the same for the test."""

    given: Mapping[str, str]
    settings: Settings
    folder: Path

    def cases(self) -> list[Case]:
        """All complaints that were kept."""
        deployment = Deployment.from_settings(self.settings, needs=DATABASES)
        try:
            keys, key = deployment.intake_keys, deployment.kelurahan.key
            book = CaseRepository(deployment.intake, keys, key)
            found = [case for _, case in book.newest()]
            assert all(len(book.timeline(case)) == case.events == 1 for case in found)
            return found
        finally:
            deployment.close()


@pytest.fixture(params=["sqlite", pytest.param("firestore", marks=pytest.mark.emulator)])
def place(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    kelurahan = crowd.ROOT / "kelurahan"
    shared = {"NUTERA_DATA": str(tmp_path / "data"), "NUTERA_KELURAHAN_FOLDER": str(kelurahan)}
    if request.param == "sqlite":
        settings = Settings(data=tmp_path / "data", kelurahan_folder=kelurahan)
        yield Place(shared, settings, tmp_path)
        return
    host = request.getfixturevalue("emulator")
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", host)
    project = f"test-{uuid.uuid4().hex[:20]}"
    registry, intake, lookup = (Keyset.generate().secret_text() for _ in range(3))
    given = {
        **shared,
        "NUTERA_STORE": "firestore",
        "NUTERA_PROJECT": project,
        "NUTERA_REGISTRY_KEYS": registry,
        "NUTERA_INTAKE_KEYS": intake,
        "NUTERA_LOOKUP_KEYS": lookup,
        "FIRESTORE_EMULATOR_HOST": host,
    }
    settings = Settings(
        store="firestore",
        data=tmp_path / "data",
        project=project,
        kelurahan_folder=kelurahan,
        registry_keys=registry,
        intake_keys=intake,
        lookup_keys=lookup,
    )
    yield Place(given, settings, tmp_path)


def test_a_thousand_complaints_at_once_are_a_thousand_tickets(place: Place) -> None:
    with crowd.running(place.given, place.folder) as gateway:
        answers = crowd.post_all(gateway.port, COMPLAINTS, CLIENTS)
    assert Counter(answers.statuses) == {201: COMPLAINTS}
    _all_are_kept_once(answers, place)


def test_a_process_killed_meanwhile_loses_none_and_makes_none_twice(place: Place) -> None:
    lock, waiting = threading.Lock(), list(KILLED_AT)
    with crowd.running(place.given, place.folder) as gateway:

        def kill_now_and_then(answered: int) -> None:
            with lock:
                if waiting and answered >= waiting[0]:
                    waiting.pop(0)
                    gateway.kill()
                    gateway.start()

        answers = crowd.post_all(gateway.port, COMPLAINTS, CLIENTS, after=kill_now_and_then)
    assert not waiting
    assert answers.unanswered > 0, "nobody was waiting for an answer when it was killed"
    _all_are_kept_once(answers, place)


def _all_are_kept_once(answers: crowd.Answers, place: Place) -> None:
    told = set(answers.tickets.values())
    assert len(answers.tickets) == len(told) == COMPLAINTS
    kept = Counter(case.ticket for case in place.cases())
    assert set(kept) == told
    assert set(kept.values()) == {1}
