"""Casework: access, permitted steps, and the audit entries."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shared.complaints.casework.service import Filter
from shared.complaints.model.case import Case
from shared.complaints.model.lifecycle import OPEN, Outcome, State, Step
from shared.platform.errors import (
    AppError,
    Forbidden,
    Invalid,
    NamedInComplaint,
    NotFound,
    Overtaken,
    OwnWork,
    WrongState,
)
from shared.platform.store.sqlite.store import SqliteStore
from shared.staff.accounts import Role, Staff
from tests.complaints.office import NIK, Office, typed

WHY = "Menelepon pelapor"


def _closed(office: Office, case: Case, *, by: str = "operator") -> Case:
    office.take(by, case, Step.VERIFY)
    return office.take(by, case, Step.CLOSE, outcome=Outcome.UNPROVEN)


def _tries(office: Office, staff: Staff, case: Case) -> dict[str, Any]:
    """Every way to reach one complaint, as functions."""
    work, version = office.work, office.book.get(case.id).version
    return {
        "find": lambda: work.find(staff, case.ticket),
        "show": lambda: work.show(staff, case.id),
        "identity": lambda: work.show(staff, case.id, identity_reason=WHY),
        "photo": lambda: work.photo(staff, case.id, 1),
        "step": lambda: work.step(staff, case.id, Step.VERIFY, version=version),
        "note": lambda: work.step(staff, case.id, Step.NOTE, version=version, internal="Ada."),
        "assign": lambda: work.assign(staff, case.id, office.staff["operator"].id, version=version),
        "name": lambda: work.name(staff, case.id, [], version=version),
    }


# --- roles -----------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["surveyor", "admin", "of another kelurahan"])
def test_who_has_no_business_with_complaints_sees_none(office: Office, who: str) -> None:
    office.hire("operator", "verifier", "surveyor", "admin")
    case = office.receive().case
    staff = office.staff.get(who) or replace(office.staff["verifier"], kelurahan="3273091001")
    before = office.stored(case)
    for do in _tries(office, staff, case).values():
        with pytest.raises(Forbidden):
            do()
    with pytest.raises(Forbidden):
        office.work.cases(staff)
    with pytest.raises(Forbidden):
        office.work.files(staff, Filter(), WHY)
    assert office.stored(case) == before
    assert office.actions() == []


def test_an_auditor_reads_everything_and_changes_nothing(office: Office) -> None:
    office.hire("operator", "auditor")
    case = office.receive().case
    auditor = office.staff["auditor"]
    before = office.stored(case)
    tries = _tries(office, auditor, case)
    assert tries["find"]() == case
    assert tries["show"]().words.text == typed().text
    assert tries["show"]().next_steps == ()
    assert tries["identity"]().words.nik == NIK
    for name in ("step", "note", "assign", "name"):
        with pytest.raises(Forbidden):
            tries[name]()
    assert [each.id for each in office.work.cases(auditor)] == [case.id]
    assert office.stored(case) == before


def test_who_complains_in_confidence_is_known_to_a_verifier_alone(office: Office) -> None:
    office.hire("operator", "verifier", "auditor")
    case = office.receive(confidential=True).case
    for who in ("operator", "auditor"):
        file = office.work.show(office.staff[who], case.id)
        assert file.has_identity
        assert (file.words.name, file.words.nik, file.words.contact) == ("", "", "")
        with pytest.raises(Forbidden):
            office.work.show(office.staff[who], case.id, identity_reason=WHY)
    shown = office.work.show(office.staff["verifier"], case.id, identity_reason=WHY)
    assert (shown.words.name, shown.words.nik) == ("Euis Karlina", NIK)
    assert office.actions() == ["complaint.read", "complaint.read", "complaint.identity"]


@pytest.mark.parametrize("reason", ["", "   a ", "ya", "a" * 501, f"NIK {NIK}"])
def test_who_complains_is_told_for_a_reason(office: Office, reason: str) -> None:
    office.hire("verifier")
    case = office.receive().case
    with pytest.raises(Invalid):
        office.work.show(office.staff["verifier"], case.id, identity_reason=reason)
    with pytest.raises(Invalid):
        office.work.files(office.staff["verifier"], Filter(), reason)
    assert office.actions() == []


def test_every_read_and_step_is_in_the_log_and_the_log_is_whole(office: Office) -> None:
    office.hire("operator", "colleague", "verifier")
    case = office.receive().case
    operator, verifier = office.staff["operator"], office.staff["verifier"]
    office.work.show(operator, case.id)
    office.work.show(verifier, case.id, identity_reason=WHY)
    office.take("operator", case, Step.VERIFY)
    office.take("operator", case, Step.NOTE, internal="Ditelepon.")
    office.work.assign(operator, case.id, office.staff["colleague"].id, version=3)
    office.work.name(verifier, case.id, [], version=4)
    office.take("colleague", case, Step.ACT)
    office.take("colleague", case, Step.CLOSE, outcome=Outcome.PROVEN)
    ((_, words),) = office.work.files(verifier, Filter(), "Laporan bulanan")
    assert (words.text, words.name, words.nik, words.contact) == (typed().text, "", "", "")
    entries = office.audit.entries()
    assert [entry.action for entry in entries] == [
        *("complaint.read", "complaint.identity", "complaint.verify", "complaint.note"),
        *("complaint.assign", "complaint.name", "complaint.act", "complaint.close"),
        "complaint.export",
    ]
    assert {entry.subject for entry in entries[:-1]} == {case.id}
    assert entries[1].details == {"reason": WHY}
    assert entries[1].actor == verifier.id
    assert office.audit.verify().ok


# --- named and barred ------------------------------------------------------------------------


def test_whom_a_complaint_names_neither_sees_nor_touches_it(office: Office) -> None:
    office.hire("operator", "colleague", "verifier", "auditor")
    text = "Uang bantuan saya dipotong oleh pak ASEP, dan bu Rina Marlina diam."
    case = office.receive(kind="deduction", text=text).case
    other = office.receive().case
    assert set(case.named) == {office.staff[who].id for who in ("colleague", "verifier")}
    before = office.stored(case)
    for who in ("colleague", "verifier"):
        staff = office.staff[who]
        tries = _tries(office, staff, case)
        if who == "colleague":
            with pytest.raises(Forbidden):
                tries.pop("name")()
        for name, do in tries.items():
            with pytest.raises(NamedInComplaint):
                do()
            assert name
        for wanted in (Filter(), Filter(is_open=True)):
            assert [each.id for each in office.work.cases(staff, wanted)] == [other.id]
            found = [each.id for each, _ in office.work.files(staff, wanted, WHY)]
            assert found == [other.id]
    assert office.stored(case) == before
    assert {each.id for each in office.work.cases(office.staff["operator"])} == {case.id, other.id}


GUARDED = ["not-eligible", "deduction", "service", "personal-data", "other"]


@pytest.mark.parametrize("kind", GUARDED)
def test_one_word_of_a_name_is_enough_where_staff_may_be_meant(office: Office, kind: str) -> None:
    office.hire("operator", "verifier")
    case = office.receive(kind=kind, text="Bu dewi tidak ramah kepada warga.").case
    assert case.named == (office.staff["operator"].id,)


@pytest.mark.parametrize("kind", ["not-listed", "not-received", "wrong-data"])
def test_where_neighbours_are_named_it_takes_two_words(office: Office, kind: str) -> None:
    office.hire("operator", "verifier")
    thanks = "Bu Dewi tetangga saya sudah menerima."
    assert office.receive(kind=kind, text=thanks).case.named == ()
    blame = "Kata petugas DEWI LESTARI uangnya sudah habis."
    assert office.receive(kind=kind, text=blame).case.named == (office.staff["operator"].id,)


def test_a_name_of_one_word_is_whole_with_it(office: Office) -> None:
    office.hire("operator", "verifier")
    key = office.kelurahan.key
    short = office.accounts.add("s@contoh.example", "Suharti", Role.OPERATOR, key, "tiga ekor kuda")
    case = office.receive(kind="not-received", text="Kata Bu Suharti uangnya sudah habis.").case
    assert case.named == (short.id,)


def test_a_word_that_all_share_leaves_the_complaint_to_them(office: Office) -> None:
    """Else nobody could work on it, or clear the others."""
    office.hire("operator", "verifier")
    text = "Saya dipotong. Bukan oleh Dewi, bukan oleh Rina, tidak tahu oleh siapa."
    assert office.receive(kind="deduction", text=text).case.named == ()


def test_one_that_names_all_in_full_is_told_to_the_operators_of_the_system(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    office.hire("operator", "verifier")
    text = "Dewi Lestari dan Rina Marlina memotong uang saya."
    case = office.receive(kind="deduction", text=text).case
    assert set(case.named) == {office.staff[who].id for who in ("operator", "verifier")}
    said = [each.message for each in caplog.records if each.levelname == "ERROR"]
    assert said == ["a complaint names all who could work on it"]


@pytest.mark.parametrize("step", [Step.ADD, Step.WITHDRAW])
def test_whom_a_later_message_names_doesnt_see_it_any_more(office: Office, step: Step) -> None:
    office.hire("operator", "colleague", "verifier")
    receipt = office.receive(kind="deduction", text="Uang bantuan saya dipotong.")
    assert office.take("operator", receipt.case, Step.VERIFY).handler == office.staff["operator"].id
    said = "Yang memotong Ibu Dewi Lestari, operator kelurahan."
    office.desk.message(receipt.ticket, receipt.secret, step, said)
    after = office.book.get(receipt.case.id)
    assert (after.named, after.handler) == ((office.staff["operator"].id,), "")
    with pytest.raises(NamedInComplaint):
        office.work.show(office.staff["operator"], after.id)


def test_whoever_worked_on_it_before_it_was_opened_again_doesnt_handle_the_appeal(
    office: Office,
) -> None:
    office.hire("operator", "colleague", "verifier")
    receipt = office.receive()
    office.take("operator", receipt.case, Step.VERIFY)
    office.take("operator", receipt.case, Step.CLOSE, outcome=Outcome.UNPROVEN)
    office.desk.message(receipt.ticket, receipt.secret, Step.REOPEN, "Belum selesai.")
    office.take("colleague", receipt.case, Step.VERIFY)
    case = office.take("colleague", receipt.case, Step.ACT)
    office.work.assign(
        office.staff["colleague"], case.id, office.staff["verifier"].id, version=case.version
    )
    office.take("verifier", receipt.case, Step.CLOSE, outcome=Outcome.UNPROVEN)
    office.desk.message(receipt.ticket, receipt.secret, Step.APPEAL, "Keputusannya keliru.")
    barred = office.book.get(receipt.case.id).barred
    assert set(barred) == {office.staff[who].id for who in ("operator", "colleague", "verifier")}


def test_a_verifier_says_whom_it_is_about_and_can_clear_them(office: Office) -> None:
    office.hire("operator", "colleague", "verifier")
    case = office.receive().case
    operator, verifier = office.staff["operator"], office.staff["verifier"]
    office.take("operator", case, Step.VERIFY)
    with pytest.raises(Forbidden):
        office.work.name(operator, case.id, [], version=2)
    with pytest.raises(Invalid):
        office.work.name(verifier, case.id, ["nobody"], version=2)
    named = office.work.name(verifier, case.id, [operator.id], version=2)
    assert (named.named, named.handler) == ((operator.id,), "")
    with pytest.raises(NamedInComplaint):
        office.work.show(operator, case.id)
    with pytest.raises(Invalid):
        office.work.assign(verifier, case.id, operator.id, version=3)
    cleared = office.work.name(verifier, case.id, [], version=3)
    assert cleared.named == ()
    assert office.work.show(operator, case.id).case == cleared


def test_after_an_appeal_another_officer_decides(office: Office) -> None:
    office.hire("operator", "colleague", "verifier")
    receipt = office.receive()
    office.take("operator", receipt.case, Step.VERIFY)
    office.take("operator", receipt.case, Step.ACT)
    office.take("colleague", receipt.case, Step.CLOSE, outcome=Outcome.UNPROVEN)
    appealed = office.desk.message(
        receipt.ticket, receipt.secret, Step.APPEAL, "Keputusannya keliru."
    )
    assert appealed.case.state is State.APPEALED
    before = office.stored(receipt.case)
    for who in ("operator", "colleague"):
        staff = office.staff[who]
        assert office.work.show(staff, receipt.case.id).next_steps == ()
        tries = _tries(office, staff, receipt.case)
        for name in ("step", "note"):
            with pytest.raises(OwnWork):
                tries[name]()
        with pytest.raises(OwnWork):
            office.work.assign(staff, receipt.case.id, office.staff["verifier"].id, version=5)
    with pytest.raises(Invalid):
        office.work.assign(
            office.staff["verifier"], receipt.case.id, office.staff["operator"].id, version=5
        )
    assert office.stored(receipt.case) == before
    decided = _closed(office, receipt.case, by="verifier")
    assert decided.closed_by == office.staff["verifier"].id


# --- steps -----------------------------------------------------------------------------------


def test_two_officers_at_once_and_one_wins(office: Office) -> None:
    office.hire("operator", "colleague")
    case = office.receive().case
    together = threading.Barrier(2)

    def act(who: str) -> Case | AppError:
        together.wait()
        try:
            staff = office.staff[who]
            return office.work.step(staff, case.id, Step.VERIFY, version=1)
        except AppError as error:
            return error

    with ThreadPoolExecutor(2) as pool:
        answers = [*pool.map(act, ("operator", "colleague"))]
    won = [each for each in answers if isinstance(each, Case)]
    lost = [each for each in answers if isinstance(each, Overtaken)]
    assert (len(won), len(lost)) == (1, 1)
    assert lost[0].fresh == {
        "id": case.id,
        "state": "verified",
        "outcome": None,
        "handler": won[0].handler,
        "version": 2,
    }
    assert office.book.get(case.id) == won[0]
    assert len(office.book.timeline(case)) == 2
    assert office.actions() == ["complaint.verify"]


def test_an_answer_is_needed_to_close(office: Office) -> None:
    office.hire("operator")
    case = office.receive().case
    office.take("operator", case, Step.VERIFY)
    before = office.stored(case)
    for public, outcome in (("", Outcome.PROVEN), ("Selesai.", Outcome.PROVEN)):
        with pytest.raises(Invalid) as refused:
            office.take("operator", case, Step.CLOSE, public=public, outcome=outcome)
        assert refused.value.errors[0]["pointer"] == "#/public"
    for none in (None, Outcome.WITHDRAWN):
        with pytest.raises(Invalid) as refused:
            office.take("operator", case, Step.CLOSE, outcome=none)
        assert refused.value.errors[0]["pointer"] == "#/outcome"
    assert office.stored(case) == before


@pytest.mark.parametrize("field", ["public", "internal"])
@pytest.mark.parametrize("text", [f"Pelapor {NIK}.", "KK 3273 0901 0120 0001", "a" * 4001])
def test_a_note_holds_no_number_of_a_person(office: Office, field: str, text: str) -> None:
    office.hire("operator")
    case = office.receive().case
    with pytest.raises(Invalid) as refused:
        office.take("operator", case, Step.NOTE, **{field: text})
    assert refused.value.errors[0]["pointer"] == f"#/{field}"
    assert "3273" not in repr(refused.value) + str(refused.value.errors)


def test_a_note_says_something_and_is_told_the_resident_only_if_it_is_for_them(
    office: Office,
) -> None:
    office.hire("operator")
    receipt = office.receive()
    with pytest.raises(Invalid):
        office.take("operator", receipt.case, Step.NOTE)
    office.take("operator", receipt.case, Step.NOTE, internal="Sudah ditelepon, tidak diangkat.")
    assert len(office.desk.status(receipt.ticket, receipt.secret).timeline) == 1
    office.take("operator", receipt.case, Step.NOTE, public="Mohon telepon kami kembali.")
    assert len(office.desk.status(receipt.ticket, receipt.secret).timeline) == 2
    file = office.work.show(office.staff["operator"], receipt.case.id)
    assert [event.step for event in file.timeline] == ["receive", "note", "note"]
    assert file.timeline[1].internal == "Sudah ditelepon, tidak diangkat."


@pytest.mark.parametrize("step", [Step.RECEIVE, Step.WITHDRAW, Step.ESCALATE, Step.ASSIGN])
def test_a_step_of_others_is_not_taken_for_them(office: Office, step: Step) -> None:
    office.hire("operator")
    case = office.receive().case
    with pytest.raises(ValueError, match="not a step"):
        office.take("operator", case, step)


def test_half_a_character_in_a_note_does_no_harm(office: Office) -> None:
    office.hire("operator")
    case = office.receive().case
    office.take("operator", case, Step.NOTE, internal="Catatan \ud83d rusak.")
    assert office.book.timeline(case)[-1].internal == "Catatan ? rusak."


def test_a_complaint_is_handed_over_to_officers_alone(office: Office) -> None:
    office.hire("operator", "colleague", "auditor", "surveyor")
    case = office.receive().case
    operator = office.staff["operator"]
    office.accounts.end("surveyor@contoh.example")
    for who in (office.staff["auditor"].id, office.staff["surveyor"].id, "nobody", ""):
        with pytest.raises(Invalid):
            office.work.assign(operator, case.id, who, version=1)
    handed = office.work.assign(
        operator, case.id, office.staff["colleague"].id, version=1, why="Cuti."
    )
    assert handed.handler == office.staff["colleague"].id
    assert office.take("operator", case, Step.VERIFY).handler == handed.handler
    office.accounts.end("colleague@contoh.example")
    with pytest.raises(Invalid):
        office.work.assign(operator, case.id, office.staff["colleague"].id, version=3)


def test_what_is_not_there_is_told(office: Office) -> None:
    office.hire("operator")
    operator = office.staff["operator"]
    case = office.receive().case
    unused = f"{case.ticket[:-1]}"
    for ticket in (unused, "", "../state", "\ud800"):
        with pytest.raises(NotFound):
            office.work.find(operator, ticket)
    for case_id in ("abc", "", "../x", "a" * 41, "a/b"):
        with pytest.raises(NotFound):
            office.work.show(operator, case_id)
    for number in (0, 1, -1):
        with pytest.raises(NotFound):
            office.work.photo(operator, case.id, number)
    assert office.actions() == []


def test_a_photo_is_shown_to_staff_and_that_is_kept(office: Office, tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (40, 30), "red").save(tmp_path / "foto.jpg")
    office.hire("operator")
    case = office.desk.receive(typed(), office.key(), [tmp_path / "foto.jpg"]).case
    operator = office.staff["operator"]
    assert office.work.photo(operator, case.id, 1)[:3] == b"\xff\xd8\xff"
    with pytest.raises(NotFound):
        office.work.photo(operator, case.id, 2)
    assert office.actions() == ["complaint.photo"]
    assert office.audit.entries()[0].details == {"photo": 1}


def test_what_was_erased_is_read_without_words_and_not_stepped_upon(office: Office) -> None:
    office.hire("operator")
    receipt = office.receive()
    closed = _closed(office, receipt.case)
    snapshot = office.book.snapshot(closed.id)
    office.registry.commit([office.book.documents.erased(snapshot, closed)])
    file = office.work.show(office.staff["operator"], closed.id)
    assert file.case.erased
    assert (file.words.text, file.has_identity) == ("", False)
    with pytest.raises(WrongState):
        office.take("operator", closed, Step.VERIFY)
    told = office.work.files(office.staff["operator"], Filter(), WHY)
    assert [words.text for _, words in told] == [""]


# --- the queue -------------------------------------------------------------------------------


def test_open_ones_come_by_deadline_and_all_the_newest_first(office: Office) -> None:
    office.hire("operator")
    slow = office.receive(kind="not-eligible").case
    office.later(minutes=1)
    quick = office.receive(kind="personal-data").case
    office.later(minutes=1)
    closed = _closed(office, office.receive(rw="04").case)
    operator = office.staff["operator"]
    by_deadline = [each.due_at for each in office.work.cases(operator, Filter(is_open=True))]
    assert len(by_deadline) == 2
    assert by_deadline == sorted(by_deadline)  # type: ignore[type-var]
    assert [each.id for each in office.work.cases(operator)] == [closed.id, quick.id, slow.id]
    assert [each.id for each in office.work.cases(operator, Filter(is_open=False))] == [closed.id]


def test_a_filter_lets_through_what_it_says(office: Office) -> None:
    office.hire("operator", "colleague")
    operator = office.staff["operator"]
    first = office.receive(rw="01").case
    second = office.receive(rw="02", kind="service").case
    third = _closed(office, office.receive(rw="03").case)
    first = office.take("operator", first, Step.VERIFY)

    def found(**wanted: Any) -> set[str]:
        return {each.id for each in office.work.cases(operator, Filter(**wanted))}

    assert found(state="verified") == {first.id}
    assert found(kind="service") == {second.id}
    assert found(rw="03") == {third.id}
    assert found(handler=operator.id) == {first.id, third.id}
    assert found(handler="") == {second.id}
    assert found(is_late=True) == set()
    office.later(days=120)
    assert found(is_late=True) == found(is_open=True) == {first.id, second.id}
    assert found(is_late=True, rw="01") == {first.id}
    assert office.work.days_late(office.book.get(first.id)) > 50
    assert office.work.days_late(third) == 0


def test_more_complaints_than_a_page_are_all_found_once(
    sqlite_store: SqliteStore, tmp_path: Path
) -> None:
    office = Office(sqlite_store, tmp_path)
    office.hire("operator")
    made = [office.receive(rt=f"{n % 100:02d}").case.id for n in range(301)]
    operator = office.staff["operator"]
    for wanted in (Filter(), Filter(is_open=True)):
        found = [each.id for each in office.work.cases(operator, wanted)]
        assert len(found) == 301
        assert set(found) == set(made)
    assert all(each.state in OPEN for each in office.work.cases(operator))
