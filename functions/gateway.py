"""The gateway: the built site and all functions on one port, for one PC and browser tests.

Routes and headers are those of firebase.json, so that what is tried here is what Firebase Hosting
does in front of the functions on Google Cloud.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from flask import Flask, Response, request

import main
from functions import hosting_rules
from functions.hosting_rules import Hosting
from functions.static_site import Site
from shared.deployment import current
from shared.http import health
from shared.http.context import Context
from shared.http.middleware import respond
from shared.http.service import Service
from shared.platform import settings
from shared.platform.errors import MethodNotAllowed, NotFound

ROOT = Path(main.__file__).resolve().parent

# The function whose health is that of the gateway: the console, which needs all databases.
_HEALTH_OF = "staff_console"
_HTTPS_ONLY = "Strict-Transport-Security"


class Gateway(Flask):
    """The gateway as a WSGI application."""

    def __init__(self, rules: Hosting) -> None:
        super().__init__("gateway", static_folder=None)
        self._rules = rules

    def largest_body(self, method: str, path: str) -> int | None:
        """Return what the body of a request may have, in bytes; None where it is a list's file."""
        name = self._rules.function_for(path)
        if name is None:
            return 0
        service: Service = import_module(f"functions.{name}.main").service
        return service.largest_body(method, path)


def create_gateway(
    site: Path | None = None, configuration: Path = ROOT / "firebase.json"
) -> Gateway:
    """Return the gateway; raises where a function can't be loaded.

    `site`: the folder of the built site, that of the kelurahan in the settings if it isn't said.
    """
    site = site or ROOT / "web" / "dist" / settings.load().kelurahan
    rules = hosting_rules.load(configuration)
    app = Gateway(rules)
    functions = {name: getattr(main, name) for _, name in rules.rewrites}
    pages = Site(site)

    def from_site(context: Context) -> Response:
        if context.request.method not in ("GET", "HEAD"):
            raise MethodNotAllowed(("GET", "HEAD"))
        found = pages.respond(context.request)
        if found is None and context.wants_html:
            found = pages.not_found(context.request)
        if found is None:
            raise NotFound()
        return found

    # Before routing: the application has no routes of its own, a path is looked up in the rules.
    @app.before_request
    def answer() -> Response:
        name = _HEALTH_OF if request.path in health.PATHS else rules.function_for(request.path)
        if name is not None:
            response: Response = functions[name](request)
        else:
            response = respond("gateway", request, current, from_site)
        return _with_headers(response, rules)

    return app


def _with_headers(response: Response, rules: Hosting) -> Response:
    for key, value in rules.headers_for(request.path):
        if key != _HTTPS_ONLY or request.is_secure:
            response.headers[key] = value
    return response
