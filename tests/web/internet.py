"""A phone's internet: cut, and back again."""

from __future__ import annotations

from playwright.sync_api import Page

# `update` ends after the fetches of the worker that are under way, since they take turns
AT_REST = """async () => {
  const worker = await navigator.serviceWorker.ready;
  await worker.update();
}"""


def cut(page: Page) -> None:
    """Cut the line, once the page's service worker has kept its copies and fetches nothing.

    In the middle of that the browser itself complains, and the phone has only some of the copies.
    """
    page.evaluate(AT_REST)
    page.context.set_offline(True)


def back(page: Page) -> None:
    """The line is there again."""
    page.context.set_offline(False)
