"""The public lookup over HTTP, with and without JavaScript."""

from __future__ import annotations

import importlib
import io
import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from shared.deployment import Deployment
from shared.platform.errors import Unavailable
from shared.platform.store import Store
from shared.recipients.lookup import projection, public_state
from shared.recipients.lookup.proof_of_work import question_hash
from tests.functions.conftest import Client, Clock
from tests.recipients.lookup.solving import solve

LISTED = "3273095501900001"
ELSEWHERE = "3273090101800002"
TEMPORARY = "0327309100200001"
NAME = "Hj. Siti Aminah"
KK = "3273091001100001"
NONCE = "ab" * 16
AIDS = [("pkh", "Triwulan 4 2026", "aktif"), ("bpnt", "November 2026", "disalurkan")]
MISSES = [(ELSEWHERE, "Siti"), (LISTED, "Dewi"), (TEMPORARY, "Siti")]


def publish(
    deployment: Deployment,
    nik: str = LISTED,
    name: str = NAME,
    aids: list[tuple[str, str, str]] = AIDS,
) -> None:
    key, now = deployment.kelurahan.key, deployment.clock()
    document_id, document = projection.build(nik, name, KK, aids, deployment.lookup_keys, key, now)
    deployment.lookup.set(projection.path(key, document_id), document)
    deployment.lookup.set(
        public_state.path(key),
        public_state.document(
            as_of="2026-11-20",
            source="Daftar Kelurahan",
            people=1,
            key_id=deployment.lookup_keys.key_id,
            sequence=1,
            published_at=now,
        ),
    )


@pytest.fixture
def web(client: Client, deployment: Deployment) -> FlaskClient:
    publish(deployment)
    return client("nik_lookup")


def proof(web: FlaskClient, nik: str, name: str) -> dict[str, str]:
    asked = question_hash(NONCE, nik, name)
    given = web.post("/api/lookup/challenge", json={"question": asked})
    assert given.status_code == 200
    assert given.json is not None
    return {"nonce": NONCE, "altcha": solve(given.json)}


def ask(web: FlaskClient, nik: str, name: str) -> TestResponse:
    body = {"nik": nik, "name": name, "proof": proof(web, nik, name)}
    return web.post("/api/lookup", json=body)


def post(web: FlaskClient, nik: str, name: str) -> TestResponse:
    return web.post("/api/lookup", data={"nik": nik, "name": name})


def headers_of(response: TestResponse) -> dict[str, str]:
    return {name: value for name, value in response.headers if name != "X-Request-Id"}


def test_the_script_gets_the_facts(web: FlaskClient) -> None:
    answer = ask(web, "3273 0955 0190 0001", "siti")
    assert answer.status_code == 200
    told: dict[str, Any] = answer.get_json()
    assert set(told) == {
        "result", "message", "entitlements", "as_of", "source", "next_steps", "pad",
    }  # fmt: skip
    assert told["result"] == "listed"
    assert told["entitlements"][0] == {
        "programme": "bpnt",
        "programme_name": told["entitlements"][0]["programme_name"],
        "period": "November 2026",
        "status": "disalurkan",
    }
    assert (told["as_of"], told["source"]) == ("2026-11-20", "Daftar Kelurahan")
    assert answer.headers["Cache-Control"] == "no-store, no-transform"


def test_misses_of_every_kind_are_the_same_bytes_and_headers(web: FlaskClient) -> None:
    for way in (ask, post):
        first, *others = [way(web, nik, name) for nik, name in MISSES]
        assert first.status_code == 200
        for other in others:
            assert other.data == first.data
            assert other.status == first.status
            assert headers_of(other) == headers_of(first)


def test_the_first_miss_of_a_nik_looks_like_its_ninth(web: FlaskClient) -> None:
    bodies = {post(web, LISTED, "Dewi").data for _ in range(9)}
    assert len(bodies) == 1


def test_hits_and_misses_have_one_length(web: FlaskClient) -> None:
    for way, length in ((ask, 2048), (post, 4096)):
        assert len(way(web, LISTED, "siti").data) == length
        assert len(way(web, LISTED, "Dewi").data) == length


def test_a_long_answer_is_padded_to_the_next_multiple(
    web: FlaskClient, deployment: Deployment
) -> None:
    months = [("beras", f"2026-{month:02d}", "Sudah disalurkan") for month in range(1, 13)]
    publish(deployment, ELSEWHERE, "Asep", months * 2)
    for way, length in ((ask, 2048), (post, 4096)):
        answer = way(web, ELSEWHERE, "asep")
        assert len(answer.data) > length
        assert len(answer.data) % length == 0


@pytest.mark.parametrize(("nik", "name"), [(LISTED, "siti"), (LISTED, "Dewi"), (ELSEWHERE, "Siti")])
def test_the_page_tells_what_the_script_is_told(web: FlaskClient, nik: str, name: str) -> None:
    told = ask(web, nik, name).get_json()
    page = post(web, nik, name)
    assert page.content_type == "text/html; charset=utf-8"
    text = unescape(page.text)
    for each in (told["message"], told["as_of"], told["source"], *told["next_steps"]):
        assert each in text
    for aid in told["entitlements"]:
        for fact in ("programme_name", "period", "status"):
            assert aid[fact] in text
    assert text.count("<h3>") == len(told["entitlements"])
    assert ("Tidak ditemukan" in text) == (told["result"] == "not-listed")


def test_the_page_stands_by_itself(web: FlaskClient) -> None:
    text = post(web, LISTED, "siti").text
    assert text.startswith('<!doctype html>\n<html lang="id">')
    assert 'href="/cek-nik/"' in text
    assert 'href="/assets/site.css"' in text
    assert re.findall(r"<h1[^>]*>", text) == ["<h1>"]
    for refused in ("<script", "<style", "style=", "http://", "https://", "onclick"):
        assert refused not in text


def test_every_page_says_where_to_go(web: FlaskClient, deployment: Deployment) -> None:
    contact = deployment.kelurahan.contact
    for nik, way in (
        (LISTED, '<a class="button" href="/cek-nik/">Cek NIK'),
        (LISTED[:-1], '<form class="card" method="post" action="/api/lookup"'),
    ):
        text = unescape(post(web, nik, "siti").text)
        assert f"{contact.office}<br>{contact.hours}" in text
        assert way in text


@pytest.mark.parametrize(
    ("nik", "name", "told"),
    [
        (LISTED[:-1], "Siti", ["#nik", "NIK kurang panjang: baru 15 angka, seharusnya 16."]),
        (LISTED + "7", "Siti", ["#nik", "NIK terlalu panjang: 17 angka, seharusnya 16."]),
        (LISTED[:-1] + "O", "Siti", ["#nik", "NIK hanya berisi angka. Periksa lagi, "]),
        ("", "Siti", ["#nik", "Isi NIK Anda: 16 angka di KTP."]),
        (LISTED, "", ["#name", "Isi satu kata dari nama di KTP."]),
        (LISTED[:-1], "", ["#nik", "baru 15 angka", "#name", "Isi satu kata dari nama di KTP."]),
    ],
)
def test_a_faulty_form_comes_back_without_what_was_typed(
    web: FlaskClient, nik: str, name: str, told: list[str]
) -> None:
    answer = post(web, nik, name)
    assert answer.status_code == 400
    assert answer.headers["Cache-Control"] == "no-store"
    text = unescape(answer.text)
    summary, _, form = text.partition("<form")
    for each in told:
        assert (f'href="{each}"' if each.startswith("#") else each) in summary
        assert each in summary if each.startswith("#") else each in form
    assert not re.search(r"<input[^>]* value=", form)
    for typed in filter(None, (nik[:10], name)):
        assert typed not in text


def test_a_problem_of_the_deployment_itself_is_a_page_all_the_same(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    web = client("nik_lookup")

    def broken() -> Deployment:
        raise Unavailable

    service = importlib.import_module("functions.nik_lookup.main").service
    monkeypatch.setattr(service, "deployment", broken)
    refused = post(web, LISTED, "siti")
    assert refused.status_code == 503
    assert refused.content_type == "text/html; charset=utf-8"
    assert '<a class="button" href="/cek-nik/">Cek NIK</a>' in refused.text


def test_aid_that_has_ended_has_a_result_of_its_own(
    web: FlaskClient, deployment: Deployment
) -> None:
    publish(deployment, ELSEWHERE, "Asep", [("bst", "Tahap 3", "aktif")])
    assert ask(web, ELSEWHERE, "asep").get_json()["result"] == "ended"
    page = post(web, ELSEWHERE, "asep").text
    assert "<h2>Tercatat, bantuan sudah berhenti</h2>" in page
    assert "<h2>Terdaftar</h2>" not in page
    assert "<h2>Terdaftar</h2>" in post(web, LISTED, "siti").text


def test_every_answer_leads_to_complaints(web: FlaskClient) -> None:
    hit = post(web, LISTED, "siti").text
    assert '<a class="button quiet" href="/pengaduan/">Laporkan</a>' in hit
    for nik, name in MISSES:
        told = post(web, nik, name).text
        assert '<a class="button quiet" href="/pengaduan/not-listed/">Laporkan</a>' in told


def test_date_and_source_are_two_sentences(web: FlaskClient) -> None:
    text = post(web, LISTED, "siti").text
    date = '<time datetime="2026-11-20">20 November 2026</time>'
    assert f"Data per tanggal {date}. Sumber: Daftar Kelurahan.</p>" in text


def test_answers_hold_nothing_personal(web: FlaskClient) -> None:
    for way in (ask, post):
        for name in ("siti", "Dewi"):
            text = way(web, LISTED, name).text.upper()
            for secret in ("SITI", "AMINAH", "S***", "DEWI", LISTED, LISTED[-6:], KK, KK[-6:]):
                assert secret not in text


def test_a_form_may_ask_for_json(web: FlaskClient) -> None:
    answer = web.post(
        "/api/lookup",
        data={"nik": LISTED, "name": "siti"},
        headers={"Accept": "application/json"},
    )
    assert answer.get_json()["result"] == "listed"


def test_a_script_has_to_bring_a_proof(web: FlaskClient) -> None:
    answer = web.post("/api/lookup", json={"nik": LISTED, "name": "siti"})
    assert answer.status_code == 400
    assert answer.get_json()["type"] == "/masalah/proof-refused"


def test_a_proof_is_good_for_its_question_only(web: FlaskClient) -> None:
    solved = proof(web, ELSEWHERE, "Siti")
    for nik, name in ((LISTED, "Siti"), (ELSEWHERE, "Dewi"), (ELSEWHERE, "siti")):
        answer = web.post("/api/lookup", json={"nik": nik, "name": name, "proof": solved})
        assert answer.status_code == 400
        assert answer.get_json()["type"] == "/masalah/proof-refused"
    body = {"nik": ELSEWHERE, "name": "Siti", "proof": solved}
    assert [web.post("/api/lookup", json=body).status_code for _ in range(2)] == [200, 200]


def test_a_proof_that_is_late_is_refused(web: FlaskClient, clock: Clock) -> None:
    solved = proof(web, LISTED, "siti")
    clock.later(seconds=601)
    answer = web.post("/api/lookup", json={"nik": LISTED, "name": "siti", "proof": solved})
    assert answer.status_code == 400
    assert answer.get_json()["type"] == "/masalah/proof-refused"


def test_a_closed_nik_gets_429_whether_listed_or_not(web: FlaskClient) -> None:
    refusals = []
    for nik in (LISTED, ELSEWHERE):
        for _ in range(10):
            assert ask(web, nik, "Dewi").status_code == 200
        refusals += [ask(web, nik, "Siti"), ask(web, nik, "Dewi")]
    assert {refused.status_code for refused in refusals} == {429}
    told = [refused.get_json() for refused in refusals]
    for each in told:
        del each["request_id"]
    assert told == told[:1] * 4
    assert int(refusals[0].headers["Retry-After"]) > 0


def test_a_closed_form_gets_a_page(web: FlaskClient) -> None:
    for _ in range(10):
        post(web, LISTED, "Dewi")
    refused = post(web, LISTED, "siti")
    assert refused.status_code == 429
    assert refused.content_type == "text/html; charset=utf-8"
    text = unescape(refused.text)
    assert '<h2 id="errors-title">Nomor KK diperlukan</h2>' in text
    assert "coba lagi besok" in text
    assert int(refused.headers["Retry-After"]) > 0
    assert not re.search(r"<input[^>]* value=", text)
    for name in ("nik", "name", "kk_last6"):
        assert re.search(rf'<input id="{name}"[^>]* required', text)
    assert " disabled" not in text
    opened = web.post("/api/lookup", data={"nik": LISTED, "name": "Dewi", "kk_last6": KK[-6:]})
    assert "<h2>Terdaftar</h2>" in opened.text
    assert len(opened.data) == 4096


def test_a_wrong_kk_number_at_a_closed_nik_is_the_same_miss_for_all(web: FlaskClient) -> None:
    for nik, name in MISSES:
        for _ in range(10):
            post(web, nik, name)
    told = [
        web.post("/api/lookup", data={"nik": nik, "name": name, "kk_last6": "999999"})
        for nik, name in MISSES
    ]
    assert {(each.status_code, each.data) for each in told} == {(200, told[0].data)}
    assert len(told[0].data) == 4096


def test_harder_work_is_made_on_demand_and_called_for_by_a_code(
    client: Client, deployment: Deployment
) -> None:
    limits = replace(deployment.kelurahan.limits, misses_overall=40, challenge_difficulty=1000)
    deployment.kelurahan = replace(deployment.kelurahan, limits=limits)
    publish(deployment)
    web = client("nik_lookup")
    asked = {"question": question_hash(NONCE, LISTED, "siti")}
    usual = web.post("/api/lookup/challenge", json=asked).get_json()
    hard = web.post("/api/lookup/challenge", json={**asked, "hard": True}).get_json()
    assert hard["maxNumber"] == 25 * usual["maxNumber"]
    for no_flag in ("yes", 1, None, []):
        wrong = web.post("/api/lookup/challenge", json={**asked, "hard": no_flag})
        assert wrong.status_code == 400

    before = proof(web, LISTED, "siti")
    for n in range(10):
        nik = f"32730901018{n:05d}"
        body = {"nik": nik, "name": "Ani", "proof": proof(web, nik, "Ani")}
        assert web.post("/api/lookup", json=body).status_code == 200
    refused = web.post("/api/lookup", json={"nik": LISTED, "name": "siti", "proof": before})
    assert refused.status_code == 400
    assert refused.get_json()["code"] == "HARDER"
    page = post(web, LISTED, "siti")
    assert page.status_code == 429
    assert "Cek NIK sedang sangat ramai" in page.text
    assert "kantor kelurahan" in page.text
    assert ask(web, LISTED, "siti").get_json()["result"] == "listed"


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"nik": LISTED[:-1], "name": "siti"}, "#/nik"),
        ({"nik": LISTED, "name": " "}, "#/name"),
        ({"nik": "", "name": "siti"}, "#/nik"),
        ({"name": "siti"}, "#/nik"),
        ({"nik": LISTED, "name": "siti", "kk_last6": "12"}, "#/kk_last6"),
        ({"nik": LISTED, "name": 7}, "#/name"),
        ({"nik": int(LISTED), "name": "siti"}, "#/nik"),
        ({"nik": LISTED, "name": "siti" * 30}, "#/name"),
        ({"nik": LISTED, "name": "siti", "proof": "x"}, "#/proof"),
        ({"nik": LISTED, "name": "siti", "proof": {"nonce": "x"}}, "#/proof/altcha"),
        ({"nik": LISTED, "name": "siti", "proof": {"nonce": [], "altcha": "x"}}, "#/proof/nonce"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_echoed(
    web: FlaskClient, fields: dict[str, object], pointer: str
) -> None:
    answer = web.post("/api/lookup", json=fields)
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"
    assert pointer in [fault["pointer"] for fault in answer.get_json()["errors"]]
    assert LISTED[:-1] not in answer.text
    assert "siti" not in answer.text


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"1", b"{", b'{"nik": NaN}', b"\xff", b"[" * 3000]
)
@pytest.mark.parametrize("path", ["/api/lookup", "/api/lookup/challenge"])
def test_a_body_that_is_no_question_is_refused(web: FlaskClient, body: bytes, path: str) -> None:
    answer = web.post(path, data=body, content_type="application/json")
    assert answer.status_code in (400, 413)
    assert answer.content_type == "application/problem+json"


@pytest.mark.parametrize("path", ["/api/lookup", "/api/lookup/challenge"])
def test_other_methods_types_and_sizes_are_refused(web: FlaskClient, path: str) -> None:
    assert web.get(path).status_code == 405
    assert web.put(path, json={}).status_code == 405
    assert web.post(path, data=b"x", content_type="text/plain").status_code == 415
    assert web.post(path, json={"nik": "1" * 10_000}).status_code == 413


@pytest.mark.parametrize("asked", ["", "ab", "AB" * 32, "g" * 64, "ab" * 33, 7, None])
def test_only_the_hash_of_a_question_gets_a_challenge(web: FlaskClient, asked: object) -> None:
    answer = web.post("/api/lookup/challenge", json={"question": asked})
    assert answer.status_code == 400


class Silent:
    """A store that doesn't answer."""

    def close(self) -> None:
        """Like every store."""

    def __getattr__(self, name: str) -> Any:
        def refuse(*_: object, **__: object) -> None:
            raise Unavailable()

        return refuse


def test_without_its_store_it_says_so_and_no_more(
    client: Client, deployment: Deployment, log: io.StringIO
) -> None:
    silent: Store = Silent()  # type: ignore[assignment]
    deployment._parts["lookup"] = silent
    web = client("nik_lookup")
    for answer in (
        post(web, LISTED, "siti"),
        web.post("/api/lookup/challenge", json={"question": "ab" * 32}),
    ):
        assert answer.status_code == 503
        assert LISTED not in answer.text
    assert LISTED not in log.getvalue()


def test_the_log_holds_no_question(web: FlaskClient, log: io.StringIO) -> None:
    for nik, name in [(LISTED, "Siti"), *MISSES]:
        ask(web, nik, name)
        post(web, nik, name)
    web.post("/api/lookup", json={"nik": LISTED[:-1], "name": "Siti"})
    written = log.getvalue()
    assert written.count("nik_lookup") >= 9
    for secret in (LISTED, LISTED[:-1], ELSEWHERE, TEMPORARY, "Siti", "Dewi", "127.0.0.1"):
        assert secret not in written


@given(
    body=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["nik", "name", "proof", "nonce", "altcha", "x"]), inner
            )
        ),
        max_leaves=8,
    )
)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_json_breaks_it(web: FlaskClient, body: object) -> None:
    for path in ("/api/lookup", "/api/lookup/challenge"):
        assert web.post(path, json=body).status_code in (400, 413)


@given(nik=st.text(max_size=50), name=st.text(max_size=120))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_form_breaks_it(web: FlaskClient, nik: str, name: str) -> None:
    assert post(web, nik, name).status_code in (200, 400, 413, 429)
