"""The gateway: the built site and all functions on one port, for one PC and browser tests.

Routes and headers are those of firebase.json, so that what is tried here is what Firebase Hosting
does in front of the functions on Google Cloud.
"""

from __future__ import annotations

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
from shared.platform import settings
from shared.platform.errors import MethodNotAllowed, NotFound

ROOT = Path(main.__file__).resolve().parent

# The function whose health is that of the gateway: the console, which needs all databases.
_HEALTH_OF = "staff_console"
_HTTPS_ONLY = "Strict-Transport-Security"


def create_gateway(site: Path | None = None, configuration: Path = ROOT / "firebase.json") -> Flask:
    """Return the gateway as a WSGI application; raises where a function can't be loaded.

    `site`: the folder of the built site, that of the kelurahan in the settings if it isn't said.
    """
    app = Flask("gateway", static_folder=None)
    site = site or ROOT / "web" / "dist" / settings.load().kelurahan
    rules = hosting_rules.load(configuration)
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
