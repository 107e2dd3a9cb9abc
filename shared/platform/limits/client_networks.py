"""Client networks: the parts of an IP address that stand for one subscriber, or for one customer.

A household has a /64 or a /56 of IPv6, and whoever rents a machine often gets a /48, which holds
65,536 networks of /64. So the wider networks are limited too, with more room.
"""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address
from typing import Final

# How many times the allowance of one address a network of so many bits has.
_IPV6_ROOM: Final = ((64, 1), (56, 4), (48, 16))


def networks(origin: str) -> tuple[tuple[str, int], ...]:
    """Return the networks that an address counts for, each with its room, the narrowest first.

    The room is in allowances of one address: 1 for an IPv4 address, and 1, 4 and 16 for the /64,
    /56 and /48 of an IPv6 address. What is no address counts for itself.
    """
    try:
        address = ip_address(origin.partition("%")[0])
    except ValueError:
        return ((origin, 1),)
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is None:
            return tuple((_network(address, bits), room) for bits, room in _IPV6_ROOM)
        address = address.ipv4_mapped
    return ((str(address), 1),)


def _network(address: IPv6Address, bits: int) -> str:
    rest = 128 - bits
    return f"{IPv6Address(int(address) >> rest << rest)}/{bits}"
