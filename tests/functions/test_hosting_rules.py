"""firebase.json as the gateway reads it, and what it promises."""

from __future__ import annotations

import json

import pytest

from functions import hosting_rules
from tests.functions.conftest import FUNCTIONS, ROOT

RULES = hosting_rules.load(ROOT / "firebase.json")


@pytest.mark.parametrize(
    ("source", "matches", "others"),
    [
        ("**", ["/", "/a", "/a/b.c"], []),
        ("/a", ["/a"], ["/a/", "/ab", "/a/b", "/A"]),
        ("/a/**", ["/a/", "/a/b", "/a/b/c"], ["/a", "/ab"]),
        ("/a/*", ["/a/b", "/a/"], ["/a/b/c"]),
        ("/a/?", ["/a/b"], ["/a/", "/a/bc", "/a//"]),
        ("/x/*.*.*", ["/x/site.0a1b.css"], ["/x/site.css", "/x/y/a.b.c"]),
        ("/x/@(a.css|b.svg)", ["/x/a.css", "/x/b.svg"], ["/x/aXcss", "/x/c.css"]),
    ],
)
def test_a_glob_matches_whole_paths(source: str, matches: list[str], others: list[str]) -> None:
    pattern = hosting_rules.glob(source)
    assert [path for path in matches + others if pattern.fullmatch(path)] == matches


@pytest.mark.parametrize("source", ["/a/!(b)", "/{a,b}", "/[ab]", "/a b", "/+(a)"])
def test_a_glob_that_is_not_known_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match="not understood"):
        hosting_rules.glob(source)


def test_every_rewrite_leads_to_a_function_and_every_function_has_one() -> None:
    # the scheduler calls the housekeeping at its own address
    assert {name for _, name in RULES.rewrites} == set(FUNCTIONS) - {"housekeeping"}
    text = json.loads((ROOT / "firebase.json").read_text("utf-8"))
    regions = {rewrite["run"]["region"] for rewrite in text["hosting"]["rewrites"]}
    assert regions == {"asia-southeast2"}


@pytest.mark.parametrize("path", ["/", "/cek-nik/", "/api/lookup", "/assets/site.0a1b2c3d4e.css"])
def test_security_headers_hold_everywhere(path: str) -> None:
    headers = dict(RULES.headers_for(path))
    policy = dict(
        directive.split(" ", 1) for directive in headers["Content-Security-Policy"].split("; ")
    )
    assert policy["default-src"] == "'none'"
    assert policy["base-uri"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert set(policy.values()) == {"'none'", "'self'"}  # no inline, no eval, nobody else's
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Strict-Transport-Security"].startswith("max-age=")


def test_only_files_with_their_hash_in_the_name_are_kept_for_good() -> None:
    def kept(path: str) -> str | None:
        return dict(RULES.headers_for(path)).get("Cache-Control")

    assert kept("/assets/site.0a1b2c3d4e.css") == "public, max-age=31536000, immutable"
    assert kept("/assets/site.css") == "public, max-age=300"
    assert kept("/cek-nik/") is None
    assert kept("/api/lookup") is None
