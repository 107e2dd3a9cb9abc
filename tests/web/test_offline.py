"""Offline use: pages that were readable stay readable, and nothing personal is kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from shared.kelurahan import configuration
from tests.web import internet, states
from tests.web import office as offices
from tests.web.conftest import Watch
from tests.web.office import LISTED, ROOT, Office
from web.build import build

OpenPage = Callable[..., Page]
READY = "() => navigator.serviceWorker.ready.then((one) => one.active.state)"
# What a browser does by itself some time after each visit; the state of the newer worker
UPDATE = """async () => {
  const registration = await navigator.serviceWorker.getRegistration();
  await registration.update();
  const newer = registration.installing || registration.waiting;
  while (newer.state === "installing") {
    await new Promise((done) => newer.addEventListener("statechange", done, { once: true }));
  }
  return newer.state;
}"""
GONE = """async (name) => {
  while (await caches.has(name)) await new Promise(requestAnimationFrame);
}"""
KEPT = """async () => {
  const found = [];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const asked of await cache.keys()) {
      found.push([new URL(asked.url).pathname, await (await cache.match(asked)).text()]);
    }
  }
  return found;
}"""


@pytest.fixture
def changing_site(empty_office: Office, tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Builds the site anew with an office at the given place; the address stays the same."""
    text = (ROOT / "kelurahan" / "tamansari.toml").read_text("utf-8")
    site = tmp_path / "site"

    def built(office: str) -> str:
        changed = re.sub(r'^office = ".*"', f'office = "{office}"', text, flags=re.MULTILINE)
        build(configuration.parse(changed, "tamansari"), site)
        return url

    with offices.serving(site) as url:
        yield built


def _visit(page: Page, address: str = "/") -> None:
    """Open a page, and wait until the service worker has kept what it keeps."""
    page.goto(address)
    page.evaluate(READY)


@pytest.mark.parametrize("address", ["/", "/standar-layanan/", "/program/pkh/", "/cek-nik/"])
def test_a_page_is_read_offline_and_says_so(
    office: Office, open_page: OpenPage, watch: Watch, address: str
) -> None:
    page = open_page()
    _visit(page)
    watch.expected = {0}
    page.goto(address)
    heading = page.get_by_role("heading", level=1).inner_text()
    expect(page.locator(".offline")).to_be_hidden()
    internet.cut(page)
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    expect(page.locator(".offline")).to_contain_text("Internet terputus")
    # dressed as ever: the stylesheet is kept too
    background = page.locator("header.top").evaluate("one => getComputedStyle(one).background")
    assert "rgb(11, 74, 58)" in background


def test_online_again_the_page_comes_from_the_internet(
    office: Office, open_page: OpenPage, watch: Watch
) -> None:
    page = open_page()
    _visit(page)
    watch.expected = {0}
    internet.cut(page)
    page.goto("/kontak/")
    internet.back(page)
    page.reload()
    expect(page.locator(".offline")).to_be_hidden()


def test_a_page_that_needs_the_internet_says_what_can_be_read(
    office: Office, open_page: OpenPage, watch: Watch
) -> None:
    page = open_page()
    _visit(page)
    watch.expected = {0}
    internet.cut(page)
    page.goto("/api/figures")
    expect(page.get_by_role("heading", level=1)).to_have_text("Halaman ini perlu internet")
    for link in page.locator(".prose a").all():
        address = link.get_attribute("href")
        other = page.context.new_page()
        other.goto(address)
        expect(other.locator(".offline")).to_be_visible()
        expect(other.get_by_role("heading", level=1)).not_to_have_text("Halaman ini perlu internet")
        other.close()


def test_offline_pages_keep_their_headers(
    office: Office, open_page: OpenPage, watch: Watch
) -> None:
    page = open_page()
    _visit(page)
    watch.expected = {0}
    internet.cut(page)
    answer = page.goto("/kontak/")
    assert answer is not None
    assert answer.from_service_worker
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_nothing_of_an_answer_or_a_question_is_kept(office: Office, open_page: OpenPage) -> None:
    page = open_page()
    _visit(page)
    page.goto("/api/figures")
    states.ask(page, LISTED)
    expect(page.locator(".answer.yes")).to_be_visible()
    page.evaluate(
        """async (nik) => {
          const body = new URLSearchParams({ nik, name: "Siti" });
          await (await fetch("/api/lookup", { method: "POST", body })).text();
        }""",
        LISTED.nik,
    )
    kept = page.evaluate(KEPT)
    assert len(kept) > 20
    assert [path for path, _ in kept if path.startswith(("/api/", "/staff/", "/masalah/"))] == []
    everything = "".join(text for _, text in kept)
    assert LISTED.nik not in everything
    assert not re.search(r"\bSITI\b", everything, re.IGNORECASE)


def test_the_worker_keeps_the_pages_and_what_they_load(office: Office, open_page: OpenPage) -> None:
    page = open_page()
    _visit(page)
    kept = {path for path, _ in page.evaluate(KEPT)}
    assert {"/", "/cek-nik/", "/tanpa-internet/", "/standar-layanan/", "/program/"} <= kept
    assert "/404.html" not in kept
    loaded = page.evaluate(
        "() => performance.getEntriesByType('resource').map((one) => new URL(one.name).pathname)"
    )
    assert {path for path in loaded if re.search(r"\.(css|js)$", path)} <= kept | {"/sw.js"}


def test_a_phone_that_saves_data_keeps_nothing(
    office: Office, open_page: OpenPage, watch: Watch
) -> None:
    page = open_page()
    page.add_init_script(
        "Object.defineProperty(navigator, 'connection', { value: { saveData: true } })"
    )
    page.goto("/", wait_until="networkidle")
    assert (
        page.evaluate("() => navigator.serviceWorker.getRegistrations().then((r) => r.length)") == 0
    )


def test_a_new_build_replaces_the_old_copies(
    open_page: OpenPage, watch: Watch, tmp_path: Path, changing_site: Callable[[str], str]
) -> None:
    url = changing_site("Loket A")
    page = open_page(base_url=url)
    _visit(page, "/kontak/")
    before = page.evaluate("() => caches.keys()")
    changing_site("Loket B")
    page.goto("/kontak/")
    # what is new is seen at once; the new worker waits until the pages of the old one are closed
    expect(page.locator("main")).to_contain_text("Loket B")
    assert page.evaluate(UPDATE) == "installed"
    assert before[0] in page.evaluate("() => caches.keys()")
    context = page.context
    page.close()
    page = context.new_page()
    page.goto("/kontak/")
    page.evaluate(GONE, before[0])
    watch.expected = {0}
    internet.cut(page)
    page.goto("/kontak/")
    expect(page.locator("main")).to_contain_text("Loket B")
    expect(page.locator(".offline")).to_be_visible()


def test_the_same_build_is_the_same_worker(tmp_path: Path) -> None:
    example = configuration.load("tamansari", ROOT / "kelurahan")
    for name in ("one", "two"):
        build(example, tmp_path / name)
    build(example, tmp_path / "three", ROOT / "kelurahan" / "tamansari")
    one, two, three = ((tmp_path / name / "sw.js").read_text() for name in ("one", "two", "three"))
    assert one == two
    assert one != three
