"""Deadlines as the resident reads them: promises, lateness, and who was told."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.complaints.casework.service import Casework
from shared.complaints.model.lifecycle import Step
from shared.complaints.scheduled.check_back import CheckBack
from shared.complaints.scheduled.escalation import Escalation
from shared.deployment import Deployment
from shared.staff.accounts import Role, Staff
from tests.functions.complaint_intake import complaining
from tests.functions.complaint_intake.complaining import ADDRESS, body, new_key, read, told, words
from tests.functions.complaint_intake.test_complaints import close
from tests.functions.conftest import Client, Clock

CONTACT = "Kecamatan Bandung Wetan atau Inspektorat Kota Bandung (perlu dicek)"


@pytest.fixture
def web(client: Client) -> FlaskClient:
    return client("complaint_intake")


def handed_in(web: FlaskClient, **changed: Any) -> dict[str, str]:
    """Number and secret of a complaint."""
    answer = told(web.post(ADDRESS, json=body(**changed)), 201)
    return {"ticket": answer["ticket"], "secret": answer["secret"]}


def asked(web: FlaskClient, pair: dict[str, str]) -> tuple[dict[str, Any], str]:
    """How it stands: for a script, and in the words of the page."""
    page = web.post(f"{ADDRESS}/status", data=pair)
    read(page)
    return told(web.post(f"{ADDRESS}/status", json=pair)), " ".join(words(page).split())


def verify(deployment: Deployment) -> None:
    officer = Staff("operator-1", "Dewi", Role.OPERATOR, deployment.kelurahan.key)
    work = Casework.of(deployment)
    (case,) = work.cases(officer)
    work.step(officer, case.id, Step.VERIFY, version=case.version)


def test_the_receipt_page_promises_days_in_words(web: FlaskClient) -> None:
    page = web.post(ADDRESS, data=body())
    complaining.receipt(page)
    said = " ".join(words(page).split())
    # Friday, 20 November 2026; three and five working days later
    assert "Diterima 20 November 2026" in said
    assert "memeriksa pengaduan Anda paling lambat 25 November 2026" in said
    assert "mendapat jawaban paling lambat 27 November 2026" in said
    assert "paling lama 60 hari kerja" in said
    assert CONTACT in said


def test_personal_data_is_promised_in_hours_over_the_weekend(web: FlaskClient) -> None:
    page = web.post(ADDRESS, data=body(kind="personal-data"))
    complaining.receipt(page)
    said = words(page)
    # 3 x 24 hours from Friday morning
    assert "paling lambat 23 November 2026 (3 x 24 jam)" in said
    assert "hari kerja" not in said


def test_what_is_promised_follows_the_complaint(
    web: FlaskClient, deployment: Deployment, clock: Clock
) -> None:
    pair = handed_in(web)
    status, page = asked(web, pair)
    assert (status["due_on"], status["days_late"], status["level"]) == ("2026-11-25", 0, 0)
    assert "Diperiksa paling lambat 25 November 2026" in page
    assert "Terlambat" not in page
    verify(deployment)
    status, page = asked(web, pair)
    assert status["due_on"] == "2026-11-27"
    assert "Dijawab paling lambat 27 November 2026" in page


def test_the_last_day_has_time_until_midnight(web: FlaskClient, clock: Clock) -> None:
    pair = handed_in(web)
    clock.later(days=5, hours=13, minutes=59)  # 25 November, 23.59
    assert asked(web, pair)[0]["days_late"] == 0
    clock.later(minutes=1)
    status, page = asked(web, pair)
    assert status["days_late"] == 1
    assert "Terlambat 1 hari kerja." in page


@pytest.mark.parametrize(
    ("days", "late", "level", "said"),
    [
        # from Wednesday, 25 November; three and five working days later it goes up
        (6, 1, 1, "Petugas sudah diingatkan."),
        (9, 2, 1, "Petugas sudah diingatkan."),
        (11, 4, 2, "Sudah dinaikkan ke verifikator."),
        (13, 6, 3, f"Sudah dinaikkan ke {CONTACT}."),
        # 24 December is a day of cuti bersama, and doesn't count
        (34, 20, 3, f"Sudah dinaikkan ke {CONTACT}."),
    ],
)
def test_who_waits_too_long_reads_how_long_and_who_was_told(
    web: FlaskClient,
    deployment: Deployment,
    clock: Clock,
    days: int,
    late: int,
    level: int,
    said: str,
) -> None:
    pair = handed_in(web)
    clock.later(days=days)
    Escalation.of(deployment).run()
    status, page = asked(web, pair)
    assert (status["days_late"], status["level"]) == (late, level)
    assert f"Terlambat {late} hari kerja. {said}" in page
    raised = [each for each in status["timeline"] if each["step"] == "escalate"]
    assert len(raised) == level
    assert {each["role"] for each in raised} == {"Sistem"}
    assert raised[-1]["note"] in page


def test_who_is_answered_is_no_longer_late(
    web: FlaskClient, deployment: Deployment, clock: Clock
) -> None:
    pair = handed_in(web)
    clock.later(days=13)
    Escalation.of(deployment).run()
    close(deployment, clock)
    status, page = asked(web, pair)
    assert (status["due_on"], status["days_late"]) == (None, 0)
    assert "Terlambat 6 hari kerja" not in page
    assert "paling lambat" not in page


def test_two_weeks_after_the_end_the_page_asks_whether_it_is_solved(
    web: FlaskClient, deployment: Deployment, clock: Clock
) -> None:
    pair = handed_in(web)
    close(deployment, clock)
    question = "Apakah masalah Anda sudah selesai?"
    assert question not in asked(web, pair)[1]
    clock.later(days=14)
    CheckBack.of(deployment).run()
    status, page = asked(web, pair)
    assert status["asks_back"]
    assert question in page
    # "no" is an answer too: it may be opened again
    assert {"rate", "reopen"} <= {*status["steps"]}
    told(web.post(f"{ADDRESS}/satisfaction", json={**pair, "score": 2}))
    status, page = asked(web, pair)
    assert not status["asks_back"]
    assert "Nilai Anda" not in page


def test_times_of_the_timeline_are_the_kelurahan_s_own(web: FlaskClient, clock: Clock) -> None:
    clock.later(hours=15)  # 18.00 UTC, after midnight in Jakarta
    status, page = asked(web, handed_in(web, idempotency_key=new_key()))
    assert status["received_on"] == "2026-11-21"
    assert status["timeline"][0]["at"] == "2026-11-21T01:00+07:00"
    assert "21 November 2026, pukul 01.00" in page
