"""The rules of a NIK and of a KK number."""

from __future__ import annotations

import calendar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.recipients.model import nik as niks
from tests.recipients.sheets import nik


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("", "NIK_MISSING"),
        ("327309010190001", "NIK_LENGTH"),
        ("32730901019000001", "NIK_LENGTH"),
        ("327309O101900001", "NIK_NOT_DIGITS"),
        ("٣٢٧٣٠٩٠١٠١٩٠٠٠٠١", "NIK_NOT_DIGITS"),
        ("３２７３０９０１０１９０００01", "NIK_NOT_DIGITS"),
        ("2073090101900001", "NIK_PROVINCE"),
        ("9973090101900001", "NIK_PROVINCE"),
        ("0000000000000000", "NIK_PROVINCE"),
        ("3200090101900001", "NIK_REGION"),
        ("3273000101900001", "NIK_REGION"),
        ("3273090001900001", "NIK_DATE"),
        ("3273093201900001", "NIK_DATE"),
        ("3273094001900001", "NIK_DATE"),
        ("3273097201900001", "NIK_DATE"),
        ("3273090113900001", "NIK_DATE"),
        ("3273090100900001", "NIK_DATE"),
        ("3273093104900001", "NIK_DATE"),
        ("3273097104900001", "NIK_DATE"),
        ("3273093002900001", "NIK_DATE"),
        ("3273092902900001", "NIK_DATE"),
        ("3273090101900000", "NIK_SERIAL"),
        ("3273090101900001", None),
        ("3273094101900001", None),
        ("3273097112990001", None),
        ("3273092902000001", None),
        ("3273096902960001", None),
        ("0327309100200001", None),
    ],
)
def test_each_rule_has_its_code(number: str, code: str | None) -> None:
    assert niks.nik_fault(number) == code


@pytest.mark.parametrize("province", ["20", "22", "30", "37", "54", "66", "77", "80", "83", "97"])
def test_a_province_that_is_not_in_use_is_refused(province: str) -> None:
    assert niks.nik_fault(nik(prefix=province + "7309")) == "NIK_PROVINCE"


def test_every_province_in_use_passes() -> None:
    assert all(niks.is_valid_nik(nik(prefix=province + "7309")) for province in niks.PROVINCES)
    assert len(niks.PROVINCES) == 38


def test_every_day_of_a_century_agrees_with_the_calendar() -> None:
    for year in range(1930, 2030):
        for month in range(0, 14):
            days = calendar.monthrange(year, month)[1] if 1 <= month <= 12 else 0
            for day in range(0, 80):
                exists = 1 <= day <= days or 1 <= day - 40 <= days
                date = f"{day:02d}{month:02d}{year % 100:02d}"
                assert bool(niks.is_valid_nik(nik(date=date))) == exists, date


@given(st.text("0123456789", min_size=14, max_size=18) | st.text(max_size=20))
def test_the_pattern_and_the_rules_agree(text: str) -> None:
    is_plain = niks.nik_fault(text) is None and not niks.is_temporary(text)
    assert bool(niks.is_valid_nik(text)) == is_plain


@pytest.mark.parametrize(
    "written",
    [
        "3273 0901 0190 0001",
        "32.73.09.010190.0001",
        "327309-010190-0001",
        "\u00a03273090101900001\u00a0",
        "'3273090101900001",
        "`3273090101900001",
        "’3273090101900001",
        "327309\u200b0101900001\u200d",
        "\ufeff3273090101900001",
        '="3273090101900001"',
        " 3273090101900001\t",
        "327309\u20130101900001",
    ],
)
def test_separators_are_cleaned_silently(written: str) -> None:
    assert niks.clean(written) == nik()


@pytest.mark.parametrize("written", ["327309O101900001", "32730901019O0001", "3273/0901/0190/0001"])
def test_letters_and_slashes_are_not_cleaned(written: str) -> None:
    assert niks.nik_fault(niks.clean(written)) == "NIK_NOT_DIGITS"


@pytest.mark.parametrize(
    "text",
    ["3.27309E+15", "3,27309E+15", "3.27309e15", "3273090101900001.0", "3.273.090.101.900.001"],
)
def test_a_text_that_was_a_number_is_told(text: str) -> None:
    assert niks.looks_numeric(text)


@pytest.mark.parametrize(
    "text",
    [
        "3273090101900001",
        "3273.0901.0190.0001",
        "",
        "E",
        "WARGA",
        "32.73.09.010190.0001",
        "327.309.010.190.0001",
    ],
)
def test_a_text_that_was_text_is_left_alone(text: str) -> None:
    assert not niks.looks_numeric(text)


def test_a_kk_number_has_no_forty_on_its_day() -> None:
    assert niks.is_valid_kk("3273090101150001")
    assert not niks.is_valid_kk("3273094101150001")
    assert not niks.is_valid_kk("3273093002150001")


@given(st.text(max_size=40))
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert niks.clean(niks.clean(text)) == niks.clean(text)
