"""Cek NIK in a browser, as a resident uses it: with the script and without."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from shared.kelurahan.configuration import LookupFactor
from tests.web import internet
from tests.web import office as offices
from tests.web.conftest import Watch
from tests.web.office import (
    FORMER,
    FORMER_ROW,
    LISTED,
    MISSES_PER_NIK,
    STRANGER,
    Office,
    Resident,
    written,
)

OpenPage = Callable[..., Page]
BUTTON = "Cek sekarang"


def ask(page: Page, resident: Resident) -> None:
    """Fill in the form as a person does, key by key, and send it."""
    page.locator("#nik").fill("")
    page.locator("#nik").press_sequentially(resident.nik)
    page.locator("#name").fill(resident.name.split()[-1].lower())
    page.get_by_role("button", name=BUTTON).click()


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
def scripts(request: pytest.FixtureRequest) -> bool:
    chosen: bool = request.param
    return chosen


@pytest.fixture
def page(open_page: OpenPage, scripts: bool) -> Page:
    opened = open_page(scripts=scripts)
    opened.goto("/cek-nik/")
    return opened


def test_somebody_listed_sees_programmes_date_source_and_next_steps(
    office: Office, page: Page
) -> None:
    ask(page, LISTED)
    answer = page.locator(".answer.yes")
    expect(answer.get_by_role("heading", level=2)).to_have_text("Terdaftar")
    expect(answer.locator(".aids > li")).to_have_count(2)
    expect(answer).to_contain_text("Program Keluarga Harapan")
    expect(answer).to_contain_text(f"Data per tanggal {written(office.day(4))}")
    expect(page.get_by_role("heading", name="Langkah berikutnya")).to_be_visible()
    answer.get_by_role("link", name="Laporkan").click()
    expect(page).to_have_url("/pengaduan/")


def test_somebody_whose_aid_has_ended_is_not_told_yes(
    empty_office: Office, page: Page, tmp_path: Path
) -> None:
    empty_office.publish(tmp_path, more=[FORMER_ROW])
    ask(page, FORMER)
    answer = page.locator(".answer.warn")
    title = "Tercatat, bantuan sudah berhenti"
    expect(answer.get_by_role("heading", level=2)).to_have_text(title)
    expect(answer.locator(".aids > li")).to_have_count(1)
    expect(page.locator(".answer.yes")).to_have_count(0)


@pytest.mark.parametrize("resident", [STRANGER, Resident(LISTED.nik, "Bukan")])
def test_who_is_not_found_learns_what_to_do(office: Office, page: Page, resident: Resident) -> None:
    ask(page, resident)
    answer = page.locator(".answer.no")
    expect(answer.get_by_role("heading", level=2)).to_have_text("Tidak ditemukan")
    expect(answer.locator(".aids > li")).to_have_count(0)
    expect(page.get_by_role("heading", name="Langkah berikutnya")).to_be_visible()
    answer.get_by_role("link", name="Laporkan").click()
    expect(page).to_have_url("/pengaduan/not-listed/")


def test_an_answer_before_the_first_publication_says_so(empty_office: Office, page: Page) -> None:
    ask(page, STRANGER)
    expect(page.locator(".answer.no")).to_contain_text("belum diumumkan")


def test_after_too_many_wrong_names_the_kk_number_is_asked_for(
    office: Office, page: Page, watch: Watch
) -> None:
    watch.expected = {429}
    expect(page.locator("#kk_last6")).to_be_hidden()
    wrong = Resident(LISTED.nik, "Bukan")
    for _ in range(MISSES_PER_NIK):
        page.goto("/cek-nik/")
        ask(page, wrong)
        expect(page.locator(".answer.no")).to_be_visible()
    page.goto("/cek-nik/")
    ask(page, LISTED)
    summary = page.locator(".error-summary")
    expect(summary).to_contain_text("terlalu banyak dicoba hari ini")
    expect(summary).to_contain_text("besok")
    expect(page.locator(".answer")).to_have_count(0)
    summary.get_by_role("link").click()
    field = page.get_by_role("textbox", name="Nomor KK")
    expect(field).to_be_focused()
    if page.locator("#nik").input_value() == "":  # without scripts nothing typed comes back
        page.locator("#nik").fill(LISTED.nik)
        page.locator("#name").fill("aminah")
    field.fill(LISTED.kk_last6)
    page.get_by_role("button", name=BUTTON).click()
    expect(page.locator(".answer.yes")).to_be_visible()
    page.goto("/cek-nik/")
    expect(page.locator("#kk_last6")).to_be_hidden()


def test_the_kk_number_is_a_field_that_has_to_be_filled_in_while_it_is_asked_for(
    office: Office, open_page: OpenPage, watch: Watch
) -> None:
    watch.expected = {429}
    page = open_page()
    page.goto("/cek-nik/")
    for _ in range(MISSES_PER_NIK):
        ask(page, STRANGER)
        page.get_by_role("button", name="Cek NIK lain").click()
    ask(page, STRANGER)
    expect(page.locator("#kk_last6")).to_be_visible()
    page.get_by_role("button", name=BUTTON).click()
    expect(page.locator("#errors a")).to_have_text("Isi enam angka terakhir nomor KK.")
    page.locator("#kk_last6").fill("999999")
    page.get_by_role("button", name=BUTTON).click()
    expect(page.locator(".answer.no")).to_contain_text("nomor KK")
    page.get_by_role("button", name="Cek NIK lain").click()
    expect(page.locator("#kk_last6")).to_be_hidden()


def test_too_many_tries_are_told_in_plain_words(
    office: Office, open_page: OpenPage, watch: Watch
) -> None:
    watch.expected = {429}
    page = open_page()

    def refuse(route: Route) -> None:
        refused = {"type": "/masalah/too-many-requests", "detail": "Coba lagi besok."}
        route.fulfill(status=429, json=refused, content_type="application/problem+json")

    page.route("**/api/lookup", refuse)
    page.goto("/cek-nik/")
    ask(page, LISTED)
    expect(page.locator("#result")).to_contain_text("Terlalu banyak percobaan")
    expect(page.locator("#result")).to_contain_text("Coba lagi besok.")
    expect(page.locator(".answer")).to_have_count(0)


def test_a_proof_that_has_become_too_easy_is_made_anew_and_harder(
    office: Office, open_page: OpenPage, watch: Watch
) -> None:
    watch.expected = {400}
    page = open_page()
    refused: list[str] = []

    def refuse_first(route: Route) -> None:
        if refused:
            return route.continue_()
        refused.append(route.request.url)
        told = {"type": "/masalah/proof-refused", "code": "HARDER"}
        return route.fulfill(status=400, json=told, content_type="application/problem+json")

    page.route("**/api/lookup", refuse_first)
    page.goto("/cek-nik/")
    ask(page, LISTED)
    expect(page.locator(".answer.yes")).to_be_focused(timeout=60_000)
    asked = [one.post_data_json for one in watch.requests if one.url.endswith("/challenge")]
    assert [one.get("hard") for one in asked] == [None, True]


def test_who_waits_for_long_is_told_that_it_goes_on(office: Office, open_page: OpenPage) -> None:
    page = open_page()
    page.clock.install()
    page.goto("/cek-nik/")
    page.route("**/api/lookup/challenge", lambda route: None)  # never answered
    ask(page, LISTED)
    expect(page.locator("#go")).to_have_text("Sedang mengecek …")
    page.clock.fast_forward(4_000)
    expect(page.locator("#go")).to_have_text("Masih mengecek …")
    expect(page.locator("#status")).to_have_text("Masih mengecek. Dapat sampai satu menit.")


def test_under_pressure_a_browser_without_scripts_is_told_where_to_turn(
    empty_office: Office, open_page: OpenPage, tmp_path: Path, watch: Watch
) -> None:
    empty_office.publish(tmp_path)
    watch.expected = {429}
    page = open_page(scripts=False)
    limits = empty_office.deployment.kelurahan.limits
    empty_office.deployment.kelurahan = replace(
        empty_office.deployment.kelurahan, limits=replace(limits, misses_without_proof=4)
    )
    page.goto("/cek-nik/")
    ask(page, STRANGER)
    expect(page.locator(".answer.no")).to_be_visible()
    page.goto("/cek-nik/")
    ask(page, LISTED)
    expect(page.get_by_role("heading", level=1)).to_have_text("Cek NIK sedang sangat ramai")
    expect(page.locator("main")).to_contain_text("datang ke kantor kelurahan")


def test_a_store_that_is_down_is_told_in_plain_words(
    office: Office, page: Page, watch: Watch
) -> None:
    watch.expected = {503}
    office.break_store()
    ask(page, LISTED)
    expect(page.locator("main")).to_contain_text("Layanan sedang tidak tersedia")
    expect(page.locator(".answer")).to_have_count(0)


def test_nothing_that_was_typed_gets_into_an_address_or_a_store(
    office: Office, page: Page, scripts: bool, watch: Watch
) -> None:
    ask(page, LISTED)
    expect(page.locator(".answer.yes")).to_be_visible()
    addresses = [one.url for one in watch.requests] + [page.url]
    assert not re.search(r"\d{10}|siti|aminah", " ".join(addresses), re.I)
    assert page.context.cookies() == []
    if scripts:
        kept = page.evaluate(
            "[history.state, {...localStorage}, {...sessionStorage}, document.title, window.name]"
        )
        assert LISTED.nik not in json.dumps(kept)
        assert kept[:3] == [None, {}, {}]
    assert LISTED.nik not in re.sub(r"\D", "", page.content())


def test_focus_goes_to_the_answer(office: Office, open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/cek-nik/")
    ask(page, LISTED)
    expect(page.locator(".answer")).to_be_focused()
    expect(page.locator("#check")).to_be_hidden()
    expect(page).to_have_title(re.compile("^Terdaftar · Cek NIK"))


def test_back_brings_an_empty_form(office: Office, open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/")
    page.get_by_role("link", name="Cek NIK sekarang").click()
    ask(page, LISTED)
    expect(page.locator(".answer")).to_be_visible()
    page.go_back()
    expect(page.locator(".answer")).to_have_count(0)
    expect(page.locator("#nik")).to_have_value("")
    expect(page.locator("#nik")).to_be_focused()
    ask(page, STRANGER)
    expect(page.locator(".answer.no")).to_be_focused()
    page.get_by_role("button", name="Cek NIK lain").click()
    expect(page.locator("#name")).to_have_value("")
    page.go_back()
    expect(page).to_have_url("/")


def test_a_form_left_behind_comes_back_empty(office: Office, open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/cek-nik/")
    page.locator("#nik").press_sequentially(LISTED.nik)
    page.locator("details.menu > summary").click()
    page.get_by_role("link", name="Beranda").click()
    expect(page).to_have_url("/")
    page.go_back()
    expect(page.locator("#nik")).to_have_value("")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Isi NIK Anda"),
        (LISTED.nik[:-1], "baru 15 angka"),
        (LISTED.nik + "7", "17 angka"),
        (LISTED.nik[:-1] + "O", "hanya berisi angka"),
    ],
)
def test_faults_are_summed_up_and_linked_to_their_fields(
    office: Office, open_page: OpenPage, watch: Watch, typed: str, said: str
) -> None:
    page = open_page()
    page.goto("/cek-nik/")
    page.locator("#nik").fill(typed)
    page.get_by_role("button", name=BUTTON).click()
    summary = page.locator("#errors")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("link")).to_have_count(2)
    expect(page.locator("#nik")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#nik")).to_have_accessible_description(re.compile(re.escape(said)))
    summary.get_by_role("link").last.click()
    expect(page.locator("#name")).to_be_focused()
    assert "#" not in page.url
    assert not [one for one in watch.requests if "/api/" in one.url]

    ask(page, LISTED)
    expect(page.locator(".answer.yes")).to_be_visible()


def test_faults_that_only_the_server_finds_are_shown_at_the_field(
    office: Office, open_page: OpenPage, watch: Watch
) -> None:
    watch.expected = {400}
    page = open_page()
    page.goto("/cek-nik/")
    ask(page, Resident(LISTED.nik, "H."))
    expect(page.locator("#errors")).to_be_focused()
    expect(page.locator("#errors a")).to_have_count(1)
    expect(page.locator("#name")).to_have_attribute("aria-invalid", "true")


def test_faults_without_scripts_get_a_page(
    office: Office, open_page: OpenPage, watch: Watch
) -> None:
    watch.expected = {400}
    page = open_page(scripts=False)
    page.goto("/cek-nik/")
    ask(page, Resident(LISTED.nik[:-1], "Siti"))
    summary = page.locator(".error-summary")
    summary.get_by_role("link", name="baru 15 angka").click()
    expect(page.locator("#nik")).to_be_focused()
    expect(page.locator("#nik")).to_have_value("")
    expect(page.locator("#name")).to_have_value("")
    page.locator("#nik").press_sequentially(LISTED.nik)
    page.locator("#name").fill("Siti")
    page.get_by_role("button", name=BUTTON).click()
    expect(page.locator(".answer.yes")).to_be_visible()
    page.goto("/cek-nik/")
    ask(page, Resident(LISTED.nik[:-1], "Siti"))
    page.get_by_role("link", name="Penjelasan").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Isian belum benar")


def test_a_phone_without_internet_keeps_what_was_typed(
    office: Office, open_page: OpenPage, watch: Watch
) -> None:
    watch.expected = {0}
    page = open_page()
    page.goto("/cek-nik/")
    internet.cut(page)
    ask(page, LISTED)
    notice = page.locator("#result .notice")
    expect(notice).to_be_focused()
    expect(notice).to_contain_text("Tidak ada internet")
    expect(page.locator("#name")).to_have_value("aminah")
    internet.back(page)
    page.get_by_role("button", name=BUTTON).click()
    expect(page.locator(".answer.yes")).to_be_visible()


def test_the_question_carries_a_proof_with_scripts_and_none_without(
    office: Office, page: Page, scripts: bool, watch: Watch
) -> None:
    ask(page, LISTED)
    expect(page.locator(".answer.yes")).to_be_visible()
    sent = {one.url.split("/api/")[1]: one for one in watch.requests if "/api/" in one.url}
    assert sent.keys() == ({"lookup", "lookup/challenge"} if scripts else {"lookup"})
    question = sent["lookup"]
    if scripts:
        assert set(question.post_data_json) == {"nik", "name", "proof"}
        assert set(question.post_data_json["proof"]) == {"nonce", "altcha"}
        assert LISTED.nik not in (sent["lookup/challenge"].post_data or "")
    else:
        assert question.headers["content-type"] == "application/x-www-form-urlencoded"


@pytest.mark.parametrize("missing", ["Worker", "crypto", "fetch"])
def test_a_phone_that_lacks_something_posts_the_plain_form(
    office: Office, open_page: OpenPage, watch: Watch, missing: str
) -> None:
    page = open_page()
    page.add_init_script(
        f"Object.defineProperty(window, '{missing}', {{ value: undefined, configurable: true }})"
    )
    page.goto("/cek-nik/")
    ask(page, LISTED)
    expect(page.locator(".answer.yes")).to_be_visible()
    sent = [one for one in watch.requests if one.url.endswith("/api/lookup")]
    assert [one.headers["content-type"] for one in sent] == ["application/x-www-form-urlencoded"]
    assert sent[0].is_navigation_request()


def test_digits_are_grouped_and_counted_while_typing(office: Office, open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/cek-nik/")
    field = page.locator("#nik")
    field.press_sequentially(LISTED.nik[:9])
    digits = LISTED.nik
    expect(field).to_have_value(f"{digits[:4]} {digits[4:8]} {digits[8:9]}")
    expect(page.locator("#nik-count")).to_have_text("9 dari 16")
    field.press("Backspace")
    field.press("Backspace")
    expect(field).to_have_value(f"{digits[:4]} {digits[4:7]}")
    # corrected in the middle, nothing jumps
    field.press("Home")
    field.press("Delete")
    expect(field).to_have_value(f"{digits[1:4]} {digits[4:7]}")


def test_a_second_press_while_busy_asks_only_once(
    office: Office, open_page: OpenPage, watch: Watch
) -> None:
    page = open_page()
    page.goto("/cek-nik/")
    page.locator("#nik").fill(LISTED.nik)
    page.locator("#name").fill("Siti")
    page.evaluate("for (let i = 0; i < 3; i++) document.getElementById('go').click()")
    expect(page.locator(".answer.yes")).to_be_visible()
    assert len([one for one in watch.requests if one.url.endswith("/challenge")]) == 1


def test_a_challenge_that_ran_out_is_asked_for_again(
    office: Office, open_page: OpenPage, watch: Watch
) -> None:
    watch.expected = {400}
    page = open_page()
    spoilt = []

    def spoil_first(route: Route) -> None:
        answer = route.fetch()
        challenge = answer.json()
        if not spoilt:
            spoilt.append(challenge["signature"])
            challenge["signature"] = "0" * 64
        route.fulfill(response=answer, json=challenge)

    page.route("**/api/lookup/challenge", spoil_first)
    page.goto("/cek-nik/")
    ask(page, LISTED)
    expect(page.locator(".answer.yes")).to_be_focused()
    assert len([one for one in watch.requests if one.url.endswith("/challenge")]) == 2


def test_a_challenge_that_is_refused_twice_ends_in_the_plain_form(
    office: Office, open_page: OpenPage, watch: Watch
) -> None:
    watch.expected = {400}
    page = open_page()

    def spoil(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json={**answer.json(), "signature": "0" * 64})

    page.route("**/api/lookup/challenge", spoil)
    page.goto("/cek-nik/")
    ask(page, LISTED)
    expect(page.locator(".answer.yes")).to_be_visible()
    expect(page).to_have_url("/api/lookup")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
@pytest.mark.parametrize(
    ("factor", "typed"),
    [("kk", ["kk_last6"]), ("both", ["name", "kk_last6"]), ("either", ["kk_last6"])],
)
def test_a_kelurahan_may_ask_for_the_end_of_the_kk_number(
    open_page: OpenPage, tmp_path: Path, factor: LookupFactor, typed: list[str], scripts: bool
) -> None:
    with (
        offices.gateway(tmp_path / "gateway", factor) as url,
        offices.office(tmp_path / "office", url, factor) as opened,
    ):
        opened.publish(tmp_path)
        page = open_page(scripts=scripts, base_url=url)
        page.goto("/cek-nik/")
        page.locator("#nik").fill(LISTED.nik)
        for name in typed:
            value = {"name": "Siti", "kk_last6": LISTED.kk_last6}[name]
            page.locator(f"#{name}").fill(value)
        page.get_by_role("button", name=BUTTON).click()
        expect(page.locator(".answer.yes")).to_be_visible()
        if scripts:
            expect(page).to_have_url("/cek-nik/#hasil")
        page.close()
