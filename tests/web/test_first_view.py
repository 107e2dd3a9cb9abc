"""What the first view of every page costs on the wire, through the gateway."""

from __future__ import annotations

import re
from collections.abc import Callable

import brotli
import pytest
import requests
from playwright.sync_api import Page

from tests.web.conftest import Watch
from tests.web.office import Office

FIRST_VIEW_BYTES = 13 * 1024
SCRIPT_BYTES = 15 * 1024
REQUESTS = 3


@pytest.fixture(scope="session")
def addresses(gateway_url: str) -> list[str]:
    """Every page that can be found, and those for when something went wrong."""
    sitemap = requests.get(f"{gateway_url}/sitemap.xml", timeout=10).text
    found = re.findall(r"<loc>https://[^/]+(/[^<]*)</loc>", sitemap)
    assert len(found) > 15
    return [*found, "/tanpa-internet/", "/masalah/unavailable/", "/no/such", "/api/figures"]


def _bytes(url: str) -> tuple[int, bytes]:
    """How many bytes came, and what they say."""
    headers = {"Accept-Encoding": "br", "Accept": "text/html,*/*;q=0.8"}
    answer = requests.get(url, headers=headers, timeout=10, stream=True)
    raw = answer.raw.read(decode_content=False)
    coded = answer.headers.get("Content-Encoding") == "br"
    return len(raw), brotli.decompress(raw) if coded else raw


def test_page_and_stylesheet_together_are_light(office: Office, addresses: list[str]) -> None:
    heavy = {}
    for address in addresses:
        page, html = _bytes(office.url + address)
        [style] = re.findall(r'rel="stylesheet" href="([^"]+)"', html.decode())
        total = page + _bytes(office.url + style)[0]
        if total > FIRST_VIEW_BYTES:
            heavy[address] = total
    assert heavy == {}


def test_all_scripts_that_pages_name_are_light_together(
    office: Office, addresses: list[str]
) -> None:
    named = {"/sw.js"}
    for address in addresses:
        html = _bytes(office.url + address)[1].decode()
        named |= set(re.findall(r'"(/assets/[^"]+\.js)"', html))
    assert len(named) >= 4
    assert sum(_bytes(office.url + script)[0] for script in named) <= SCRIPT_BYTES


def test_a_browser_makes_three_requests_for_a_first_view(
    office: Office, open_page: Callable[..., Page], watch: Watch, addresses: list[str]
) -> None:
    watch.expected = {404}
    too_many = {}
    for address in addresses:
        # each as somebody's first visit: no cache, no service worker
        page = open_page()
        before = len(watch.requests)
        page.goto(address, wait_until="load")
        started = [one for one in watch.requests[before:] if _is_of_the_view(one.url)]
        if len(started) > REQUESTS:
            too_many[address] = [one.url for one in started]
        page.context.close()
    assert too_many == {}


def _is_of_the_view(url: str) -> bool:
    """Not what the browser fetches for its tab, nor what the page asks once it is there."""
    return not url.endswith(("/api/figures", "/sw.js")) and "/icon." not in url
