"""The guides for staff: Markdown and pictures of docs/panduan, as pages under /panduan/.

A guide is plain Markdown, to be read where it lies as well: its first heading is the title, its
first paragraph what it is about, and it names other guides (`warga.md`) and pictures
(`gambar/warga.png`) by where they lie. README.md is the list of all.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from web.pages import ContentInvalid, Page

GUIDES: Final = Path(__file__).parents[1] / "docs" / "panduan"
PATH: Final = "/panduan/"
PICTURES: Final = "gambar"
_FIRST: Final = "README.md"
_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False, "xhtmlOut": False}).enable("table")
_TABLE: Final = '<div class="scroll" role="group" aria-label="Tabel" tabindex="0"><table>'


def load(folder: Path = GUIDES) -> list[Page]:
    """Load every guide, in the order of the files' names; ContentInvalid names what is amiss."""
    return [_read(file) for file in sorted(folder.glob("*.md"))]


def pictures(folder: Path = GUIDES) -> Iterable[tuple[str, Path]]:
    """Yield each picture: where it goes under the site's root, and its file."""
    for file in sorted((folder / PICTURES).glob("*.png")):
        yield f"{PATH.lstrip('/')}{PICTURES}/{file.name}", file


def _read(file: Path) -> Page:
    tokens = _MARKDOWN.parse(file.read_text("utf-8"))
    if [each.type for each in tokens[:3]] != ["heading_open", "inline", "heading_close"]:
        raise ContentInvalid(f"{file.name}: a guide begins with its title")
    about = next(each for at, each in enumerate(tokens) if tokens[at - 1].type == "paragraph_open")
    for token in _every(tokens):
        if token.type == "link_open":
            token.attrs["href"] = _address(str(token.attrs["href"]), file)
        elif token.type == "image":
            token.attrs |= {"src": f"{PATH}{token.attrs['src']}", "loading": "lazy"}
    return Page(
        path=_page(file.name),
        template="guide.html",
        title=tokens[1].content,
        description="".join(each.content for each in about.children or ()),
        body=_MARKDOWN.renderer.render(tokens[3:], _MARKDOWN.options, {}),
        indexed=False,
    )


def _table_open(*_: object) -> str:
    return _TABLE


def _table_close(*_: object) -> str:
    return "</table></div>"


# a table that is wider than a phone is moved by itself
_MARKDOWN.add_render_rule("table_open", _table_open)
_MARKDOWN.add_render_rule("table_close", _table_close)


def _every(tokens: Iterable[Token]) -> Iterable[Token]:
    for token in tokens:
        yield token
        yield from _every(token.children or ())


def _page(name: str) -> str:
    return PATH if name == _FIRST else f"{PATH}{name.removesuffix('.md')}/"


def _address(link: str, file: Path) -> str:
    if not (file.parent / link).is_file():
        raise ContentInvalid(f"{file.name}: there is no guide {link}")
    return _page(link)
