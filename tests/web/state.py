"""What a state of a page is: a name, and the way there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from tests.web.office import Office

Reach = Callable[[Page, Office, Path], None]


@dataclass(frozen=True)
class State:
    """A state by name. `reach` takes a page, an empty office and a folder to write to.

    `statuses`: what the browser's console may complain about on the way.
    """

    name: str
    reach: Reach
    statuses: tuple[int, ...] = ()
    scripts: bool = True
