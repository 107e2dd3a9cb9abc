"""Complaints made before the migration: followed, handled and erased after it as if nothing was."""

from __future__ import annotations

import pytest

from shared.complaints.intake.submission import Submission
from shared.complaints.model.lifecycle import Step
from shared.complaints.scheduled.retention import Retention
from shared.platform.errors import TicketUnknown
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


def test_a_damaged_complaint_is_left_and_named_and_stops_none_of_the_others(
    old: OldOffice,
) -> None:
    made = old.complaints(3)
    broken = made[1].receipt.case
    old.stores["registry"].update(old.office.book.documents.path(broken.id), {"rw": "09"})
    report = old.migrate()
    assert report.damaged == (broken.id,)
    assert report.moved["complaints"] == 2
    assert old.office.book.snapshot(broken.id).exists


def test_photos_lie_under_the_new_id_alone_and_none_is_taken_for_an_orphan(
    old: OldOffice,
) -> None:
    made = old.complaints(3)
    old.migrate()
    deployment = old.deployment()
    folders = deployment.files.folders(f"complaints/{old.office.kelurahan.key}")
    assert len(folders) == sum(bool(each.photos) for each in made)
    old.office.later(days=3)
    assert Retention.of(old.deployment()).run()["orphans"] == 0
    assert old.after(made[2])["photos"]
