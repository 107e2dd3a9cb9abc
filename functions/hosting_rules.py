"""Firebase Hosting rules: routes and headers of firebase.json, as the gateway needs them.

Firebase Hosting and the gateway read the same file, so both are written once. Of Hosting's globs
this knows what the file uses: `*`, `**`, `?` and `@(a|b)`; anything else is refused at start.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_TOKENS = re.compile(
    r"(?P<all>\*\*)|(?P<any>\*)|(?P<one>\?)|@\((?P<either>[\w.|-]+)\)|(?P<text>[\w./-])"
)


@dataclass(frozen=True, slots=True)
class HeaderRule:
    """Headers for the paths that a pattern matches."""

    pattern: re.Pattern[str]
    headers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Hosting:
    """The hosting part of firebase.json; `rewrites` lead to names of functions."""

    rewrites: tuple[tuple[re.Pattern[str], str], ...]
    headers: tuple[HeaderRule, ...]
    clean_urls: bool

    def function_for(self, path: str) -> str | None:
        """Return the function that answers at a path, or None.

        The first rewrite that fits counts.
        """
        return next((name for pattern, name in self.rewrites if pattern.fullmatch(path)), None)

    def headers_for(self, path: str) -> Iterator[tuple[str, str]]:
        """Yield all headers of a path; a later one replaces an earlier of the same name."""
        for rule in self.headers:
            if rule.pattern.fullmatch(path):
                yield from rule.headers


def load(file: Path) -> Hosting:
    """Read firebase.json; raises ValueError for a glob or rewrite of an unsupported kind."""
    hosting = json.loads(file.read_text("utf-8"))["hosting"]
    return Hosting(
        rewrites=tuple(
            (glob(rewrite["source"]), rewrite["run"]["serviceId"].replace("-", "_"))
            for rewrite in hosting["rewrites"]
        ),
        headers=tuple(
            HeaderRule(
                glob(rule["source"]),
                tuple((header["key"], header["value"]) for header in rule["headers"]),
            )
            for rule in hosting["headers"]
        ),
        clean_urls=bool(hosting.get("cleanUrls")),
    )


def glob(source: str) -> re.Pattern[str]:
    """Return a Hosting glob as a pattern of the whole path."""
    parts, at = [], 0
    while at < len(source):
        token = _TOKENS.match(source, at)
        if token is None:
            raise ValueError(f"firebase.json: the glob {source!r} is not understood here")
        parts.append(_pattern(token))
        at = token.end()
    return re.compile("".join(parts), re.DOTALL)


def _pattern(token: re.Match[str]) -> str:
    if token["all"]:
        return ".*"
    if token["any"]:
        return "[^/]*"
    if token["one"]:
        return "[^/]"
    if token["either"]:
        return f"(?:{'|'.join(map(re.escape, token['either'].split('|')))})"
    return re.escape(token["text"])
