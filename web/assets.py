"""Static assets: stylesheets, scripts and pictures, served under names with a content hash.

Each file of `static/` is written to /assets/ with a hash of its content in its name, so that
browsers may keep it for good. A folder of it holds the parts of one script, which is served under
the folder's name. `STABLE` files are also written under their plain name, for pages that a function
renders elsewhere; those may be kept for a short while only. A script that a page loads ends with
`register.js`, which registers the service worker, so that every page has one script and not two.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from web.bundle import bundle

STATIC = Path(__file__).parent / "static"
STABLE = frozenset({"console.css", "console.js", "following.js", "icon.svg", "site.css"})
WORKERS = frozenset({"solver.js"})
_WITHOUT_TAIL = WORKERS | {"console.js", "register.js"}
_TAIL = "register.js"

_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_LINE_COMMENT = re.compile(r"^\s*//.*\n", re.MULTILINE)
_INDENT = re.compile(r"^[ \t]+|\s*\n", re.MULTILINE)
# not behind `}` or `)`, where the end of a line can end a statement
_LINE_END = re.compile(r"(?<=[;,{(\[])\n")


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is served: plain name, address, content."""

    name: str
    url: str
    content: bytes


class Assets:
    """All static files. `url("site.css")` is the address with the hash in it."""

    def __init__(self, folder: Path = STATIC) -> None:
        made = map(_made, sorted(folder.iterdir()))
        self._assets: Mapping[str, Asset] = {asset.name: asset for asset in made}

    def url(self, name: str) -> str:
        """Return the address of a file; raises KeyError where there is none of that name."""
        return self._assets[name].url

    def served(self) -> Iterator[Asset]:
        """Yield every file to write, the stable names included."""
        for asset in self._assets.values():
            yield asset
            if asset.name in STABLE:
                yield Asset(asset.name, f"/assets/{asset.name}", asset.content)


def _made(source: Path) -> Asset:
    """An asset from a file, or from a folder of modules."""
    suffix = ".js" if source.is_dir() else source.suffix
    name = source.stem + suffix
    text = smaller(suffix, bundle(source) if source.is_dir() else source.read_text("utf-8"))
    if suffix == ".js" and name not in _WITHOUT_TAIL:
        text += smaller(".js", source.with_name(_TAIL).read_text("utf-8"))
    content = text.encode()
    mark = sha256(content).hexdigest()[:10]
    return Asset(name, f"/assets/{source.stem}.{mark}{suffix}", content)


def smaller(suffix: str, text: str) -> str:
    """Return a text minified: without comments and indentation.

    In scripts a comment has a line to itself, and a text ends on the line where it begins.
    """
    if suffix == ".css":
        return _INDENT.sub("", _CSS_COMMENT.sub("", text))
    if suffix == ".js":
        lines = re.sub(r"\n\s*", "\n", _LINE_COMMENT.sub("", text)).strip()
        return _LINE_END.sub("", lines) + "\n"
    return text.strip() + "\n"
