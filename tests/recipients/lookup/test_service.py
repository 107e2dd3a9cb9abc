"""The public lookup: what it answers, what it costs, and what it doesn't tell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from io import StringIO
from typing import Any, cast

import pytest

from shared.kelurahan.configuration import LookupFactor
from shared.platform.errors import (
    Invalid,
    ProofRefused,
    TooManyRequests,
    Unavailable,
)
from shared.platform.store import Snapshot, Store
from shared.programmes.catalogue import load_catalogue
from shared.recipients.lookup import projection, question, service
from shared.recipients.lookup.question import Typed
from tests.recipients.lookup.office import (
    ELSEWHERE,
    KK,
    LISTED,
    OWN,
    TEMPORARY,
    Office,
    proving_by,
)
from tests.rotation import rotated


def test_a_listed_person_gets_the_facts_and_what_to_do(office: Office) -> None:
    answer = office.ask(LISTED, "siti", js=True)
    assert answer.listed
    assert [(each.programme, each.period, each.status) for each in answer.entitlements] == [
        ("bpnt", "November 2026", "disalurkan"),
        ("pkh", "Triwulan 4 2026", "aktif"),
    ]
    assert answer.entitlements[1].programme_name == load_catalogue().programmes["pkh"].name
    assert (answer.as_of, answer.source) == ("2026-11-20", "Daftar Kelurahan")
    assert answer.message
    assert answer.next_steps


@pytest.mark.parametrize(
    ("aids", "is_over"),
    [
        ([("pkh", "", "berhenti")], True),
        ([("bst", "Tahap 3", "aktif")], True),
        ([("bst", "Tahap 3", "aktif"), ("pkh", "", "berhenti")], True),
        ([("bst", "Tahap 3", "aktif"), ("pkh", "", "aktif")], False),
        ([("pkh", "", "")], False),
    ],
)
def test_nobody_is_told_to_wait_for_what_has_stopped(
    sqlite_store: Store, aids: list[tuple[str, str, str]], is_over: bool
) -> None:
    office = Office(sqlite_store)
    office.publish(aids=aids)
    answer = office.ask(LISTED, "siti")
    assert answer.listed
    assert answer.is_over is is_over
    assert ("sudah berhenti" in answer.message) is is_over
    assert any(step.startswith("Tunggu jadwal") for step in answer.next_steps) is not is_over
    has_ended = any(programme == "bst" for programme, _, _ in aids)
    assert any("sudah berakhir" in step for step in answer.next_steps) is has_ended


def test_the_answer_is_the_same_without_a_proof(office: Office) -> None:
    assert office.ask(LISTED, "siti", js=False) == office.ask(LISTED, "siti", js=True)
    assert office.ask(ELSEWHERE, "siti", js=False) == office.ask(ELSEWHERE, "siti", js=True)


def test_whoever_is_not_found_gets_one_and_the_same_answer(office: Office) -> None:
    not_listed = office.ask(ELSEWHERE, "Siti")
    assert not not_listed.listed
    assert not not_listed.entitlements
    assert office.ask(LISTED, "Dewi") == not_listed
    assert office.ask(TEMPORARY, "Siti") == not_listed
    assert office.ask("9" * 16, "Siti") == not_listed


def test_every_answer_names_complaints_beside_the_office(sqlite_store: Store) -> None:
    office = Office(sqlite_store)
    office.publish()
    office.publish("3273090101900003", "Asep", aids=[("bst", "Tahap 3", "aktif")])
    asked = [(LISTED, "siti"), (LISTED, "Dewi"), (ELSEWHERE, "Siti"), ("3273090101900003", "asep")]
    for nik, name in asked:
        told = [step for step in office.ask(nik, name).next_steps if "Pengaduan" in step]
        assert len(told) == 1
        assert office.kelurahan.contact.office in told[0]


def test_an_answer_holds_nothing_personal(office: Office) -> None:
    for answer in (office.ask(LISTED, "siti"), office.ask(LISTED, "Dewi")):
        text = repr(answer).upper()
        for secret in ("SITI", "AMINAH", "S***", "DEWI", LISTED, LISTED[-4:], KK, KK[-6:]):
            assert secret not in text


def test_a_hit_costs_two_reads_in_one_round_trip_and_no_write(office: Office) -> None:
    office.ask(LISTED, "siti")
    assert office.cost_of(lambda: office.ask(LISTED, "siti")) == (2, 0, 1)


def test_the_challenge_fetches_the_state_for_the_lookup_that_follows(office: Office) -> None:
    office.ask(LISTED, "siti", js=True)  # a process counts the day's misses before it answers
    office.clock.now += timedelta(minutes=10)
    typed = Typed(LISTED, "siti")
    proof = office.proof(typed)
    asked = question.read(typed, "name")
    assert office.cost_of(lambda: office.desk.answer(asked, proof, "10.0.0.1")) == (2, 0, 1)
    assert office.cost_of(lambda: office.desk.challenge("ab" * 32)) == (0, 0, 0)


def test_an_old_state_is_read_in_the_same_round_trip(office: Office) -> None:
    office.ask(LISTED, "siti")
    office.clock.now += timedelta(seconds=300)
    assert office.cost_of(lambda: office.ask(LISTED, "siti")) == (3, 0, 1)
    office.clock.now += timedelta(seconds=299)
    assert office.cost_of(lambda: office.ask(LISTED, "siti")) == (2, 0, 1)
    office.clock.now += timedelta(seconds=1)
    assert office.cost_of(lambda: office.ask(LISTED, "siti")) == (3, 0, 1)


@pytest.mark.parametrize(
    ("nik", "name"), [(ELSEWHERE, "Siti"), (LISTED, "Dewi"), (TEMPORARY, "Siti")]
)
def test_a_miss_costs_one_write_more(office: Office, nik: str, name: str) -> None:
    office.ask(nik, name, js=True)
    typed = Typed(nik, name)
    proof, asked = office.proof(typed), question.read(typed, "name")
    assert office.cost_of(lambda: office.desk.answer(asked, proof, "10.0.0.1")) == (2, 1, 2)


def test_while_keys_are_rotated_both_ids_are_asked_in_one_round_trip(store: Store) -> None:
    office = Office(store)
    office.publish()
    office.keys = rotated(office.keys)
    office.publish(ELSEWHERE, "Asep")
    office.desk = office.another_desk()
    assert office.ask(LISTED, "siti").listed
    assert office.ask(ELSEWHERE, "asep").listed
    assert office.cost_of(lambda: office.ask(LISTED, "siti")) == (3, 0, 1)


class Slow:
    """A store that takes longer for a document that is there."""

    def __init__(self, store: Store, office: Callable[[], Office]) -> None:
        self._store, self._office = store, office

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def get_many(self, paths: Sequence[str]) -> list[Snapshot]:
        found = self._store.get_many(paths)
        self._office().timer += 0.011 + 0.017 * sum(each.exists for each in found)
        return found


def test_what_is_not_told_takes_one_time_whatever_the_store_took(sqlite_store: Store) -> None:
    slow = Slow(sqlite_store, lambda: office)
    office = Office(cast(Store, slow))
    office.publish()
    office.ask(LISTED, "siti")
    assert office.paused == []  # an answer that tells isn't kept back

    def time_of(nik: str, name: str) -> float:
        before = office.timer
        office.paused.clear()
        with suppress(TooManyRequests):
            office.ask(nik, name)
        assert len(office.paused) == 1
        return round(office.timer - before + office.paused[0], 6)

    assert {time_of(nik, "Dewi") for nik in (LISTED, ELSEWHERE, TEMPORARY) for _ in range(11)} == {
        service.BEAT_SECONDS
    }


def test_a_proof_for_another_question_is_refused_before_anything_is_read(office: Office) -> None:
    proof = office.proof(Typed(ELSEWHERE, "Siti"))
    asked = question.read(Typed(LISTED, "Siti"), "name")

    def spend() -> None:
        with pytest.raises(ProofRefused):
            office.desk.answer(asked, proof, "10.0.0.1")

    assert office.cost_of(spend) == (0, 0, 0)


def with_(document: dict[str, Any], **changes: object) -> dict[str, Any]:
    return {**document, **changes}


EDITS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "another programme": lambda was: with_(
        was, entitlements=[{"programme": "pbi", "period": "", "status": "aktif"}]
    ),
    "a text for the status": lambda was: with_(
        was, entitlements=[with_(was["entitlements"][0], status="HUBUNGI 0812")]
    ),
    "nothing left": lambda was: with_(was, entitlements=[]),
    "rubbish": lambda was: with_(was, entitlements=[7, b"x", None]),
    "another name": lambda was: with_(was, name="X***"),
    "a field missing": lambda was: {key: was[key] for key in was if key != "kk"},
    "a word less": lambda was: with_(was, words=was["words"][1:]),
    "no tag": lambda was: {key: was[key] for key in was if key != "tag"},
    "another tag": lambda was: with_(was, tag=b"x" * 16),
    "a tag of another kind": lambda was: with_(was, tag="x" * 16),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
def test_what_somebody_wrote_into_the_database_is_never_shown(
    sqlite_store: Store, edit: Callable[[dict[str, Any]], dict[str, Any]], log: StringIO
) -> None:
    office = Office(sqlite_store)
    office.publish()
    place = projection.path(OWN.key, projection.identifier(office.keys, OWN.key, LISTED))
    stored = sqlite_store.get(place).data
    assert stored is not None
    sqlite_store.set(place, edit(dict(stored)))
    told = 0
    for name in ("siti", "aminah"):
        with suppress(Unavailable):
            told += office.ask(LISTED, name).listed
    assert told == 0
    assert "document that was not made here" in log.getvalue()
    assert '"ALERT"' in log.getvalue()
    for secret in (LISTED, place.rpartition("/")[2], "HUBUNGI"):
        assert secret not in log.getvalue()


def test_a_forged_document_is_an_outage_to_its_person_and_a_miss_to_all_others(
    office: Office, log: StringIO
) -> None:
    not_listed = office.ask(ELSEWHERE, "Siti")
    place = projection.path(OWN.key, projection.identifier(office.keys, OWN.key, LISTED))
    office.store.update(place, {"entitlements": []})

    def by_name() -> None:
        with pytest.raises(Unavailable):
            office.ask(LISTED, "siti")

    assert office.cost_of(by_name) == (2, 0, 1)
    assert office.ask(LISTED, "Dewi") == not_listed
    assert log.getvalue().count("document that was not made here") == 2


def test_the_document_of_a_neighbour_in_ones_own_place_is_no_answer(
    office: Office, log: StringIO
) -> None:
    office.publish(ELSEWHERE, "Siti", aids=[("pkh", "", "aktif")])
    own, others = (
        projection.path(OWN.key, projection.identifier(office.keys, OWN.key, nik))
        for nik in (LISTED, ELSEWHERE)
    )
    words, moved = office.store.get(own).data, office.store.get(others).data
    assert words is not None
    assert moved is not None
    office.store.set(own, {**moved, "words": words["words"]})
    with pytest.raises(Unavailable):
        office.ask(LISTED, "siti")


def test_a_word_or_a_programme_that_is_not_known_is_not_repeated(sqlite_store: Store) -> None:
    office = Office(sqlite_store)
    office.publish(aids=[("hadiah", "Tahap 1", "Sudah Cair"), ("pkh", "", "transfer 10.000")])
    answer = office.ask(LISTED, "siti")
    assert answer.listed
    assert "sudah berhenti" not in answer.message
    assert [(each.programme, each.programme_name, each.status) for each in answer.entitlements] == [
        ("other", "Bantuan lain", "disalurkan"),
        ("pkh", load_catalogue().programmes["pkh"].name, ""),
    ]


def test_before_the_first_publication_nobody_is_told_that_they_are_missing(store: Store) -> None:
    office = Office(store)
    answer = office.ask(LISTED, "Siti")
    assert not answer.listed
    assert answer.as_of == ""
    assert "belum diumumkan" in answer.message
    office.publish()
    assert office.ask(LISTED, "Siti").as_of == "2026-11-20"


@pytest.mark.parametrize(
    ("factor", "name", "kk", "listed"),
    [
        ("kk", "", KK[-6:], True),
        ("kk", "Siti", "999999", False),
        ("both", "Siti", KK[-6:], True),
        ("both", "Dewi", KK[-6:], False),
        ("either", "", KK[-6:], True),
        ("either", "Siti", "", True),
    ],
)
def test_the_kelurahan_chooses_what_proves(
    sqlite_store: Store, factor: LookupFactor, name: str, kk: str, listed: bool
) -> None:
    office = Office(sqlite_store, proving_by(factor))
    office.publish()
    assert office.ask(LISTED, name, kk, js=True).listed is listed


@pytest.mark.parametrize("nik", ["3273 0955 0190 0001", "3273.0955.0190-0001", " 3273095501900001"])
def test_separators_in_the_nik_are_cleaned(sqlite_store: Store, nik: str) -> None:
    office = Office(sqlite_store)
    office.publish()
    assert office.ask(nik, "siti", js=True).listed


@pytest.mark.parametrize(
    ("factor", "typed", "pointers"),
    [
        ("name", Typed("", "Siti"), ["#/nik"]),
        ("name", Typed(LISTED[:-1], "Siti"), ["#/nik"]),
        ("name", Typed(LISTED + "1", "Siti"), ["#/nik"]),
        ("name", Typed(LISTED[:-1] + "O", "Siti"), ["#/nik"]),
        ("name", Typed("３" * 16, "Siti"), ["#/nik"]),
        ("name", Typed(LISTED, ""), ["#/name"]),
        ("name", Typed(LISTED, "S"), ["#/name"]),
        ("name", Typed(LISTED, "***"), ["#/name"]),
        ("name", Typed(LISTED, "Siti|x"), ["#/name"]),
        ("name", Typed("12", ""), ["#/nik", "#/name"]),
        ("kk", Typed(LISTED, "Siti"), ["#/kk_last6"]),
        ("kk", Typed(LISTED, "", "12345"), ["#/kk_last6"]),
        ("both", Typed(LISTED, "", ""), ["#/name", "#/kk_last6"]),
        ("either", Typed(LISTED, "", ""), ["#/name"]),
        ("either", Typed(LISTED, "", "12345x"), ["#/kk_last6"]),
    ],
)
def test_a_question_that_cannot_be_asked_says_which_field(
    factor: LookupFactor, typed: Typed, pointers: list[str]
) -> None:
    with pytest.raises(Invalid) as refusal:
        question.read(typed, factor)
    assert [fault["pointer"] for fault in refusal.value.errors] == pointers
    assert LISTED[:-1] not in repr(refusal.value.errors)
