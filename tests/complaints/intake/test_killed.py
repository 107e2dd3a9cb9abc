"""`kill -9` while words and photos are deleted: run again, and all is as it should be."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

from PIL import Image

from shared.complaints.model.case import Case
from shared.complaints.model.lifecycle import Outcome, Step
from shared.complaints.scheduled.retention import Retention
from shared.platform.store.firestore.store import FirestoreStore
from shared.platform.store.sqlite.store import SqliteStore
from tests.complaints import dumping
from tests.complaints.office import ROOT, Office, typed

COMPLAINTS = 3
MOST_RUNS = 40


def test_a_deletion_killed_at_any_moment_is_finished_by_the_next_run(office: Office) -> None:
    office.hire("operator")
    ended = [_ended(office, number) for number in range(COMPLAINTS)]
    waiting = office.desk.receive(typed(), office.key(), [_photo(office.folder)]).case
    office.later(days=400)
    killed = Counter[str]()
    for _ in range(MOST_RUNS):
        # at its first, second, third and fourth line in turn, so that they come on
        word = _run(office, 1 + killed.total() % 4)
        if word == "end":
            break
        killed[word] += 1
        _nothing_is_half_done(office, ended)
    # within a transaction, after one, and between two photos
    assert {*killed} == {"writing", "commit", "file"}
    retention = Retention(office.premises)
    assert retention.run() == {"photos": 0, "erased": 0, "orphans": 0}
    assert all(office.book.get(case.id).erased for case in ended)
    _nothing_is_half_done(office, ended)
    assert office.album.folders() == [waiting.photo_folder]
    assert office.album.photo(waiting.photo_folder, 1)[:3] == b"\xff\xd8\xff"


def _photo(folder: Path) -> Path:
    path = folder / "foto.jpg"
    Image.new("RGB", (60, 40), "red").save(path)
    return path


def _ended(office: Office, number: int) -> Case:
    case = office.desk.receive(
        typed(rt=f"{number + 1:02d}"), office.key(), [_photo(office.folder)] * 2
    ).case
    office.take("operator", case, Step.VERIFY)
    return office.take("operator", case, Step.CLOSE, outcome=Outcome.PROVEN)


def _nothing_is_half_done(office: Office, ended: list[Case]) -> None:
    """A complaint has all its words or none, and all the photos that it says it has."""
    documents = dumping.documents(office.registry)
    for before in ended:
        case = office.book.get(before.id)
        path = office.book.documents.path(case.id)
        events = [data for each, data in documents.items() if each.startswith(f"{path}/events/")]
        assert len(events) == case.events
        sealed = [data["sealed"] is not None for data in (documents[path], *events)]
        assert set(sealed) == {not case.erased}
        for number in range(1, case.photos + 1):
            assert office.album.photo(case.photo_folder, number)[:3] == b"\xff\xd8\xff"


def _run(office: Office, kill_at: int) -> str:
    """Delete in a process of its own, killed at its so many-th line; which that was."""
    store = office.registry
    if isinstance(store, FirestoreStore):
        kind, where = "firestore", store.project
    else:
        assert isinstance(store, SqliteStore)
        kind, where = "sqlite", str(store.path)
    words = [kind, where, str(office.folder), office.now.isoformat()]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.complaints.scheduled.retention_process", *words],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    word = ""
    for told in range(kill_at):
        if told:
            process.stdin.write("\n")
            process.stdin.flush()
        word = process.stdout.readline().strip()
        assert word, "it ended by itself"
        if word == "end":
            break
    process.kill()  # it waits to be heard: wherever it is, it is there
    process.wait()
    process.stdin.close()
    process.stdout.close()
    return word
