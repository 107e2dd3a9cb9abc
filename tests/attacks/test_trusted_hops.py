"""Residents behind one proxy that is trusted: each has an allowance of their own."""

from __future__ import annotations

import http.client
from contextlib import closing
from pathlib import Path

from tests.attacks.office_pc import serving

RESIDENTS = 26  # more than one address may have answers for, without a proof of work


def ask(port: int, number: int, forwarded: str) -> int:
    """Ask as a browser without JavaScript does; return the status."""
    form = f"nik=327309{number + 1:02d}01900001&name=WARGA"
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
        "X-Forwarded-For": forwarded,
    }
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as proxy:
        proxy.request("POST", "/api/lookup", form, headers)
        answer = proxy.getresponse()
        answer.read()
        return answer.status


def test_residents_behind_a_trusted_proxy_do_not_share_one_allowance(tmp_path: Path) -> None:
    with serving(tmp_path, empty=False, NUTERA_TRUSTED_HOPS="1") as pc:
        statuses = [ask(pc.port, n, f"203.0.113.99, 192.0.2.{n + 1}") for n in range(RESIDENTS)]
        assert statuses == [200] * RESIDENTS
        # what stands before the proxy's own entry is anybody's word, and opens nothing
        guesses = [ask(pc.port, n, f"203.0.113.{n}, 192.0.2.200") for n in range(RESIDENTS)]
        assert 429 in guesses


def test_without_a_proxy_the_header_is_nobodys_word(tmp_path: Path) -> None:
    with serving(tmp_path, empty=False) as pc:
        statuses = [ask(pc.port, n, f"192.0.2.{n + 1}") for n in range(RESIDENTS)]
        assert 429 in statuses
