"""Which addresses count as one subscriber."""

from __future__ import annotations

import pytest

from shared.platform.limits.client_networks import network


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
    assert (network(one) == network(other)) == same
