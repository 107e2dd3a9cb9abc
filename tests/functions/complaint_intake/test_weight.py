"""The size of complaint pages on the wire, with their stylesheet."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import brotli
import pytest
from flask.testing import FlaskClient

from shared.kelurahan import configuration
from tests.functions.complaint_intake.complaining import ADDRESS, BODY, body, read, told
from tests.functions.conftest import ROOT, Client
from web.build import build

FIRST_VIEW_BYTES = 13 * 1024


@pytest.fixture(scope="module")
def stylesheet(tmp_path_factory: pytest.TempPathFactory) -> int:
    """The bytes of the stylesheet as it is served."""
    site: Path = tmp_path_factory.mktemp("site") / "dist"
    build(configuration.load("tamansari", ROOT / "kelurahan"), site)
    return len(compressed((site / "assets" / "site.css").read_bytes()))


@cache
def compressed(content: bytes) -> bytes:
    """As a server does it on the way."""
    packed: bytes = brotli.compress(content, quality=5)
    return packed


@pytest.fixture
def web(client: Client) -> FlaskClient:
    return client("complaint_intake")


def test_pages_of_complaints_are_light(web: FlaskClient, stylesheet: int) -> None:
    check = web.post(ADDRESS, data=BODY)
    sent = read(check).form(ADDRESS).fields
    receipt = told(web.post(ADDRESS, json=body()), 201)
    pair = {"ticket": receipt["ticket"], "secret": receipt["secret"]}
    pages = {
        "form": web.post(ADDRESS, data={**BODY, "text": "", "nik": "1", "contact": "x"}),
        "check": check,
        "receipt": web.post(ADDRESS, data=sent),
        "status": web.post(f"{ADDRESS}/status", data=pair),
        "asked again": web.post(f"{ADDRESS}/status", data={**pair, "secret": "x"}),
    }
    weights = {name: len(compressed(page.data)) + stylesheet for name, page in pages.items()}
    assert {name: weight for name, weight in weights.items() if weight > FIRST_VIEW_BYTES} == {}
    assert min(weights.values()) > stylesheet > 1024
