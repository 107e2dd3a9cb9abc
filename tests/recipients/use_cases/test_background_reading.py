"""Background reading of a long list, and its progress."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from threading import Event

import pytest

from shared.platform.errors import Busy, FileRejected, NotFound, SealBroken, Unavailable
from shared.recipients.model.batch import Batch, State
from shared.recipients.use_cases.background_reading import BackgroundReadings, Progress
from shared.recipients.use_cases.reading_progress import Report, Stage
from tests.complaints import dumping
from tests.recipients.office import Office, row

SLOW = 0.0  # seconds somebody waits: a list that takes its time
QUICK = 30.0


def readings(office: Office, patience: float, beat: float = 0.01) -> BackgroundReadings:
    return BackgroundReadings(
        office.registry,
        office.registry_keys,
        office.kelurahan.key,
        office.clock,
        patience=patience,
        beat=beat,
    )


@pytest.fixture
def released() -> Iterator[Event]:
    """What a list waits for; at the end of a test nothing goes on waiting."""
    event = Event()
    yield event
    event.set()


def reading_of(
    office: Office, released: Event | None = None, numbers: range = range(5)
) -> Callable[[Report], Batch]:
    file = office.csv(row(number) for number in numbers)

    def work(report: Report) -> Batch:
        if released is not None:
            released.wait(30)
        return office.sync.prepare(file, file.name, office.operator, report=report)

    return work


def kept(office: Office) -> list[str]:
    return [path for path in dumping.documents(office.registry) if "/readings/" in path]


def at_its_end(which: BackgroundReadings, reading_id: str) -> Progress:
    deadline = time.monotonic() + 30
    while (found := which.get(reading_id)).stage not in (Stage.READY, Stage.REFUSED):
        assert time.monotonic() < deadline, found
    return found


def test_a_list_that_is_read_at_once_leaves_nothing_behind(office: Office) -> None:
    done = readings(office, QUICK).begin(reading_of(office), ExitStack())
    assert isinstance(done, Batch)
    assert (done.state, done.added) == (State.WAITING, 5)
    assert kept(office) == []


def test_a_list_that_takes_long_is_told_of_until_its_batch_is_there(
    office: Office, released: Event
) -> None:
    which = readings(office, SLOW)
    reading_id = which.begin(reading_of(office, released), ExitStack())
    assert isinstance(reading_id, str)
    before = which.get(reading_id)
    assert (before.stage, before.rows, before.batch) == (Stage.READING, 0, "")
    released.set()
    found = at_its_end(which, reading_id)
    assert (found.stage, found.rows, found.detail) == (Stage.READY, 5, "")
    assert office.sync.batch(found.batch).added == 5


def test_each_stage_is_told_in_its_order(office: Office) -> None:
    told: list[tuple[Stage, int]] = []
    file = office.csv(row(number) for number in range(7))
    office.sync.prepare(file, file.name, office.operator, report=lambda *stage: told.append(stage))
    assert told == [(Stage.COMPARING, 7), (Stage.KEEPING, 7)]


@pytest.mark.parametrize("error", [Busy, Unavailable, FileRejected])
def test_what_goes_wrong_at_once_is_raised(office: Office, error: type[Exception]) -> None:
    def work(_: Report) -> Batch:
        raise error

    with pytest.raises(error):
        readings(office, QUICK).begin(work, ExitStack())


def test_a_refusal_that_comes_late_is_told_in_its_words(office: Office, released: Event) -> None:
    def work(_: Report) -> Batch:
        released.wait(30)
        raise FileRejected("Berkas ini rusak. Simpan lagi sebagai Excel.")

    which = readings(office, SLOW)
    reading_id = which.begin(work, ExitStack())
    assert isinstance(reading_id, str)
    released.set()
    found = at_its_end(which, reading_id)
    assert (found.stage, found.batch) == (Stage.REFUSED, "")
    assert found.detail == "Berkas ini rusak. Simpan lagi sebagai Excel."


def test_a_fault_of_ours_is_logged_without_what_it_was_about(
    office: Office, released: Event, caplog: pytest.LogCaptureFixture
) -> None:
    def work(_: Report) -> Batch:
        released.wait(30)
        raise RuntimeError("NIK 3273090101900007")

    which = readings(office, SLOW)
    reading_id = which.begin(work, ExitStack())
    assert isinstance(reading_id, str)
    with caplog.at_level(logging.INFO):
        released.set()
        found = at_its_end(which, reading_id)
    assert found.stage is Stage.REFUSED
    assert "3273090101900007" not in found.detail
    [record] = [each for each in caplog.records if "could not be read" in each.getMessage()]
    assert "3273090101900007" not in str(vars(record))


@pytest.mark.parametrize("fails", [False, True])
def test_what_a_list_lay_in_is_closed_when_it_is_read(
    office: Office, released: Event, fails: bool
) -> None:
    closed: list[bool] = []
    closing = ExitStack()
    closing.callback(closed.append, True)
    work = reading_of(office, released)

    def failing(_: Report) -> Batch:
        released.wait(30)
        raise Busy

    which = readings(office, SLOW)
    reading_id = which.begin(failing if fails else work, closing)
    assert isinstance(reading_id, str)
    assert closed == []
    released.set()
    at_its_end(which, reading_id)
    assert closed == [True]


def test_a_reading_whose_process_has_gone_is_found_stalled(office: Office, released: Event) -> None:
    which = readings(office, SLOW, beat=3600)
    reading_id = which.begin(reading_of(office, released), ExitStack())
    assert isinstance(reading_id, str)
    office.now += timedelta(seconds=60)
    assert which.get(reading_id).stage is Stage.READING
    office.now += timedelta(seconds=1)
    assert which.get(reading_id).stage is Stage.STALLED


def test_one_that_goes_on_is_never_stalled(office: Office, released: Event) -> None:
    which = readings(office, SLOW)
    reading_id = which.begin(reading_of(office, released), ExitStack())
    assert isinstance(reading_id, str)
    office.now += timedelta(hours=1)
    deadline = time.monotonic() + 30
    while which.get(reading_id).stage is Stage.STALLED:  # until the next beat
        assert time.monotonic() < deadline


def test_it_goes_after_a_day_and_is_nobody_elses(office: Office, released: Event) -> None:
    which = readings(office, SLOW)
    reading_id = which.begin(reading_of(office, released), ExitStack())
    assert isinstance(reading_id, str)
    released.set()
    at_its_end(which, reading_id)
    [path] = kept(office)
    data = office.registry.get(path).data
    assert data is not None
    assert data["expires_at"] == office.now + timedelta(days=1)
    for other in ("0123456789abcdef", reading_id[::-1]):
        with pytest.raises(NotFound):
            which.get(other)
    office.registry.update(path, {"batch": "anderswo"})
    with pytest.raises(SealBroken):
        which.get(reading_id)
