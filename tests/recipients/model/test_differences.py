"""Comparing the wished-for list with the published one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kelurahan.configuration import Limits
from shared.recipients.batches.guards import guard
from shared.recipients.model.differences import Difference, compare, fingerprint
from shared.recipients.model.entitlements import Entitlement
from shared.recipients.model.person import Person
from shared.recipients.reading.merging import build, without
from shared.recipients.reading.rows import Row

lists = st.dictionaries(
    st.text("abcd", min_size=1, max_size=3), st.binary(min_size=1, max_size=1), max_size=12
)
ASEP = Person("1", "ASEP", "", "01", "02", "", False, (Entitlement("pkh", "", ""),))


@given(wished=lists, published=lists, held=st.sets(st.text("abcd", min_size=1, max_size=3)))
def test_applying_a_comparison_gives_the_wished_list(
    wished: dict[str, bytes], published: dict[str, bytes], held: set[str]
) -> None:
    found = compare(wished, published, held)
    result = dict(published)
    for key in found.removed:
        del result[key]
    for key in (*found.added, *found.changed):
        result[key] = wished[key]
    assert result == {**{k: v for k, v in published.items() if k in held}, **wished}
    assert found.unchanged == len(published) - len(found.removed) - len(found.changed)
    assert not {*found.added} & {*found.changed} & {*found.removed}


def test_the_fingerprint_sees_every_part_of_every_difference() -> None:
    one = [Difference("a", None, ASEP), Difference("b", ASEP, None)]
    others = [
        one[:1],
        list(reversed(one)),
        [Difference("a", ASEP, ASEP), one[1]],
        [one[0], Difference("b", replace(ASEP, rt="03"), None)],
        [Difference("c", None, ASEP), one[1]],
    ]
    hashes = {fingerprint(each, b"key") for each in [one, *others]}
    assert len(hashes) == 1 + len(others)
    assert fingerprint(one, b"another key") not in hashes
    assert fingerprint(one, b"key", "2026-11-20") not in hashes


def test_a_person_survives_their_canonical_form() -> None:
    assert Person.from_bytes(ASEP.to_bytes()) == ASEP
    with pytest.raises(ValueError):
        Person.from_bytes(b'[9,"1","","","","","",false,[]]')


def test_rows_of_one_nik_are_one_person_with_all_their_entitlements() -> None:
    def row(number: int, programme: str, **changed: str) -> Row:
        base = Row(number, "1", "ASEP", "", "01", "", "", False, (Entitlement(programme, "", ""),))
        return base._replace(**changed)

    people = build([row(2, "pkh"), row(3, "bpnt", kk="9", rt="04"), row(4, "pkh", rt="05")])
    assert list(people) == ["1"]
    person = people["1"]
    assert [each.programme for each in person.entitlements] == ["bpnt", "pkh"]
    assert (person.kk, person.rt) == ("9", "04")
    assert without(people, {"1"}) == {}


@pytest.mark.parametrize(
    ("published", "removed", "rows", "error_rows", "people", "as_of", "codes"),
    [
        (100, 10, 100, 20, 80, "2026-11-20", ()),
        (100, 11, 100, 20, 80, "2026-11-21", ("REMOVED_TOO_MANY",)),
        (100, 10, 100, 21, 79, "2026-11-20", ("ERRORS_TOO_MANY",)),
        (0, 0, 10, 0, 10, "2027-01-01", ()),
        (3, 1, 2, 0, 2, "2026-11-20", ("REMOVED_TOO_MANY",)),
        (0, 0, 5, 5, 0, "2026-11-20", ("ERRORS_TOO_MANY", "NOTHING_VALID")),
        (100, 0, 100, 0, 100, "2026-11-19", ("OLDER_THAN_PUBLISHED",)),
    ],
)
def test_the_guards_stand_at_their_limits(
    published: int,
    removed: int,
    rows: int,
    error_rows: int,
    people: int,
    as_of: str,
    codes: tuple[str, ...],
) -> None:
    found = guard(
        Limits(),
        published=published,
        removed=removed,
        rows=rows,
        error_rows=error_rows,
        people=people,
        as_of=as_of,
        published_as_of="2026-11-20",
    )
    assert found == codes
