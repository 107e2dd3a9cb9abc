"""People search and history, on both stores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from shared.platform.errors import Invalid, NotFound
from shared.recipients.model import names
from shared.recipients.model.batch import Batch, State
from shared.recipients.model.nik import masked_nik
from shared.recipients.publishing import register_documents
from shared.recipients.use_cases.people_search import PAGE, PeopleSearch, Record, origin
from tests.recipients.office import Office, nik, row
from tests.rotation import rotated

NEIGHBOUR = "3273091003"
WHY = "Berkasnya keliru"


@pytest.fixture
def people(office: Office) -> PeopleSearch:
    return PeopleSearch(office.registry, office.registry_keys, office.kelurahan.key)


def id_of(office: Office, number: int, kelurahan_key: str | None = None) -> str:
    key = kelurahan_key or office.kelurahan.key
    return register_documents.identifier(office.registry_keys, key, nik(number))


def names_of(found: list[Record]) -> list[str]:
    return [each.person.name for each in found]


def all_pages(search: Callable[[str | None], list[Record]]) -> list[list[Record]]:
    """Page after page, as somebody goes on who always names the last one they saw."""
    pages: list[list[Record]] = []
    after: str | None = None
    while found := search(after):
        assert len(pages) < 10, "it goes on and on"
        pages.append(found)
        after = found[-1].id
    return pages


def at_the_neighbour_s(office: Office, number: int) -> str:
    """Somebody of the next kelurahan, in the same database; the id of their document."""
    person = replace(next(iter(office.register().values())), nik=nik(number))
    there = id_of(office, number, NEIGHBOUR)
    path = register_documents.path(NEIGHBOUR, there)
    document = register_documents.document(
        person, path, office.registry_keys, b"x", "b1", office.now
    )
    office.registry.set(path, document)
    return there


def told(people: PeopleSearch, record_id: str) -> list[tuple[str, str]]:
    """The history: of which batch, and what it did."""
    return [(each.batch.id, each.difference.kind) for each in people.history(record_id)]


def test_a_person_is_found_by_their_nik(office: Office, people: PeopleSearch) -> None:
    batch = office.publish(row(n) for n in range(5))
    found = people.by_nik(nik(3))
    assert found is not None
    assert found.id == id_of(office, 3)
    assert (found.person.nik, found.person.name) == (nik(3), "Warga Dd")
    assert (found.person.rw, found.person.rt) == ("03", "02")
    assert [each.programme for each in found.person.entitlements] == ["pkh"]
    assert (found.batch, found.updated_at) == (batch.id, batch.published_at)
    assert people.get(found.id) == found


@pytest.mark.parametrize("separator", [" ", ".", "-", "\u00a0"])
def test_a_nik_may_be_typed_in_groups(office: Office, people: PeopleSearch, separator: str) -> None:
    office.publish(row(n) for n in range(5))
    number = nik(3)
    typed = f" {separator.join((number[:6], number[6:12], number[12:]))} "
    found = people.by_nik(typed)
    assert found is not None
    assert found.person.nik == number


def test_a_nik_that_is_not_on_the_list_finds_nobody(office: Office, people: PeopleSearch) -> None:
    office.publish(row(n) for n in range(5))
    assert people.by_nik(nik(5)) is None


def test_before_the_first_publication_nobody_is_found(office: Office, people: PeopleSearch) -> None:
    path = office.csv(row(n) for n in range(5))
    office.sync.prepare(path, path.name, office.operator)
    assert people.by_nik(nik(3)) is None
    assert people.by_name("Warga") == []
    assert people.by_rw("03") == []


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "3273",
        nik(3)[:-1],
        f"{nik(3)}0",
        nik(3).replace("0190", "1390"),
        f"{nik(3)[:12]}0000",
        f"00{nik(3)[2:]}",
        f"{nik(3)[:-1]}x",
        "Warga Dd",
    ],
)
def test_what_cannot_be_a_nik_is_refused_at_its_field(
    office: Office, people: PeopleSearch, typed: str
) -> None:
    office.publish(row(n) for n in range(5))
    with pytest.raises(Invalid) as caught:
        people.by_nik(typed)
    assert [each["pointer"] for each in caught.value.errors] == ["#/nik"]
    if typed.strip():
        assert typed not in str(caught.value.errors)


def test_a_temporary_nik_is_found_by_staff(office: Office, people: PeopleSearch) -> None:
    temporary = f"0{office.kelurahan.key}00001"
    office.publish([row(1), row(2, nik=temporary, nama="Tanpa KTP")])
    found = people.by_nik(temporary)
    assert found is not None
    assert found.person.temporary


def test_after_a_rotation_of_the_keys_a_nik_is_still_found(
    office: Office, people: PeopleSearch
) -> None:
    office.publish(row(n) for n in range(5))
    later = PeopleSearch(office.registry, rotated(office.registry_keys), office.kelurahan.key)
    assert later.by_nik(nik(3)) == people.by_nik(nik(3))
    assert later.by_nik(nik(5)) is None


def test_a_name_is_found_by_its_beginning(office: Office, people: PeopleSearch) -> None:
    listed = ["Asep Saepudin", "Asep Sutisna", "Asih", "Budi Asep", "Asepudin", "Zainal"]
    office.publish(row(n, nama=name) for n, name in enumerate(listed))
    assert names_of(people.by_name("Asep")) == ["Asep Saepudin", "Asep Sutisna", "Asepudin"]
    assert names_of(people.by_name("asep s")) == ["Asep Saepudin", "Asep Sutisna"]
    assert names_of(people.by_name("Asep Saepudin")) == ["Asep Saepudin"]
    assert names_of(people.by_name("Asep Saepudin Juga")) == []
    assert names_of(people.by_name("Saepudin")) == []
    assert names_of(people.by_name("Zainal")) == ["Zainal"]


@pytest.mark.parametrize(
    ("listed", "typed"),
    [
        ("Nur'aini", "nuraini"),
        ("Nuraini", "NUR’AINI"),
        ("Éuis Karlina", "euis k"),
        ("Euis Karlina", "ÉUIS"),
        ("Siti-Aminah", "siti   aminah"),
        ("SITI AMINAH", "  siti.aminah  "),
        ("Ｓｉｔｉ", "siti"),
    ],
)
def test_letters_are_folded_on_both_sides(
    office: Office, people: PeopleSearch, listed: str, typed: str
) -> None:
    office.publish([row(1, nama=listed), row(2, nama="Orang Lain")])
    [found] = people.by_name(typed)
    assert found.id == id_of(office, 1)


@pytest.mark.parametrize("typed", ["", "  ", "a", "ab", " ab ", "a'b", "--ab--", "…", "??????"])
def test_less_than_three_letters_of_a_name_are_refused(
    office: Office, people: PeopleSearch, typed: str
) -> None:
    office.publish([row(1, nama="Ab"), row(2, nama="Abdul")])
    with pytest.raises(Invalid) as caught:
        people.by_name(typed)
    assert [each["pointer"] for each in caught.value.errors] == ["#/name"]
    assert names_of(people.by_name("abd")) == ["Abdul"]


def test_people_of_one_name_are_paged_without_a_gap_and_without_a_double(
    office: Office, people: PeopleSearch
) -> None:
    """Names that many bear, so that the borders of pages fall among them."""
    bearers = ["Siti Aminah"] * 55 + ["Siti"] * 41 + ["Siti Zahra"] * 3 + ["Sita", "Sitx", "Adi"]
    office.publish(row(n, nama=name) for n, name in enumerate(bearers))
    pages = all_pages(lambda after: people.by_name("siti", after))
    assert [len(each) for each in pages] == [PAGE, PAGE, 19]
    seen = [each for found in pages for each in found]
    assert {each.id for each in seen} == {id_of(office, n) for n in range(99)}
    assert len(seen) == 99
    order = [(names.folded(each.person.name), each.id) for each in seen]
    assert order == sorted(order)
    assert len(people.by_name("siti")) == PAGE


def test_exactly_one_page_has_nothing_behind_it(office: Office, people: PeopleSearch) -> None:
    office.publish(row(n, nama=f"Siti {chr(65 + n % 26)}{n:02d}") for n in range(PAGE))
    found = people.by_name("siti")
    assert len(found) == PAGE
    assert people.by_name("siti", found[-1].id) == []
    assert people.by_name("siti", found[-2].id) == found[-1:]


def test_the_people_of_an_rw_are_paged_by_name(office: Office, people: PeopleSearch) -> None:
    rws = ["03"] * 95 + ["04"] * 41 + ["05"]
    office.publish(row(n, rw=rw, nama=f"Warga {n % 7}") for n, rw in enumerate(rws))
    pages = all_pages(lambda after: people.by_rw("03", after))
    assert [len(each) for each in pages] == [PAGE, PAGE, 15]
    seen = [each for found in pages for each in found]
    assert {each.id for each in seen} == {id_of(office, n) for n in range(95)}
    assert len(seen) == 95
    order = [(names.folded(each.person.name), each.id) for each in seen]
    assert order == sorted(order)
    assert [len(each) for each in all_pages(lambda after: people.by_rw("04", after))] == [PAGE, 1]
    assert [each.id for each in people.by_rw("05")] == [id_of(office, 136)]
    assert people.by_rw("06") == []


def test_whoever_moved_is_found_in_their_new_rw_alone(office: Office, people: PeopleSearch) -> None:
    office.publish([row(1), row(2)])
    office.publish([row(1, rw="04"), row(2)])
    assert [each.id for each in people.by_rw("03")] == [id_of(office, 2)]
    assert [each.id for each in people.by_rw("04")] == [id_of(office, 1)]


@pytest.mark.parametrize("unknown", ["abcdefghij", "a" * 80, "x-y_z"])
def test_an_id_that_is_not_there_is_not_found(
    office: Office, people: PeopleSearch, unknown: str
) -> None:
    office.publish(row(n) for n in range(5))
    with pytest.raises(NotFound):
        people.get(unknown)


def test_whoever_left_the_list_is_not_found(office: Office, people: PeopleSearch) -> None:
    office.publish([row(1, nama="Asep"), row(2)])
    office.publish([row(2)])
    with pytest.raises(NotFound):
        people.get(id_of(office, 1))
    assert people.by_nik(nik(1)) is None
    assert people.by_name("Asep") == []
    assert [each.id for each in people.by_rw("03")] == [id_of(office, 2)]


def test_another_kelurahan_s_people_are_not_found(office: Office, people: PeopleSearch) -> None:
    office.publish(row(n, nama="Siti") for n in range(3))
    there = at_the_neighbour_s(office, 50)
    with pytest.raises(NotFound):
        people.get(there)
    assert people.by_nik(nik(50)) is None
    assert len(people.by_name("Siti")) == len(people.by_rw("03")) == 3
    assert people.history(there) == []
    neighbours = PeopleSearch(office.registry, office.registry_keys, NEIGHBOUR)
    assert neighbours.get(there).person.nik == nik(50)
    assert [each.id for each in neighbours.by_name("Siti")] == [there]
    with pytest.raises(NotFound):
        neighbours.get(id_of(office, 1))
    assert neighbours.by_nik(nik(1)) is None


def test_the_history_tells_the_newest_first(office: Office, people: PeopleSearch) -> None:
    person = id_of(office, 7)
    first = office.publish([row(7), row(8)])
    second = office.publish([row(7, rt="09"), row(8)])
    untouched = office.publish([row(7, rt="09"), row(8, rt="09")])
    third = office.publish([row(8, rt="09")])
    fourth = office.publish([row(7, rt="05"), row(8, rt="09")])
    assert told(people, person) == [
        (fourth.id, "added"),
        (third.id, "removed"),
        (second.id, "changed"),
        (first.id, "added"),
    ]
    assert told(people, id_of(office, 8)) == [(untouched.id, "changed"), (first.id, "added")]
    changed = people.history(person)[2].difference
    assert changed.before is not None
    assert changed.after is not None
    assert (changed.before.rt, changed.after.rt) == ("02", "09")
    assert people.get(person).batch == fourth.id


def test_the_history_of_whoever_left_is_still_told(office: Office, people: PeopleSearch) -> None:
    first = office.publish([row(7), row(8)])
    second = office.publish([row(8)])
    assert told(people, id_of(office, 7)) == [(second.id, "removed"), (first.id, "added")]


@pytest.mark.parametrize(
    ("after", "undone", "back"),
    [
        ([row(7, rt="09"), row(8)], "changed", "changed"),
        ([row(8)], "removed", "added"),
    ],
)
def test_an_undo_is_told_beside_what_it_took_back(
    office: Office, people: PeopleSearch, after: list[list[str]], undone: str, back: str
) -> None:
    person = id_of(office, 7)
    first = office.publish([row(7), row(8)])
    second = office.publish(after)
    office.later(minutes=1)
    reversal = office.sync.undo(second.id, office.verifier, WHY)
    assert told(people, person) == [
        (reversal.id, back),
        (second.id, undone),
        (first.id, "added"),
    ]
    states = [each.batch.state for each in people.history(person)]
    assert states == [State.PUBLISHED, State.UNDONE, State.PUBLISHED]
    assert people.get(person).person.rt == "02"
    assert people.get(person).batch == reversal.id


def test_undoing_the_first_publication_is_told_as_leaving(
    office: Office, people: PeopleSearch
) -> None:
    first = office.publish([row(7), row(8)])
    office.later(minutes=1)
    reversal = office.sync.undo(first.id, office.verifier, WHY)
    assert told(people, id_of(office, 7)) == [(reversal.id, "removed"), (first.id, "added")]
    with pytest.raises(NotFound):
        people.get(id_of(office, 7))


def test_what_was_not_published_is_no_history(office: Office, people: PeopleSearch) -> None:
    first = office.publish([row(7), row(8)])
    office.later(minutes=1)
    rejected = office.csv([row(7, rt="01"), row(8)], "ditolak.csv")
    batch = office.sync.prepare(rejected, rejected.name, office.operator)
    office.sync.reject(batch.id, office.verifier, WHY)
    office.later(minutes=1)
    waiting = office.csv([row(7, rt="04"), row(8)], "menunggu.csv")
    batch = office.sync.prepare(waiting, waiting.name, office.operator)
    assert office.sync.batch(batch.id).state is State.WAITING
    assert told(people, id_of(office, 7)) == [(first.id, "added")]


def test_the_history_looks_at_twelve_batches(office: Office, people: PeopleSearch) -> None:
    batches: list[Batch] = [
        office.publish([row(7, rt=f"{number:02d}"), row(8)]) for number in range(1, 14)
    ]
    newest = [batch.id for batch in reversed(batches)][:12]
    assert [batch for batch, _ in told(people, id_of(office, 7))] == newest
    assert told(people, id_of(office, 8)) == []


def test_batches_that_were_not_published_leave_the_origin_known(
    office: Office, people: PeopleSearch
) -> None:
    first = office.publish([row(7), row(8)])
    for number in range(1, 14):
        office.later(minutes=1)
        path = office.csv([row(7, rt=f"{number:02d}"), row(8)], "lain.csv")
        batch = office.sync.prepare(path, path.name, office.operator)
        if number % 2:
            office.sync.reject(batch.id, office.verifier, WHY)
    assert told(people, id_of(office, 7)) == [(first.id, "added")]
    [entitlement] = people.get(id_of(office, 7)).person.entitlements
    assert origin(entitlement, people.history(id_of(office, 7))) == first


def test_everybody_of_a_long_list_has_their_history(office: Office, people: PeopleSearch) -> None:
    """The list is kept in several parts: the first and the last of each are found as well."""
    count = 1_050
    batch = office.publish(row(n) for n in range(count))
    assert batch.difference_chunks > 1
    ids = sorted(id_of(office, n) for n in range(count))
    for place in (0, 1, 500, 998, 999, 1_000, 1_001, count - 1):
        assert told(people, ids[place]) == [(batch.id, "added")], place
    assert told(people, id_of(office, count)) == []


def test_what_is_kept_for_a_time_only_ends_the_history(
    office: Office, people: PeopleSearch
) -> None:
    first = office.publish([row(7), row(8)])
    second = office.publish([row(7, rt="09"), row(8)])
    chunk = f"kelurahan/{office.kelurahan.key}/batches/{first.id}/differences/000000"
    assert office.registry.get(chunk).exists
    office.registry.delete(chunk)
    assert told(people, id_of(office, 7)) == [(second.id, "changed")]


def test_a_masked_nik_tells_its_last_four_digits(office: Office) -> None:
    assert masked_nik(nik(3)) == "•" * 12 + nik(3)[-4:]
