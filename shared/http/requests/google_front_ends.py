"""Addresses of Google's own front ends, from which Firebase Hosting calls a function.

Source: https://www.gstatic.com/ipranges/goog.json (what Google uses) and cloud.json (what its
customers use), as of 2026-09-04. Listed is what of goog.json holds nothing of cloud.json, without
pieces smaller than a /20 and without what Google took over from other carriers: those change hands.
Hosting was measured to call from 66.102.0.0/20. NUTERA_FRONT_ENDS replaces the list.
"""

from __future__ import annotations

from typing import Final

GOOGLE: Final = (
    *("64.233.160.0/19", "66.102.0.0/20", "66.249.64.0/19", "72.14.192.0/18", "74.125.0.0/16"),
    *("108.177.0.0/17", "142.250.0.0/15", "172.217.0.0/16", "172.253.0.0/16", "173.194.0.0/16"),
    *("192.178.0.0/15", "209.85.128.0/17", "216.58.192.0/19", "216.239.32.0/19"),
    *("2001:4860::/32", "2404:6800::/32", "2404:f340::/32", "2607:f8b0::/32", "2800:3f0::/32"),
    *("2a00:1450::/32", "2c0f:fb50::/32"),
)
