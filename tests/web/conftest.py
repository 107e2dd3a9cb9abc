"""A browser in front of the real gateway, which minds what a page does behind the scenes."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, Request, expect, sync_playwright

from tests.web import office as offices
from tests.web.office import ROOT, Office

AXE = ROOT / ".venv" / "node" / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
_PATIENCE = 20_000  # milliseconds, on a machine that does much else
expect.set_options(timeout=_PATIENCE)

# What the browser itself says where there is no internet, of a page's own requests and of its look
# for a newer service worker, which it does whenever it likes
OFFLINE = ["ERR_INTERNET_DISCONNECTED", "An unknown error occurred when fetching the script."]


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright, chromium: str) -> Iterator[Browser]:
    """One Chromium for all tests."""
    started = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
    yield started
    started.close()


@pytest.fixture(scope="session")
def gateway_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with offices.gateway(tmp_path_factory.mktemp("gateway")) as url:
        yield url


@pytest.fixture
def empty_office(tmp_path: Path, gateway_url: str) -> Iterator[Office]:
    """An office that hasn't published anything yet."""
    with offices.office(tmp_path / "office", gateway_url) as opened:
        yield opened


@pytest.fixture
def office(empty_office: Office, tmp_path: Path) -> Office:
    """An office whose list is four days old."""
    empty_office.publish(tmp_path)
    return empty_office


@dataclass
class Watch:
    """What pages asked for and complained about. `expected`: statuses that a test is after."""

    requests: list[Request] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    expected: set[int] = field(default_factory=set)

    def unforeseen(self) -> list[str]:
        known = [f"status of {status}" for status in self.expected]
        known += OFFLINE if 0 in self.expected else []
        return [said for said in self.complaints if not any(one in said for one in known)]


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def open_page(browser: Browser, gateway_url: str, watch: Watch) -> Iterator[Callable[..., Page]]:
    """Opens a page of a new visitor; see `visitors`."""
    with visitors(browser, gateway_url, watch) as opened:
        yield opened


@contextmanager
def visitors(browser: Browser, gateway_url: str, watch: Watch) -> Iterator[Callable[..., Page]]:
    """Opens pages of new visitors: a phone of 360 px unless told otherwise.

    At the end of the block: nothing was complained about in any console, and nobody but the gateway
    was asked for anything.
    """
    contexts = []

    bases = [gateway_url]

    def opened(
        width: int = 360,
        *,
        scripts: bool = True,
        dark: bool = False,
        base_url: str = gateway_url,
    ) -> Page:
        bases.append(base_url)
        context = browser.new_context(
            base_url=base_url,
            viewport={"width": width, "height": 720},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
            locale="id-ID",
        )
        context.set_default_timeout(_PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda asked: watch.requests.append(asked))
        page.on("pageerror", lambda error: watch.complaints.append(str(error)))
        page.on(
            "console",
            lambda said: (
                watch.complaints.append(said.text) if said.type in ("error", "warning") else None
            ),
        )
        return page

    yield opened
    for context in contexts:
        context.close()
    assert watch.unforeseen() == []
    elsewhere = {one.url for one in watch.requests if not one.url.startswith(tuple(bases))}
    assert elsewhere == set()


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core."""
    if not AXE.is_file():
        reason = f"axe-core is not installed ({'make dev' if shutil.which('npm') else 'no npm'})"
        if os.environ.get("NUTERA_REQUIRE") == "1":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    return AXE.read_text("utf-8")
