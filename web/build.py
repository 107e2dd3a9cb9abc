"""The build of the site for a kelurahan, as plain files.

Content, templates, static files, the guides for staff, the kelurahan's TOML and, where there is
one, its folder of content go in; the same in gives the same out, to the byte. Nothing else is read:
no network, no clock, no store. Each file that a browser may get compressed has a `.gz` and a `.br`
copy beside it.
"""

from __future__ import annotations

import gzip
import shutil
from dataclasses import dataclass
from pathlib import Path

import brotli
from jinja2 import Environment, FileSystemLoader, StrictUndefined, UndefinedError

from shared.complaints.intake.form_options import LIMITS
from shared.complaints.model import kinds
from shared.http.pages import FRAME
from shared.kelurahan.configuration import Kelurahan
from shared.recipients.lookup.question_texts import ASKED, FIELD_WORDS
from web import complaints, guides, pages, programmes, service_standard, site_metadata
from web.assets import Assets
from web.pages import TEMPLATES, Page

DIST = Path(__file__).parent / "dist"
"""Each kelurahan's site has its own folder in it, so that none takes the place of another's."""

# Where the fields of Cek NIK are written, once for the site and for the page that shows them again
_LOOKUP_FIELDS = Path(__file__).parents[1] / "functions" / "nik_lookup" / "templates"

# By this file a folder is known as a site that may be replaced
_MARK = "assets/site.css"


class NotASite(ValueError):
    """The error where the folder to build into holds something else, which is left alone."""


@dataclass(frozen=True, slots=True)
class BuiltFile:
    """A written file and how large it is on the wire, in bytes: plain, gzip, brotli."""

    path: str
    plain: int
    gzip: int
    brotli: int


@dataclass(frozen=True, slots=True)
class BuildReport:
    """The report of a build. `first_view(page)` is the size that CONVENTIONS limits."""

    out: Path
    pages: tuple[BuiltFile, ...]
    assets: tuple[BuiltFile, ...]
    others: tuple[BuiltFile, ...]
    guides: tuple[BuiltFile, ...]

    @property
    def stylesheet(self) -> BuiltFile:
        """The one stylesheet, under its hashed name."""
        return next(one for one in self.assets if one.path.startswith("assets/site."))

    def first_view(self, page: BuiltFile) -> int:
        """Return the bytes of a page and its stylesheet, in brotli."""
        return page.brotli + self.stylesheet.brotli


def build(kelurahan: Kelurahan, out: Path | None = None, own: Path | None = None) -> BuildReport:
    """Build the whole site; an existing site is replaced once the new one is whole.

    `out`: the folder to build into, that of the kelurahan in `DIST` if it isn't said.

    `own`: a folder with this kelurahan's own content, if it has any.
    Raises NotASite, pages.ContentInvalid or a Jinja2 error, and then nothing has been replaced.
    """
    out = out or DIST / kelurahan.slug
    if out.exists() and any(out.iterdir()) and not (out / _MARK).is_file():
        raise NotASite(f"{out} is neither empty nor a site")
    assets = Assets()
    site = [*complaints.expanded(pages.load(kelurahan, own), kelurahan)]
    site += programmes.pages(kelurahan)
    for_staff = guides.load()
    _refuse_two_at_one_address([*site, *for_staff])
    environment = _environment(site, kelurahan, assets)
    rendered = [_rendered(page, environment) for page in site]
    files = {page.file: text for page, text in rendered}
    others = {
        "robots.txt": site_metadata.robots(kelurahan),
        "sitemap.xml": site_metadata.sitemap(site, kelurahan),
        "manifest.webmanifest": site_metadata.manifest(kelurahan, assets),
        "sw.js": site_metadata.service_worker(rendered, assets, environment),
    }

    new = out.with_name(out.name + ".new")
    shutil.rmtree(new, ignore_errors=True)
    report = BuildReport(
        out,
        tuple(_write(new, name, text.encode()) for name, text in files.items()),
        tuple(_write(new, one.url.lstrip("/"), one.content) for one in assets.served()),
        tuple(_write(new, name, text.encode()) for name, text in others.items()),
        tuple(
            _write(new, page.file, text.encode())
            for page, text in (_rendered(each, environment) for each in for_staff)
        ),
    )
    for name, picture in guides.pictures():
        (new / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(picture, new / name)
    shutil.rmtree(out, ignore_errors=True)
    new.rename(out)
    return report


def _rendered(page: Page, environment: Environment) -> tuple[Page, str]:
    try:
        return page, environment.get_template(page.template).render(page=page)
    except UndefinedError as fault:
        if not page.origin:
            raise
        # a text that the template needs, and that a kelurahan's own file leaves out
        raise pages.ContentInvalid(f"{page.origin}: {pages.unknown(fault)}") from None


def _refuse_two_at_one_address(site: list[Page]) -> None:
    paths = [page.path for page in site]
    for path in paths:
        if paths.count(path) > 1:
            raise pages.ContentInvalid(f"{path}: dua halaman beralamat sama.")


def _environment(site: list[Page], kelurahan: Kelurahan, assets: Assets) -> Environment:
    environment = Environment(
        loader=FileSystemLoader([TEMPLATES, FRAME, complaints.FIELDS, _LOOKUP_FIELDS]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        kelurahan=kelurahan,
        lookup=ASKED,
        field_words=FIELD_WORDS,
        asset=assets.url,
        languages=[page for page in site if page.lang != "id"],
        complaint_limits=LIMITS,
        complaint_terms=service_standard.terms(kinds.load(kelurahan).values()),
    )
    return environment


def _write(out: Path, name: str, content: bytes) -> BuiltFile:
    file = out / name
    file.parent.mkdir(parents=True, exist_ok=True)
    zipped = gzip.compress(content, 9, mtime=0)
    squeezed = brotli.compress(content)
    file.write_bytes(content)
    file.with_name(file.name + ".gz").write_bytes(zipped)
    file.with_name(file.name + ".br").write_bytes(squeezed)
    return BuiltFile(name, len(content), len(zipped), len(squeezed))
