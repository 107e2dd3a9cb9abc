"""Public figures: the freshness of the list."""

from __future__ import annotations

from typing import Any

from shared.deployment import Deployment
from shared.platform.errors import Unavailable
from shared.recipients.lookup import public_state
from tests.functions.conftest import Client, Clock
from tests.metered import Metered


def publish(deployment: Deployment, as_of: str) -> None:
    document = public_state.document(
        as_of=as_of,
        source="daftar contoh",
        people=7,
        key_id="k",
        sequence=1,
        published_at=deployment.clock(),
    )
    deployment.lookup.set(public_state.path(deployment.kelurahan.key), document)


def test_before_the_first_publication_there_is_no_data(client: Client) -> None:
    answer = client("transparency").get("/api/figures")
    assert answer.status_code == 200
    assert answer.json == {
        "as_of": None,
        "age_days": None,
        "published_at": None,
        "message": "Belum ada data yang diterbitkan.",
    }


def test_the_age_is_counted_in_days_of_the_kelurahan(
    client: Client, deployment: Deployment, clock: Clock
) -> None:
    publish(deployment, "2026-11-17")
    clock.later(hours=15)  # 18:00 UTC on the 20th: already the 21st in Bandung
    answer = client("transparency").get("/api/figures")
    assert answer.json == {
        "as_of": "2026-11-17",
        "age_days": 4,
        "published_at": "2026-11-20T03:00:00+00:00",
        "message": "Data per tanggal 17 November 2026, berumur 4 hari.",
    }
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert answer.headers["Vary"] == "Accept"


def test_a_browser_gets_a_page_with_the_date(client: Client, deployment: Deployment) -> None:
    publish(deployment, "2026-11-20")
    answer = client("transparency").get(
        "/api/figures", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    )
    assert answer.content_type == "text/html; charset=utf-8"
    assert "Data per tanggal 20 November 2026, data hari ini." in answer.text
    assert "<h1>Kapan data diperbarui</h1>" in answer.text


def test_visitors_within_a_minute_cost_one_read(
    client: Client, deployment: Deployment, clock: Clock
) -> None:
    metered: Any = Metered(deployment.lookup)
    deployment.lookup = metered
    visitor = client("transparency")
    for _ in range(5):
        visitor.get("/api/figures")
        clock.later(seconds=10)
    assert (metered.reads, metered.writes) == (1, 0)
    clock.later(seconds=60)
    visitor.get("/api/figures")
    assert metered.reads == 2


def test_a_store_that_is_down_is_a_problem_and_not_kept(
    client: Client, deployment: Deployment, clock: Clock
) -> None:
    whole: Any = deployment.lookup

    class Down:
        def get(self, path: str) -> None:
            raise Unavailable

    deployment.lookup = Down()  # type: ignore[method-assign, assignment]
    visitor = client("transparency")
    answer = visitor.get("/api/figures")
    assert answer.status_code == 503
    assert answer.content_type == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json is not None
    assert answer.json["type"] == "/masalah/unavailable"
    deployment.lookup = whole
