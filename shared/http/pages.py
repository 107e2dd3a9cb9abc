"""Rendering of the functions' own pages, with the site's templates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

# The frame of every page, of functions and of the site alike
FRAME = Path(__file__).parent / "templates"


class Pages:
    """The templates of one function, over the shared ones (`base.html`, `problem.html`)."""

    def __init__(self, *folders: Path) -> None:
        self._environment = Environment(
            loader=FileSystemLoader([*folders, FRAME]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )

    def render(self, template: str, **values: Any) -> str:
        """Render a template as HTML; every value is escaped."""
        return self._environment.get_template(template).render(**values)


PAGES = Pages()
