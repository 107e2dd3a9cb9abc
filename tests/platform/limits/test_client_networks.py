"""Which addresses count as one subscriber, and which as one customer."""

from __future__ import annotations

import pytest

from shared.platform.limits.client_networks import networks


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("fe80::1%eth0", "fe80::1", True),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("not an address", "not an address", True),
    ],
)
def test_what_one_subscriber_has_for_himself_is_one_origin(
    one: str, other: str, same: bool
) -> None:
    assert (networks(one)[0] == networks(other)[0]) == same


def test_an_ipv6_address_counts_for_the_networks_around_it_which_have_more_room() -> None:
    assert networks("2001:db8:1:2a3::9") == (
        ("2001:db8:1:2a3::/64", 1),
        ("2001:db8:1:200::/56", 4),
        ("2001:db8:1::/48", 16),
    )
    # the first of each are still told apart
    assert len({name for name, _ in networks("2001:db8::1")}) == 3


def test_an_ipv4_address_counts_for_itself() -> None:
    assert networks("192.0.2.1") == (("192.0.2.1", 1),)
    assert networks("") == (("", 1),)
