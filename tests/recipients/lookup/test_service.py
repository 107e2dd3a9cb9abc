"""The public lookup: what it answers, what it costs, and what it doesn't tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any, cast

import pytest

from shared.kelurahan import configuration as kelurahans
from shared.kelurahan.configuration import Kelurahan, LookupFactor
from shared.platform import logs
from shared.platform.crypto.keys import Keyset
from shared.platform.errors import Invalid, ProofRefused, TooManyRequests, Unavailable
from shared.platform.store import Snapshot, Store
from shared.programmes.catalogue import load_catalogue
from shared.recipients.lookup import projection, public_state, question, service
from shared.recipients.lookup.proof_of_work import Proof, question_hash
from shared.recipients.lookup.question import Typed
from shared.recipients.lookup.service import Answer, LookupService
from tests.metered import Metered
from tests.recipients.lookup.solving import solve
from tests.rotation import rotated

ROOT = Path(__file__).parents[3]
OWN = kelurahans.load("tamansari", ROOT / "kelurahan")
LISTED = "3273095501900001"
ELSEWHERE = "3273090101800002"
TEMPORARY = "0327309100200001"
NAME = "Hj. Siti Aminah"
KK = "3273091001100001"
AIDS = [("pkh", "Triwulan 4 2026", "aktif"), ("bpnt", "November 2026", "disalurkan")]
START = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


class Hands:
    """A clock that is moved by hand."""

    now = START

    def __call__(self) -> datetime:
        return self.now


class Office:
    """A desk over a metered store with one published person."""

    def __init__(self, store: Store, kelurahan: Kelurahan = OWN, keys: Keyset | None = None):
        self.store = Metered(store)
        self.keys = keys or Keyset.generate()
        self.kelurahan = kelurahan
        self.clock = Hands()
        self.timer = 0.0
        self.paused: list[float] = []
        self.desk = self.another_desk()

    def another_desk(self) -> LookupService:
        return LookupService(
            self.store,
            self.keys,
            self.kelurahan,
            load_catalogue(),
            self.clock,
            timer=lambda: self.timer,
            pause=self.paused.append,
        )

    def publish(
        self,
        nik: str = LISTED,
        name: str = NAME,
        kk: str = KK,
        aids: Sequence[tuple[str, str, str]] = AIDS,
    ) -> None:
        document_id, document = projection.build(
            nik, name, kk, aids, self.keys, self.kelurahan.key, self.clock()
        )
        self.store.set(projection.path(self.kelurahan.key, document_id), document)
        self.store.set(
            public_state.path(self.kelurahan.key),
            public_state.document(
                as_of="2026-11-20",
                source="Daftar Kelurahan",
                people=1,
                key_id=self.keys.key_id,
                sequence=1,
                published_at=self.clock(),
            ),
        )

    def ask(
        self, nik: str, name: str, kk_last6: str = "", origin: str = "10.0.0.1", js: bool = False
    ) -> Answer:
        typed = Typed(nik, name, kk_last6)
        proof = self.proof(typed) if js else None
        asked = question.read(typed, self.kelurahan.lookup_factor)
        return self.desk.answer(asked, proof, origin)

    def proof(self, typed: Typed) -> Proof:
        nonce = "5" * 32
        asked = question_hash(nonce, typed.nik, typed.name, typed.kk_last6)
        return Proof(nonce, solve(self.desk.challenge(asked)))

    def cost_of(self, work: Callable[[], object]) -> tuple[int, int, int]:
        self.store.reset()
        work()
        return self.store.reads, self.store.writes + self.store.deletes, self.store.round_trips


@pytest.fixture
def office(store: Store) -> Office:
    made = Office(store)
    made.publish()
    return made


@pytest.fixture
def log() -> Iterator[StringIO]:
    stream = StringIO()
    logs.configure(stream)
    yield stream
    logs.configure()


def limited(**limits: int) -> Kelurahan:
    return replace(OWN, limits=replace(OWN.limits, **limits))


def proving_by(factor: LookupFactor) -> Kelurahan:
    return replace(OWN, lookup_factor=factor)


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


def test_ten_misses_close_a_nik_for_the_day_whether_it_is_listed_or_not(store: Store) -> None:
    office = Office(store)
    office.publish()
    for nik in (LISTED, ELSEWHERE):
        for turn in range(10):
            assert not office.ask(nik, "Dewi", js=turn % 2 == 0).listed
        for name in ("Dewi", "Siti"):
            with pytest.raises(TooManyRequests) as refused:
                office.ask(nik, name, js=True)
            assert refused.value.args == ("too-many-requests",)
            with pytest.raises(TooManyRequests):
                office.ask(nik, name, js=False)
    office.clock.now += timedelta(days=1)
    assert office.ask(LISTED, "siti").listed


def test_a_closed_nik_is_looked_up_once_a_minute_and_written_no_more(office: Office) -> None:
    for _ in range(10):
        office.ask(LISTED, "Dewi")

    def again() -> None:
        with pytest.raises(TooManyRequests):
            office.ask(LISTED, "siti")

    assert office.cost_of(again) == (2, 0, 1)
    assert office.cost_of(again) == (0, 0, 0)
    office.clock.now += timedelta(seconds=60)
    assert office.cost_of(again)[:2] == (2, 0)


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


def test_a_closed_address_costs_nothing_more(sqlite_store: Store) -> None:
    office = Office(sqlite_store, limited(misses_per_address=3))
    office.publish()
    for serial in range(3):
        office.ask(f"327309550190{serial + 10:04d}", "Siti", js=True)

    def again() -> None:
        with pytest.raises(TooManyRequests):
            office.ask(LISTED, "siti", js=True)

    assert office.cost_of(again) == (0, 0, 0)


def test_hits_are_not_limited(sqlite_store: Store) -> None:
    office = Office(sqlite_store, limited(misses_per_address=3))
    office.publish()
    assert all(office.ask(LISTED, "siti").listed for _ in range(50))


def test_an_address_has_fewer_misses_without_a_proof(sqlite_store: Store) -> None:
    office = Office(sqlite_store, limited(misses_per_address=8, misses_without_proof_per_address=3))
    office.publish()
    for serial in range(3):
        office.ask(f"327309550190{serial + 10:04d}", "Siti")
    with pytest.raises(TooManyRequests):
        office.ask(LISTED, "siti")
    assert office.ask(LISTED, "siti", origin="10.0.0.2").listed
    for serial in range(5):
        office.ask(f"327309550190{serial + 20:04d}", "Siti", js=True)
    with pytest.raises(TooManyRequests):
        office.ask(LISTED, "siti", js=True)
    assert office.ask(LISTED, "siti", js=True, origin="10.0.0.2").listed


def test_everybody_together_has_a_ceiling_too(sqlite_store: Store) -> None:
    office = Office(sqlite_store, limited(misses_overall=6, misses_without_proof=4))
    office.publish()
    for serial in range(4):
        office.ask(f"327309550190{serial + 10:04d}", "Siti", origin=f"10.0.1.{serial}")
    with pytest.raises(TooManyRequests):
        office.ask(LISTED, "siti", origin="10.0.2.1")
    for serial in range(2):
        nik = f"327309550190{serial + 20:04d}"
        office.ask(nik, "Siti", js=True, origin=f"10.0.3.{serial}")
    with pytest.raises(TooManyRequests):
        office.ask(LISTED, "siti", js=True, origin="10.0.2.2")


def stranger(serial: int) -> str:
    return (
        f"327309{serial // 4000 % 28 + 1:02d}{serial // 400 % 10 + 1:02d}90{serial % 400 + 1:04d}"
    )


def misses(office: Office, origin: str, first: int, most: int, *, js: bool = True) -> int:
    """How many different NIKs an address may ask for in vain before it is refused."""
    for turn in range(most):
        try:
            office.ask(stranger(first + turn), "Siti", js=js, origin=origin)
        except TooManyRequests:
            return turn
    return most


@pytest.mark.parametrize("js", [True, False])
def test_whoever_empties_the_common_purse_closes_the_lookup_for_nobody_else(
    sqlite_store: Store, js: bool
) -> None:
    office = Office(
        sqlite_store,
        limited(
            misses_per_address=20,
            misses_overall=80,
            misses_without_proof_per_address=20,
            misses_without_proof=80,
            challenge_difficulty=1000,
        ),
    )
    office.publish()
    loud = [misses(office, f"10.1.0.{n}", n * 100, 100, js=js) for n in range(6)]
    assert loud[0] == 20  # no address has more than it had
    assert sum(loud) <= 20 + 5 * 6 + 15  # the common purse, and of the other five for each
    with pytest.raises(TooManyRequests):
        office.ask(LISTED, "siti", origin="10.1.0.0", js=js)
    for n in range(6):  # whoever wasn't loud still has a family's misses, and is answered
        origin = f"10.2.0.{n}"
        assert office.ask(LISTED, "siti", origin=origin, js=js).listed
        assert misses(office, origin, 1000 + n * 100, 4, js=js) == 4
        assert office.ask(LISTED, "siti", origin=origin, js=js).listed
    quiet = [misses(office, f"10.3.0.{n}", 2000 + n * 100, 100, js=js) for n in range(40)]
    assert max(quiet) <= 5
    assert sum(loud) + 24 + sum(quiet) <= 80  # and all together no more than is stated
    assert quiet[-1] == 0


def test_a_nik_has_ten_misses_from_whichever_purse(sqlite_store: Store) -> None:
    office = Office(sqlite_store, limited(misses_overall=8, challenge_difficulty=1000))
    office.publish()
    for n in range(3):
        office.ask(stranger(n), "Siti", js=True, origin=f"10.1.0.{n}")
    for n in range(10):
        assert not office.ask(LISTED, "Dewi", js=True, origin=f"10.2.0.{n % 5}").listed
    with pytest.raises(TooManyRequests):
        office.ask(LISTED, "siti", js=True, origin="10.3.0.1")


def test_a_miss_from_ones_own_purse_costs_a_write_more(sqlite_store: Store) -> None:
    office = Office(sqlite_store, limited(misses_overall=8, challenge_difficulty=1000))
    office.publish()
    for n in range(4):
        office.ask(stranger(n), "Siti", js=True, origin="10.1.0.1")
    proof, asked = office.proof(Typed(LISTED, "Dewi")), question.read(Typed(LISTED, "Dewi"), "name")
    assert office.cost_of(lambda: office.desk.answer(asked, proof, "10.1.0.1")) == (2, 2, 3)


def test_the_ceilings_outlive_the_process(store: Store) -> None:
    office = Office(store, limited(misses_per_address=3))
    office.publish()
    for serial in range(3):
        office.ask(f"327309550190{serial + 10:04d}", "Siti", js=True)
    office.desk = office.another_desk()
    with pytest.raises(TooManyRequests):
        office.ask(LISTED, "siti", js=True)


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
    with pytest.raises(Invalid) as refused:
        question.read(typed, factor)
    assert [fault["pointer"] for fault in refused.value.errors] == pointers
    assert LISTED[:-1] not in repr(refused.value.errors)
