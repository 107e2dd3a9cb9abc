"""What does the site look like for a kelurahan? Builds it as plain files.

Content, templates, static files and the kelurahan's TOML go in; the same in gives the same out, to
the byte. Nothing else is read: no network, no clock, no store. Each file that a browser may get
compressed has a `.gz` and a `.br` copy beside it.
"""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import brotli
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from shared.platform.kelurahan import Kelurahan
from web import pages, programmes
from web.assets import Assets
from web.pages import Page

TEMPLATES = Path(__file__).parent / "templates"
DIST = Path(__file__).parent / "dist"

# By this file a folder is known as a site that may be replaced
_MARK = "assets/site.css"

# What search engines needn't visit: answers of functions, the console, explanations of problems
_NOT_FOR_ROBOTS = ("/api/", "/staff/", "/masalah/")


class NotASite(ValueError):
    """The folder to build into holds something else: it is left alone."""


@dataclass(frozen=True, slots=True)
class BuiltFile:
    """A written file and how large it is on the wire, in bytes: plain, gzip, brotli."""

    path: str
    plain: int
    gzip: int
    brotli: int


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What was built. `first_view(page)` is what CONVENTIONS puts a ceiling on."""

    out: Path
    pages: tuple[BuiltFile, ...]
    assets: tuple[BuiltFile, ...]
    others: tuple[BuiltFile, ...]

    @property
    def stylesheet(self) -> BuiltFile:
        """The one stylesheet, under its hashed name."""
        return next(one for one in self.assets if one.path.startswith("assets/site."))

    def first_view(self, page: BuiltFile) -> int:
        """Bytes of a page and its stylesheet, in brotli."""
        return page.brotli + self.stylesheet.brotli


def build(kelurahan: Kelurahan, out: Path = DIST) -> BuildReport:
    """Build the whole site into `out`. A site that is there is replaced once the new one is whole.

    Raises NotASite, pages.ContentInvalid or a Jinja2 error, and then nothing has been replaced.
    """
    if out.exists() and any(out.iterdir()) and not (out / _MARK).is_file():
        raise NotASite(f"{out} is neither empty nor a site")
    assets = Assets()
    site = pages.load(kelurahan) + programmes.pages(kelurahan)
    rendered = _rendered(site, kelurahan, assets)
    files = {page.file: text for page, text in rendered}
    others = {"robots.txt": _robots(kelurahan), "sitemap.xml": _sitemap(site, kelurahan)}

    new = out.with_name(out.name + ".new")
    shutil.rmtree(new, ignore_errors=True)
    report = BuildReport(
        out,
        tuple(_write(new, name, text.encode()) for name, text in files.items()),
        tuple(_write(new, one.url.lstrip("/"), one.content) for one in assets.served()),
        tuple(_write(new, name, text.encode()) for name, text in others.items()),
    )
    shutil.rmtree(out, ignore_errors=True)
    new.rename(out)
    return report


def _rendered(site: list[Page], kelurahan: Kelurahan, assets: Assets) -> list[tuple[Page, str]]:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        kelurahan=kelurahan,
        asset=assets.url,
        menu=[{"path": page.path, "name": page.menu} for page in site if page.menu],
    )
    return [(page, environment.get_template(page.template).render(page=page)) for page in site]


def _robots(kelurahan: Kelurahan) -> str:
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in _NOT_FOR_ROBOTS)]
    if kelurahan.site.base_url:
        lines.append(f"Sitemap: {kelurahan.site.base_url.rstrip('/')}/sitemap.xml")
    return "\n".join(lines) + "\n"


def _sitemap(site: Iterable[Page], kelurahan: Kelurahan) -> str:
    base = kelurahan.site.base_url.rstrip("/")
    urls = "".join(f"<url><loc>{base}{page.path}</loc></url>\n" for page in site if page.indexed)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{urls}</urlset>\n'
    )


def _write(out: Path, name: str, content: bytes) -> BuiltFile:
    file = out / name
    file.parent.mkdir(parents=True, exist_ok=True)
    zipped = gzip.compress(content, 9, mtime=0)
    squeezed = brotli.compress(content)
    file.write_bytes(content)
    file.with_name(file.name + ".gz").write_bytes(zipped)
    file.with_name(file.name + ".br").write_bytes(squeezed)
    return BuiltFile(name, len(content), len(zipped), len(squeezed))
