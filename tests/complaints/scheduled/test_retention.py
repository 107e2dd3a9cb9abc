"""Retention: an ended complaint's words and photos are deleted for good; statistics stay."""

from __future__ import annotations

import base64
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any, cast

import pytest
from PIL import Image

from shared.complaints.model import repository
from shared.complaints.model.case import Case, Receipt
from shared.complaints.model.lifecycle import Outcome, State, Step
from shared.complaints.scheduled.retention import Retention
from shared.complaints.scheduled.unattended_sweep import Sweep
from shared.platform.errors import (
    Forbidden,
    Invalid,
    NamedInComplaint,
    Overtaken,
    TicketUnknown,
    Unavailable,
    WrongState,
)
from shared.platform.store import Write
from tests.complaints import dumping
from tests.complaints.office import TYPED, Office, typed

SAID = "Tambahan dari pelapor yang tidak boleh tertinggal"
INTERNAL = "Catatan internal petugas yang tidak boleh tertinggal"
ANSWER = "Jawaban petugas yang tidak boleh tertinggal."
WISH = "Pelapor meminta datanya dihapus"
DAY = timedelta(days=1)


def retention(office: Office) -> Retention:
    return Retention(office.premises)


def run(office: Office, **more: bool) -> dict[str, int]:
    return retention(office).run(**more)


def photo(office: Office, colour: str) -> Path:
    path = office.folder / f"{colour}.jpg"
    Image.new("RGB", (60, 40), colour).save(path)
    return path


def with_photos(office: Office, *colours: str) -> Receipt:
    return office.desk.receive(typed(), office.key(), [photo(office, each) for each in colours])


def closed(office: Office, receipt: Receipt) -> Case:
    office.desk.message(receipt.ticket, receipt.secret, Step.ADD, SAID)
    office.take("operator", receipt.case, Step.VERIFY, internal=INTERNAL)
    closing = {"outcome": Outcome.PROVEN, "public": ANSWER}
    return office.take("operator", receipt.case, Step.CLOSE, **closing)


def photo_files(office: Office) -> list[Path]:
    root = office.folder / "files"
    return [path for path in root.rglob("*") if path.is_file()]


def sealed(office: Office, case: Case) -> list[bytes]:
    """Everything sealed that the registry holds of a complaint."""
    held = [office.book.snapshot(case.id).data or {}]
    held += [
        data
        for path, data in dumping.documents(office.registry).items()
        if path.startswith(f"{office.book.documents.path(case.id)}/")
    ]
    return [data["sealed"] for data in held if isinstance(data.get("sealed"), bytes)]


def held(office: Office) -> list[bytes]:
    """The content of all files, and all that the registry's documents say."""
    return [
        *(path.read_bytes() for path in photo_files(office)),
        dumping.text(office.registry).encode(),
    ]


@pytest.fixture(autouse=True)
def _staffed(office: Office) -> None:
    office.hire("operator", "verifier")


def test_photos_go_first_and_the_words_later(office: Office) -> None:
    rules = office.kelurahan.complaints
    receipt = with_photos(office, "red", "blue")
    ended = closed(office, receipt)
    office.later(days=rules.photo_retention_days, seconds=-1)
    assert run(office) == {"photos": 0, "erased": 0, "orphans": 0}
    office.later(seconds=1)
    assert run(office, dry_run=True) == {"photos": 2, "erased": 0, "orphans": 0}
    assert len(photo_files(office)) == 2
    assert run(office) == {"photos": 2, "erased": 0, "orphans": 0}
    assert photo_files(office) == []
    after = office.book.get(ended.id)
    assert (after.photos, after.photo_folder, after.erased) == (0, "", False)
    assert office.desk.status(receipt.ticket, receipt.secret).timeline[-1].public == ANSWER
    office.now = ended.erase_at or office.now
    office.later(seconds=-1)
    assert run(office) == {"photos": 0, "erased": 0, "orphans": 0}
    office.later(seconds=1)
    assert run(office, dry_run=True) == {"photos": 0, "erased": 1, "orphans": 0}
    assert run(office) == {"photos": 0, "erased": 1, "orphans": 0}
    assert run(office) == {"photos": 0, "erased": 0, "orphans": 0}


def test_nothing_that_was_typed_is_left_and_the_statistics_stay(office: Office) -> None:
    receipt = with_photos(office, "red")
    ended = closed(office, receipt)
    office.desk.rate(receipt.ticket, receipt.secret, 2, SAID)
    before = office.book.get(ended.id)
    words = sealed(office, ended)
    assert len(words) == 1 + before.events
    kept = cast(dict[str, Any], office.book.snapshot(ended.id).data)
    marks = [kept["secret"], *kept["said"]["marks"]]
    assert len(marks) == 3
    office.later(days=office.kelurahan.complaints.retention_days)
    assert run(office) == {"photos": 1, "erased": 1, "orphans": 0}

    assert sealed(office, ended) == []
    after = office.book.get(ended.id)
    for name in ("kind", "programme", "rw", "rt", "state", "outcome", "received_at", "closed_at"):
        assert getattr(after, name) == getattr(before, name)
    assert (after.score, after.reopened, after.events) == (2, 0, before.events)
    assert (after.erased, after.erase_at, after.check_back_at) == (True, None, None)
    timeline = office.book.timeline(after)
    assert len(timeline) == before.events
    assert {(each.public, each.internal) for each in timeline} == {("", "")}
    office.later(days=1)
    settle(office)
    left = held(office)
    for said in (TYPED.text, TYPED.name, TYPED.nik, "81234567890", SAID, INTERNAL, ANSWER):
        assert not any(said.encode() in each for each in left)
    for gone in words + marks:
        assert not any(is_in(each, gone) for each in raw(office))


def settle(office: Office) -> None:
    """On SQLite, what the housekeeping does at its end."""
    if hasattr(office.registry, "settle"):
        assert office.registry.settle()


def raw(office: Office) -> Iterator[bytes]:
    """Every byte that lies on the disk, and every value of every document."""
    for path in office.folder.rglob("*"):
        if path.is_file():
            yield path.read_bytes()

    def values(value: Any) -> Iterator[bytes]:
        if isinstance(value, bytes):
            yield value
        elif isinstance(value, dict):
            for each in value.values():
                yield from values(each)

    yield from values(dumping.documents(office.registry))


def is_in(content: bytes, value: bytes) -> bool:
    """Whether it holds these bytes, as they are or as SQLite keeps them."""
    return value in content or base64.b64encode(value).rstrip(b"=") in content


def test_what_is_searched_for_would_be_found_before(office: Office) -> None:
    ended = closed(office, office.receive())
    settle(office)
    for word in sealed(office, ended):
        assert any(is_in(each, word) for each in raw(office))


def test_an_erased_ticket_answers_as_an_unknown_one(office: Office) -> None:
    receipt = office.receive()
    closed(office, receipt)
    office.later(days=400)
    run(office)
    for ask in (
        lambda: office.desk.status(receipt.ticket, receipt.secret),
        lambda: office.desk.message(receipt.ticket, receipt.secret, Step.ADD, "Halo, ini saya."),
        lambda: office.desk.rate(receipt.ticket, receipt.secret, 1),
    ):
        with pytest.raises(TicketUnknown):
            ask()


def test_no_word_comes_to_an_erased_complaint_any_more(office: Office) -> None:
    ended = closed(office, office.receive())
    office.later(days=400)
    run(office)
    with pytest.raises(WrongState) as refused:
        office.take("operator", ended, Step.NOTE, internal="Euis datang lagi hari ini.")
    assert "dihapus" in refused.value.detail
    assert sealed(office, ended) == []
    file = office.work.show(office.staff["verifier"], ended.id, identity_reason="Memeriksa arsip")
    assert (file.words.text, file.has_identity, file.next_steps) == ("", False, ())


def test_open_and_reopened_ones_are_never_touched(office: Office) -> None:
    waiting, reopened, appealed = (with_photos(office, c) for c in ("red", "blue", "green"))
    for receipt, step in ((reopened, Step.REOPEN), (appealed, Step.APPEAL)):
        closed(office, receipt)
        office.desk.message(receipt.ticket, receipt.secret, step, "Belum beres, mohon dilihat.")
    before = {each.ticket: office.stored(each.case) for each in (waiting, reopened, appealed)}
    office.later(days=4_000)
    assert run(office) == {"photos": 0, "erased": 0, "orphans": 0}
    assert before == {
        each.ticket: office.stored(each.case) for each in (waiting, reopened, appealed)
    }
    assert len(photo_files(office)) == 3


def test_one_that_is_opened_again_between_reading_and_erasing_stays_whole(office: Office) -> None:
    receipt = with_photos(office, "red")
    ended = closed(office, receipt)
    office.later(days=400)
    before = office.now

    def meanwhile() -> bool:
        office.now = ended.reopen_until or office.now  # its clock is behind
        if not office.book.get(ended.id).is_open:
            office.desk.message(receipt.ticket, receipt.secret, Step.REOPEN, "Belum beres.")
        office.now = before
        return True

    assert retention(office).run(Sweep(meanwhile)) == {"photos": 0, "erased": 0, "orphans": 0}
    assert office.desk.status(receipt.ticket, receipt.secret).case.state is State.REOPENED
    assert len(photo_files(office)) == 1


def test_two_runs_at_once_count_each_thing_once(office: Office) -> None:
    for colour in ("red", "blue", "green", "white"):
        closed(office, with_photos(office, colour))
    office.later(days=400)
    start = Barrier(2)

    def one(_: int) -> dict[str, int]:
        start.wait(20)
        return run(office)

    with ThreadPoolExecutor(2) as pool:
        done = [*pool.map(one, range(2))]
    assert [sum(each[name] for each in done) for name in ("photos", "erased")] == [4, 4]
    assert photo_files(office) == []


# --- photos of no complaint ------------------------------------------------------------------


def aged(office: Office, folder: Path, age: timedelta) -> None:
    at = (office.now - age).timestamp()
    for path in (*folder.rglob("*"), folder):
        os.utime(path, (at, at))


def orphan(office: Office, name: str, age: timedelta) -> Path:
    folder = office.folder / "files" / "complaint-photos" / office.kelurahan.key / name
    folder.mkdir(parents=True)
    (folder / "1.sealed").write_bytes(b"sealed")
    (folder / ".aside-0011").write_bytes(b"half of another")
    aged(office, folder, age)
    return folder


def test_photos_of_no_complaint_go_after_a_day_and_arriving_ones_stay(office: Office) -> None:
    case = with_photos(office, "red").case
    mine = office.folder / "files" / "complaint-photos" / office.kelurahan.key / case.photo_folder
    aged(office, mine, 300 * DAY)
    gone = [
        orphan(office, "nobodys-00112233", DAY + timedelta(minutes=1)),
        orphan(office, f"{case.id}-00000000", 2 * DAY),  # another try of the same
    ]
    arriving = orphan(office, "arriving-00112233", DAY - timedelta(minutes=1))
    half = orphan(office, "half-00112233", DAY - timedelta(minutes=1))
    (half / "1.sealed").unlink()
    aged(office, half, 2 * DAY)
    assert run(office, dry_run=True) == {"photos": 0, "erased": 0, "orphans": 3}
    assert run(office) == {"photos": 0, "erased": 0, "orphans": 2}
    assert [path for path in (*gone, half) if path.exists()] == []
    assert arriving.exists()
    assert office.album.photo(case.photo_folder, 1)[:3] == b"\xff\xd8\xff"


def test_a_folder_that_only_just_got_its_latest_photo_is_arriving(office: Office) -> None:
    folder = orphan(office, "arriving-00112233", 2 * DAY)
    latest = (office.now - timedelta(minutes=5)).timestamp()
    os.utime(folder / "1.sealed", (latest, latest))
    assert run(office)["orphans"] == 0
    assert folder.exists()


def test_a_registry_that_lacks_complaints_costs_no_photo(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    """The wrong database, or one that is only just being put back."""
    folders = [orphan(office, f"nobodys{number}-00112233", 2 * DAY) for number in range(21)]
    assert run(office)["orphans"] == 0
    assert all(folder.exists() for folder in folders)
    (line,) = caplog.records
    assert (line.message, line.levelname) == ("most photos belong to no complaint", "ERROR")
    folders[0].rename(office.folder / "looked-at")
    assert run(office, dry_run=True)["orphans"] == 20
    assert run(office)["orphans"] == 20
    assert len(caplog.records) == 1


def test_many_folders_are_gone_through_a_hundred_at_a_time(office: Office) -> None:
    case = with_photos(office, "red").case
    for number in range(40):  # tries that came to nothing
        orphan(office, f"{case.id}-{number:08x}", 2 * DAY)
    for number in range(100):
        orphan(office, f"zz{number:03}-00112233", timedelta())  # still arriving
    for number in range(5):
        orphan(office, f"zzz{number}-00112233", 2 * DAY)
    asked = iter([True, False])
    tour = Sweep(lambda: next(asked))
    assert retention(office).run(tour)["orphans"] == 40
    assert tour.is_cut_short
    assert run(office)["orphans"] == 5
    assert len(office.album.folders()) == 101
    assert office.album.photo(case.photo_folder, 1)[:3] == b"\xff\xd8\xff"


# --- damage ----------------------------------------------------------------------------------


def test_a_damaged_one_keeps_its_words_and_photos_and_the_others_go(office: Office) -> None:
    receipts = [with_photos(office, colour) for colour in ("red", "blue", "green")]
    ended = [closed(office, each) for each in receipts]
    broken = ended[1]
    office.registry.update(office.book.documents.path(broken.id), {"rw": "09"})
    root = office.folder / "files" / "complaint-photos" / office.kelurahan.key
    for folder in root.iterdir():
        aged(office, folder, 300 * DAY)
    office.later(days=400)
    tour = Sweep()
    assert retention(office).run(tour) == {"photos": 2, "erased": 2, "orphans": 0}
    assert tour.damaged == {broken.id}
    assert [path.parent.name for path in photo_files(office)] == [broken.photo_folder]
    assert len(sealed(office, broken)) == 1 + broken.events
    assert run(office) == {"photos": 0, "erased": 0, "orphans": 0}


@pytest.mark.parametrize("harm", ["changed", "gone", "added"])
def test_words_go_whatever_somebody_did_to_the_events(office: Office, harm: str) -> None:
    ended = closed(office, office.receive())
    folder = office.book.documents.events(ended.id)
    second = office.registry.get(f"{folder}/0002").data or {}
    harms = {
        "changed": Write("update", f"{folder}/0002", {"role": "admin"}),
        "gone": Write("delete", f"{folder}/0002"),
        "added": Write("create", f"{folder}/0009", {**second, "number": 9}),
    }
    office.registry.commit([harms[harm]])
    office.later(days=400)
    assert run(office) == {"photos": 0, "erased": 1, "orphans": 0}
    assert sealed(office, ended) == []


def test_a_folder_that_was_deleted_by_hand_is_no_fault(office: Office) -> None:
    ended = closed(office, with_photos(office, "red"))
    shutil.rmtree(office.folder / "files")
    office.later(days=400)
    assert run(office) == {"photos": 0, "erased": 1, "orphans": 0}
    assert office.book.get(ended.id).erased


# --- what was done, told also of a run that was stopped --------------------------------------


@pytest.mark.parametrize("name", ["Folder baru", "@eaDir", "not.an.id", "lost+found"])
def test_what_somebody_else_put_there_stops_nothing_and_stays(office: Office, name: str) -> None:
    strange = orphan(office, name, 2 * DAY)
    closed(office, with_photos(office, "red"))
    office.later(days=400)
    assert run(office) == {"photos": 1, "erased": 1, "orphans": 0}
    assert strange.exists()


def test_a_run_that_is_stopped_tells_what_it_has_done(office: Office) -> None:
    for colour in ("red", "blue"):
        closed(office, with_photos(office, colour))
    office.later(days=400)
    left = iter([1])
    usual = office.album.delete

    def fails_later(folder: str) -> int:
        if not next(left, 0):
            raise Unavailable()
        return usual(folder)

    office.album.delete = fails_later  # type: ignore[method-assign]
    tour = Sweep()
    with pytest.raises(Unavailable):
        retention(office).run(tour)
    assert tour.counts == {"photos": 1, "erased": 0, "orphans": 0}


def test_very_many_events_lose_their_words_some_at_a_time(office: Office) -> None:
    case = office.receive().case
    for number in range(repository._ERASED_AT_ONCE + 5):
        office.take("operator", case, Step.NOTE, internal=f"Catatan {number}.")
    office.take("operator", case, Step.VERIFY)
    ended = office.take("operator", case, Step.CLOSE, outcome=Outcome.PROVEN)
    office.later(days=400)
    assert run(office)["erased"] == 1
    assert sealed(office, ended) == []
    after = office.book.get(case.id)
    assert len(office.book.timeline(after)) == after.events == repository._ERASED_AT_ONCE + 8


# --- at the resident's wish ------------------------------------------------------------------


def test_a_verifier_erases_at_the_residents_wish_what_has_ended(office: Office) -> None:
    receipt = with_photos(office, "red")
    ended = closed(office, receipt)
    verifier = office.staff["verifier"]
    bare = office.work.erase(verifier, ended.id, WISH, version=ended.version)
    assert (bare.erased, bare.photos, bare.photo_folder) == (True, 0, "")
    assert photo_files(office) == []
    assert sealed(office, ended) == []
    entry = office.audit.entries(limit=500)[-1]
    assert (entry.action, entry.actor) == ("complaint.erase", verifier.id)
    assert dict(entry.details) == {"reason": WISH, "photos": 1}
    with pytest.raises(TicketUnknown):
        office.desk.status(receipt.ticket, receipt.secret)
    office.later(days=400)
    assert run(office) == {"photos": 0, "erased": 0, "orphans": 0}


def test_nobody_else_erases_and_nothing_that_is_open(office: Office) -> None:
    receipt = office.receive()
    operator, verifier = office.staff["operator"], office.staff["verifier"]
    version = receipt.case.version
    with pytest.raises(WrongState):
        office.work.erase(verifier, receipt.case.id, WISH, version=version)
    ended = closed(office, receipt)
    with pytest.raises(Forbidden):
        office.work.erase(operator, ended.id, WISH, version=ended.version)
    with pytest.raises(Overtaken):
        office.work.erase(verifier, ended.id, WISH, version=version)
    with pytest.raises(Invalid):
        office.work.erase(verifier, ended.id, "", version=ended.version)
    assert not office.book.get(ended.id).erased
    assert "complaint.erase" not in office.actions()


def test_whoever_is_named_erases_nothing(office: Office) -> None:
    receipt = office.receive(kind="deduction", text="Rina Marlina memotong uang saya.")
    ended = closed(office, receipt)
    with pytest.raises(NamedInComplaint):
        office.work.erase(office.staff["verifier"], ended.id, WISH, version=ended.version)
    assert not office.book.get(ended.id).erased
