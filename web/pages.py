"""Pages of the site: Markdown content with TOML front matter.

A page is a Markdown file in `content/` with TOML front matter between two lines of `+++`:

    path, template, title, description    always
    lang                                  its language, where it isn't Indonesian
    indexed = false                       keep it from search engines and the sitemap
    anything else                         texts for the template, as `page.texts`

The body and every text may name facts of the kelurahan, as `{{ kelurahan.title }}`: they are
filled in before the Markdown is read, and stay words there, whatever signs they hold; so are the
words for what Cek NIK asks for, as `{{ lookup[kelurahan.lookup_factor].needed }}`
(`shared/recipients/lookup/question_texts.py`). A page for each kind of problem comes from the tree
of errors and `content/masalah.toml`.

A kelurahan may have a folder of content of its own: a file there takes the place of the default of
the same name, other files are pages that only this kelurahan has.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined, TemplateSyntaxError, UndefinedError
from markdown_it import MarkdownIt

from shared.complaints.model import kinds
from shared.kelurahan.configuration import Kelurahan, KelurahanInvalid
from shared.platform.errors import AppError
from shared.recipients.lookup.question_texts import ASKED

CONTENT = Path(__file__).parent / "content"
TEMPLATES = Path(__file__).parent / "templates"
_FENCE = "+++\n"
_NEEDED = frozenset({"path", "template", "title", "description"})
_OWN = frozenset({"path", "template", "title", "description", "lang", "indexed"})


class ContentInvalid(KelurahanInvalid):
    """The error for an unusable content file: one sentence says which, where, and what is wrong."""

    def __init__(self, fault: str) -> None:
        super().__init__([fault])


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the site. `path` is its address, e.g. "/cek-nik/"; `body` is safe HTML.

    `origin`: the name of the content file that it was read from, if it was.
    """

    path: str
    template: str
    title: str
    description: str
    body: str = ""
    lang: str = "id"
    indexed: bool = True
    texts: Mapping[str, Any] = field(default_factory=dict)
    origin: str = ""

    @property
    def file(self) -> str:
        """Its path under the site's root, e.g. "cek-nik/index.html"."""
        return self.path.lstrip("/") + ("index.html" if self.path.endswith("/") else "")


def load(kelurahan: Kelurahan, own: Path | None = None, content: Path = CONTENT) -> list[Page]:
    """Load all pages in the order of their files' names; ContentInvalid names what is amiss.

    Those of the folder `own` are included where there is one.
    """
    files = {file.name: file for file in content.glob("*.md")}
    if own:
        files |= {file.name: file for file in own.glob("*.md")}
    return [_read(files[name], kelurahan) for name in sorted(files)] + list(
        _problems(content / "masalah.toml", kelurahan)
    )


def _read(file: Path, kelurahan: Kelurahan) -> Page:
    text = _text_of(file)
    start, _, rest = text.partition(_FENCE)
    head, fence, body = rest.partition("\n" + _FENCE)
    if start or not fence:
        raise ContentInvalid(f"{file.name}: bagian depannya harus di antara dua baris +++.")
    try:
        given = tomllib.loads(f"\n{head}\n")  # the fence is a line too
    except tomllib.TOMLDecodeError as fault:
        raise ContentInvalid(f"{file.name}: penulisan TOML salah: {fault}.") from None
    missing = _NEEDED - given.keys()
    if missing:
        raise ContentInvalid(f"{file.name}: belum ada {', '.join(sorted(missing))}.")
    _refuse_odd(file.name, given)
    filled = {name: _or_refuse(file, text, name, each, kelurahan) for name, each in given.items()}
    return Page(
        **{name: each for name, each in filled.items() if name in _OWN},
        body=_html(_or_refuse(file, text, "isi", body, kelurahan, is_markdown=True)),
        texts={name: each for name, each in filled.items() if name not in _OWN},
        origin=file.name,
    )


def _text_of(file: Path) -> str:
    """Return the text of a file without the byte-order mark that editors of Windows write."""
    try:
        return file.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise ContentInvalid(f"{file.name}: simpan berkas dalam bentuk teks UTF-8.") from None


def _refuse_odd(name: str, given: Mapping[str, Any]) -> None:
    for part in sorted(_NEEDED | {"lang"} & given.keys()):
        if not isinstance(given[part], str):
            raise ContentInvalid(f"{name}: {part}: isi dengan teks.")
    if not given["path"].startswith("/"):
        raise ContentInvalid(f"{name}: path: mulai dengan garis miring, misalnya /jadwal/.")
    if not (TEMPLATES / given["template"]).is_file():
        raise ContentInvalid(f"{name}: template: tidak ada. Biasanya page.html.")


def _or_refuse(
    file: Path, text: str, part: str, given: Any, kelurahan: Kelurahan, *, is_markdown: bool = False
) -> Any:
    """Render what is written there; raises ContentInvalid with the line of what can't be."""
    try:
        return _filled(given, kelurahan, _IN_MARKDOWN if is_markdown else _TEXT)
    except TemplateSyntaxError:
        raise ContentInvalid(f"{file.name}: {part}: tanda {{{{ }}}} belum lengkap.") from None
    except UndefinedError as fault:
        raise ContentInvalid(f"{file.name}: {part}: {unknown(fault, text)}") from None


def unknown(fault: UndefinedError, text: str = "") -> str:
    """Return in words what a text or template asked for and isn't there, with its line."""
    named = re.findall(r"'(\w+)'", str(fault))
    if not named:
        return "ada isian yang tidak dikenal."
    lines = enumerate(text.splitlines(), 1)
    at = next((number for number, line in lines if "{" in line and named[-1] in line), None)
    return f"isian {named[-1]} tidak dikenal{f' (baris {at})' if at else ''}."


def _problems(file: Path, kelurahan: Kelurahan) -> Iterator[Page]:
    texts = tomllib.loads(_text_of(file))
    kinds = {kind.slug: kind for kind in _kinds(AppError)}
    if texts.keys() != kinds.keys():
        differing = ", ".join(sorted(texts.keys() ^ kinds.keys()))
        raise ContentInvalid(f"{file.name}: one table for each slug; differs in {differing}")
    for slug, kind in kinds.items():
        yield Page(
            path=f"/masalah/{slug}/",
            template="problem.html",
            title=kind.title,
            description=_filled(texts[slug]["means"], kelurahan),
            indexed=False,
            texts={
                "slug": slug,
                "status": kind.status,
                "steps": [_filled(step, kelurahan) for step in texts[slug]["steps"]],
            },
        )


def _kinds(kind: type[AppError]) -> Iterator[type[AppError]]:
    """Yield the tree of errors, each slug once, an ancestor's before a descendant's."""
    seen: set[str] = set()
    waiting = [kind]
    while waiting:
        kind = waiting.pop(0)
        waiting += [one for one in kind.__subclasses__() if one.__module__ == AppError.__module__]
        if kind.slug not in seen:
            seen.add(kind.slug)
            yield kind


def _as_words(fact: Any) -> Any:
    """Return a fact as Markdown that says just that: its signs mean nothing, and it is one line."""
    if not isinstance(fact, str):
        return fact
    return _SIGN.sub(r"\\\g<0>", _SPACE.sub(" ", fact).strip(" "))


_SIGN = re.compile(r"[!-/:-@\[-`{-~]")
_SPACE = re.compile(r"[ \t\r\n]+")
# Markdown and templates escape what they are given: here it is text, not yet HTML
_TEXT = Environment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True)  # noqa: S701
_IN_MARKDOWN = _TEXT.overlay(finalize=_as_words)
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")


def _filled(text: Any, kelurahan: Kelurahan, into: Environment = _TEXT) -> Any:
    if isinstance(text, str):
        return into.from_string(text).render(kelurahan=kelurahan)
    if isinstance(text, list):
        return [_filled(each, kelurahan) for each in text]
    if isinstance(text, dict):
        return {name: _filled(each, kelurahan) for name, each in text.items()}
    return text


def _html(markdown: str) -> str:
    return str(_MARKDOWN.render(markdown))


_TEXT.globals["lookup"] = ASKED
_TEXT.globals["onward"] = kinds.onward()
