"""axe-core finds nothing on any page, in any state, at phone and desktop width, light and dark."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.web import states
from tests.web.conftest import Watch
from tests.web.office import Office

RUN = "async () => (await axe.run(document, { resultTypes: ['violations'] })).violations"
# a box to tick inside its label: the whole label is the target
TARGETS = """() => [...document.querySelectorAll("a, button, input, summary")]
  .filter((one) => one.checkVisibility())  // a closed menu measures its links, and shows none
  .map((one) => [one, (one.closest("label") || one).getBoundingClientRect()])
  .filter(([one, box]) => box.width && box.left >= 0 && !one.closest("p:not(.actions), li"))
  .filter(([, box]) => box.height < 44 || box.width < 44)
  .map(([one]) => one.outerHTML)"""

# How tall a link is where it begins; 0 where something else lies over its upper edge
PRESSED = """(link) => {
  link.scrollIntoView({ block: "center" });
  const box = link.getClientRects()[0];
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + 4);
  return top === link ? box.height : 0;
}"""


def _found(page: Page) -> Iterator[str]:
    for violation in page.evaluate(RUN):
        for node in violation["nodes"]:
            yield f"{violation['id']}: {node['html']} ({node['failureSummary']})"


@pytest.mark.parametrize("state", states.ALL, ids=lambda state: state.name)
def test_axe_finds_nothing(
    empty_office: Office,
    open_page: Callable[..., Page],
    watch: Watch,
    axe: str,
    tmp_path: Path,
    state: states.State,
) -> None:
    watch.expected = set(state.statuses)
    page = open_page(320)
    state.reach(page, empty_office, tmp_path)
    # evaluated through the browser's tools, so that the page's own policy stays in force
    page.evaluate(axe)
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 720})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert list(_found(page)) == [], (width, scheme)
        assert page.evaluate(TARGETS) == [], width
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("address", ["/tanpa-internet/", "/404.html", "/basa-sunda/", "/kontak/"])
def test_links_of_a_list_are_as_large_as_a_finger(
    empty_office: Office, open_page: Callable[..., Page], address: str, width: int
) -> None:
    page = open_page(width)
    page.goto(address)
    for link in page.locator(".prose li > a").all():
        assert link.evaluate(PRESSED) >= 44, link.inner_text()
    assert page.locator(".prose li > a").count()


def test_keyboard_alone_reaches_and_sends_the_form(
    empty_office: Office, open_page: Callable[..., Page]
) -> None:
    page = open_page()
    page.goto("/cek-nik/")
    reached = []
    for _ in range(8):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("document.activeElement.id || document.activeElement.textContent")
        )
    assert reached[0] == "Langsung ke isi"
    assert reached.index("nik") < reached.index("name") < reached.index("go")
    page.locator("#go").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#errors")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#nik")).to_be_focused()


def test_the_skip_link_leads_to_the_content(
    empty_office: Office, open_page: Callable[..., Page]
) -> None:
    page = open_page()
    page.goto("/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_the_page_fits_at_400_percent(empty_office: Office, open_page: Callable[..., Page]) -> None:
    # WCAG 1.4.10: 1280 px at 400 % is a view of 320 px; 1.4.4: the text alone at 200 % on top
    page = open_page(320)
    sitemap = requests.get(f"{empty_office.url}/sitemap.xml", timeout=10).text
    found = re.findall(r"<loc>https://[^/]+(/[^<]*)</loc>", sitemap)
    assert len(found) > 15
    for address in (*found, "/masalah/unavailable/"):
        page.goto(address)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
