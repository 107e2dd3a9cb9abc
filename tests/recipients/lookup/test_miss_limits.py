"""Limits of the lookup: what a flood, a neighbour and a list of names get, and what a resident."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO

import pytest

from shared.kelurahan.configuration import Kelurahan, LookupFactor
from shared.platform.errors import (
    Crowded,
    KkNeeded,
    ProofRefused,
    TooManyRequests,
)
from shared.platform.store import Store
from shared.recipients.lookup import question
from shared.recipients.lookup.question import Typed
from tests.recipients.lookup.office import (
    ELSEWHERE,
    KK,
    LISTED,
    OWN,
    TEMPORARY,
    Office,
    limited,
    proving_by,
)


def test_ten_misses_close_a_nik_for_the_day_whether_it_is_listed_or_not(store: Store) -> None:
    office = Office(store)
    office.publish()
    for nik in (LISTED, ELSEWHERE):
        for turn in range(10):
            assert not office.ask(nik, "Dewi", js=turn % 2 == 0).listed
        for name in ("Dewi", "Siti"):
            with pytest.raises(TooManyRequests) as refusal:
                office.ask(nik, name, js=True)
            assert refusal.value.args == ("kk-needed",)
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


def test_a_closed_address_costs_nothing_more(sqlite_store: Store) -> None:
    office = Office(sqlite_store, limited(misses_per_address=3))
    office.publish()
    for serial in range(3):
        office.ask(f"327309550190{serial + 10:04d}", "Siti", js=True)

    def again() -> None:
        with pytest.raises(TooManyRequests):
            office.ask(LISTED, "siti", js=True)

    assert office.cost_of(again) == (0, 0, 0)


def numbered(serial: int) -> str:
    return (
        f"327309{serial // 4000 % 28 + 1:02d}{serial // 400 % 10 + 1:02d}90{serial % 400 + 1:04d}"
    )


def refused(office: Office, *asked: str, **how: object) -> type[TooManyRequests] | None:
    """How a question is refused, if it is."""
    try:
        office.ask(*asked, **how)  # type: ignore[arg-type]
    except TooManyRequests as error:
        return type(error)
    return None


def test_the_same_question_is_answered_as_often_as_it_finds_somebody(sqlite_store: Store) -> None:
    office = Office(sqlite_store, limited(misses_per_address=3, niks_per_address=3))
    office.publish()
    assert all(office.ask(LISTED, "siti").listed for _ in range(50))


@pytest.mark.parametrize(("js", "most"), [(True, 12), (False, 5)])
def test_who_knows_names_and_niks_asks_for_so_many_a_day(
    sqlite_store: Store, js: bool, most: int
) -> None:
    limits = limited(niks_per_address=12, niks_without_proof_per_address=5)
    office = Office(sqlite_store, limits)
    niks = [numbered(serial) for serial in range(20)]
    for nik in niks:
        office.publish(nik)

    def found(origin: str) -> int:
        return [refused(office, nik, "siti", js=js, origin=origin) for nik in niks].count(None)

    assert found("10.0.0.1") == most
    assert found("2001:db8::1") == most
    assert found("10.0.0.1") == most  # those that were answered before, and no other
    assert found("10.0.0.2") == most
    office.clock.now += timedelta(days=1)
    assert found("10.0.0.1") == most


def test_without_a_proof_an_address_asks_for_fewer_and_goes_on_with_one(
    sqlite_store: Store,
) -> None:
    office = Office(sqlite_store, limited(misses_per_address=8, niks_without_proof_per_address=3))
    office.publish()
    for serial in range(3):
        office.ask(numbered(serial), "Siti")
    with pytest.raises(TooManyRequests, match="too-many-requests") as told:
        office.ask(LISTED, "siti")
    assert "JavaScript" in told.value.detail
    assert office.ask(LISTED, "siti", origin="10.0.0.2").listed
    for serial in range(5):
        office.ask(numbered(10 + serial), "Siti", js=True)
    with pytest.raises(TooManyRequests) as told:
        office.ask(LISTED, "siti", js=True)
    assert "besok" in told.value.detail
    assert "nanti" not in told.value.detail
    assert office.ask(LISTED, "siti", js=True, origin="10.0.0.2").listed


def test_what_is_kept_in_memory_is_shared_out_among_the_processes(sqlite_store: Store) -> None:
    office = Office(sqlite_store, limited(niks_per_address=8))
    office.desk = office.another_desk(instances=4)
    asked = [refused(office, numbered(serial), "Siti", js=True) for serial in range(5)]
    assert asked.count(None) == 2


# --- whoever floods the lookup with misses closes it for nobody -----------------------------------


def flooded(store: Store, misses: int) -> Office:
    """An office after misses from as many addresses; its usual day has 40 in all."""
    easy = limited(misses_overall=40, misses_without_proof=20, challenge_difficulty=1000)
    office = Office(store, easy)
    office.publish()
    for serial in range(misses):
        origin = f"10.{serial >> 8}.{serial & 255}.1"
        assert not office.ask(numbered(serial), "Siti", js=True, origin=origin).listed
    return office


def test_a_resident_is_answered_after_any_number_of_misses_by_others(
    sqlite_store: Store, log: StringIO
) -> None:
    office = flooded(sqlite_store, 100)
    assert office.ask(LISTED, "siti", js=True, origin="192.0.2.1").listed
    assert not office.ask(LISTED, "Dewi", js=True, origin="192.0.2.1").listed
    alarms = [line for line in log.getvalue().splitlines() if "ALERT" in line]
    assert len(alarms) == 2  # the pressure, and the misses of the day
    assert "so many misses that a harder proof is asked for" in alarms[0]
    office.desk = office.another_desk()  # one that has just started
    assert office.ask(LISTED, "siti", js=True, origin="192.0.2.1").listed


def test_under_pressure_a_question_needs_harder_work(sqlite_store: Store) -> None:
    office = flooded(sqlite_store, 9)
    typed = Typed(LISTED, "siti")
    asked, easy = question.read(typed, "name"), office.proof(typed)
    usual = office.desk.challenge("ab" * 32)["maxNumber"]
    assert office.desk.challenge("ab" * 32, is_hard=True)["maxNumber"] == usual * 25
    office.desk.answer(asked, easy, "192.0.2.1")
    office.ask(numbered(1000), "Siti", js=True, origin="10.9.9.9")

    assert office.desk.challenge("ab" * 32)["maxNumber"] == usual * 25

    def with_little_work() -> None:
        with pytest.raises(ProofRefused) as refusal:
            office.desk.answer(asked, easy, "192.0.2.1")
        assert refusal.value.code == "HARDER"

    assert office.cost_of(with_little_work) == (0, 0, 0)
    assert office.desk.answer(asked, office.proof(typed), "192.0.2.1").listed

    office.clock.now += timedelta(hours=1)  # the pressure falls
    assert office.desk.challenge("ab" * 32)["maxNumber"] == usual
    assert office.desk.answer(asked, office.proof(typed), "192.0.2.1").listed


def test_under_pressure_forms_are_told_where_to_turn_until_it_falls(sqlite_store: Store) -> None:
    office = flooded(sqlite_store, 10)
    with pytest.raises(Crowded) as told:
        office.ask(LISTED, "siti", origin="192.0.2.1")
    for way in ("JavaScript", "kantor kelurahan", "satu jam"):
        assert way in told.value.detail
    assert "besok" not in told.value.detail
    office.clock.now += timedelta(hours=1)
    assert office.ask(LISTED, "siti", origin="192.0.2.1").listed


def test_a_flood_of_forms_closes_the_form_and_nothing_else(
    sqlite_store: Store, log: StringIO
) -> None:
    office = Office(sqlite_store, limited(misses_overall=400, misses_without_proof=20))
    office.publish()
    usual = office.desk.challenge("ab" * 32)["maxNumber"]
    origins = [f"10.0.0.{serial}" for serial in range(20)]
    asked = [
        refused(office, numbered(serial), "Siti", origin=origin)
        for serial, origin in enumerate(origins)
    ]
    assert asked == [None] * 5 + [Crowded] * 15
    assert "so many misses by forms that they aren't answered" in log.getvalue()
    assert office.desk.challenge("ab" * 32)["maxNumber"] == usual
    assert office.ask(LISTED, "siti", js=True, origin="192.0.2.1").listed


def test_an_ipv6_customer_gets_no_further_than_sixteen_addresses(sqlite_store: Store) -> None:
    office = Office(sqlite_store, limited(misses_per_address=2, challenge_difficulty=1000))
    asked = [
        refused(office, numbered(n), "Siti", js=True, origin=f"2001:db8:1:{n << 6:x}::1")
        for n in range(200)
    ]
    assert asked.count(None) == 2 * 16
    assert refused(office, LISTED, "siti", js=True, origin="2001:db8:2::1") is None


# --- a neighbour who tries wrong names locks nobody out -------------------------------------------


def closed(store: Store, kelurahan: Kelurahan = OWN) -> Office:
    """An office where a neighbour has tried ten wrong names for one listed and one other person."""
    office = Office(store, kelurahan)
    office.publish()
    for nik in (LISTED, ELSEWHERE):
        for turn in range(10):
            wrong = "" if kelurahan.lookup_factor == "kk" else "Dewi"
            kk = "" if kelurahan.lookup_factor in ("name", "either") else f"00000{turn}"
            assert not office.ask(nik, wrong, kk, js=True, origin="10.9.9.9").listed
    return office


def test_after_ten_wrong_names_the_end_of_the_kk_number_opens_a_nik(store: Store) -> None:
    office = closed(store)
    for nik in (LISTED, ELSEWHERE):
        with pytest.raises(KkNeeded) as told:
            office.ask(nik, "Siti", js=True)
        assert "enam angka terakhir nomor KK" in told.value.detail
        assert "besok" in told.value.detail
        assert told.value.errors == [{"pointer": "#/kk_last6", "detail": told.value.detail}]
    assert office.ask(LISTED, "Siti", KK[-6:], js=True).listed
    assert office.ask(LISTED, "Dewi", KK[-6:]).listed  # the name plays no part any more
    office.clock.now += timedelta(seconds=61)
    assert office.cost_of(lambda: office.ask(LISTED, "Siti", KK[-6:])) == (2, 0, 1)


@pytest.mark.parametrize("factor", ["name", "kk", "both", "either"])
def test_the_kk_number_opens_whatever_the_kelurahan_asks_for(
    sqlite_store: Store, factor: LookupFactor
) -> None:
    office = closed(sqlite_store, proving_by(factor))
    name = "" if factor in ("kk", "either") else "Dewi"
    assert office.ask(LISTED, name, KK[-6:], js=True).listed
    assert not office.ask(LISTED, name, "999999", js=True).listed


def test_before_the_ten_a_kk_number_decides_nothing_where_names_are_asked_for(
    sqlite_store: Store,
) -> None:
    office = Office(sqlite_store)
    office.publish()
    assert not office.ask(LISTED, "Dewi", KK[-6:], js=True).listed
    assert office.ask(LISTED, "Siti", "999999", js=True).listed


def test_an_address_has_three_kk_numbers_and_a_nik_has_twelve(sqlite_store: Store) -> None:
    office = closed(sqlite_store)
    for nik in (LISTED, ELSEWHERE):
        told = set()
        for n in range(5):
            answer = None
            try:
                answer = office.ask(nik, "Siti", f"99990{n}", js=True, origin="10.9.9.9")
            except TooManyRequests as error:
                told.add(error.detail)
            assert (answer is None) == (n >= 3)
        assert len(told) == 1
        assert "besok" in told.pop()
    # whoever asks from elsewhere isn't locked out by that
    assert office.ask(LISTED, "Siti", KK[-6:], js=True, origin="192.0.2.1").listed
    for n in range(9):
        office.ask(LISTED, "Siti", f"99980{n}", js=True, origin=f"10.8.8.{n}")
    for kk in ("", KK[-6:]):
        with pytest.raises(TooManyRequests) as refusal:
            office.ask(LISTED, "Siti", kk, js=True, origin="192.0.2.1")
        assert refusal.type is TooManyRequests
        assert "besok" in refusal.value.detail


def test_a_list_without_a_kk_number_gets_the_answer_of_a_wrong_one(store: Store) -> None:
    office = Office(store)
    office.publish(kk="")
    office.publish(ELSEWHERE, "Asep")
    for nik in (LISTED, ELSEWHERE, TEMPORARY):
        for _ in range(10):
            office.ask(nik, "Dewi", js=True, origin="10.9.9.9")
    asked = [office.ask(nik, "Siti", "999999", js=True) for nik in (LISTED, ELSEWHERE, TEMPORARY)]
    asked += [office.ask(LISTED, "Siti", kk, js=True) for kk in ("000000", KK[-6:])]
    assert asked == asked[:1] * 5
    assert "nomor KK" in asked[0].message
    assert any("Tidak semua daftar memuat nomor KK" in step for step in asked[0].next_steps)


def test_many_kk_numbers_at_once_get_no_further(sqlite_store: Store) -> None:
    office = closed(sqlite_store)
    typed = [Typed(LISTED, "Siti", f"99970{n}") for n in range(8)]
    proofs = [office.proof(one) for one in typed]
    together = threading.Barrier(8)

    def one_try(n: int) -> bool:
        together.wait(60)
        try:
            office.desk.answer(question.read(typed[n], "name"), proofs[n], "10.9.9.9")
        except TooManyRequests:
            return False
        return True

    with ThreadPoolExecutor(8) as hands:
        assert sum(hands.map(one_try, range(8))) <= 3


def test_the_ceilings_outlive_the_process(store: Store) -> None:
    office = Office(store, limited(misses_per_address=3))
    office.publish()
    for serial in range(3):
        office.ask(f"327309550190{serial + 10:04d}", "Siti", js=True)
    office.desk = office.another_desk()
    with pytest.raises(TooManyRequests):
        office.ask(LISTED, "siti", js=True)
