"""What a page refers to, read with the standard library's parser."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Document:
    """A page: its links, what it loads, its ids and form fields, and what a CSP would refuse."""

    links: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    fields: list[dict[str, str]] = field(default_factory=list)
    forms: list[dict[str, str]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)
    references: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.document = Document()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        page = self.document
        if "id" in given:
            page.ids.append(given["id"])
        if tag == "a":
            page.links.append(given.get("href", ""))
        if tag == "form":
            page.forms.append(given)
        if tag in ("input", "select", "textarea"):
            page.fields.append(given)
        if tag in ("script", "img", "iframe", "source"):
            page.loaded.append(given.get("src", ""))
        if tag == "link":
            page.loaded.append(given["href"])
        if tag in ("h1", "h2", "h3"):
            page.headings.append(tag)
        for name in ("aria-describedby", "aria-labelledby", "for"):
            page.references += given.get(name, "").split()
        if tag == "style" or (tag == "script" and "src" not in given):
            page.refused.append(f"<{tag}>")
        page.refused += [name for name in given if name == "style" or name.startswith("on")]


def read(html: str) -> Document:
    """The document in some HTML."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.document
