"""Which address a client is counted by, and that nobody can make one up."""

from __future__ import annotations

import random

import pytest
from flask import Request
from werkzeug.test import EnvironBuilder

from shared.http.requests.client_address import client_address

HOSTING = "66.102.8.69"  # a front end from which Firebase Hosting was measured to call
CUSTOMER = "34.101.64.7"  # a machine that anybody can rent from Google
CALLER = "203.0.113.7"


def address(
    hops: int,
    forwarded: str | None = None,
    named: str | None = None,
    *,
    front_ends: str = "google",
    remote: str | None = "192.0.2.9",
) -> str:
    headers = [("X-Forwarded-For", forwarded)] if forwarded is not None else []
    headers += [("Fastly-Client-IP", named)] if named is not None else []
    builder = EnvironBuilder(
        headers=headers, environ_base={"REMOTE_ADDR": remote} if remote else {}
    )
    return client_address(Request(builder.get_environ()), hops, front_ends)


@pytest.mark.parametrize(
    ("hops", "forwarded", "counted"),
    [
        (0, "203.0.113.1", "192.0.2.9"),
        (1, "203.0.113.1", "203.0.113.1"),
        (1, "forged, 203.0.113.1", "203.0.113.1"),
        (2, "forged, 203.0.113.1, 198.51.100.1", "203.0.113.1"),
        (2, "203.0.113.1", "192.0.2.9"),
        (1, "203.0.113.1, ", "192.0.2.9"),
        (1, "", "192.0.2.9"),
        (1, None, "192.0.2.9"),
    ],
)
def test_an_address_is_believed_as_far_as_our_own_proxies_wrote_it(
    hops: int, forwarded: str | None, counted: str
) -> None:
    assert address(hops, forwarded, front_ends="none") == counted


def test_no_address_at_all_is_empty_text() -> None:
    assert address(0, remote=None) == ""


@pytest.mark.parametrize("front", [HOSTING, "2404:6800:4003::1"])
def test_behind_hosting_the_caller_is_whom_its_edge_names(front: str) -> None:
    assert address(1, f"{CALLER},{front}", CALLER) == CALLER
    assert address(1, f"10.9.9.9, {CALLER},{front}", "2001:db8::7") == "2001:db8::7"


@pytest.mark.parametrize("last", [CALLER, CUSTOMER, "2600:1900:4010::1", "not an address"])
def test_who_calls_the_function_itself_makes_up_no_address(last: str) -> None:
    chance = random.Random(1)
    made_up = [f"10.{chance.randrange(256)}.{chance.randrange(256)}.1" for _ in range(50)]
    counted = {address(1, f"{one}, {last}", one) for one in made_up}
    counted |= {address(1, f"{one}, {HOSTING}, {last}", one) for one in made_up}
    assert counted == {last}


@pytest.mark.parametrize("named", [None, "", "nonsense", f"{CALLER}, 10.0.0.1"])
def test_a_front_end_that_names_nobody_is_counted_itself(named: str | None) -> None:
    assert address(1, f"{CALLER},{HOSTING}", named) == HOSTING


def test_an_office_behind_its_own_proxy_believes_no_such_header() -> None:
    assert address(1, HOSTING, "10.0.0.1", front_ends="none") == HOSTING
    assert address(0, HOSTING, "10.0.0.1", front_ends="none") == "192.0.2.9"


def test_other_front_ends_can_be_set() -> None:
    assert address(1, "198.51.100.9", CALLER, front_ends="198.51.100.0/24, ::1/128") == CALLER
    assert address(1, HOSTING, CALLER, front_ends="198.51.100.0/24") == HOSTING
