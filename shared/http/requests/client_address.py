"""The client's address, as far as headers can be trusted.

A proxy appends the address it was called from to X-Forwarded-For; what stands before that is the
sender's word. Cloud Run is one such proxy, so the last entry is who called it: somebody who uses
the function's own address, or a front end of Google where the call came through Firebase Hosting.
Hosting names its caller in Fastly-Client-IP, and overwrites what the caller had put there. So that
header is believed behind one of Google's front ends alone; everybody else is counted by the last
entry, whatever headers they make up.
"""

from __future__ import annotations

from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from flask import Request

from shared.http.requests.google_front_ends import GOOGLE


def client_address(request: Request, trusted_hops: int, front_ends: str) -> str:
    """Return the client's address, "" where it isn't known.

    `trusted_hops`: how many proxies of our own append to X-Forwarded-For (0 on one PC, 1 on Cloud
    Run or behind nginx). `front_ends`: whose Fastly-Client-IP is believed, as in the settings.
    """
    caller = _forwarded(request, trusted_hops) or request.remote_addr or ""
    if trusted_hops == 1 and _is_within(caller, front_ends):
        named = request.headers.getlist("Fastly-Client-IP")
        if len(named) == 1 and _is_address(named[0].strip()):
            return named[0].strip()
    return caller


def _forwarded(request: Request, trusted_hops: int) -> str:
    """Return the entry of X-Forwarded-For that our outermost proxy wrote, "" where none did."""
    if trusted_hops < 1:
        return ""
    entries = ",".join(request.headers.getlist("X-Forwarded-For")).split(",")
    return entries[-trusted_hops].strip() if len(entries) >= trusted_hops else ""


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_within(address: str, front_ends: str) -> bool:
    networks = _networks(front_ends)
    if not networks:
        return False
    try:
        read = ip_address(address)
    except ValueError:
        return False
    return any(read in network for network in networks)


@cache
def _networks(front_ends: str) -> tuple[IPv4Network | IPv6Network, ...]:
    if front_ends == "none":
        return ()
    listed = GOOGLE if front_ends == "google" else front_ends.split(",")
    return tuple(ip_network(each.strip()) for each in listed)
