"""Ids of requests, and the one length of an answer."""

from __future__ import annotations

import json

import pytest
from flask import Request
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder

from shared.http.context import request_id_of
from shared.http.responses import padded_json, padded_page
from shared.platform.logs import masked

UUID = "0b9c1a52-7f3e-4c56-9d0a-1f2e3d4c5b6a"
TRACE = "0123456789abcdef0123456789abcdef"


def request(remote: str | None = "192.0.2.9", **headers: str) -> Request:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    builder = EnvironBuilder(headers=named, environ_base={"REMOTE_ADDR": remote} if remote else {})
    return Request(builder.get_environ())


def test_an_id_of_a_known_form_is_taken_over() -> None:
    assert request_id_of(request(X_Request_Id=UUID)) == UUID
    assert request_id_of(request(X_Request_Id=UUID.upper())) == UUID
    assert request_id_of(request(X_Cloud_Trace_Context=f"{TRACE}/123;o=1")) == TRACE
    assert request_id_of(request(X_Cloud_Trace_Context=TRACE)) == TRACE


@pytest.mark.parametrize(
    "given_id",
    [
        "",
        "siti-aminah",
        "3273094101900001",
        "32730941-0190-0001-3273-094101900001",
        "a" * 36,
        UUID + "\tx",
        TRACE,
    ],
)
def test_an_id_that_could_say_something_is_not(given_id: str) -> None:
    made = request_id_of(request(X_Request_Id=given_id))
    assert made != given_id.lower()
    assert made.isalpha()
    assert len(made) == 16


def test_a_trace_that_holds_sixteen_digits_is_not_taken_over() -> None:
    trace = "3273094101900001" + "a" * 16
    assert request_id_of(request(X_Cloud_Trace_Context=trace)) != trace


def test_own_ids_are_never_masked_and_never_the_same() -> None:
    ids = [request_id_of(request()) for _ in range(200)]
    assert len(set(ids)) == 200
    assert [masked(each) for each in ids] == ids


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=60), max_size=5))
def test_padding_hides_the_length_and_keeps_the_content(payload: dict[str, str]) -> None:
    payload.pop("pad", None)
    response = padded_json(payload, 2048)
    assert len(response.data) == 2048
    members = json.loads(response.data)
    assert members.pop("pad").strip() == ""
    assert members == payload
    assert "no-transform" in response.headers["Cache-Control"]


@given(st.text(min_size=1, max_size=200))
def test_a_padded_page_has_one_length_too(html: str) -> None:
    response = padded_page(html, 1024)
    assert len(response.data) == 1024
    assert response.data.decode().rstrip(" ") == html.rstrip(" ")


def test_what_is_longer_goes_to_the_next_multiple() -> None:
    assert len(padded_json({"a": "x" * 3000}, 2048).data) == 4096
