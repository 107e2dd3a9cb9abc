"""Every page is valid HTML, by the Nu checker of the W3C: built pages, and those of functions."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from functions.gateway import create_gateway
from shared.kelurahan import configuration
from tests.web.office import LISTED, ROOT, Office
from web.build import build

JAR = ROOT / ".venv" / "node" / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"


@pytest.fixture(scope="module")
def vnu() -> Path:
    """The checker, which needs Java."""
    lack = "vnu-jar is not installed (make dev)" if not JAR.is_file() else ""
    lack = lack or ("" if shutil.which("java") else "no java")
    if lack and os.environ.get("NUTERA_REQUIRE") == "1":
        pytest.fail(lack, pytrace=False)
    if lack:
        pytest.skip(lack)
    return JAR


def _faults(vnu: Path, folder: Path) -> list[str]:
    done = subprocess.run(
        ["java", "-jar", vnu, "--format", "json", "--stdout", "--skip-non-html", folder],
        capture_output=True,
        text=True,
        timeout=300,
    )
    told = json.loads(done.stdout)["messages"]
    return sorted(
        {
            f"{Path(one['url']).relative_to(folder) if 'url' in one else ''}: {one['message']}"
            for one in (dict(each, url=each.get("url", "").removeprefix("file:")) for each in told)
        }
    )


def test_the_checker_finds_what_is_wrong(vnu: Path, tmp_path: Path) -> None:
    (tmp_path / "x.html").write_text("<!doctype html><title>x</title><p><div id=a></div><b id=a>")
    assert any("Duplicate ID" in one for one in _faults(vnu, tmp_path))


def test_every_built_page_is_valid(vnu: Path, tmp_path: Path) -> None:
    own = ROOT / "kelurahan" / "tamansari"
    build(configuration.load("tamansari", ROOT / "kelurahan"), tmp_path / "site", own)
    assert _faults(vnu, tmp_path / "site") == []


def test_every_page_of_a_function_is_valid(vnu: Path, office: Office, tmp_path: Path) -> None:
    site = tmp_path / "site"
    build(office.deployment.kelurahan, site)
    client = create_gateway(site).test_client()
    pages = tmp_path / "pages"
    pages.mkdir()
    headers = {"Accept": "text/html"}
    asked = {
        "figures": client.get("/api/figures", headers=headers),
        "listed": client.post(
            "/api/lookup", data={"nik": LISTED.nik, "name": "Siti"}, headers=headers
        ),
        "not-listed": client.post(
            "/api/lookup", data={"nik": "3273091202850002", "name": "Budi"}, headers=headers
        ),
        "invalid": client.post("/api/lookup", data={"nik": "1"}, headers=headers),
        "method": client.get("/api/lookup", headers=headers),
    }
    for name, answer in asked.items():
        assert answer.content_type.startswith("text/html"), name
        (pages / f"{name}.html").write_bytes(answer.get_data())
    assert _faults(vnu, pages) == []
