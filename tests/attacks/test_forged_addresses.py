"""Attack: somebody makes up addresses, or has many, to be answered often or to shut others out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.functions.nik_lookup.running import Asker, Lookup, running

LISTED = {f"3273090101{year:02d}0001": "SITI AMINAH" for year in range(60, 80)}
ATTACKER = "203.0.113.66"
DIRECT, HOSTED = False, True


@pytest.fixture
def lookup(tmp_path: Path) -> Iterator[Lookup]:
    limits = {"misses_overall": 200, "misses_without_proof": 40}
    with running(tmp_path, LISTED, limits) as started:
        yield started


def stranger(serial: int) -> str:
    return f"327309{serial % 28 + 1:02d}{serial // 28 % 12 + 1:02d}{50 + serial // 336:02d}0001"


def made_up(serial: int) -> dict[str, str]:
    """Headers by which a sender may hope to be taken for somebody else."""
    address = f"10.{serial >> 16 & 255}.{serial >> 8 & 255}.{serial & 255}"
    return {
        "X-Forwarded-For": address,
        "Fastly-Client-IP": address,
        "X-Real-IP": address,
        "True-Client-IP": address,
        "CF-Connecting-IP": address,
        "Forwarded": f"for={address}",
        "X-Appengine-User-IP": address,
    }


def by_turns(work: Callable[[int], int], serials: Iterable[int]) -> Counter[int]:
    with ThreadPoolExecutor(8) as hands:
        return Counter(hands.map(work, serials))


def fresh_residents_are_answered(lookup: Lookup) -> None:
    """Whoever asks for the first time today is answered, through Hosting and without."""
    for n, (nik, name) in enumerate(LISTED.items()):
        address = f"198.51.100.{n + 1}"
        with Asker(lookup, address, through_hosting=n % 2 == 0) as resident:
            status, answer = resident.with_proof(nik, name.split()[0])
            assert (status, answer.get("result")) == (200, "listed")
            status, answer = resident.with_proof(stranger(9_000 + n), "Budi")
            assert (status, answer.get("result")) == (200, "not-listed")


@pytest.mark.parametrize("extra", [{}, {"X-Forwarded-For": "66.102.8.69"}])
def test_who_makes_up_addresses_is_counted_by_his_own(
    lookup: Lookup, extra: dict[str, str]
) -> None:
    def ask(serial: int) -> int:
        lies = {**made_up(serial), **extra}
        with Asker(lookup, ATTACKER, lies=lies) as attacker:
            return attacker.with_proof(stranger(serial), "Siti")[0]

    statuses = by_turns(ask, range(300))
    assert set(statuses) == {200, 429}
    assert statuses[200] <= lookup.limits.misses_per_address
    fresh_residents_are_answered(lookup)
    assert not any(f"10.0.{n >> 8}.{n & 255}" in lookup.logged() for n in range(300))


def test_behind_hosting_each_resident_counts_for_himself(lookup: Lookup) -> None:
    def ask(serial: int) -> int:
        address = f"100.64.{serial >> 8}.{serial & 255}"
        with Asker(lookup, address, through_hosting=True) as resident:
            return resident.with_proof(stranger(serial), "Budi")[0]

    most = lookup.limits.misses_per_address
    assert by_turns(ask, range(2 * most)) == {200: 2 * most}


def test_a_resident_is_answered_after_any_number_of_misses_of_others(lookup: Lookup) -> None:
    def ask(serial: int) -> int:
        address = f"100.{64 + (serial >> 8)}.{serial & 255}.7"
        with Asker(lookup, address, through_hosting=serial % 2 == 0) as attacker:
            return attacker.with_proof(stranger(serial), "Siti")[0]

    misses = 2 * lookup.limits.misses_overall
    statuses = by_turns(ask, range(misses))
    # a proof that others' misses have overtaken is asked for anew
    assert set(statuses) <= {200, 400}
    assert statuses[400] <= 8
    fresh_residents_are_answered(lookup)
    with Asker(lookup, "198.51.100.99") as without_scripts:
        nik, name = next(iter(LISTED.items()))
        status, told = without_scripts.by_form(nik, name)
        assert (status, told["type"]) == (429, "/masalah/crowded")
        assert "kantor kelurahan" in told["detail"]
    assert "a harder proof is asked for" in lookup.logged()


def test_an_ipv6_network_is_no_crowd(lookup: Lookup) -> None:
    def ask(serial: int) -> int:
        with Asker(lookup, f"2001:db8:1:{serial:x}::1", through_hosting=serial % 2 == 0) as one:
            return one.with_proof(stranger(serial), "Siti")[0]

    # all of one /56, which has the room of four addresses
    statuses = by_turns(ask, range(256))
    room = 4 * lookup.limits.misses_per_address
    assert statuses[200] <= room < 256
    assert statuses[429] >= 256 - room - 8
    fresh_residents_are_answered(lookup)
