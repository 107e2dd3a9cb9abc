"""Static files of the built site, served by path in the way of Firebase Hosting.

Clean URLs: `/a` is `a.html`, `/a/` is `a/index.html`, and the other spellings lead there. Browsers
that take it get the brotli or gzip copy that the build put beside a file.
"""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass
from pathlib import Path

from flask import Request, Response
from werkzeug.security import safe_join

# Python's own table lacks it
mimetypes.add_type("application/manifest+json", ".webmanifest")

_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
_TEXT_TYPES = (
    "text/",
    "application/javascript",
    "application/json",
    "application/manifest+json",
    "image/svg+xml",
)
# Pages change once a week at most, and a browser asks with its ETag each time.
_PAGE_CACHE = "no-cache"


@dataclass(frozen=True, slots=True)
class Site:
    """The built site in a folder."""

    folder: Path

    def respond(self, request: Request) -> Response | None:
        """Return the file at the request's path, or a redirect to its clean address.

        None if none.
        """
        path = request.path
        if "//" in path or "\\" in path or "\0" in path:
            return None
        target = self._clean_address(path)
        if target is not None:
            return Response(status=301, headers={"Location": target})
        file = self._file(path)
        return None if file is None else self._send(file, request, 200)

    def not_found(self, request: Request) -> Response | None:
        """Return the site's own page for what isn't there, if it is built."""
        page = self.folder / "404.html"
        return self._send(page, request, 404) if page.is_file() else None

    def _file(self, path: str) -> Path | None:
        if path.endswith("/"):
            return self._inside(path + "index.html")
        return self._inside(path) or self._inside(path + ".html")

    def _clean_address(self, path: str) -> str | None:
        """Return where a path that is not the clean one of its file leads."""
        if path.endswith("/index.html") and self._inside(path):
            return path.removesuffix("index.html")
        if path.endswith(".html") and self._inside(path):
            return path.removesuffix(".html")
        if not path.endswith("/") and not self._file(path) and self._inside(path + "/index.html"):
            return path + "/"
        return None

    def _inside(self, path: str) -> Path | None:
        """Return the file, if it is one and lies inside the site."""
        joined = safe_join(str(self.folder), path.lstrip("/"))
        if joined is None or any(part.startswith(".") for part in path.split("/")):
            return None
        try:
            return Path(joined) if Path(joined).is_file() else None
        except (OSError, ValueError):  # a name too long for the file system
            return None

    def _send(self, file: Path, request: Request, status: int) -> Response:
        chosen, encoding = file, None
        for name, suffix in _ENCODINGS:
            copy = file.with_name(file.name + suffix)
            if request.accept_encodings[name] > 0 and copy.is_file():
                chosen, encoding = copy, name
                break
        content_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        if content_type.startswith(_TEXT_TYPES):
            content_type = f"{content_type.split(';')[0]}; charset=utf-8"
        response = Response(chosen.read_bytes(), status, content_type=content_type)
        response.headers["Cache-Control"] = _PAGE_CACHE
        response.vary.add("Accept-Encoding")
        if encoding:
            response.headers["Content-Encoding"] = encoding
        if status == 200:
            response.add_etag()
            response.make_conditional(request)
        return response
