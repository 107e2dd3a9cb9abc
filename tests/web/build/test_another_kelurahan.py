"""Another kelurahan changes one TOML: nothing of the example is left, in no page, in no answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from functions.gateway import create_gateway
from functions.openapi import write_openapi
from shared import deployment as deployments
from shared.deployment import Deployment
from shared.kelurahan import configuration
from shared.platform.settings import Settings
from tests.web.build.another import OTHER
from web.build import build

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def traces() -> list[str]:
    """What would give the example away."""
    example = configuration.load("tamansari", ROOT / "kelurahan")
    return [
        example.name, example.kecamatan, example.kota, "Bandung", example.provinsi, example.code,
        example.key, example.postcode, example.nik_prefixes[0], *example.aliases_of_name,
        urlsplit(example.site.base_url).netloc, "Sunda", "ATM Beras", "Rutilahu",
    ]  # fmt: skip


@pytest.fixture
def site(tmp_path: Path) -> Path:
    site = tmp_path / "site"
    build(configuration.parse(OTHER, "lengkong"), site, tmp_path / "no-content-of-its-own")
    write_openapi(site / "openapi.json")
    return site


@pytest.fixture
def office(tmp_path: Path) -> Iterator[None]:
    """The deployment of the other kelurahan, for the functions."""
    (tmp_path / "lengkong.toml").write_text(OTHER, "utf-8")
    settings = Settings(data=tmp_path / "data", kelurahan="lengkong", kelurahan_folder=tmp_path)
    before = deployments._current
    opened = deployments._current = Deployment.embedded(settings)
    yield
    opened.close()
    deployments._current = before


def _found(traces: list[str], text: str) -> list[str]:
    return [word for word in traces if word.casefold() in text.casefold()]


def test_no_built_file_has_a_trace_of_the_example(site: Path, traces: list[str]) -> None:
    read = 0
    for file in site.rglob("*"):
        if file.is_file() and file.suffix not in (".br", ".gz", ".png"):
            assert _found(traces, file.read_text("utf-8")) == [], file.name
            read += 1
    assert read > 40


def test_every_page_says_whose_it_is(site: Path) -> None:
    for file in site.rglob("*.html"):
        page = file.read_text("utf-8")
        for told in ("Desa Lengkong Maju", "Balai Desa", "Selasa dan Kamis", "0800 1234 567"):
            assert told in page, file


def test_the_site_is_as_complete_as_the_example_s(site: Path, tmp_path: Path) -> None:
    example = configuration.load("tamansari", ROOT / "kelurahan")
    build(example, tmp_path / "example")
    # what is given in one city alone is not in the catalogue of another
    local = {"program/atm-beras/index.html", "program/rutilahu/index.html"}

    def names(folder: Path) -> set[str]:
        return {str(file.relative_to(folder)) for file in folder.rglob("*.html")}

    assert names(tmp_path / "example") - names(site) == local
    assert names(site) <= names(tmp_path / "example")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/figures", 200),
        ("POST", "/api/lookup", 400),
        ("GET", "/api/lookup", 405),
        ("GET", "/tidak/ada", 404),
    ],
)
def test_no_page_of_a_function_has_a_trace_of_the_example(
    site: Path, office: None, traces: list[str], method: str, path: str, status: int
) -> None:
    client = create_gateway(site).test_client()
    form = {"nik": "1"} if method == "POST" else None
    answer = client.open(path, method=method, data=form, headers={"Accept": "text/html"})
    assert answer.status_code == status
    page = answer.get_data(as_text=True)
    assert _found(traces, page) == []
    for told in ("Desa Lengkong Maju", "Balai Desa", "Menu utama", "/standar-layanan/"):
        assert told in page
