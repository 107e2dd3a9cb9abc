"""The work queue of an officer, page by page, also with damaged documents."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.complaints.casework.service import Filter
from shared.complaints.casework.work_queue import READS_PER_PAGE, Page, WorkQueue
from shared.platform.errors import Forbidden, NamedInComplaint
from tests.complaints.office import Office

OPEN = Filter(is_open=True)


@pytest.fixture(autouse=True)
def _staffed(office: Office) -> None:
    office.hire("operator", "colleague", "surveyor")


def queue(office: Office) -> WorkQueue:
    return WorkQueue(office.premises)


def page(office: Office, after: str | None = None) -> Page:
    return queue(office).page(office.staff["operator"], OPEN, after=after)


def test_it_is_gone_through_page_by_page_in_the_order_of_deadlines(office: Office) -> None:
    made = []
    for _ in range(READS_PER_PAGE + 7):
        made.append(office.receive().case.id)
        office.later(hours=1)
    first = page(office)
    second = page(office, first.after)
    assert (len(first.cases), len(second.cases), second.after) == (READS_PER_PAGE, 7, None)
    cases = [*first.cases, *second.cases]
    assert {case.id for case in cases} == {*made}
    dues = [case.due_at for case in cases if case.due_at is not None]
    assert dues == sorted(dues)


@pytest.mark.parametrize("place", ["first", "last"])
def test_a_damaged_one_is_counted_and_the_others_are_shown(office: Office, place: str) -> None:
    for _ in range(READS_PER_PAGE + 3):
        office.receive()
        office.later(days=1)
    before = page(office)
    broken = before.cases[0 if place == "first" else -1]
    office.registry.update(office.book.documents.path(broken.id), {"rt": "09"})
    first = page(office)
    assert (first.damaged, len(first.cases)) == (1, READS_PER_PAGE - 1)
    assert first.after == before.after
    second = page(office, first.after)
    assert (second.damaged, len(second.cases), second.after) == (0, 3, None)
    assert broken.id not in {case.id for case in (*first.cases, *second.cases)}


def test_whoever_is_named_doesnt_see_it_and_a_surveyor_nothing(office: Office) -> None:
    text = "Uang saya dipotong oleh Pak Asep di pos."
    named = office.receive(kind="deduction", text=text).case
    other = office.receive().case
    shown = queue(office).page(office.staff["colleague"], OPEN)
    assert [case.id for case in shown.cases] == [other.id]
    with pytest.raises(NamedInComplaint):
        office.work.show(office.staff["colleague"], named.id)
    with pytest.raises(Forbidden):
        queue(office).page(office.staff["surveyor"], OPEN)


def test_no_count_tells_that_somebody_complains_about_who_asks(office: Office) -> None:
    named = office.receive(kind="deduction", text="Uang saya dipotong oleh Pak Asep di pos.").case
    assert named.due_at is not None
    for moment in (office.now, named.due_at - timedelta(hours=1), named.due_at + timedelta(days=1)):
        office.now = moment
        told = queue(office).counts(office.staff["colleague"])
        assert (told.open, told.new, told.due_today, told.late) == (0, 0, 0, 0)
        told = queue(office).counts(office.staff["operator"])
        assert (told.open, told.new) == (1, 1)
    assert told.late == 1


def test_what_is_late_and_what_is_due_today_is_counted_apart(office: Office) -> None:
    case = office.receive().case
    assert case.due_at is not None
    counts = queue(office).counts(office.staff["operator"])
    assert (counts.open, counts.new, counts.due_today, counts.late) == (1, 1, 0, 0)
    office.now = case.due_at - timedelta(hours=1)
    assert queue(office).counts(office.staff["operator"]).due_today == 1
    office.now = case.due_at + timedelta(seconds=1)
    counts = queue(office).counts(office.staff["operator"])
    assert (counts.due_today, counts.late) == (0, 1)
