"""Client networks: the part of an IP address that stands for one subscriber."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address


def network(origin: str) -> str:
    """Return the address, or, for IPv6, the /64 that belongs to one subscriber."""
    try:
        address = ip_address(origin.partition("%")[0])
    except ValueError:
        return origin
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(IPv6Address(int(address) >> 64 << 64))
    return str(address)
