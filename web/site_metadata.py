"""Site metadata: robots.txt, sitemap, web manifest and service worker."""

from __future__ import annotations

import json
from collections.abc import Iterable
from hashlib import sha256

from jinja2 import Environment

from shared.kelurahan.configuration import Kelurahan
from web.assets import Assets, smaller
from web.pages import Page

OFFLINE = "/tanpa-internet/"

# What search engines needn't visit: answers of functions, what is for staff, explanations
_NOT_FOR_ROBOTS = ("/api/", "/staff/", "/masalah/", "/panduan/")


def robots(kelurahan: Kelurahan) -> str:
    """Return robots.txt."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in _NOT_FOR_ROBOTS)]
    lines.append(f"Sitemap: {kelurahan.site.base_url}/sitemap.xml")
    return "\n".join(lines) + "\n"


def sitemap(site: Iterable[Page], kelurahan: Kelurahan) -> str:
    """Return sitemap.xml: every page that may be found."""
    base = kelurahan.site.base_url
    urls = "".join(f"<url><loc>{base}{page.path}</loc></url>\n" for page in site if page.indexed)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{urls}</urlset>\n'
    )


def manifest(kelurahan: Kelurahan, assets: Assets) -> str:
    """Return manifest.webmanifest: the site's appearance among a phone's programs."""
    described = {
        "id": "/",
        "lang": "id",
        "name": f"MY NUTERA {kelurahan.title}",
        "short_name": "MY NUTERA",
        "start_url": "/",
        "scope": "/",
        "display": "minimal-ui",
        "background_color": "#fffdf6",
        "theme_color": "#0b4a3a",
        "icons": [{"src": assets.url("icon.svg"), "type": "image/svg+xml", "sizes": "any"}],
    }
    return json.dumps(described, ensure_ascii=False, separators=(",", ":")) + "\n"


def service_worker(
    rendered: Iterable[tuple[Page, str]], assets: Assets, environment: Environment
) -> str:
    """Return sw.js, which keeps all pages that may be found, and the files they name.

    What only the console loads is left out. Its version follows from every byte that it keeps.
    """
    files = {page.path: text for page, text in rendered if _is_kept(page)}
    named = "".join(files.values())
    files |= {one.url: one.content.decode() for one in assets.served() if one.url in named}
    mark = sha256()
    for path, text in files.items():
        mark.update(f"{path}\0{text}\0".encode())
    script = environment.get_template("sw.js").render(
        version=mark.hexdigest()[:10], kept=list(files), offline=OFFLINE
    )
    return smaller(".js", script)


def _is_kept(page: Page) -> bool:
    return page.indexed or page.path == OFFLINE
