"""Enumeration attack: NIKs that are worth trying, with the commonest names, find almost nobody.

The lookup runs as its own process. The attacker knows how NIKs are built (95 % end in 0001), solves
real challenges (made cheap here, so that the limits are tried rather than this machine), uses the
form as well, and puts four names into each question.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.functions.nik_lookup.running import Asker, Lookup, running

CANDIDATES = 4_000
PUBLISHED = CANDIDATES * 35 // 1000  # of the NIKs worth trying, so many are listed
WITH_PROOF = 600
NAMES = ("SITI", "AHMAD", "NUR", "DEWI")
# as one name in twenty has the commonest word
ALL_NAMES = (
    *NAMES,
    *(f"{name}{end}" for name in ("ASEP", "DEDE", "RINA", "EUIS") for end in "ABCD"),
)
ATTACKER = "203.0.113.66"


def niks(count: int) -> list[str]:
    """NIKs as somebody makes them up who knows how they are built."""
    chance = random.Random(20261124)
    made: dict[str, None] = {}
    while len(made) < count:
        day = chance.randint(1, 28) + chance.choice((0, 40))
        month, year = chance.randint(1, 12), chance.randint(40, 99)
        serial = 1 if chance.random() < 0.95 else chance.randint(2, 4)
        made[f"327309{day:02d}{month:02d}{year:02d}{serial:04d}"] = None
    return list(made)


@pytest.fixture(scope="module")
def candidates() -> list[str]:
    return niks(CANDIDATES)


@pytest.fixture(scope="module")
def listed(candidates: list[str]) -> dict[str, str]:
    chance = random.Random(7)
    return {nik: chance.choice(ALL_NAMES) for nik in chance.sample(candidates, PUBLISHED)}


@pytest.fixture
def lookup(tmp_path: Path, listed: dict[str, str]) -> Iterator[Lookup]:
    with running(tmp_path, listed) as started:
        yield started


@dataclass
class Learned:
    """What the answers said: how many of each status, the texts of misses, the NIKs of hits."""

    statuses: Counter[int] = field(default_factory=Counter)
    misses: Counter[str] = field(default_factory=Counter)
    hits: set[str] = field(default_factory=set)

    def add(self, other: Learned) -> None:
        self.statuses.update(other.statuses)
        self.misses.update(other.misses)
        self.hits |= other.hits


def attack(
    lookup: Lookup, asked: Sequence[tuple[str, str]], *, proofs: int, addresses: Sequence[str]
) -> Learned:
    """Ask once for each NIK and name, the first with proofs, from the addresses by turns."""

    def hand(part: int) -> Learned:
        learned = Learned()
        for at in range(part, len(asked), 8):
            nik, name = asked[at]
            with Asker(lookup, addresses[at % len(addresses)]) as attacker:
                ask = attacker.with_proof if at < proofs else attacker.by_form
                status, answer = ask(nik, name)
            learned.statuses[status] += 1
            if status == 200 and answer["result"] == "listed":
                learned.hits.add(nik)
            elif status == 200:
                learned.misses[repr(answer)] += 1
        return learned

    whole = Learned()
    with ThreadPoolExecutor(8) as hands:
        for part in hands.map(hand, range(8)):
            whole.add(part)
    return whole


def is_answered(lookup: Lookup, nik: str, name: str, address: str) -> bool:
    with Asker(lookup, address) as resident:
        status, answer = resident.with_proof(nik, name)
    return status == 200 and answer["result"] == "listed"


def test_trying_thousands_of_niks_tells_no_more_than_the_allowance(
    lookup: Lookup, candidates: list[str], listed: dict[str, str]
) -> None:
    guesses = [(nik, " ".join(NAMES)) for nik in candidates]
    learned = attack(lookup, guesses, proofs=WITH_PROOF, addresses=[ATTACKER])

    assert set(learned.statuses) == {200, 429}
    assert sum(learned.statuses.values()) == CANDIDATES
    assert 0 < sum(learned.misses.values()) <= lookup.limits.misses_per_address
    assert sum(learned.misses.values()) + len(learned.hits) == learned.statuses[200]
    # Nothing in a miss tells whether the NIK is on the list under another name.
    assert len(learned.misses) == 1
    # Of the people on the list he meets as many as blind guessing meets in so few tries, and only
    # by the first of the four names that he puts into each question.
    assert len(learned.hits) <= 5
    assert {listed[nik] for nik in learned.hits} <= {NAMES[0]}

    known = list(listed.items())[:20]
    assert not any(is_answered(lookup, nik, name, ATTACKER) for nik, name in known)
    assert all(is_answered(lookup, nik, name, "198.51.100.1") for nik, name in known)
    log = lookup.logged()
    assert log.count('"nik_lookup"') > CANDIDATES // 2
    assert not any(nik in log for nik in candidates)


def test_a_hundred_addresses_learn_each_their_share_and_close_nothing_for_others(
    lookup: Lookup, candidates: list[str], listed: dict[str, str]
) -> None:
    addresses = [f"203.0.113.{last}" for last in range(100)]
    guesses = [(nik, " ".join(NAMES)) for nik in candidates[:1_000]]
    learned = attack(lookup, guesses, proofs=900, addresses=addresses)
    # So much in an hour is pressure: proofs that it has overtaken are refused, and forms at last.
    assert set(learned.statuses) <= {200, 400, 429}
    assert learned.statuses[400] <= 8
    assert learned.statuses[429] >= 100 - 8
    assert {listed[nik] for nik in learned.hits} <= {NAMES[0]}
    assert len(learned.hits) <= len(listed) // 4
    assert "a harder proof is asked for" in lookup.logged()
    for last, (nik, name) in enumerate(list(listed.items())[:10]):
        assert is_answered(lookup, nik, name, f"198.51.100.{last}")


@pytest.mark.parametrize("proofs", [True, False])
def test_a_list_of_names_and_niks_is_no_way_to_all_of_them(
    lookup: Lookup, listed: dict[str, str], proofs: bool
) -> None:
    known = list(listed.items())
    if proofs:  # the first half is wrong, so that there are more than anybody may ask for
        known = [(nik, "Bukan") for nik in niks(CANDIDATES + 100)[CANDIDATES:]][:50] + known
    learned = attack(lookup, known, proofs=len(known) * proofs, addresses=[ATTACKER])
    limits = lookup.limits
    most = limits.niks_per_address if proofs else limits.niks_without_proof_per_address
    assert most < len(known)
    assert learned.statuses == {200: most, 429: len(known) - most}
    nik, name = known[-1]
    assert is_answered(lookup, nik, name, "198.51.100.1")
