"""The security headers of firebase.json: strict in the file, and on every answer of the gateway."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from functions import hosting_rules
from functions.gateway import create_gateway
from shared.kelurahan import configuration
from tests.web.office import ROOT, Office
from web.build import build

RULES = hosting_rules.load(ROOT / "firebase.json")
# For each path the same headers, whoever answers: a page, a file, a function, nobody
PATHS = ["/", "/cek-nik/", "/sw.js", "/assets/site.css", "/api/figures", "/api/lookup", "/no/such"]
ITSELF = "'self'"
NOTHING = "'none'"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    site = tmp_path_factory.mktemp("headers") / "site"
    build(configuration.load("tamansari", ROOT / "kelurahan"), site)
    return create_gateway(site).test_client()


def _policy() -> dict[str, list[str]]:
    headers = dict(RULES.headers_for("/"))
    parts = [part.split() for part in headers["Content-Security-Policy"].split(";")]
    return {part[0]: part[1:] for part in parts}


def test_the_policy_allows_what_comes_from_here_and_nothing_inline() -> None:
    policy = _policy()
    assert policy.pop("default-src") == [NOTHING]
    assert policy.pop("base-uri") == [NOTHING]
    assert policy.pop("frame-ancestors") == [NOTHING]
    assert policy == {
        f"{kind}-src": [ITSELF]
        for kind in ("script", "style", "img", "connect", "worker", "manifest")
    } | {"form-action": [ITSELF]}


def test_the_other_headers_give_nothing_away() -> None:
    headers = dict(RULES.headers_for("/"))
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    seconds = int(headers["Strict-Transport-Security"].partition(";")[0].removeprefix("max-age="))
    assert seconds >= 365 * 24 * 3600
    for sense in ("camera", "geolocation", "microphone"):
        assert f"{sense}=()" in headers["Permissions-Policy"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_every_answer_has_the_headers_of_the_file(
    client: FlaskClient, empty_office: Office, path: str, scheme: str
) -> None:
    answer = client.get(path, base_url=f"{scheme}://localhost", headers={"Accept": "text/html"})
    expected = dict(RULES.headers_for(path))
    if scheme == "http":  # a promise of https can't be made over http
        assert expected.pop("Strict-Transport-Security")
        assert "Strict-Transport-Security" not in answer.headers
    for key, value in expected.items():
        assert answer.headers.getlist(key) == [value], key


def test_the_service_worker_is_asked_for_anew_each_time(client: FlaskClient) -> None:
    assert client.get("/sw.js").headers["Cache-Control"] == "no-cache"
    assert "javascript" in client.get("/sw.js").headers["Content-Type"]


def test_the_manifest_is_told_as_one(client: FlaskClient) -> None:
    answer = client.get("/manifest.webmanifest")
    assert answer.headers["Content-Type"].startswith("application/manifest+json")
    icon = answer.get_json(force=True)["icons"][0]
    assert client.get(icon["src"]).headers["Content-Type"].startswith(icon["type"])
