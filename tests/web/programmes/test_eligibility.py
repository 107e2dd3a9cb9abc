"""Cek Kelayakan in a real browser: the same rules as Python's, and nothing leaves the phone."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.programmes import cases
from tests.web import internet
from tests.web.conftest import Watch
from tests.web.states import answer, say_all

ASSESSMENTS = cases.assessments()
QUESTIONS = cases.eligibility().questions
IDS = [question.id for question in QUESTIONS]

# For each rule in the page, in the order of its cards: code (empty for the kelurahan's own), rule
RULES = """() => [...document.querySelectorAll("[data-rule]")].map((card) =>
  [(card.querySelector("h3 a") || { pathname: "" }).pathname.split("/")[2] || "local-priority",
   JSON.parse(card.dataset.rule)])"""
VERDICTS = """() => Object.fromEntries([...document.querySelectorAll("[data-rule]")].map((card) =>
  [(card.querySelector("h3 a") || { pathname: "" }).pathname.split("/")[2] || "local-priority",
   [...card.querySelectorAll("[data-outcome]:not([hidden])")].map((row) => row.className)]))"""


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    opened = open_page()
    opened.goto("/cek-kelayakan/")
    return opened


def _verdicts(page: Page) -> dict[str, str]:
    expect(page.locator("#hasil")).to_be_visible()
    shown = page.evaluate(VERDICTS)
    assert all(len(rows) == 1 for rows in shown.values()), shown
    return {code: rows[0].removeprefix("row ") for code, rows in shown.items()}


def test_the_browser_passes_the_public_vectors(page: Page) -> None:
    vectors = cases.vectors()
    judged = page.evaluate(
        "(vectors) => vectors.map(([rule, data]) => judge(rule, data))",
        [[rule, data] for rule, data, _ in vectors],
    )
    for (rule, _, result), one in zip(vectors, judged, strict=True):
        assert json.dumps(one) == json.dumps(result), rule


def test_the_browser_refuses_an_operator_outside_the_subset(page: Page) -> None:
    said = page.evaluate("() => { try { judge({ '+': [1, 1] }, {}) } catch (e) { return 'no' } }")
    assert said == "no"


def test_the_page_holds_the_catalogue_s_rules(page: Page) -> None:
    assert dict(page.evaluate(RULES)) == {code: one.rule for code, one in ASSESSMENTS.items()}


def test_browser_and_python_agree_on_every_combination_of_answers(page: Page) -> None:
    values = {question.id: [one.value for one in question.answers] for question in QUESTIONS}
    for code, one in ASSESSMENTS.items():
        combinations = [
            dict(zip(one.asks, chosen, strict=True))
            for chosen in itertools.product(*(values[name] for name in one.asks))
        ]
        judged = page.evaluate(
            "([rule, all]) => all.map((answers) => judge(rule, answers))", [one.rule, combinations]
        )
        assert judged == [one.judge(answers).name for answers in combinations], code


@pytest.mark.parametrize("case", cases.cases(), ids=lambda case: case.about)
def test_the_table_of_cases_holds_on_the_screen(page: Page, case: cases.Case) -> None:
    say_all(page, {name: case.answers.get(name, "tidak-tahu") for name in IDS})
    shown = _verdicts(page)
    assert {code: shown[code] for code in case.says} == case.says


def test_results_are_sorted_and_counted(page: Page) -> None:
    say_all(page, {**dict.fromkeys(IDS, "tidak"), "desil": "1-4", "anggota": "ya"})
    _verdicts(page)
    shown = page.locator("#kartu [data-outcome]:visible").evaluate_all(
        "(rows) => rows.map((row) => row.className.split(' ')[1])"
    )
    order = ["likely", "unclear", "unlikely"]
    assert shown == sorted(shown, key=order.index)
    counts = [shown.count(verdict) for verdict in order]
    expect(page.locator("#jumlah")).to_have_text(
        "Mungkin: {}. Belum jelas: {}. Kemungkinan tidak: {}.".format(*counts)
    )


KEPT = "[localStorage.length, sessionStorage.length, document.cookie, history.state]"


def test_nothing_leaves_the_phone_and_nothing_is_stored(page: Page, watch: Watch) -> None:
    page.wait_for_load_state("networkidle")
    internet.cut(page)
    before = len(watch.requests)
    answers = dict.fromkeys(IDS, "tidak") | {"desil": "5"}
    say_all(page, answers)
    _verdicts(page)
    asked = [one for one in watch.requests[before:] if "/icon." not in one.url]
    assert asked == []
    assert page.url.endswith("/cek-kelayakan/#hasil")
    # the entry of this tab's history alone has the answers
    assert page.evaluate(KEPT) == [0, 0, "", answers]
    assert page.evaluate("indexedDB.databases()") == []
    internet.back(page)
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.locator("#soal-1")).to_be_visible()
    assert other.locator("#soal :checked").count() == 0
    for told in (other.locator("#awal"), page.locator("#awal")):
        expect(told).to_contain_text("tidak dikirim")
        expect(told).to_contain_text("hilang bila halaman ini ditutup")


def test_answers_outlive_a_reload_and_a_page_that_the_phone_dropped(page: Page) -> None:
    page.locator("#awal .button").click()
    for number in (1, 2):
        answer(page, number, "tidak")
    page.locator("#soal-3 input[value=ya]").check()
    page.reload()
    expect(page.locator("#soal-3 input[value=ya]")).to_be_checked()
    assert page.locator("#soal :checked").count() == 3
    page.goto("/cek-kelayakan/")
    assert page.locator("#soal :checked").count() == 0
    say_all(page, dict.fromkeys(IDS, "tidak") | {"desil": "1-4", "anggota": "ya"})
    shown = _verdicts(page)
    page.reload()
    assert _verdicts(page) == shown
    # with an `unload` the browser keeps no page in memory: it is loaded again
    page.evaluate("addEventListener('unload', () => {})")
    page.locator("#kartu h3 a").first.click()
    expect(page.locator(".back")).to_be_visible()
    page.go_back()
    assert _verdicts(page) == shown


def test_begin_again_leaves_no_answer_anywhere_in_the_tab(page: Page) -> None:
    say_all(page, dict.fromkeys(IDS, "ya") | {"desil": "5"})
    _verdicts(page)
    page.get_by_role("button", name="Mulai lagi").click()
    expect(page.locator("#soal-1 legend")).to_be_focused()
    for _ in range(len(IDS) + 2):
        assert page.locator("#soal :checked").count() == 0
        assert page.evaluate("Object.keys(history.state || {})") == []
        page.reload()
        assert page.locator("#soal :checked").count() == 0
        page.go_back()
    expect(page.locator("#awal")).to_be_visible()


def test_from_the_result_a_button_leads_to_cek_nik(page: Page) -> None:
    say_all(page, dict.fromkeys(IDS, "ya") | {"desil": "5"})
    page.locator("#hasil .actions").get_by_role("link", name="Cek NIK").click()
    expect(page).to_have_url("/cek-nik/")


def test_one_question_a_screen_and_back_is_the_phone_s_back(page: Page) -> None:
    page.locator("#awal .button").click()
    for number in (1, 2, 3):
        expect(page.locator("#soal > li:visible")).to_have_count(1)
        expect(page.locator(f"#soal-{number} legend")).to_be_focused()
        answer(page, number, "ya")
    page.go_back()
    expect(page.locator("#soal-3")).to_be_visible()
    expect(page.locator("#soal-3 input[value=ya]")).to_be_checked()
    page.locator("#soal-3 [data-go=back]").click()
    expect(page.locator("#soal-2 legend")).to_be_focused()
    page.go_back()
    page.go_back()
    expect(page.locator("#awal")).to_be_visible()
    expect(page.locator("#soal > li:visible")).to_have_count(0)


def test_a_question_without_an_answer_is_told_and_led_to(page: Page) -> None:
    page.locator("#awal .button").click()
    page.locator("#soal-1 [data-go=next]").click()
    expect(page.locator("#errors")).to_be_focused()
    expect(page.locator("#soal-1")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#soal-1 input").first).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#soal-1 input").nth(1)).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#soal-2 legend")).to_be_focused()
    expect(page.locator("#errors")).to_be_hidden()


@pytest.mark.parametrize("address", ["#hasil", "#soal-7"])
def test_whoever_comes_in_at_the_middle_begins_at_the_first_question(
    page: Page, address: str
) -> None:
    page.goto("/")
    page.goto(f"/cek-kelayakan/{address}")
    expect(page.locator("#soal-1 legend")).to_be_focused()
    assert page.url.endswith("#soal-1")


def test_the_skip_link_does_not_lose_the_question(page: Page) -> None:
    page.locator("#awal .button").click()
    answer(page, 1, "tidak")
    page.locator(".skip").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#soal-2")).to_be_visible()
    answer(page, 2, "tidak")
    expect(page.locator("#soal-3 legend")).to_be_focused()


def test_answers_can_be_changed_or_cleared(page: Page) -> None:
    say_all(page, dict.fromkeys(IDS, "ya") | {"desil": "5"})
    assert _verdicts(page)["pkh"] == "unlikely"
    page.get_by_text("Ubah jawaban").click()
    expect(page.locator("#soal-1 input[value=ya]")).to_be_checked()
    for number, value in enumerate(["tidak", "tidak", "tidak", "1-4"], 1):
        answer(page, number, value)
    for number in range(5, 11):
        page.locator(f"#soal-{number} [data-go=next]").click()
    assert _verdicts(page)["pkh"] == "likely"
    page.get_by_role("button", name="Mulai lagi").click()
    expect(page.locator("#soal-1 legend")).to_be_focused()
    assert page.locator("#soal :checked").count() == 0


def test_the_pages_fit_at_400_percent_and_with_text_twice_as_large(
    open_page: Callable[..., Page],
) -> None:
    page = open_page(320)
    for address in ("/program/", "/program/pkh/", "/program/bst/", "/cek-kelayakan/"):
        page.goto(address)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert page.evaluate("document.querySelector('main').scrollWidth <= innerWidth"), address
    say_all(page, dict.fromkeys(IDS, "ya") | {"desil": "1-4"})
    expect(page.locator("#hasil")).to_be_visible()
    assert page.evaluate("document.querySelector('main').scrollWidth <= innerWidth")


def test_without_scripts_all_is_there_to_tick_on_paper(open_page: Callable[..., Page]) -> None:
    page = open_page(scripts=False)
    page.goto("/cek-kelayakan/")
    for medium in ("screen", "print"):
        page.emulate_media(media=medium)
        assert page.locator("#soal > li").count() == len(IDS)
        for part in page.locator("#soal > li, #soal label, [data-outcome], .paper").all():
            assert part.is_visible()
        assert page.locator(".scripted:visible").count() == 0
    rows: list[Any] = page.locator("[data-outcome]").all()
    assert len(rows) == sum(len(one.outcomes) for one in ASSESSMENTS.values()) + _repeated()


def _repeated() -> int:
    """How many more rows than outcomes there are: an outcome that stands in two rows."""
    steps = [one.rule["if"] for one in ASSESSMENTS.values() if isinstance(one.rule, dict)]
    return sum(len(each[1::2]) + 1 - len({*each[1::2], each[-1]}) for each in steps)
