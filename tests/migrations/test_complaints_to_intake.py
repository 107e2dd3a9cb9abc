"""Complaints made before the migration: followed, handled and erased after it as if nothing was."""

from __future__ import annotations

import io
from typing import Any

import pytest

from shared.complaints.casework.integrity_check import find_damaged
from shared.complaints.intake.submission import Submission
from shared.complaints.model.context import ComplaintContext
from shared.complaints.model.lifecycle import Step
from shared.complaints.scheduled.retention import Retention
from shared.housekeeping import alarms
from shared.migrations.complaints_to_intake import ComplaintsToIntake
from shared.platform import logs
from shared.platform.crypto.keys import Keyset
from shared.platform.errors import AppError, Conflict, TicketUnknown
from shared.platform.store import Query
from tests.complaints import dumping
from tests.complaints.office import NIK, typed
from tests.migrations.old_office import MESSAGE, Made, OldOffice


def left_in_the_registry(old: OldOffice) -> list[str]:
    kinds = ("/complaints/", "/receipts/", "/deletions/")
    return [
        path for path in dumping.documents(old.stores["registry"]) if any(map(path.count, kinds))
    ]


def submission(made: Made) -> Submission:
    return typed(text=made.text)


def test_everything_a_complaint_says_is_there_after_it(old: OldOffice) -> None:
    made = old.complaints(8)
    before = [old.before(each) for each in made]
    report = old.migrate()
    assert report.moved["complaints"] == 8
    assert report.moved["receipts"] == 8
    assert report.moved["deletions"] == 2
    assert report.damaged == ()
    assert [old.after(each) for each in made] == before
    assert left_in_the_registry(old) == []


def test_number_and_secret_go_on_working_and_a_wrong_secret_does_not(old: OldOffice) -> None:
    made = old.complaints(2)
    old.migrate()
    for each in made:
        status = old.desk().status(each.receipt.ticket, each.receipt.secret)
        assert status.case.ticket == each.receipt.ticket
    with pytest.raises(TicketUnknown):
        old.desk().status(made[0].receipt.ticket, made[1].receipt.secret)


def test_a_submission_sent_again_after_it_is_the_same_complaint(old: OldOffice) -> None:
    made = old.complaints(3)
    old.migrate()
    for each in made:
        again = old.desk().receive(submission(each), each.key)
        assert (again.ticket, again.secret, again.is_new) == (
            each.receipt.ticket,
            each.receipt.secret,
            False,
        )


def test_a_message_sent_again_after_it_counts_once(old: OldOffice) -> None:
    _, spoken = old.complaints(2)
    old.migrate()
    ticket, secret = spoken.receipt.ticket, spoken.receipt.secret
    before = old.desk().status(ticket, secret)
    again = old.desk().message(ticket, secret, Step.ADD, MESSAGE, "key-of-message-0001")
    assert len(again.timeline) == len(before.timeline)
    another = old.desk().message(ticket, secret, Step.ADD, MESSAGE, "key-of-another-one")
    assert len(another.timeline) == len(before.timeline) + 1


def test_nothing_of_it_opens_with_the_keys_of_the_registry(old: OldOffice) -> None:
    (made,) = old.complaints(1)
    old.migrate()
    found = dumping.text(old.stores["intake"])
    assert made.text not in found
    assert NIK not in found
    assert all(not each.exists for each in old.office.book.find(made.receipt.ticket))


def test_work_goes_on_and_what_an_officer_did_meanwhile_stays(old: OldOffice) -> None:
    made = old.complaints(2)
    old.migrate()
    work, officer = old.work(), old.office.staff["operator"]
    case = work.find(officer, made[0].receipt.ticket)
    work.step(officer, case.id, Step.VERIFY, version=case.version)
    old.migrate()
    assert work.find(officer, made[0].receipt.ticket).state.value == "verified"


def test_a_dry_run_says_the_same_and_changes_nothing(old: OldOffice) -> None:
    old.complaints(4)
    before = {name: dumping.documents(store) for name, store in old.stores.items()}
    dry = old.migrate(dry_run=True)
    assert {name: dumping.documents(store) for name, store in old.stores.items()} == before
    assert dry.moved == old.migrate().moved


def test_a_second_run_has_nothing_to_do(old: OldOffice) -> None:
    old.complaints(2)
    old.migrate()
    again = old.migrate()
    assert (sum(again.moved.values()), sum(again.upgraded.values())) == (0, 0)


def test_a_damaged_complaint_stays_known_as_such_and_stops_none_of_the_others(
    old: OldOffice,
) -> None:
    made = old.complaints(5)
    changed, eventless = made[1].receipt.case, made[2].receipt.case
    registry, documents = old.stores["registry"], old.office.book.documents
    registry.update(documents.path(changed.id), {"rw": "09"})
    registry.delete(f"{documents.events(eventless.id)}/0001")
    report = old.migrate()
    assert report.damaged == tuple(sorted((changed.id, eventless.id)))
    assert report.moved["complaints"] == 3
    assert left_in_the_registry(old) == []
    context = ComplaintContext.of(old.deployment())
    assert find_damaged(context).damaged == report.damaged
    old.office.later(days=3)
    assert Retention.of(old.deployment()).run()["orphans"] == 0, "evidence stays"
    with pytest.raises(AppError):
        old.desk().receive(submission(made[1]), made[1].key)


def test_a_run_that_dies_after_a_damaged_complaint_stops_no_later_one(old: OldOffice) -> None:
    made = old.complaints(3)
    registry, documents = old.stores["registry"], old.office.book.documents
    registry.delete(f"{documents.events(made[2].receipt.case.id)}/0001")
    deployment = old.deployment()

    class Dying:
        """The registry of a process that ends before it deletes anything."""

        def __getattr__(self, name: str) -> Any:
            return getattr(registry, name)

        def commit(self, writes: Any) -> None:
            raise KeyboardInterrupt

        def run(self, work: Any) -> Any:
            raise KeyboardInterrupt

    move = ComplaintsToIntake(deployment, dry_run=False)
    move._registry = Dying()  # type: ignore[assignment]
    with pytest.raises(KeyboardInterrupt):
        move._damaged(registry.get(documents.path(made[2].receipt.case.id)))
    assert old.migrate().damaged == (made[2].receipt.case.id,)
    assert left_in_the_registry(old) == []


def test_photos_that_are_missing_stop_it_before_anything_is_moved(old: OldOffice) -> None:
    made = old.complaints(3)
    before = {name: dumping.documents(store) for name, store in old.stores.items()}
    photos = next(old.folder.rglob(f"{made[2].receipt.case.photo_folder}/1.sealed"))
    photos.unlink()
    with pytest.raises(Conflict) as caught:
        old.migrate()
    assert caught.value.code == "PHOTOS_MISSING"
    assert {name: dumping.documents(store) for name, store in old.stores.items()} == before
    assert old.migrate(dry_run=True).moved["photos missing"] == 1
    old.migrate(without_missing_photos=True)
    assert len(old.after(made[2])["photos"]) == made[2].photos - 1
    assert old.desk().status(made[2].receipt.ticket, made[2].receipt.secret)


def test_keys_of_intake_that_do_not_know_the_registry_s_marks_are_refused(old: OldOffice) -> None:
    old.complaints(1)
    old.intake_keys = Keyset.generate()
    with pytest.raises(Conflict) as caught:
        old.migrate()
    assert caught.value.code == "KEYS_UNRELATED"
    assert left_in_the_registry(old)


def _half_moved(old: OldOffice, made: Made) -> None:
    """As a run leaves it that was killed after the copy, before the original was deleted."""
    move = ComplaintsToIntake(old.deployment(), dry_run=False)
    snapshot = old.office.book.snapshot(made.receipt.case.id)
    events = old.office.book._store.query(Query(f"{snapshot.path}/events"))
    move._copy(snapshot, old.office.book.documents.case(snapshot), events)


def test_what_an_older_version_did_after_a_killed_run_is_moved_too(old: OldOffice) -> None:
    (made,) = old.complaints(1)
    _half_moved(old, made)
    ticket, secret = made.receipt.ticket, made.receipt.secret
    old.office.desk.message(ticket, secret, Step.ADD, MESSAGE, "key-of-a-late-message")
    before = old.before(made)
    assert old.migrate().conflicting == ()
    assert old.after(made) == before
    assert left_in_the_registry(old) == []


def test_where_both_have_gone_on_both_are_left_and_named(old: OldOffice) -> None:
    (made,) = old.complaints(1)
    _half_moved(old, made)
    ticket, secret = made.receipt.ticket, made.receipt.secret
    old.office.desk.message(ticket, secret, Step.ADD, MESSAGE, "key-of-a-late-message")
    old.desk().message(ticket, secret, Step.ADD, "Di tempat baru.", "key-of-another-one")
    report = old.migrate()
    assert report.conflicting == (made.receipt.case.id,)
    assert len(old.before(made)["events"]) == len(old.after(made)["events"]) == 2
    stream = io.StringIO()
    logs.configure(stream)
    alarms.check_registry(old.stores["registry"], old.office.kelurahan.key)
    logs.configure()
    assert "complaints are left in the registry" in stream.getvalue()


def test_photos_lie_under_the_new_id_alone_and_none_is_taken_for_an_orphan(
    old: OldOffice,
) -> None:
    made = old.complaints(3)
    old.migrate()
    deployment = old.deployment()
    folders = deployment.files.folders(f"complaint-photos/{old.office.kelurahan.key}")
    assert len(folders) == sum(bool(each.photos) for each in made)
    old.office.later(days=3)
    assert Retention.of(old.deployment()).run()["orphans"] == 0
    assert old.after(made[2])["photos"]
