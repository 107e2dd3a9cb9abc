"""The progress page of a long reading, until it leads to the report."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from threading import Event

import pytest

from shared.platform.errors import FileRejected
from shared.recipients.model.batch import Batch
from shared.recipients.use_cases.background_reading import BackgroundReadings
from shared.recipients.use_cases.reading_progress import Report, Stage
from tests.functions.staff_console.conftest import Console, csv, upload

PATH = "/staff/sinkronisasi/membaca"


def begun(console: Console, released: Event, beat: float = 3600) -> str:
    """A list that is under way, and stays so until it is released."""
    deployment = console.deployment

    def work(report: Report) -> Batch:
        report(Stage.COMPARING, 12345)
        released.wait(30)
        raise FileRejected

    which = BackgroundReadings(
        deployment.registry,
        deployment.registry_keys,
        deployment.kelurahan.key,
        deployment.clock,
        patience=0.2,
        beat=beat,
    )
    reading_id = which.begin(work, ExitStack())
    assert isinstance(reading_id, str)
    return reading_id


def test_it_says_what_is_being_done_and_comes_again(console: Console) -> None:
    released = Event()
    try:
        answer = console.browser("operator").get(f"{PATH}/{begun(console, released)}")
    finally:
        released.set()
    assert answer.status_code == 200
    assert answer.headers["Refresh"] == "2"
    assert "12.345 baris" in answer.text
    assert "Membaca dan memeriksa setiap baris: selesai" in answer.text
    assert "<strong>Membandingkan dengan daftar yang terbit …</strong>" in answer.text
    assert "Menyimpan yang berubah: nanti" in answer.text


def test_it_leads_to_the_report(console: Console) -> None:
    batch = console.prepared(1, 2)
    answer = console.browser("operator").get(f"{PATH}/{console.reading(lambda _: batch)}")
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/staff/sinkronisasi/{batch.id}"


def test_a_refusal_stands_at_the_field_of_the_file(console: Console) -> None:
    def refuse(_: Report) -> Batch:
        raise FileRejected("Berkas ini rusak <b>sekali</b>.")

    answer = console.browser("operator").get(f"{PATH}/{console.reading(refuse)}")
    assert answer.status_code == FileRejected.status
    assert "Refresh" not in answer.headers
    assert '<a href="#file">Berkas ini rusak &lt;b&gt;sekali&lt;/b&gt;.</a>' in answer.text


def test_one_whose_process_died_asks_for_the_file_again(console: Console) -> None:
    released = Event()
    try:
        path = f"{PATH}/{begun(console, released)}"
        deployment = console.deployment
        clock = deployment.clock
        deployment.clock = lambda: clock() + timedelta(seconds=61)
        composed = console.browser("operator")
        answer = composed.get(path)
    finally:
        released.set()
    assert answer.status_code == 200
    assert "Unggah berkas yang sama sekali lagi" in answer.text
    assert "Refresh" not in answer.headers


@pytest.mark.parametrize("content", [b"", b"bukan daftar", csv(1, 2)[:-1] + b"\xff\xfe"])
def test_a_short_list_is_answered_at_once(console: Console, content: bytes) -> None:
    answer = console.browser("operator").post("/staff/sinkronisasi", file=upload(content))
    assert PATH not in answer.headers.get("Location", "")
    assert answer.status_code in (303, FileRejected.status, 400)
