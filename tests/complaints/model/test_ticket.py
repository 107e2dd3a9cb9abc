"""Tickets: numbers that can be read aloud, and whose check character finds mistakes."""

from __future__ import annotations

import itertools
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.complaints.model import ticket

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PREFIXES = st.text(string.ascii_uppercase, min_size=2, max_size=4)
YEARS = st.integers(2000, 2099)
DATA = st.binary(min_size=5, max_size=5)
SECRETS = st.binary(min_size=10, max_size=10)


def made(prefix: str, year: int, data: bytes) -> str:
    return ticket.from_bytes(prefix, year, data).replace("-", "")


def test_a_ticket_looks_as_it_is_printed() -> None:
    assert ticket.read("ts26 7kq4 m2xd 9") == "TS26-7KQ4-M2XD-9"
    assert ticket.read("TS26-7KQ4-M2XD-8") is None
    assert ticket.from_bytes("TS", 2026, bytes(5)).startswith("TS26-0000-0000-")
    assert ticket.from_bytes("TS", 2026, b"\xff" * 5).startswith("TS26-ZZZZ-ZZZZ-")


@given(PREFIXES, YEARS, DATA)
def test_what_is_written_is_read(prefix: str, year: int, data: bytes) -> None:
    written = ticket.from_bytes(prefix, year, data)
    assert ticket.read(written) == written
    head, *groups, check = written.split("-")
    assert head == f"{prefix}{year % 100:02}"
    assert [len(group) for group in groups] == [4, 4]
    assert set("".join(groups) + check) <= set(ALPHABET)


@given(PREFIXES, YEARS, DATA, DATA)
def test_different_bytes_give_different_tickets(
    prefix: str, year: int, one: bytes, other: bytes
) -> None:
    same = ticket.from_bytes(prefix, year, one) == ticket.from_bytes(prefix, year, other)
    assert same == (one == other)


@given(PREFIXES, YEARS, DATA)
def test_every_single_wrong_character_is_found(prefix: str, year: int, data: bytes) -> None:
    right = made(prefix, year, data)
    for place in range(len(prefix), len(right)):
        for character in ALPHABET:
            wrong = right[:place] + character + right[place + 1 :]
            assert (ticket.read(wrong) is None) == (wrong != right)


@given(PREFIXES, YEARS, DATA)
def test_every_swap_of_two_characters_is_found(prefix: str, year: int, data: bytes) -> None:
    right = made(prefix, year, data)
    for one, other in itertools.combinations(range(len(prefix), len(right)), 2):
        swapped = list(right)
        swapped[one], swapped[other] = swapped[other], swapped[one]
        wrong = "".join(swapped)
        assert (ticket.read(wrong) is None) == (wrong != right)


def test_every_change_of_one_or_swap_of_two_is_found_because_the_check_is_linear() -> None:
    """What is true of all-zero tickets and their errors is true of all: here are all errors.

    The code is linear (next test), so an error is missed at one ticket if it is missed at every
    one. All 10 * 31 single errors and all 45 * 31 differences that a swap makes are tried.
    """
    zero = "00" + "0" * 8
    for place, value in itertools.product(range(10), range(1, 32)):
        assert check_of(zero[:place] + ALPHABET[value] + zero[place + 1 :]) != "0"
    for one, other in itertools.combinations(range(10), 2):
        for value in range(1, 32):
            changed = list(zero)
            changed[one] = changed[other] = ALPHABET[value]
            assert check_of("".join(changed)) != "0"
    for place, value in itertools.product(range(10), range(1, 32)):  # a swap with the check itself
        changed = list(zero)
        changed[place] = ALPHABET[value]
        assert check_of("".join(changed)) != ALPHABET[value]


CODES = st.text(ALPHABET, min_size=10, max_size=10)


@given(CODES, CODES)
def test_the_check_is_linear(one: str, other: str) -> None:
    assert check_of(added(one, other)) == added(check_of(one), check_of(other))


def check_of(code: str) -> str:
    return ticket._check(code)


def added(one: str, other: str) -> str:
    return "".join(
        ALPHABET[ALPHABET.index(x) ^ ALPHABET.index(y)] for x, y in zip(one, other, strict=True)
    )


@given(PREFIXES, YEARS, DATA, st.data())
def test_a_ticket_that_was_read_aloud_is_read(
    prefix: str, year: int, data: bytes, draw: st.DataObject
) -> None:
    written = ticket.from_bytes(prefix, year, data)
    heard = {"0": "0Oo", "1": "1IiLl"}
    typed = "".join(
        draw.draw(st.sampled_from(heard.get(each, each + each.lower())))
        if place >= len(prefix)
        else draw.draw(st.sampled_from(each + each.lower()))
        for place, each in enumerate(written.replace("-", ""))
    )
    between = st.sampled_from(["", " ", "-", " - ", "\u2013", "\u00a0", ".", "\n"])
    assert ticket.read("".join(each + draw.draw(between) for each in typed)) == written


@pytest.mark.parametrize("typed", ["T026-{}", "to26 {}", "TO26{}", " tO 2 6 {} "])
def test_a_zero_for_an_o_in_the_prefix_is_read(typed: str) -> None:
    written = ticket.from_bytes("TO", 2026, b"abcde")
    assert ticket.read(typed.format(written[5:])) == written


@pytest.mark.parametrize(
    "text",
    [
        "",
        "TS26",
        "TS26-7KQ4-M2XD",
        "-" * 50,
        "\u0130" * 15,  # its small form is two characters
        "TS26-7KQ4-M2XD-\u0131",
        "TS26-7KQ4-M2XD-\uff11",
        "TS26-7KQ4-M2XD-\u0661",
        "\ud800TS26",
        " " * 1_000_000,
        "0" * 1_000_000,
    ],
)
def test_what_is_no_ticket_is_not_read(text: str) -> None:
    assert ticket.read(text) is None
    assert ticket.read_secret(text) is None


@given(st.one_of(st.text(), st.text(ALPHABET + "- oilu", max_size=24)))
def test_any_text_is_read_as_a_ticket_or_as_none(text: str) -> None:
    read = ticket.read(text)
    assert read is None or ticket.read(read) == read
    secret = ticket.read_secret(text)
    assert secret is None or ticket.read_secret(secret) == secret


def test_a_letter_that_is_never_written_is_not_read() -> None:
    assert ticket.read_secret("UUUU-0000-0000-0000") is None
    assert ticket.read("TS26-UUUU-0000-0") is None


@pytest.mark.parametrize("prefix", ["T", "TAMAN", "ts", "T5", "", "T\u00c9"])
def test_a_prefix_has_two_to_four_capital_letters(prefix: str) -> None:
    with pytest.raises(ValueError, match="capital letters"):
        ticket.from_bytes(prefix, 2026, bytes(5))


@pytest.mark.parametrize("data", [b"", bytes(4), bytes(6), bytes(10)])
def test_other_numbers_of_bytes_make_nothing(data: bytes) -> None:
    with pytest.raises(ValueError, match="5 bytes"):
        ticket.from_bytes("TS", 2026, data)
    with pytest.raises(ValueError, match="10 bytes"):
        ticket.secret_from_bytes(data + b"x")


@given(SECRETS, SECRETS)
def test_a_secret_is_read_and_no_two_are_the_same(one: bytes, other: bytes) -> None:
    written = ticket.secret_from_bytes(one)
    assert [len(group) for group in written.split("-")] == [4, 4, 4, 4]
    assert set(written) <= {*ALPHABET, "-"}
    assert ticket.read_secret(written) == written
    assert ticket.read_secret(written.lower().replace("-", " ").replace("0", "o")) == written
    assert ticket.read_secret(written.replace("1", "l").replace("-", "")) == written
    assert (ticket.secret_from_bytes(other) == written) == (one == other)


def test_a_number_and_a_secret_are_never_taken_for_each_other() -> None:
    number, secret = ticket.from_bytes("TS", 2026, bytes(5)), ticket.secret_from_bytes(bytes(10))
    assert ticket.read_secret(number) is None
    assert ticket.read(secret) is None
