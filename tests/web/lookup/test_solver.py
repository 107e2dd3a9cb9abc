"""The worker's own SHA-256 and search, against Python's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.web.conftest import Watch, visitors

WORK = """(task) => new Promise((done, fail) => {
  const worker = new Worker(document.getElementById("check").dataset.solver);
  worker.onmessage = (event) => (worker.terminate(), done(event.data));
  worker.onerror = fail;
  worker.postMessage(task);
})"""


@pytest.fixture(scope="module")
def work(browser: Browser, gateway_url: str) -> Iterator[Callable[[dict[str, Any]], Any]]:
    """Hands a task to a new worker, in one page for all tests."""
    with visitors(browser, gateway_url, Watch()) as open_page:
        page = open_page()
        page.goto("/cek-nik/")
        yield lambda task: page.evaluate(WORK, task)


def test_hashes_are_those_of_sha_256(work: Callable[[dict[str, Any]], Any]) -> None:
    texts = ["x" * length for length in range(130)]
    texts += ["Neng Éva|ñ", "a|b|c" * 40, "\u00a0😀", "0" * 1000]
    for text in texts:
        assert work({"text": text}) == sha256(text.encode()).hexdigest(), len(text)


@pytest.mark.parametrize("salt_length", [1, 54, 55, 56, 63, 64, 118, 119, 120, 128, 183])
@pytest.mark.parametrize("number", [0, 9, 10, 12_345])
def test_the_number_is_found(
    work: Callable[[dict[str, Any]], Any], salt_length: int, number: int
) -> None:
    salt = "s" * salt_length
    challenge = sha256(f"{salt}{number}".encode()).hexdigest()
    assert work({"salt": salt, "challenge": challenge, "maxnumber": 12_345}) == number


def test_a_challenge_without_a_number_ends(work: Callable[[dict[str, Any]], Any]) -> None:
    assert work({"salt": "s", "challenge": "f" * 64, "maxnumber": 1000}) == -1
