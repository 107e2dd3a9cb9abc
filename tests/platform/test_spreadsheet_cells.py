"""Cells of an export as CSV, read by programs that split a line elsewhere than we do."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.platform.spreadsheet_cells import neutral_in_csv

MARKS = tuple("=+-@＝＋－＠|%")
UNSEEN = ' "\u00a0\u200b\ufeff'
LINK = 'Rp 50.000;=HYPERLINK("http://contoh.example") dipotong'

texts = st.text(st.sampled_from(";,\t\r\n \"'=+-@＝a1\u00a0\u200b"), max_size=30) | st.text()


def _written(rows: list[list[str]]) -> str:
    file = io.StringIO(newline="")
    csv.writer(file, quoting=csv.QUOTE_ALL).writerows(
        [neutral_in_csv(each) for each in row] for row in rows
    )
    return file.getvalue()


@pytest.mark.parametrize("is_trimmed", [False, True])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_NONE])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@given(rows=st.lists(st.lists(texts, min_size=1, max_size=3), min_size=1, max_size=3))
@example(rows=[["TS26-0000", LINK]])
@example(rows=[["-", "x"]])
@example(rows=[['a;"=1"', '"=1";'], ['a,\n"";=1', "b;"], ["a;", "=1"]])
def test_no_cell_begins_as_a_formula_however_the_file_is_read(
    separator: str, quoting: int, is_trimmed: bool, rows: list[list[str]]
) -> None:
    read = csv.reader(
        io.StringIO(_written(rows), newline=""),
        delimiter=separator,
        quoting=quoting,  # type: ignore[arg-type]
        skipinitialspace=is_trimmed,
    )
    for row in read:
        for cell in row:
            assert not cell.lstrip(UNSEEN).startswith(MARKS)


@given(text=texts)
def test_a_text_gets_apostrophes_and_changes_in_nothing_else(text: str) -> None:
    assert neutral_in_csv(text).replace("'", "") == text.replace("'", "")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (LINK, 'Rp 50.000;\'=HYPERLINK("http://contoh.example") dipotong'),
        ("+62 tidak menjawab, =1+1", "'+62 tidak menjawab, '=1+1"),
        ("Butir:\n- satu\n- dua", "Butir:\n'- satu\n'- dua"),
        ('ia bilang; "-5"', 'ia bilang; "\'-5"'),
        ("\t=1", "'\t'=1"),
        ("Rp 50.000; 1-2 kali, a=b", "Rp 50.000; 1-2 kali, a=b"),
        ("", ""),
    ],
)
def test_a_text_stays_readable(text: str, told: str) -> None:
    assert neutral_in_csv(text) == told


def test_a_very_long_text_is_cut() -> None:
    assert len(neutral_in_csv(";=" * 40_000)) == 32_000
