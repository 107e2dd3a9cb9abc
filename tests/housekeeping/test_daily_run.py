"""One day's housekeeping as a whole: nothing stops the rest, and nothing happens in a dry run."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared.complaints.model.lifecycle import Step
from shared.housekeeping import daily_run
from shared.platform.crypto.signed_documents import verified
from shared.platform.errors import Busy, Unavailable
from shared.platform.settings import DATABASES
from shared.platform.store import Query, Write
from shared.platform.store.sqlite.store import SqliteStore
from tests.complaints.office import NIK, Office
from tests.housekeeping.conftest import Log
from tests.housekeeping.premises import Premises

FAILED = "a part of the housekeeping failed"
TOO_LONG = "a part of the housekeeping took too long"
ALL = {"late", "escalated", "highest", "asked_back", "photos", "erased", "orphans"} | {
    *("expired", "folders", "age_days", "finished")
}


def on_sqlite(premises: Premises) -> bool:
    return isinstance(premises.deployment.registry, SqliteStore)


def test_a_day_does_it_all_and_a_second_has_nothing_left_to_do(premises: Premises) -> None:
    ended, late = premises.busy_year()
    report = premises.run()
    assert (report.ok, report.failed, report.unfinished, report.damaged) == (True, (), (), 0)
    # Firestore deletes by itself what has a time to live. The receipt of the ended one was old too.
    expired = 4 + 2 if on_sqlite(premises) else 0
    done = {"late": 1, "escalated": 3, "highest": 1, "asked_back": 0, "photos": 1, "erased": 1}
    done |= {"orphans": 0, "expired": expired, "folders": 0, "age_days": 0, "finished": 0}
    assert report.counts == done
    assert premises.office.book.get(ended.id).erased
    assert premises.office.book.get(late.case.id).level == 3
    if on_sqlite(premises):  # what was deleted lies in no log any more
        logs = [*premises.folder.glob("*.sqlite3-wal")]
        assert logs
        # the deletion log and the lease came after it
        assert sum(log.stat().st_size for log in logs) < 100_000
    again = premises.run()
    assert again.counts == dict.fromkeys(ALL, 0) | {"late": 1, "highest": 1}
    assert premises.deployment.audit.verify().ok


def test_a_dry_run_tells_the_same_and_changes_nothing(premises: Premises) -> None:
    premises.busy_year()
    premises.ended()
    premises.office.later(days=20)
    left_over = premises.deployment.settings.data / "tmp" / "work-killed"
    left_over.mkdir(parents=True)
    before = premises.dump()
    said = premises.run(dry_run=True)
    assert premises.dump() == before
    assert left_over.exists()
    assert said.counts["folders"] == 0
    done = premises.run()
    assert said.counts == {**done.counts, "folders": 0}
    assert (done.counts["folders"], done.counts["asked_back"]) == (1, 1)
    assert not left_over.exists()
    assert premises.dump() != before


def test_what_was_deleted_is_counted_in_two_logs_and_of_nobody(premises: Premises) -> None:
    premises.busy_year()
    counts = premises.run().counts
    office, intake = premises.office, premises.deployment.intake
    folder = f"kelurahan/{office.kelurahan.key}/deletions"
    (found,) = intake.query(Query(folder))
    kept = verified(office.keys, found)
    assert found.id.startswith("2028-01-24-")
    deleted = {name: counts[name] for name in ("photos", "erased", "orphans", "expired", "folders")}
    assert {name: kept[name] for name in deleted} == deleted
    assert (kept["day"], kept["retention_days"], kept["photo_retention_days"]) == (
        *("2028-01-24", 365),
        90,
    )
    assert {*kept} == {*deleted, "schema", "day", "created_at", "updated_at"} | {
        *("retention_days", "photo_retention_days"),
    }
    (entry,) = [each for each in premises.deployment.audit.entries() if each.action == "deletion"]
    assert (entry.actor, entry.subject) == ("housekeeping", "2028-01-24")
    assert dict(entry.details) == deleted
    premises.run()
    assert len(intake.query(Query(folder))) == 1, "a day without deletions is no entry"


def _refusing(store: Any, name: str, refuses: Any) -> None:
    """Have a store's method fail where `refuses` says so of its first argument."""
    usual = getattr(store, name)

    def refusing(first: Any, *rest: Any, **more: Any) -> Any:
        if refuses(first):
            raise Unavailable(code="TRIED")
        return usual(first, *rest, **more)

    setattr(store, name, refusing)


def _ordered_by(field: str) -> Any:
    return lambda query: any(name == field for name, _ in query.order)


def _break(premises: Premises, part: str) -> None:
    deployment = premises.deployment
    registry, intake, lookup = (deployment.store(name) for name in DATABASES)
    if part == "workspace":
        place = premises.deployment.settings.data
        place.mkdir()
        (place / "tmp").write_text("in the way")
    elif part == "freshness":
        _refusing(lookup, "get", lambda path: "/state/" in path)
    elif part == "expired":
        _refusing(registry, "delete_expired", lambda kinds: True)
    elif part == "deletion_log":
        _refusing(intake, "create", lambda path: "/deletions/" in path)
    else:
        fields = {"escalation": "due_at", "check_back": "check_back_at", "retention": "erase_at"}
        _refusing(intake, "query", _ordered_by(fields[part]))


@pytest.mark.parametrize(
    "part",
    [
        *("escalation", "check_back", "retention", "expired", "workspace", "deletion_log"),
        "freshness",
    ],
)
def test_a_part_that_fails_stops_none_of_the_others_and_is_named(
    premises: Premises, log: Log, part: str
) -> None:
    if part == "expired" and not on_sqlite(premises):
        pytest.skip("Firestore does that by itself")
    premises.busy_year()
    premises.ended()
    premises.office.later(days=20)
    whole = premises.run(dry_run=True).counts
    _break(premises, part)
    report = premises.run()
    assert (report.ok, report.failed) == (False, (part,))
    names = {
        "escalation": {"late", "escalated", "highest"},
        "check_back": {"asked_back"},
        "retention": {"photos", "erased", "orphans"},
        "expired": {"expired"},
        "workspace": {"folders"},
        "deletion_log": set(),
        "freshness": {"age_days"},
    }
    others = {k: v for k, v in whole.items() if k not in names[part]}
    # what a part had done before it failed is told too
    done = {"photos": whole["photos"], "erased": 0, "orphans": 0} if part == "retention" else {}
    assert report.counts == others | done
    (line,) = log.of(FAILED)
    assert (line["severity"], line["action"], line["type"]) == ("ERROR", part, "Unavailable")
    assert line["place"].endswith(tuple("0123456789"))


def test_an_unforeseen_error_is_told_by_its_place_alone(premises: Premises, log: Log) -> None:
    premises.busy_year()

    def fails(_: Query) -> None:
        raise KeyError(f"NIK {NIK} of Euis")

    premises.deployment.intake.query = fails
    report = premises.run()
    assert report.failed == ("escalation", "check_back", "retention")
    assert "age_days" in report.counts
    assert {line["type"] for line in log.of(FAILED)} == {"KeyError"}
    assert NIK not in log.stream.getvalue()
    assert "Euis" not in log.stream.getvalue()


def test_a_second_run_at_the_same_time_is_refused_and_does_nothing(premises: Premises) -> None:
    premises.busy_year()
    before = premises.dump()
    with premises.deployment.leases.hold("housekeeping", "another", 60):
        held = premises.dump()
        with pytest.raises(Busy):
            premises.run()
        assert premises.run(dry_run=True).ok
        assert premises.dump() == held
    assert premises.dump() == before
    assert premises.run().ok
    assert premises.deployment.leases.holder("housekeeping") is None


def test_a_run_that_was_killed_keeps_the_next_one_out_for_16_minutes(premises: Premises) -> None:
    class Killed(BaseException):
        """What no part catches."""

    def timer() -> float:
        raise Killed

    with pytest.raises(Killed):
        premises.run(timer=timer)
    premises.deployment.leases._take("housekeeping", "dead", "t", daily_run._LEASE_SECONDS)
    # the function is stopped after 15 minutes, and the scheduler waits for 5 more
    premises.office.later(minutes=15)
    with pytest.raises(Busy):
        premises.run()
    premises.office.later(minutes=2)
    assert premises.run().ok


# --- alarms ----------------------------------------------------------------------------------

LATE = "the weekly sync is late"


@pytest.mark.parametrize(
    ("days", "severity"),
    [
        (0, None),
        (7, None),
        (8, None),
        (9, "WARNING"),
        (15, "WARNING"),
        (16, "ERROR"),
        (99, "ERROR"),
    ],
)
def test_the_weekly_sync_is_late_after_8_days_and_very_late_after_15(
    premises: Premises, log: Log, days: int, severity: str | None
) -> None:
    premises.publish(days)
    assert premises.run().counts["age_days"] == days
    wanted = [] if severity is None else [{"severity": severity, "age_days": days}]
    assert log.of(LATE) == wanted


def test_where_nothing_was_ever_published_that_is_said(premises: Premises, log: Log) -> None:
    assert premises.run().counts["age_days"] == -1
    assert log.of("no list was ever published") == [{"severity": "WARNING"}]
    assert log.of(LATE) == []


def test_the_age_is_counted_in_days_of_the_kelurahan(premises: Premises, log: Log) -> None:
    premises.publish(8)
    premises.office.now = premises.office.now.replace(hour=16, minute=59)  # 23.59 in Jakarta
    assert premises.run().counts["age_days"] == 8
    premises.office.later(minutes=1)
    assert premises.run().counts["age_days"] == 9
    assert len(log.of(LATE)) == 1


def test_complaints_at_the_highest_level_are_told_each_day(premises: Premises, log: Log) -> None:
    premises.publish()
    premises.office.receive()
    premises.run()
    assert log.lines == []
    premises.office.later(days=60)
    for _ in range(2):
        premises.run()
    line = {"severity": "ERROR", "count": 1}
    assert log.of("complaints wait at the highest level") == [line] * 2


def _tamper(office: Office, case_id: str) -> None:
    office.intake.update(office.book.documents.path(case_id), {"programme": "pkh"})


def test_tampered_complaints_are_counted_once_and_told_loudly(premises: Premises, log: Log) -> None:
    ended, late = premises.busy_year()
    other = premises.office.receive()
    premises.office.later(days=60)
    _tamper(premises.office, ended.id)  # seen three times: question, photos, words
    _tamper(premises.office, late.case.id)
    report = premises.run()
    assert (report.ok, report.damaged) == (True, 2)
    assert report.counts["escalated"] == 3
    assert premises.office.book.get(other.case.id).level == 3
    assert log.of("complaints are damaged") == [{"severity": "ALERT", "count": 2}]
    assert ended.id not in log.stream.getvalue()


# --- an end ----------------------------------------------------------------------------------


class Timer:
    """Every look at it costs so many seconds."""

    def __init__(self, seconds: float) -> None:
        self.now, self.seconds = 0.0, seconds

    def __call__(self) -> float:
        self.now += self.seconds
        return self.now


def test_the_parts_have_less_time_than_the_function(premises: Premises) -> None:
    assert sum(daily_run.SECONDS.values()) < 900 < daily_run._LEASE_SECONDS < 900 + 300
    assert {*daily_run.SECONDS} == {
        "escalation",
        "check_back",
        "retention",
        "expired",
        "publication",
    }
    assert premises.run(timer=Timer(0)).unfinished == ()


def test_a_run_ends_in_time_and_the_next_ones_finish_the_work(premises: Premises, log: Log) -> None:
    for _ in range(5):
        premises.ended()
    premises.office.later(days=400)
    late = [premises.office.receive().case for _ in range(5)]
    premises.publish()
    premises.office.later(days=60)
    timer = Timer(61)
    first = premises.run(timer=timer)
    assert timer.now < 3_000
    assert {"escalation", "retention"} <= {*first.unfinished}
    assert {line["action"] for line in log.of(TOO_LONG)} == {*first.unfinished}
    assert {line["severity"] for line in log.of(TOO_LONG)} == {"WARNING"}
    assert 0 < first.counts["escalated"] < 15
    assert 0 < first.counts["photos"] < 5
    escalated, erased = first.counts["escalated"], first.counts["erased"]
    for _ in range(4):
        premises.office.later(days=1)
        report = premises.run(timer=Timer(0))
        escalated += report.counts["escalated"]
        erased += report.counts["erased"]
    assert (escalated, erased) == (15, 5)
    assert {premises.office.book.get(case.id).level for case in late} == {3}
    for case in late:
        steps = [
            each.step for each in premises.office.book.timeline(premises.office.book.get(case.id))
        ]
        assert steps.count(Step.ESCALATE) == 3


def test_the_expired_go_in_pieces(premises: Premises) -> None:
    if not on_sqlite(premises):
        pytest.skip("Firestore does that by itself")
    registry, over = premises.deployment.registry, premises.office.now - timedelta(days=1)
    path = f"kelurahan/{premises.office.kelurahan.key}/failures"
    registry.commit(Write("set", f"{path}/{n}", {"expires_at": over}) for n in range(2_500))
    assert premises.run().counts["expired"] == 2_500
    assert registry.query(Query(path)) == []
